/* SPDX-License-Identifier: GPL-2.0-or-later
 * interval.c - sets of 128-bit keys as sorted, disjoint intervals
 */
#include "interval.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct key key_from_device(const char *name)
{
	uint8_t padded[16] = {0};

	memcpy(padded, name, strnlen(name, 15));
	return key_from_ipv6(padded);
}

bool key_is_ipv4(struct key address)
{
	return !address.high && address.low >> 32 == KEY_MAPPED_IPV4 >> 32;
}

size_t key_to_address(struct key address, uint8_t bytes[16])
{
	size_t count = key_is_ipv4(address) ? 4 : 16;

	for (size_t i = 0; i < count; i++) {
		size_t shift = 8 * (count - 1 - i);

		bytes[i] = (uint8_t)(shift < 64 ? address.low >> shift : address.high >> (shift - 64));
	}
	return count;
}

const char *key_address_text(struct key address, char text[46])
{
	uint8_t bytes[16];
	size_t count = key_to_address(address, bytes);

	return inet_ntop(count == 4 ? AF_INET : AF_INET6, bytes, text, 46);
}

unsigned key_from_text(const char *text, struct key *address)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1) {
		*address = key_from_ipv4(bytes);
		return 32;
	}
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return 0;
	*address = key_from_ipv6(bytes);
	return 128;
}

struct key key_next(struct key key)
{
	key.low++;
	key.high += !key.low;
	return key;
}

struct key key_previous(struct key key)
{
	key.high -= !key.low;
	key.low--;
	return key;
}

static int by_first(const void *a, const void *b)
{
	return key_compare(((const struct interval *)a)->first, ((const struct interval *)b)->first);
}

/* b, which does not start before a, overlaps a or begins right behind it. */
static bool joins(const struct interval *a, const struct interval *b)
{
	return key_compare(b->first, a->last) <= 0 || key_equal(b->first, key_next(a->last));
}

/* Sorts and joins what overlaps or touches, in place; the new count. */
static size_t normalise(struct interval *at, size_t count)
{
	size_t last = 0;

	if (!count)
		return 0;
	while (last + 1 < count && by_first(&at[last], &at[last + 1]) <= 0)
		last++;
	if (last + 1 < count) /* lists mostly come sorted, and qsort takes as much memory again */
		qsort(at, count, sizeof *at, by_first);
	last = 0;
	for (size_t i = 1; i < count; i++) {
		if (!joins(&at[last], &at[i]))
			at[++last] = at[i];
		else if (key_compare(at[i].last, at[last].last) > 0)
			at[last].last = at[i].last;
	}
	return last + 1;
}

/* --- making a set --- */

struct making {
	struct span64 *numbers, *blocks; /* NULL while only counting */
	struct part64 *parts;
	size_t number_count, block_count, part_count;
};

static void add_part(struct making *making, uint64_t high, uint64_t first, uint64_t last)
{
	struct span64 low = {first, last};

	if (!high) {
		if (making->numbers)
			making->numbers[making->number_count] = low;
		making->number_count++;
	} else {
		if (making->parts)
			making->parts[making->part_count] = (struct part64){high, low};
		making->part_count++;
	}
}

static void add_blocks(struct making *making, uint64_t first, uint64_t last)
{
	if (making->blocks)
		making->blocks[making->block_count] = (struct span64){first, last};
	making->block_count++;
}

/* Cuts an interval where whole /64s begin and end in it. */
static void cut(struct making *making, const struct interval *interval)
{
	uint64_t first = interval->first.high, last = interval->last.high;

	if (first == last && (!first || interval->first.low || interval->last.low != UINT64_MAX)) {
		add_part(making, first, interval->first.low, interval->last.low);
		return;
	}
	if (!first || interval->first.low)
		add_part(making, first++, interval->first.low, UINT64_MAX);
	if (interval->last.low != UINT64_MAX)
		add_part(making, last--, 0, interval->last.low);
	if (first <= last)
		add_blocks(making, first, last);
}

static void *room_for(struct arena *arena, size_t count, size_t size)
{
	return count ? arena_array(arena, count, size) : NULL;
}

struct interval_set interval_set_make(struct arena *arena, struct interval *at, size_t count)
{
	struct making making = {0};

