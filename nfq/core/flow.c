/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow.c - the flow table: an array, a hash of its indices, and lists by age
 *
 * The hash is open: slots are looked at one after another from the one that the hash names. Half of the lookups are for
 * packets of new connections, which are not there, and must not find that out in memory that no cache holds: so a slot
 * has a tag of a byte in a dense array, and only where that fits are the slot and the flow looked at.
 */
#include "flow.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "clear.h"
#include "hash.h"
#include "table_memory.h"

#define NONE 0xffffffffU

enum list { DECIDED, UNDECIDED, HOLDING, LISTS };
enum { STEPS_MAX = 256 };

struct slot {
	uint32_t hash;
	uint32_t index; /* of the flow */
};

struct flow_table {
	struct flow *flows;
	struct move *moves; /* of each */
	struct slot *slots; /* at least twice as many as flows, a power of 2 */
	uint8_t *tags;      /* of each, behind them; 0: it is free */
	uint32_t count, mask;
	uint32_t fresh;     /* flows from here on were never used */
	uint32_t free_list; /* through older */
	uint32_t hand;      /* undecided; those that are older have given their buffers, or had none. NONE: begin anew */
	uint64_t keys[2];   /* of the hash */
	struct {
		uint32_t oldest, newest;
	} list[LISTS];
};

struct flow_table *flow_table_new(uint32_t count, uint64_t seed)
{
	struct flow_table *t = calloc(1, sizeof *t);
	size_t slots = 16;

	if (!t)
		return NULL;
	while (slots / 2 < count)
		slots *= 2;
	t->flows = memory_reserve(count * sizeof *t->flows);
	t->moves = memory_reserve(count * sizeof *t->moves);
	t->slots = table_memory(slots * (sizeof *t->slots + sizeof *t->tags));
	t->count = count;
	if (!t->flows || !t->moves || !t->slots) {
		flow_table_free(t);
		return NULL;
	}
	t->tags = (uint8_t *)(t->slots + slots);
	memset(t->list, 0xff, sizeof t->list);
	t->mask = (uint32_t)(slots - 1);
	t->free_list = NONE;
	t->hand = NONE;
	t->keys[0] = hash_mix(seed, 0x9e3779b97f4a7c15ULL);
	t->keys[1] = hash_mix(seed, 0xd1b54a32d192ed03ULL);
	return t;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	memory_release(table->flows, table->count * sizeof *table->flows);
	memory_release(table->moves, table->count * sizeof *table->moves);
	free(table->slots);
	free(table);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Neither factor of a product is known to who chooses addresses: could he make one 0, the other would not matter, and any
 * number of connections have the same hash. */
uint64_t flow_hash(const struct flow_table *t, const struct flow_key *key)
{
	uint64_t ports = (uint64_t)key->sport << 32 | (uint64_t)key->dport << 8 | key->proto;
	uint64_t hash = mix(key->src.high ^ t->keys[0], key->src.low ^ t->keys[1]);

	hash = mix(hash ^ key->dst.high ^ t->keys[1], key->dst.low ^ t->keys[0]);
	return mix(hash ^ t->keys[0], ports ^ t->keys[1]);
}

/* Of the bits that least say which slot it is. */
static uint8_t tag_of(uint32_t hash)
{
	return (uint8_t)(hash >> 24 | 1);
}

void flow_expect(const struct flow_table *t, uint64_t hash)
{
	__builtin_prefetch(&t->tags[hash & t->mask], 1);
	__builtin_prefetch(&t->slots[hash & t->mask], 1);
}

struct flow *flow_find(struct flow_table *t, const struct flow_key *key, uint64_t whole)
{
	uint32_t hash = (uint32_t)whole;
	uint8_t tag = tag_of(hash);

