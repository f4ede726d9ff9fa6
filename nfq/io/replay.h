/* SPDX-License-Identifier: GPL-2.0-or-later
 * replay.h - what the kernel does around the queue, done for the packets of a capture
 *
 * Reassembly, connection tracking, the mark kept per connection so that a decided one is asked about no more: all
 * that stands between a device and engine_packet() in the daemon stands here between a frame and engine_packet().
 */
#ifndef NFQROUTE_REPLAY_H
#define NFQROUTE_REPLAY_H

#include "engine.h"
#include "link.h"
#include "track.h"

struct replay;

struct replay_config {
	const struct ruleset *rules; /* must outlive the replay; NULL: only look */
	/* what a capture does not know of its packets */
	bool has_uid, has_gid;
	uint32_t uid, gid;
	struct key iif; /* key_from_device(); zero: none */
	uint32_t flows; /* undecided connections looked into at a time; 0: the option's default */
};

/* Bytes off the wire, not terminated; NULL: not known. */
struct replay_text {
	const char *text;
	size_t length;
};

/* What became of one connection. Borrowed from the replay. */
struct replay_flow {
	const struct connection *connection;
	/* what was seen, whether or not a rule asked for it */
	const struct app *app; /* NULL: not known */
	struct replay_text host, alpn;
	uint64_t seen_packet; /* of the connection, from 1, when the last of it was known; 0: not within the
				 capture */
	/* what the rules said; with rules NULL, or where they were not asked, decided is false */
	bool decided;
	struct decision decision;  /* without its facts; moved, reset, switched: the daemon would do this */
	const char *gateway;       /* of the decision; NULL: none */
	struct replay_text taught; /* the host, where the client has not said it but asked DNS for it */
	uint64_t decided_packet; /* from 1; 0: not within the capture, this is what would hold if nothing more came
				  */
};

/* Frames that belong to no connection, by reason. */
struct replay_counters {
	uint64_t frames;
	uint64_t link_other, link_broken, link_unknown;
	uint64_t faults[PACKET_FAULTS];
	uint64_t related, untracked, invalid;
	uint64_t incomplete; /* datagrams of which fragments are missing */
};

/* NULL: out of memory. */
struct replay *replay_new(const struct replay_config *config);
void replay_free(struct replay *replay);

/* The next frame; frames whose time goes back count as taken at the latest time so far. False: out of memory. */
bool replay_frame(struct replay *replay, const struct frame *frame);
/* The capture is over: lets time pass until every connection is decided. False: there was no memory for all that is to be told. */
bool replay_finish(struct replay *replay);

/* Connections in order of appearance. */
size_t replay_count(const struct replay *replay);
struct replay_flow replay_at(const struct replay *replay, size_t index);

struct replay_counters replay_counters(const struct replay *replay);

#endif
