/* SPDX-License-Identifier: GPL-2.0-or-later
 * stream.h - the first bytes of one side of a TCP connection, in order
 *
 * Segments may come out of order, again, and overlapping; the first copy of a byte stays, as what the receiver
 * would most likely keep. Sequence numbers are taken relative to the initial one, so they may wrap.
 */
#ifndef NFQROUTE_STREAM_H
#define NFQROUTE_STREAM_H

#include <stdbool.h>

#include "pool.h"

enum {
	STREAM_ISLANDS = 4, /* stretches behind a hole that are kept; more are left to retransmission */
	STREAM_MAX = 65535, /* bytes that can be kept */
};

struct stream {
	uint8_t *buffer;   /* of the pool */
	uint32_t start;    /* sequence number of the first byte */
	uint16_t length;   /* bytes from the start without a hole */
	bool started;      /* start is known */
	bool lost;         /* the pool was full: no byte behind length will come */
	uint8_t islands;
	struct island {
		uint16_t from, to; /* offsets, to is one past the last */
	} island[STREAM_ISLANDS + 1]; /* sorted, apart from each other and from length; one is spare */
};

/* The first byte has this sequence number: that of the SYN plus one (RFC 9293 3.4). */
void stream_start(struct stream *stream, uint32_t first);

/* Whether a segment that starts here can be of this stream at all: not more than 1 GiB away from what is expected. */
bool stream_near(const struct stream *stream, uint32_t seq);

/* Takes in len bytes at sequence number seq, as far as they lie in the first limit (at most STREAM_MAX) bytes.
 * true: length has grown. */
bool stream_add(struct stream *stream, struct pool *pool, uint32_t limit, uint32_t seq, const uint8_t *data,
		uint32_t len);

void stream_free(struct stream *stream, struct pool *pool);

#endif
