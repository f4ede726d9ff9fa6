/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_key.h - what tells connections apart
 */
#ifndef NFQROUTE_FLOW_KEY_H
#define NFQROUTE_FLOW_KEY_H

#include "packet.h"

/* The initiator first. */
struct flow_key {
	struct key src, dst;
	uint16_t sport, dport;
	uint8_t proto;
};

/* swapped: the packet goes from the answering side to the initiator. */
struct flow_key flow_key_of(const struct packet *packet, bool swapped);

static inline bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
	return key_equal(a->src, b->src) && key_equal(a->dst, b->dst) && a->sport == b->sport &&
	       a->dport == b->dport && a->proto == b->proto;
}

#endif
