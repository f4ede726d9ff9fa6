/* SPDX-License-Identifier: GPL-2.0-or-later
 * gateway.h - what can stand in a gateway's block
 */
#ifndef NFQROUTE_LANG_GATEWAY_H
#define NFQROUTE_LANG_GATEWAY_H

#include "config.h"

struct gateway_plan;

/* One kind of line in the block. A new one is a line of the table in gateway_entries.c. */
struct gateway_entry {
	const char *name, *brief;
	const char *expects; /* what its values are, for messages */
	enum {
		ENTRY_ONE,  /* one value */
		ENTRY_LIST, /* values with commas between them; the entry may be given several times */
		ENTRY_REST, /* everything up to the end of the line or the next entry; may be given several times */
	} values;
	void (*plan)(struct gateway_plan *plan, const struct entry_node *entry); /* NULL: not available yet */
};

/* The entry of this place in the table; NULL behind the last one. */
const struct gateway_entry *gateway_entry_at(size_t index);
const struct gateway_entry *gateway_entry_find(struct span name);
/* The name of an entry most like this word; NULL: none is. */
const char *gateway_entry_nearest(struct span word);

/* Works out all gateways: their fields, then marks, tables and priorities that are not given. */
void config_build_gateways(struct config *config, struct ruleset *ruleset);

#endif
