/* SPDX-License-Identifier: GPL-2.0-or-later
 * gateway_numbers.h - the numbers that every gateway has its own of: mark, table, priority
 */
#ifndef NFQROUTE_LANG_GATEWAY_NUMBERS_H
#define NFQROUTE_LANG_GATEWAY_NUMBERS_H

#include "config.h"

enum { PRIORITY_MAX = 32765 }; /* behind it comes the rule of the main table, ip-rule(8) */

/* Gives each gateway (config->gateway_count of them) those of the numbers that are still 0, and a mark for its
 * checks. What a gateway has in the rules in force (config->previous) it keeps where that is free. Two gateways
 * with the same number, or none left, is an error among the diagnostics. */
void gateway_numbers_assign(struct config *config, const struct ruleset *ruleset, struct gateway *gateways);

#endif