	count = normalise(at, count);
	for (size_t i = 0; i < count; i++)
		cut(&making, &at[i]);
	making.numbers = room_for(arena, making.number_count, sizeof *making.numbers);
	making.blocks = room_for(arena, making.block_count, sizeof *making.blocks);
	making.parts = room_for(arena, making.part_count, sizeof *making.parts);
	if (arena_failed(arena))
		return (struct interval_set){0};
	making.number_count = making.block_count = making.part_count = 0;
	for (size_t i = 0; i < count; i++)
		cut(&making, &at[i]);
	return (struct interval_set){
		.numbers = spans_make(arena, making.numbers, making.number_count),
		.blocks = spans_make(arena, making.blocks, making.block_count),
		.part = making.parts,
		.part_count = making.part_count,
		.count = making.number_count + making.block_count + making.part_count,
	};
}

/* --- asking it --- */

static bool part_is_before(const struct part64 *part, uint64_t high, uint64_t low)
{
	return part->high != high ? part->high < high : part->low.first <= low;
}

/* How many parts begin at or before this key. */
static size_t parts_before(const struct interval_set *set, uint64_t high, uint64_t low)
{
	size_t from = 0, to = set->part_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (part_is_before(&set->part[middle], high, low))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool parts_cover(const struct interval_set *set, struct part64 part)
{
	size_t before = set->part_count ? parts_before(set, part.high, part.low.first) : 0;
	const struct part64 *found = before ? &set->part[before - 1] : NULL;

	return found && found->high == part.high && part.low.last <= found->low.last;
}

bool interval_set_has(const struct interval_set *set, struct key key)
{
	if (!key.high)
		return spans_have(&set->numbers, key.low);
	return spans_have(&set->blocks, key.high) ||
	       parts_cover(set, (struct part64){key.high, {key.low, key.low}});
}

void interval_set_fetch(const struct interval_set *set, struct key key)
{
	spans_fetch(key.high ? &set->blocks : &set->numbers, key.high ? key.high : key.low);
}

void interval_set_fetch_next(const struct interval_set *set, struct key key)
{
	spans_fetch_next(key.high ? &set->blocks : &set->numbers, key.high ? key.high : key.low);
}

/* What does not touch cannot cover together, so each entry of b must lie in one of a. */
bool interval_set_covers(const struct interval_set *a, const struct interval_set *b)
{
	for (size_t i = 0; i < b->numbers.count; i++)
		if (!spans_cover(&a->numbers, b->numbers.at[i]))
			return false;
	for (size_t i = 0; i < b->blocks.count; i++)
		if (!spans_cover(&a->blocks, b->blocks.at[i]))
			return false;
	for (size_t i = 0; i < b->part_count; i++) {
		uint64_t high = b->part[i].high;

		if (!spans_have(&a->blocks, high) && !parts_cover(a, b->part[i]))
			return false;
	}
	return true;
}

static bool spans_meet(const struct spans *a, const struct spans *b)
{
	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		if (a->at[i].last < b->at[j].first)
			i++;
		else if (b->at[j].last < a->at[i].first)
			j++;
		else
			return true;
	}
	return false;
}

/* Some part of a lies in a whole /64 of b, or begins in a part of b. */
static bool parts_meet(const struct interval_set *a, const struct interval_set *b)
{
	for (size_t i = 0; i < a->part_count; i++) {
		struct part64 part = a->part[i];

		if (interval_set_has(b, (struct key){part.high, part.low.first}))
			return true;
	}
	return false;
}

bool interval_set_meets(const struct interval_set *a, const struct interval_set *b)
{
	return spans_meet(&a->numbers, &b->numbers) || spans_meet(&a->blocks, &b->blocks) || parts_meet(a, b) ||
	       parts_meet(b, a);
}

bool interval_set_next(const struct interval_set *set, size_t *at, struct interval *interval)
{
	size_t i = (*at)++;

	if (i < set->numbers.count) {
		*interval = (struct interval){key_of(set->numbers.at[i].first), key_of(set->numbers.at[i].last)};
		return true;
	}
	i -= set->numbers.count;
	if (i < set->blocks.count) {
		*interval = (struct interval){{set->blocks.at[i].first, 0}, {set->blocks.at[i].last, UINT64_MAX}};
		return true;
	}
	i -= set->blocks.count;
	if (i >= set->part_count)
		return false;
	*interval = (struct interval){{set->part[i].high, set->part[i].low.first},
				      {set->part[i].high, set->part[i].low.last}};
	return true;
}
