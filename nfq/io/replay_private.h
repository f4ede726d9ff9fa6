/* SPDX-License-Identifier: GPL-2.0-or-later
 * replay_private.h - shared by replay.c (what the engines are given) and replay_outcomes.c (what they say)
 */
#ifndef NFQROUTE_REPLAY_PRIVATE_H
#define NFQROUTE_REPLAY_PRIVATE_H

#include "replay.h"

enum lane_name { JUDGE, OBSERVER, LANES };

/* Packets of the reply direction that are of interest. */
enum replies { REPLIES_NONE, REPLIES_BUT_SYN, REPLIES_ALL };

struct lane {
	struct replay *replay;
	enum lane_name name;
	const struct ruleset *ruleset;
	struct engine *engine; /* NULL: a judge without rules */
	enum replies watched;
	size_t at_hand; /* the connection of the packet that was given last */
	struct verdict *verdicts;
};

/* What is known of a connection besides its tuple; the same index as in the track. */
struct outcome {
	struct replay_flow flow;
	uint32_t marks[LANES]; /* the connmark, 0: undecided */
	bool seen;             /* the observer is done */
	char *host, *alpn, *taught; /* flow's, owned */
	struct packet *last;   /* the initiator's latest, without its bytes, while undecided */
};

struct replay {
	struct replay_config config;
	struct ruleset *observe;
	struct lane lanes[LANES];
	struct track *track;
	struct defrag *defrag;
	struct learned *learned; /* the judge's */
	struct outcome *outcomes;
	size_t count, room;
	uint64_t now;
	bool over;
	bool lost; /* for want of memory, something of the outcomes */
	struct replay_counters counters;
};

/* --- replay_outcomes.c --- */

/* Of an engine, whose lane ctx is: keeps what it has decided, and by what. */
void replay_decided(void *ctx, const struct decision *decision);
/* The hooks' settle chain: what the marks of so many of the lane's verdicts make of the connmarks. */
void replay_settle(struct lane *lane, size_t count);

#endif
