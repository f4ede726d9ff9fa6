/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_key.h - what tells connections apart
 */
#ifndef NFQROUTE_FLOW_KEY_H
#define NFQROUTE_FLOW_KEY_H

#include "hash.h"
#include "packet.h"

/* The initiator first. */
struct flow_key {
	struct key src, dst;
	uint16_t sport, dport;
	uint8_t proto;
};

/* swapped: the packet goes from the answering side to the initiator. Without a branch, as which way the next packet goes
 * cannot be foreseen; and from register to register, as its fields are just being written. */
static inline struct flow_key flow_key_of(const struct packet *p, bool swapped)
{
	uint64_t all = -(uint64_t)swapped;
	uint64_t high = (p->src.high ^ p->dst.high) & all, low = (p->src.low ^ p->dst.low) & all;
	uint16_t port = (uint16_t)((p->sport ^ p->dport) & all);

	return (struct flow_key){.src = {p->src.high ^ high, p->src.low ^ low},
				 .dst = {p->dst.high ^ high, p->dst.low ^ low},
				 .sport = p->sport ^ port,
				 .dport = p->dport ^ port,
				 .proto = p->proto};
}

/* secret: see hash.h. 0 where those that share a hash cost no more than others. */
static inline uint64_t flow_key_hash(const struct flow_key *key, uint64_t secret)
{
	uint64_t h = hash_mix(hash_mix(secret, key->src.high), key->src.low);

	h = hash_mix(hash_mix(h, key->dst.high), key->dst.low);
	return hash_mix(h, (uint64_t)key->sport << 16 | key->dport);
}

static inline bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
	return key_equal(a->src, b->src) && key_equal(a->dst, b->dst) && a->sport == b->sport &&
	       a->dport == b->dport && a->proto == b->proto;
}

#endif