	for (uint32_t at = hash & t->mask; t->tags[at]; at = (at + 1) & t->mask) {
		if (t->tags[at] == tag && t->slots[at].hash == hash &&
		    flow_key_equal(&t->flows[t->slots[at].index].key, key))
			return &t->flows[t->slots[at].index];
	}
	return NULL;
}

static void slot_take(struct flow_table *t, uint32_t hash, uint32_t index)
{
	uint32_t at = hash & t->mask;

	while (t->tags[at])
		at = (at + 1) & t->mask;
	t->slots[at] = (struct slot){hash, index};
	t->tags[at] = tag_of(hash);
}

/* Whoever stands behind the free slot and could stand in it moves up, so that no search ends before its goal. */
static void slot_give(struct flow_table *t, uint32_t hash, uint32_t index)
{
	uint32_t free = hash & t->mask;

	while (t->slots[free].index != index)
		free = (free + 1) & t->mask;
	for (uint32_t at = (free + 1) & t->mask; t->tags[at]; at = (at + 1) & t->mask) {
		uint32_t passed = (at - t->slots[at].hash) & t->mask; /* slots from its first one to here */

		if (passed < ((at - free) & t->mask))
			continue;
		t->slots[free] = t->slots[at];
		t->tags[free] = t->tags[at];
		free = at;
	}
	t->tags[free] = 0;
}

static enum list list_of(const struct flow *flow)
{
	if (flow->decided)
		return DECIDED;
	return flow->held_count ? HOLDING : UNDECIDED;
}

static void append(struct flow_table *t, struct flow *flow)
{
	uint32_t index = (uint32_t)(flow - t->flows);
	enum list list = list_of(flow);

	flow->older = t->list[list].newest;
	flow->newer = NONE;
	if (flow->older != NONE)
		t->flows[flow->older].newer = index;
	else
		t->list[list].oldest = index;
	t->list[list].newest = index;
}

static void take_out(struct flow_table *t, struct flow *flow)
{
	enum list list = list_of(flow);

	if (t->hand == (uint32_t)(flow - t->flows))
		t->hand = flow->newer;
	if (flow->older != NONE)
		t->flows[flow->older].newer = flow->newer;
	else
		t->list[list].oldest = flow->newer;
	if (flow->newer != NONE)
		t->flows[flow->newer].older = flow->older;
	else
		t->list[list].newest = flow->older;
}

/* One that is forgotten when its time is over, not when its place is needed. */
static struct flow *stale(struct flow_table *t, uint64_t before)
{
	uint32_t oldest = t->list[DECIDED].oldest;

	return oldest != NONE && t->flows[oldest].move->seen < before ? &t->flows[oldest] : NULL;
}

struct flow *flow_victim(struct flow_table *t, uint64_t before)
{
	if (t->free_list != NONE || t->fresh < t->count)
		return stale(t, before);
	for (enum list list = DECIDED; list < LISTS; list++) {
		if (t->list[list].oldest != NONE)
			return &t->flows[t->list[list].oldest];
	}
	return NULL;
}

static bool has_buffers(const struct flow *flow)
{
	if (flow->facts)
		return true;
	return flow->key.proto == IPPROTO_UDP ? flow->udp.bytes != NULL :
						flow->stream[CLIENT].buffer || flow->stream[SERVER].buffer;
}

/* The hand goes round, so that many silent connections at the beginning are not gone through for each buffer. */
struct flow *flow_with_buffers(struct flow_table *t, const struct flow *but)
{
	for (unsigned i = 0; i < STEPS_MAX; i++) {
		struct flow *flow;

		if (t->hand == NONE)
			t->hand = t->list[UNDECIDED].oldest;
		if (t->hand == NONE)
			return NULL;
		flow = &t->flows[t->hand];
		if (flow != but && has_buffers(flow))
			return flow;
		t->hand = flow->newer;
	}
	return NULL;
}

struct flow *flow_add(struct flow_table *t, const struct flow_key *key, uint64_t hash, uint64_t now)
{
	uint32_t index = t->free_list;
	struct flow *flow;

	if (index != NONE)
		t->free_list = t->flows[index].older;
	else
		index = t->fresh++;
	flow = &t->flows[index];
	clear_bytes(flow, offsetof(struct flow, origin));
	flow->key = *key;
	flow->hash = hash;
	flow->since = now;
	slot_take(t, (uint32_t)hash, index);
	append(t, flow);
	return flow;
}

struct move *flow_move(struct flow_table *t, struct flow *flow)
{
	if (flow->move)
		return flow->move;
	flow->move = &t->moves[flow - t->flows];
	memset(flow->move, 0, sizeof *flow->move);
	return flow->move;
}

/* The list a flow is in follows from these two. */
static void move(struct flow_table *t, struct flow *flow, bool decided, uint8_t held_count)
{
	take_out(t, flow);
	flow->decided = decided;
	flow->held_count = held_count;
	append(t, flow);
}

void flow_decided(struct flow_table *t, struct flow *flow)
{
	move(t, flow, true, 0);
}

void flow_hold(struct flow_table *t, struct flow *flow)
{
	move(t, flow, false, 1);
}

void flow_release(struct flow_table *t, struct flow *flow)
{
	move(t, flow, false, 0);
}

void flow_remove(struct flow_table *t, struct flow *flow)
{
	uint32_t index = (uint32_t)(flow - t->flows);

	slot_give(t, (uint32_t)flow->hash, index);
	take_out(t, flow);
	flow->older = t->free_list;
	t->free_list = index;
}
