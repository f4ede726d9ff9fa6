/* SPDX-License-Identifier: GPL-2.0-or-later
 * defrag.c - reassembly of IP fragments
 *
 * conntrack has both families reassembled before any hook of ours sees them, and so has explain. As there: a
 * fragment that overlaps another one ends its datagram (RFC 5722; Linux does the same for IPv4), unless it repeats
 * what is here already; what is not complete after 30 s (IPv4) or 60 s (IPv6) is given up. At most QUEUES
 * datagrams are put together at a time, the oldest makes room.
 *
 * Which 8-byte blocks are here is kept in a bitmap: a fragment takes time in its own length, never in the number
 * of fragments before it. A capture may hold less of a fragment than there was; then the datagram counts as
 * complete, but only the bytes up to the first gap are handed out.
 */
#include "defrag.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

enum {
	QUEUES = 64,
	BODY_MAX = 65535,
	BLOCK = 8,
	BLOCKS = (BODY_MAX + BLOCK) / BLOCK,
	HEAD_MAX = 256, /* an IPv4 header, or an IPv6 header and the extensions ahead of the fragment header */
	EXTENSIONS_MAX = 8,
};

#define SECOND 1000000000ULL

/* What tells one datagram's fragments from another's. */
struct fragment_key {
	uint8_t family; /* 4 or 6 */
	uint8_t proto;  /* IPv4 only */
	uint32_t id;
	uint8_t addresses[32];
};

struct fragment {
	struct fragment_key key;
	const uint8_t *head; /* what goes in front of the reassembled body */
	size_t head_length;
	size_t next_at; /* IPv6: offset in head of the byte that named the fragment header */
	uint8_t next;   /* IPv6: what it named */
	size_t offset;  /* in the body */
	const uint8_t *body;
	size_t body_length; /* bytes here */
	size_t body_wire;   /* bytes there were */
	bool more;
};

struct queue {
	struct fragment_key key;
	uint64_t since; /* 0: unused */
	uint64_t blocks[(BLOCKS + 63) / 64];
	size_t block_count;
	size_t total; /* the body's length, once the last fragment has come */
	bool total_known;
	size_t end; /* the furthest byte of any fragment so far */
	size_t gap; /* the first byte that was not captured */
	size_t head_length, next_at;
	uint8_t next;
	bool has_head;
	uint8_t head[HEAD_MAX];
	uint8_t body[BODY_MAX + BLOCK];
};

struct defrag {
	struct queue *queues[QUEUES]; /* allocated when first needed */
	uint64_t incomplete;
	uint8_t whole[HEAD_MAX + BODY_MAX];
};

struct defrag *defrag_new(void)
{
	return calloc(1, sizeof(struct defrag));
}

void defrag_free(struct defrag *defrag)
{
	for (size_t i = 0; defrag && i < QUEUES; i++)
		free(defrag->queues[i]);
	free(defrag);
}

uint64_t defrag_incomplete(const struct defrag *defrag)
{
	uint64_t count = defrag->incomplete;

	for (size_t i = 0; i < QUEUES; i++)
		count += defrag->queues[i] && defrag->queues[i]->since;
	return count;
}

/* --- what a fragment is --- */

/* Sets the body: what is behind r, of a datagram whose IP header says it ends at end. */
static bool set_body(struct fragment *f, const struct reader *r, const struct defrag_datagram *packet, size_t end)
{
	size_t start = (size_t)(r->at - packet->data);

	if (!reader_ok(r) || end > packet->wire_length || end < start)
		return false;
	f->body = r->at;
	f->body_wire = end - start;
	f->body_length = reader_left(r) < f->body_wire ? reader_left(r) : f->body_wire;
	return f->offset || f->more;
}

