/* SPDX-License-Identifier: GPL-2.0-or-later
 * track.h - which connection a captured packet belongs to, as conntrack would say
 */
#ifndef NFQROUTE_TRACK_H
#define NFQROUTE_TRACK_H

#include "packet.h"

struct track;

/* One connection. The initiator is the source of its first packet. */
struct connection {
	struct key src, dst;
	uint16_t sport, dport;
	uint8_t proto, family; /* family: AF_INET, AF_INET6 */
	bool has_ports;
	uint64_t packets; /* both directions */
	/* private to track.c */
	uint32_t chain;
	uint8_t icmp_type, tcp_state, fins;
	bool replied;
	uint64_t expires;
};

enum track_result {
	TRACK_OK,
	TRACK_RELATED,   /* an ICMP error: belongs to the connection it tells about */
	TRACK_UNTRACKED, /* neighbour discovery, multicast listeners */
	TRACK_INVALID,   /* cannot begin a connection: RST, FIN, an answer without a question */
	TRACK_NO_MEMORY,
};

/* NULL: out of memory. */
struct track *track_new(void);
void track_free(struct track *track);

/* Finds or makes the connection of a packet without fault, at now (nanoseconds, never less than before), counts
 * the packet, and sets packet's reply and continued. *index: which one, from 0 in order of appearance. */
enum track_result track_packet(struct track *track, struct packet *packet, uint64_t now, size_t *index);

size_t track_count(const struct track *track);
/* Valid until the next track_packet(). */
const struct connection *track_at(const struct track *track, size_t index);
/* The newest connection with this initiator and responder; false: there is none. */
bool track_find(const struct track *track, const struct connection *like, size_t *index);

#endif
