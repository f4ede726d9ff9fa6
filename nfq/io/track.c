/* SPDX-License-Identifier: GPL-2.0-or-later
 * track.c - connections out of packets, by conntrack's rules
 *
 * A captured packet does not carry what the kernel knew about it, so the kernel's connection tracking is repeated
 * as far as it decides which packets make one connection, which side began it, and when a tuple begins anew:
 * tuples, the directions of ICMP queries, the phases of TCP with their timeouts, pick-up in mid-stream by the
 * first packet that carries an ACK (nf_conntrack_tcp_loose). In two things it is kinder than the kernel, because a
 * capture may have begun late: a SYN-ACK without its SYN makes a connection of the side it answers, and sequence
 * numbers are not checked.
 */
#include "track.h"

#include <stdlib.h>
#include <sys/socket.h>

#define SECOND 1000000000ULL
#define NONE UINT32_MAX
#define BUCKETS_FIRST 1024U

enum tcp_state { SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, LAST_ACK, TIME_WAIT, CLOSED, TCP_STATES };

/* The kernel's defaults, in seconds. */
static const uint32_t tcp_timeouts[TCP_STATES] = {
	[SYN_SENT] = 120, [SYN_RECV] = 60,   [ESTABLISHED] = 432000, [FIN_WAIT] = 120,
	[LAST_ACK] = 30,  [TIME_WAIT] = 120, [CLOSED] = 10,
};

struct timeouts {
	uint8_t proto;
	uint32_t first, replied;
};

static const struct timeouts timeouts[] = {
	{IPPROTO_UDP, 30, 120},  {IPPROTO_UDPLITE, 30, 120}, {IPPROTO_ICMP, 30, 30}, {IPPROTO_ICMPV6, 30, 30},
	{IPPROTO_SCTP, 10, 210}, {IPPROTO_DCCP, 240, 43200}, {0, 600, 600}, /* any other */
};

/* ICMP: what a type means to connection tracking. */
enum icmp_role { ICMP_INVALID, ICMP_REQUEST, ICMP_REPLY, ICMP_FAILURE, ICMP_UNTRACKED };

struct icmp_type {
	uint8_t role;    /* enum icmp_role */
	uint8_t request; /* the type that asks */
};

static const struct icmp_type icmpv4_types[256] = {
	[0] = {ICMP_REPLY, 8},     [8] = {ICMP_REQUEST, 8}, [13] = {ICMP_REQUEST, 13}, [14] = {ICMP_REPLY, 13},
	[15] = {ICMP_REQUEST, 15}, [16] = {ICMP_REPLY, 15}, [17] = {ICMP_REQUEST, 17}, [18] = {ICMP_REPLY, 17},
	[3] = {ICMP_FAILURE, 0},   [4] = {ICMP_FAILURE, 0}, [5] = {ICMP_FAILURE, 0},   [11] = {ICMP_FAILURE, 0},
	[12] = {ICMP_FAILURE, 0},
};

static const struct icmp_type icmpv6_types[256] = {
	[1] = {ICMP_FAILURE, 0},     [2] = {ICMP_FAILURE, 0},     [3] = {ICMP_FAILURE, 0},
	[4] = {ICMP_FAILURE, 0},     [128] = {ICMP_REQUEST, 128}, [129] = {ICMP_REPLY, 128},
	[130] = {ICMP_UNTRACKED, 0}, [131] = {ICMP_UNTRACKED, 0}, [132] = {ICMP_UNTRACKED, 0},
	[133] = {ICMP_UNTRACKED, 0}, [134] = {ICMP_UNTRACKED, 0}, [135] = {ICMP_UNTRACKED, 0},
	[136] = {ICMP_UNTRACKED, 0}, [137] = {ICMP_UNTRACKED, 0}, [139] = {ICMP_REQUEST, 139},
	[140] = {ICMP_REPLY, 139},   [143] = {ICMP_UNTRACKED, 0},
};

struct track {
	struct connection *at;
	size_t count, room;
	uint32_t *buckets;
	uint32_t bucket_count; /* a power of two */
};

struct track *track_new(void)
{
	struct track *track = calloc(1, sizeof *track);

	if (!track)
		return NULL;
	track->bucket_count = BUCKETS_FIRST;
	track->buckets = malloc(BUCKETS_FIRST * sizeof *track->buckets);
	if (!track->buckets) {
		track_free(track);
		return NULL;
	}
	for (uint32_t i = 0; i < BUCKETS_FIRST; i++)
		track->buckets[i] = NONE;
	return track;
}