static bool fragment_ipv4(struct fragment *f, struct reader r, const struct defrag_datagram *packet)
{
	uint8_t version_length = reader_u8(&r);
	uint16_t total, field;
	const uint8_t *addresses;

	reader_skip(&r, 1);
	total = reader_u16(&r);
	f->key.id = reader_u16(&r);
	field = reader_u16(&r);
	reader_skip(&r, 1);
	f->key.proto = reader_u8(&r);
	reader_skip(&r, 2);
	addresses = reader_bytes(&r, 8);
	f->head_length = (version_length & 15U) * 4;
	reader_require(&r, f->head_length >= 20);
	reader_skip(&r, f->head_length - 20);
	if (!reader_ok(&r))
		return false;
	memcpy(f->key.addresses, addresses, 8);
	f->key.family = 4;
	f->head = packet->data;
	f->offset = (field & 0x1fffU) * BLOCK;
	f->more = field & 0x2000;
	if (!set_body(f, &r, packet, total))
		return false;
	if (f->more) /* as Linux does */
		f->body_wire &= ~(size_t)(BLOCK - 1);
	if (f->body_length > f->body_wire)
		f->body_length = f->body_wire;
	return true;
}

/* Walks the headers that routers look at, up to the fragment header. */
static bool find_fragment_header(struct fragment *f, struct reader *r, const uint8_t *data, uint8_t next)
{
	f->next_at = 6;
	for (unsigned i = 0; i < EXTENSIONS_MAX && next != IPPROTO_FRAGMENT; i++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS)
			return false;
		f->next_at = (size_t)(r->at - data);
		next = reader_u8(r);
		reader_skip(r, reader_u8(r) * 8U + 6);
	}
	return next == IPPROTO_FRAGMENT && reader_ok(r);
}

static bool fragment_ipv6(struct fragment *f, struct reader r, const struct defrag_datagram *packet)
{
	const uint8_t *addresses;
	uint16_t payload, field;
	uint8_t next;

	reader_skip(&r, 4);
	payload = reader_u16(&r);
	next = reader_u8(&r);
	reader_skip(&r, 1);
	addresses = reader_bytes(&r, 32);
	if (!addresses || !find_fragment_header(f, &r, packet->data, next))
		return false;
	f->head = packet->data;
	f->head_length = (size_t)(r.at - packet->data);
	f->next = reader_u8(&r);
	reader_skip(&r, 1);
	field = reader_u16(&r);
	f->key.id = reader_u32(&r);
	f->key.family = 6;
	memcpy(f->key.addresses, addresses, 32);
	f->offset = field & 0xfff8U;
	f->more = field & 1;
	if (f->head_length > HEAD_MAX || !set_body(f, &r, packet, 40U + payload))
		return false;
	return !f->more || f->body_wire % BLOCK == 0;
}

/* Whether the packet is a fragment that can be read. */
static bool fragment_of(struct fragment *f, const struct defrag_datagram *packet)
{
	struct reader r = reader_over(packet->data, packet->length, false);
	unsigned version = packet->length ? packet->data[0] >> 4 : 0;

	*f = (struct fragment){.more = false};
	if (version == 4)
		return fragment_ipv4(f, r, packet);
	return version == 6 && fragment_ipv6(f, r, packet);
}

/* --- queues --- */

static bool key_same(const struct fragment_key *a, const struct fragment_key *b)
{
	return a->family == b->family && a->proto == b->proto && a->id == b->id &&
	       memcmp(a->addresses, b->addresses, sizeof a->addresses) == 0;
}

static void give_up(struct defrag *defrag, struct queue *queue)
{
	queue->since = 0;
	defrag->incomplete++;
}

/* The queue of that datagram; a new one in place of an unused or the oldest. NULL: out of memory. */
static struct queue *queue_for(struct defrag *defrag, const struct fragment_key *key, uint64_t now)
{
	struct queue **place = &defrag->queues[0];

