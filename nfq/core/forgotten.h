/* SPDX-License-Identifier: GPL-2.0-or-later
 * forgotten.h - packets of connections that the kernel has forgotten
 *
 * With a masqueraded device the kernel deletes the entries of its connections, marks and all, and their next packets
 * look like those of connections from before the daemon, which belong to main: with a kill switch that is a leak. So
 * the engine notes which connections it has decided for a gateway, and asks the rules where it does not know.
 */
#ifndef NFQROUTE_FORGOTTEN_H
#define NFQROUTE_FORGOTTEN_H

#include <stdbool.h>
#include <stdint.h>

struct flow_key;
struct rule;
struct turn;

enum { RECALL_SLOTS = 1 << 15 };

/* The last connections decided for a gateway, a slot for each hash: later ones take the place of earlier ones. */
struct recall {
	struct recalled {
		uint32_t hash, mark; /* mark 0: empty */
		uint32_t generation; /* of the ruleset */
		uint32_t rule;       /* index + 1 */
	} at[RECALL_SLOTS];
};

/* The flow's or packet's connection has been decided for a gateway by this rule. */
void recall_note(struct recall *recall, uint32_t hash, uint32_t mark, uint32_t generation, uint32_t rule);
/* As if it had not been. */
void recall_forget(struct recall *recall, uint32_t hash);

/* Deals with a segment that conntrack takes for invalid (io/hook_invalid.c): it has no connection, so a mark would not
 * send it anywhere for sure. Dropped if it belongs to a gateway, or may; else it goes as it came. */
bool is_invalid(const struct turn *t);
void invalid_packet(struct turn *t);
/* Deals with a packet that opens no connection, but has no entry: true where it has a verdict now. */
bool forgotten_packet(struct turn *t, const struct flow_key *key);

#endif
