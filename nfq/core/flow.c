/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow.c - the flow table: chained hash over an array, with lists by age
 */
#include "flow.h"

#include <stdlib.h>
#include <string.h>

#define NONE 0xffffffffU

enum list { DECIDED, UNDECIDED, HOLDING, LISTS };

struct flow_table {
	struct flow *flows;
	uint32_t *buckets;
	uint32_t count, mask;
	uint32_t fresh;     /* flows from here on were never used */
	uint32_t free_list; /* through chain */
	uint64_t seed;
	struct {
		uint32_t oldest, newest;
	} list[LISTS];
};

struct flow_table *flow_table_new(uint32_t count, uint64_t seed)
{
	struct flow_table *t = calloc(1, sizeof *t);
	uint32_t buckets = 16;

	if (!t)
		return NULL;
	while (buckets < count && buckets < 1U << 30)
		buckets *= 2;
	t->flows = calloc(count, sizeof *t->flows);
	t->buckets = malloc(buckets * sizeof *t->buckets);
	if (!t->flows || !t->buckets) {
		flow_table_free(t);
		return NULL;
	}
	memset(t->buckets, 0xff, buckets * sizeof *t->buckets);
	memset(t->list, 0xff, sizeof t->list);
	t->count = count;
	t->mask = buckets - 1;
	t->free_list = NONE;
	t->seed = seed;
	return t;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	free(table->flows);
	free(table->buckets);
	free(table);
}

struct flow_key flow_key_of(const struct packet *p, bool swapped)
{
	struct flow_key key;

	memset(&key, 0, sizeof key); /* compared as bytes */
	key.src = swapped ? p->dst : p->src;
	key.dst = swapped ? p->src : p->dst;
	key.sport = swapped ? p->dport : p->sport;
	key.dport = swapped ? p->sport : p->dport;
	key.proto = p->proto;
	return key;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15ULL) * (b ^ 0xd1b54a32d192ed03ULL);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t *bucket_of(struct flow_table *t, const struct flow_key *key)
{
	uint64_t ports = (uint64_t)key->sport << 32 | (uint64_t)key->dport << 8 | key->proto;
	uint64_t hash = mix(key->src.high ^ t->seed, key->src.low);

	hash = mix(hash ^ key->dst.high, key->dst.low ^ t->seed);
	hash = mix(hash ^ t->seed, ports);
	return &t->buckets[hash & t->mask];
}

struct flow *flow_find(struct flow_table *t, const struct flow_key *key)
{
	for (uint32_t i = *bucket_of(t, key); i != NONE; i = t->flows[i].chain) {
		if (memcmp(&t->flows[i].key, key, sizeof *key) == 0)
			return &t->flows[i];
	}
	return NULL;
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

	if (flow->older != NONE)
		t->flows[flow->older].newer = flow->newer;
	else
		t->list[list].oldest = flow->newer;
	if (flow->newer != NONE)
		t->flows[flow->newer].older = flow->older;
	else
		t->list[list].newest = flow->older;
}

/* The oldest decided flow is forgotten when its time is over, not when its place is needed: what lies in few places
 * stays in the processor's cache. */
static struct flow *stale(struct flow_table *t, uint64_t before)
{
	uint32_t oldest = t->list[DECIDED].oldest;

	return oldest != NONE && t->flows[oldest].seen < before ? &t->flows[oldest] : NULL;
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

struct flow *flow_add(struct flow_table *t, const struct flow_key *key, uint64_t now)
{
	uint32_t *bucket = bucket_of(t, key);
	uint32_t index = t->free_list;
	struct flow *flow;

	if (index != NONE)
		t->free_list = t->flows[index].chain;
	else
		index = t->fresh++;
	flow = &t->flows[index];
	memset(flow, 0, sizeof *flow);
	flow->key = *key;
	flow->since = now;
	flow->chain = *bucket;
	*bucket = index;
	append(t, flow);
	return flow;
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
	uint32_t *at = bucket_of(t, &flow->key);

	while (*at != index)
		at = &t->flows[*at].chain;
	*at = flow->chain;
	take_out(t, flow);
	flow->chain = t->free_list;
	t->free_list = index;
}
