/* SPDX-License-Identifier: GPL-2.0-or-later
 * gateway_private.h - shared by gateway.c (the block as a whole) and gateway_entries.c (its lines)
 */
#ifndef NFQROUTE_LANG_GATEWAY_PRIVATE_H
#define NFQROUTE_LANG_GATEWAY_PRIVATE_H

#include "gateway.h"

/* A gateway while its block is worked out. */
struct gateway_plan {
	struct config *config;
	struct ruleset *ruleset;
	struct gateway_node *node;
	struct gateway *gateway;
	void *endpoints;      /* being built; NULL: none yet */
	bool auto_hop;        /* for a family without a next hop of its own */
	struct check *checks; /* room for all of them */
};

/* --- gateway_entries.c --- */

/* Takes over what the lines say; mistakes become diagnostics. */
void gateway_plan_entries(struct gateway_plan *plan);

#endif
