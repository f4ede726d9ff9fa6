/* SPDX-License-Identifier: GPL-2.0-or-later
 * values.h - from values as written to sealed sets
 */
#ifndef NFQROUTE_VALUES_H
#define NFQROUTE_VALUES_H

#include "config.h"

/* Adds the literals and list files among values to the set being built; each bad one is said. */
void values_add(struct config *config, const struct value_type *type, void *building,
		const struct value_node *values);

/* Seals every named set, in the ruleset's arena. */
void config_build_sets(struct config *config, struct ruleset *ruleset);

/* A match in the ruleset's arena, from its node. */
void match_build(struct config *config, struct ruleset *ruleset, const struct match_node *node,
		 struct match *match);

#endif
