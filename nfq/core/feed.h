/* SPDX-License-Identifier: GPL-2.0-or-later
 * feed.h - a packet's bytes on their way into a flow: what classifiers see, and what is kept for the next packet
 *
 * Most connections are decided on their first payload packet. So the bytes are looked at where they lie, and copied
 * only by feed_keep(), when the connection is still undecided.
 */
#ifndef NFQROUTE_FEED_H
#define NFQROUTE_FEED_H

#include "classifier.h"
#include "flow.h"

struct feed {
	struct view view;
	bool client_grew, server_grew;
	struct datagram datagrams[FLOW_DATAGRAMS + 1];
	bool in_place; /* the view shows the packet's own bytes */
};

/* Notes where the streams of a TCP connection begin, as far as this packet says; feed_packet() does it too. */
void feed_start(struct flow *flow, const struct packet *packet, enum side side);
/* Makes the view of the flow with this packet, whose side is given. limit: bytes kept of each side. false: it shows
 * nothing that the packets before have not. */
bool feed_packet(struct feed *feed, struct flow *flow, struct pool *pool, const struct packet *packet, enum side side,
		 uint32_t limit);
/* Copies what feed_packet() showed in place, for the packets to come. */
void feed_keep(struct feed *feed, struct flow *flow, struct pool *pool, const struct packet *packet, enum side side,
	       uint32_t limit);
/* Gives all buffers back. */
void feed_free(struct flow *flow, struct pool *pool);

#endif
