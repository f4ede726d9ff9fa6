/* SPDX-License-Identifier: GPL-2.0-or-later
 * passive.h - whether the connections that begin by a gateway are answered, as conntrack sees it
 *
 * Pure: no socket, no clock. Times are nanoseconds of any monotonic clock. About 50 KiB each; nothing is
 * allocated.
 */
#ifndef NFQROUTE_PASSIVE_H
#define NFQROUTE_PASSIVE_H

#include "flow_key.h"

enum {
	PASSIVE_WATCHED = 512, /* connections at a time, some slots for each hash; further ones are not watched */
	PASSIVE_SILENT = 100,  /* the most destinations that can be asked for in a row */
	PASSIVE_KNOWN = 4,     /* destinations that have answered, remembered */
};

struct endpoint {
	struct key address;
	uint16_t port;
};

struct passive {
	struct passive_watched {
		struct flow_key key;
		uint64_t since; /* 0: empty */
	} watched[PASSIVE_WATCHED];
	unsigned watching;
	struct endpoint answered[PASSIVE_KNOWN]; /* the latest first */
	unsigned answered_count;
	struct endpoint silent[PASSIVE_SILENT]; /* different addresses without an answer since the last answer */
	unsigned silent_count;
	unsigned tried; /* passive_target() */
	/* for people */
	uint64_t begun, answers, unanswered;
	uint32_t answer_us; /* a moving average; 0: none yet */
};

/* A connection's first packet has left by the gateway. */
void passive_begin(struct passive *passive, const struct flow_key *key, uint64_t now);
/* Its first answer has come in. */
void passive_answer(struct passive *passive, const struct flow_key *key, uint64_t now);
/* It has ended, or was refused: that speaks neither for nor against the gateway. */
void passive_end(struct passive *passive, const struct flow_key *key);
/* What has not been answered for as long as timeout (nanoseconds) will not be. */
void passive_look(struct passive *passive, uint64_t timeout, uint64_t now);
/* Answers may have been missed, or the path is another one: what is under way is not judged. */
void passive_forget(struct passive *passive);
/* The gateway was seen to work. */
void passive_works(struct passive *passive);

/* So many different destinations have not answered, one after the other. A server that is dead is one; somebody
 * who tries addresses in turn has as many as he likes, so this is a suspicion: passive_target() should be asked.
 */
static inline bool passive_suspects(const struct passive *passive, unsigned down)
{
	return passive->silent_count >= down;
}

/* Where to try next whether the gateway works: those that have answered, the latest first, then some that have
 * not, and from the beginning again. false: no destination is known. */
bool passive_target(struct passive *passive, struct endpoint *target);

#endif
