/* SPDX-License-Identifier: GPL-2.0-or-later
 * resets.h - which connections may be reset so that their client opens them again, and where the next one goes
 *
 * A client whose connection was reset tries again, and whatever made the first one late may make the second one late,
 * too. So a client is reset once per destination, name and interval. Connections that were open when that happened are
 * no retries: a browser opens several at once, and if but one of them stayed on the wrong path it would use that one.
 * Each reset leaves a note by which one new connection of the client to that destination takes the right path.
 *
 * A fixed number of entries in sets of eight. Where a set is full of entries whose interval is not over, the answer is
 * no: whatever is forgotten, nothing can loop.
 */
#ifndef NFQROUTE_RESETS_H
#define NFQROUTE_RESETS_H

#include "flow_key.h"

struct resets;

/* What a connection was to become: a rule (index + 1; 0: none) of the ruleset of this generation. */
struct reset_note {
	uint32_t generation, rule;
};

/* A connection that would be reset. */
struct reset_case {
	const struct flow_key *key;
	const char *host;       /* length bytes; 0: not known */
	size_t length;
	uint64_t begun;         /* when the client opened it, nanoseconds */
	struct reset_note note; /* for the connection that comes in its stead */
};

/* seed keys the hash. NULL: out of memory. */
struct resets *resets_new(uint64_t seed);
void resets_free(struct resets *resets);

/* Whether the connection may be reset now; if so that is noted. interval: nanoseconds, as the others. */
bool resets_allow(struct resets *resets, const struct reset_case *which, uint64_t now, uint64_t interval);
/* Whether a new connection is awaited after a reset: each is so once, within the interval. *note: the reset one's. */
bool resets_awaited(struct resets *resets, const struct flow_key *key, uint64_t now, uint64_t interval,
		    struct reset_note *note);

#endif
