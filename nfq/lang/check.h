/* SPDX-License-Identifier: GPL-2.0-or-later
 * check.h - what stands behind `check` in a gateway's block
 */
#ifndef NFQROUTE_LANG_CHECK_H
#define NFQROUTE_LANG_CHECK_H

#include "config.h"

/* Reads one check line into check; texts go to the ruleset's arena. false: said what is wrong. */
bool check_build(struct config *config, struct ruleset *ruleset, const struct entry_node *entry, struct check *check);

#endif
