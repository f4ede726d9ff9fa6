/* SPDX-License-Identifier: GPL-2.0-or-later
 * past.c - the connections that were decided a short while ago: sets of three, each a line of the cache
 */
#include "past.h"

#include <stdlib.h>

#include "table_memory.h"

enum {
	WAYS = 3,
	LINE = 64,
	TICK_SHIFT = 27,   /* a tick is an eighth of a second, and 32 bits of them are 18 years */
	LINGER_TICKS = 75, /* ten seconds */
};

struct set {
	_Alignas(LINE) uint64_t hash[WAYS];
	uint32_t mark[WAYS], start[WAYS], seen[WAYS]; /* seen: in ticks; 0: the place is free */
};

_Static_assert(sizeof(struct set) == LINE, "a set is a line");

struct past {
	struct set *sets;
	uint32_t mask;
};

struct past *past_new(uint32_t count)
{
	struct past *past = calloc(1, sizeof *past);
	size_t sets = 16;

	if (!past)
		return NULL;
	while (sets * 4 < count)
		sets *= 2;
	past->mask = (uint32_t)(sets - 1);
	past->sets = table_memory(sets * sizeof *past->sets);
	if (!past->sets) {
		free(past);
		return NULL;
	}
	return past;
}

void past_free(struct past *past)
{
	if (!past)
		return;
	free(past->sets);
	free(past);
}

/* By the half of the hash that says least of a flow's place in its table. */
static struct set *set_of(const struct past *past, uint64_t hash)
{
	return &past->sets[(hash >> 32) & past->mask];
}

static uint32_t ticks(uint64_t now)
{
	return (uint32_t)(now >> TICK_SHIFT) + 1;
}

void past_expect(const struct past *past, uint64_t hash)
{
	__builtin_prefetch(set_of(past, hash), 1);
}

/* Where the connection is; WAYS: nowhere. */
static unsigned way_of(const struct set *set, uint64_t hash)
{
	unsigned way = 0;

	while (way < WAYS && (set->hash[way] != hash || !set->seen[way]))
		way++;
	return way;
}

/* The place of whoever was silent longest; a free one has been so for ever. */
static unsigned silent_longest(const struct set *set)
{
	unsigned found = 0;

	for (unsigned way = 1; way < WAYS; way++)
		if (set->seen[way] < set->seen[found])
			found = way;
	return found;
}

void past_note(struct past *past, uint64_t hash, uint32_t start, uint32_t mark, uint64_t now)
{
	struct set *set = set_of(past, hash);
	unsigned way = way_of(set, hash);

	if (way == WAYS)
		way = silent_longest(set);
	set->hash[way] = hash;
	set->start[way] = start;
	set->mark[way] = mark;
	set->seen[way] = ticks(now);
}

bool past_find(struct past *past, const struct past_packet *packet, uint32_t *mark)
{
	struct set *set = set_of(past, packet->hash);
	unsigned way = way_of(set, packet->hash);
	uint32_t now = ticks(packet->now);

	if (way == WAYS || (int32_t)(now - set->seen[way]) >= LINGER_TICKS ||
	    (packet->opens && set->start[way] != packet->start))
		return false;
	set->seen[way] = now;
	*mark = set->mark[way];
	return true;
}

void past_forget(struct past *past, uint64_t hash)
{
	struct set *set = set_of(past, hash);
	unsigned way = way_of(set, hash);

	if (way < WAYS)
		set->seen[way] = 0;
}