void track_free(struct track *track)
{
	if (!track)
		return;
	free(track->at);
	free(track->buckets);
	free(track);
}

size_t track_count(const struct track *track)
{
	return track->count;
}

const struct connection *track_at(const struct track *track, size_t index)
{
	return &track->at[index];
}

/* --- the table --- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 29;
}

static uint64_t endpoint_hash(struct key address, uint16_t port)
{
	return mix(mix(mix(0, address.high), address.low), port);
}

/* The same for both directions. */
static uint32_t bucket_of(const struct track *track, const struct connection *c)
{
	uint64_t ends = endpoint_hash(c->src, c->sport) + endpoint_hash(c->dst, c->dport);

	return (uint32_t)(mix(ends, (uint64_t)c->icmp_type << 8 | c->proto) >> 32) & (track->bucket_count - 1);
}

static bool is_icmp(const struct connection *c)
{
	return (c->proto == IPPROTO_ICMP && c->family == AF_INET) ||
	       (c->proto == IPPROTO_ICMPV6 && c->family == AF_INET6);
}

static bool same_way(const struct connection *a, const struct connection *b)
{
	return key_equal(a->src, b->src) && key_equal(a->dst, b->dst) && a->sport == b->sport &&
	       a->dport == b->dport;
}

static bool other_way(const struct connection *a, const struct connection *b)
{
	return key_equal(a->src, b->dst) && key_equal(a->dst, b->src) && a->sport == b->dport &&
	       a->dport == b->sport;
}

/* The connection with the tuple of like, in either direction; NONE if there is none. For ICMP the direction is
 * told by the type and already in like. */
static uint32_t lookup(const struct track *track, const struct connection *like, bool *reply)
{
	*reply = false;
	for (uint32_t i = track->buckets[bucket_of(track, like)]; i != NONE; i = track->at[i].chain) {
		const struct connection *c = &track->at[i];

		if (c->proto != like->proto || c->icmp_type != like->icmp_type)
			continue;
		*reply = !same_way(c, like);
		if (!*reply || (!is_icmp(c) && other_way(c, like)))
			return i;
	}
	return NONE;
}

bool track_find(const struct track *track, const struct connection *like, size_t *index)
{
	bool reply;

	*index = lookup(track, like, &reply);
	return *index != NONE && !reply;
}

static bool grow_buckets(struct track *track)
{
	uint32_t count = track->bucket_count * 2;
	uint32_t *buckets = malloc(count * sizeof *buckets);

	if (!buckets)
		return false;
	for (uint32_t i = 0; i < count; i++)
		buckets[i] = NONE;
	free(track->buckets);
	track->buckets = buckets;
	track->bucket_count = count;
	/* in order of age, so that the newest of a tuple stands first again */
	for (uint32_t i = 0; i < track->count; i++) {
		uint32_t *bucket = &buckets[bucket_of(track, &track->at[i])];

		track->at[i].chain = *bucket;
		*bucket = i;
	}
	return true;
}

static bool make_room(struct track *track)
{
	size_t room = track->room ? track->room * 2 : BUCKETS_FIRST;
	struct connection *at;

	if (track->count < track->room)
		return true;
	if (room >= NONE)
		return false;
	at = realloc(track->at, room * sizeof *at);
	if (!at)
		return false;
	track->at = at;
	track->room = room;
	return room <= track->bucket_count || grow_buckets(track);
}

/* Adds it in front of its bucket, so that an older connection of the same tuple is not found any more. */
static uint32_t insert(struct track *track, const struct connection *c)
{
	uint32_t index = (uint32_t)track->count;
	uint32_t *bucket;

	if (!make_room(track))
		return NONE;
	bucket = &track->buckets[bucket_of(track, c)];
	track->at[index] = *c;
	track->at[index].chain = *bucket;
	*bucket = index;
	track->count++;
	return index;
}

/* --- connections --- */

static bool is_syn(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
}

static bool is_syn_ack(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == (TCP_SYN | TCP_ACK);
}

static void turn_around(struct connection *c)
{
	struct key address = c->src;
	uint16_t port = c->sport;

	c->src = c->dst;
	c->dst = address;
	c->sport = c->dport;
	c->dport = port;
}