	for (size_t i = 0; i < QUEUES; i++) {
		struct queue *queue = defrag->queues[i];
		uint64_t patience = queue && queue->key.family == 6 ? 60 * SECOND : 30 * SECOND;

		if (queue && queue->since && now - queue->since > patience)
			give_up(defrag, queue);
		if (queue && queue->since && key_same(&queue->key, key))
			return queue;
		if (*place && (!queue || queue->since < (*place)->since))
			place = &defrag->queues[i];
	}
	if (!*place)
		*place = malloc(sizeof **place);
	else if ((*place)->since)
		give_up(defrag, *place);
	if (!*place)
		return NULL;
	memset(*place, 0, offsetof(struct queue, head));
	(*place)->key = *key;
	(*place)->since = now ? now : 1;
	(*place)->gap = BODY_MAX;
	return *place;
}

/* Sets the blocks' bits; returns how many were set before. */
static size_t mark_blocks(struct queue *queue, size_t first, size_t count)
{
	size_t before = 0;

	for (size_t i = first; i < first + count; i++) {
		uint64_t bit = 1ULL << i % 64;

		before += !!(queue->blocks[i / 64] & bit);
		queue->blocks[i / 64] |= bit;
	}
	return before;
}

static void keep_head(struct queue *queue, const struct fragment *f)
{
	memcpy(queue->head, f->head, f->head_length);
	queue->head_length = f->head_length;
	queue->next_at = f->next_at;
	queue->next = f->next;
	queue->has_head = true;
}

/* Puts the fragment in its place. False: the datagram is to be thrown away. */
static bool add(struct queue *queue, const struct fragment *f)
{
	size_t end = f->offset + f->body_wire, count = (f->body_wire + BLOCK - 1) / BLOCK, before;

	if (end > BODY_MAX || !f->body_wire)
		return false;
	if (queue->total_known ? end > queue->total || (!f->more && end != queue->total)
			       : !f->more && end < queue->end)
		return false;
	before = mark_blocks(queue, f->offset / BLOCK, count);
	if (before == count)
		return true; /* it repeats what is here */
	if (before)
		return false;
	queue->block_count += count;
	memcpy(queue->body + f->offset, f->body, f->body_length);
	if (f->body_length < f->body_wire && f->offset + f->body_length < queue->gap)
		queue->gap = f->offset + f->body_length;
	if (end > queue->end)
		queue->end = end;
	if (!f->more) {
		queue->total = end;
		queue->total_known = true;
	}
	if (f->offset == 0)
		keep_head(queue, f);
	return true;
}

static bool is_complete(const struct queue *queue)
{
	return queue->total_known && queue->has_head && queue->block_count == (queue->total + BLOCK - 1) / BLOCK;
}

static void store16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Makes it a datagram that was never cut; checksums are left as they were, nobody looks at them here. False: it
 * would be longer than a datagram can be. */
static bool assemble(struct defrag *defrag, const struct queue *queue, struct defrag_datagram *datagram)
{
	size_t length = queue->head_length + queue->total;
	size_t here = queue->total < queue->gap ? queue->total : queue->gap;
	uint8_t *whole = defrag->whole;

	if (length > (queue->key.family == 4 ? 65535U : 65535U + 40))
		return false;
	memcpy(whole, queue->head, queue->head_length);
	memcpy(whole + queue->head_length, queue->body, here);
	if (queue->key.family == 4) {
		store16(whole + 2, length);
		store16(whole + 6, 0);
	} else {
		store16(whole + 4, length - 40);
		whole[queue->next_at] = queue->next;
	}
	*datagram = (struct defrag_datagram){whole, queue->head_length + here, length};
	return true;
}

bool defrag_packet(struct defrag *defrag, const struct defrag_datagram *packet, uint64_t now,
		   struct defrag_datagram *datagram)
{
	struct fragment fragment;
	struct queue *queue;

	if (!fragment_of(&fragment, packet)) {
		*datagram = *packet;
		return true;
	}
	queue = queue_for(defrag, &fragment.key, now);
	if (!queue)
		return false;
	if (!add(queue, &fragment)) {
		give_up(defrag, queue);
		return false;
	}
	if (!is_complete(queue))
		return false;
	queue->since = 0;
	return assemble(defrag, queue, datagram);
}