/* The packet's tuple, and for ICMP which way round its connection has it. */
static enum track_result tuple_of(const struct packet *p, struct connection *c, bool *answer)
{
	const struct icmp_type *icmp;

	*answer = false;
	*c = (struct connection){.src = p->src,
				 .dst = p->dst,
				 .sport = p->sport,
				 .dport = p->dport,
				 .proto = p->proto,
				 .family = p->family,
				 .has_ports = p->has_ports};
	if (!is_icmp(c))
		return TRACK_OK;
	icmp = p->family == AF_INET ? &icmpv4_types[p->icmp_type] : &icmpv6_types[p->icmp_type];
	c->icmp_type = icmp->request;
	if (icmp->role == ICMP_FAILURE)
		return TRACK_RELATED;
	if (icmp->role == ICMP_UNTRACKED)
		return TRACK_UNTRACKED;
	*answer = icmp->role == ICMP_REPLY;
	if (*answer)
		turn_around(c);
	return icmp->role == ICMP_INVALID ? TRACK_INVALID : TRACK_OK;
}

static uint32_t timeout_of(const struct connection *c)
{
	const struct timeouts *t = timeouts;

	if (c->proto == IPPROTO_TCP)
		return tcp_timeouts[c->tcp_state];
	while (t->proto && t->proto != c->proto)
		t++;
	return c->replied ? t->replied : t->first;
}

static enum tcp_state tcp_next(const struct connection *c, const struct packet *p)
{
	enum tcp_state state = (enum tcp_state)c->tcp_state;

	if (p->tcp_flags & TCP_RST)
		return CLOSED;
	if (c->fins == 3)
		return state == LAST_ACK && !(p->tcp_flags & TCP_FIN) ? TIME_WAIT
		       : state < LAST_ACK                             ? LAST_ACK
								      : state;
	if (c->fins)
		return FIN_WAIT;
	if (state == SYN_SENT)
		return p->reply && is_syn_ack(p) ? SYN_RECV : SYN_SENT;
	if (state == SYN_RECV)
		return !p->reply && !is_syn(p) ? ESTABLISHED : SYN_RECV;
	return state;
}

static void tcp_advance(struct connection *c, const struct packet *p)
{
	if (p->tcp_flags & TCP_FIN)
		c->fins |= p->reply ? 2 : 1;
	c->tcp_state = (uint8_t)tcp_next(c, p);
}

/* Whether the packet begins a new connection though the tuple is known. */
static bool begins_anew(const struct connection *c, const struct packet *p, uint64_t now)
{
	if (now >= c->expires)
		return true;
	return c->proto == IPPROTO_TCP && is_syn(p) && c->tcp_state >= TIME_WAIT;
}

/* How a connection can begin with this packet. */
static enum track_result begin(struct connection *c, struct packet *p, bool answer)
{
	if (answer)
		return TRACK_INVALID;
	p->reply = false;
	if (c->proto != IPPROTO_TCP)
		return TRACK_OK;
	if (is_syn_ack(p)) {
		turn_around(c);
		p->reply = true;
		c->tcp_state = SYN_RECV;
		return TRACK_OK;
	}
	c->tcp_state = is_syn(p) ? SYN_SENT : ESTABLISHED;
	if (is_syn(p))
		return TRACK_OK;
	return (p->tcp_flags & TCP_ACK) && !(p->tcp_flags & (TCP_SYN | TCP_RST | TCP_FIN)) ? TRACK_OK
											   : TRACK_INVALID;
}

enum track_result track_packet(struct track *track, struct packet *packet, uint64_t now, size_t *index)
{
	struct connection tuple, *c;
	enum track_result result;
	bool answer, reply;
	uint32_t found;

	result = tuple_of(packet, &tuple, &answer);
	if (result != TRACK_OK)
		return result;
	found = lookup(track, &tuple, &reply);
	packet->reply = reply || answer;
	if (found == NONE || begins_anew(&track->at[found], packet, now)) {
		result = begin(&tuple, packet, answer);
		if (result != TRACK_OK)
			return result;
		found = insert(track, &tuple);
		if (found == NONE)
			return TRACK_NO_MEMORY;
	}
	c = &track->at[found];
	packet->continued = c->replied || packet->reply;
	c->replied = packet->continued;
	c->packets++;
	if (c->proto == IPPROTO_TCP)
		tcp_advance(c, packet);
	c->expires = now + timeout_of(c) * SECOND;
	*index = found;
	return TRACK_OK;
}
