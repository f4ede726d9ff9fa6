/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset_pool.c - the texts of a set that is being built
 *
 * They lie one behind the other as they came, each behind two bytes of kinds and length. A long list is cut into parts
 * before it is sealed, each of which goes to homes that the caches hold, and is given back to the system as it is
 * copied: so it is hardly ever there twice.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "textset_private.h"

#define HEADER 2    /* bytes before each text */
#define KINDS_AT 12 /* of the header: kinds above, length below */
#define POOL_MAX (1UL << 31)
#define PAGE 4096
#define BITS_PER_TEXT 16 /* to notice texts that come twice */

static bool grow(struct textset_building *building)
{
	size_t room = building->room ? building->room * 2 : 4 * TEXT_MAX;
	uint8_t *grown = room <= POOL_MAX ? realloc(building->pool, room) : NULL;

	if (!grown)
		return false;
	building->pool = grown;
	building->room = room;
	return true;
}

bool textset_add(struct textset_building *building, const char *text, size_t len, unsigned kinds)
{
	unsigned header = kinds << KINDS_AT | (unsigned)len;
	uint8_t *entry;

	if (building->room - building->used < HEADER + TEXT_MAX && !grow(building))
		return false;
	entry = building->pool + building->used;
	entry[0] = (uint8_t)(header >> 8);
	entry[1] = (uint8_t)header;
	memcpy(entry + HEADER, text, len);
	building->used += HEADER + len;
	building->sealed_size += entry_size(len);
	building->count++;
	return true;
}

/* Without its hash. */
static struct pooled text_at(const uint8_t *entry)
{
	unsigned header = (unsigned)entry[0] << 8 | entry[1];
	size_t len = header & ((1U << KINDS_AT) - 1);

	return (struct pooled){.text = (const char *)entry + HEADER,
			       .len = len,
			       .size = HEADER + len,
			       .kinds = header >> KINDS_AT};
}

struct pooled pooled_at(const struct textset_building *building, size_t at, unsigned sets_before)
{
	struct pooled pooled = text_at(building->pool + at);

	pooled.hash = text_hash(pooled.text, pooled.len);
	for (unsigned i = 0; i < sets_before; i++)
		pooled.hash = hash_again(pooled.hash);
	return pooled;
}

void pool_give_back(uint8_t *pool, size_t from, size_t to)
{
	size_t skip = -(uintptr_t)(pool + from) & (PAGE - 1), tail = (uintptr_t)(pool + to) & (PAGE - 1);

	if (from + skip + tail < to)
		(void)madvise(pool + from + skip, to - from - skip - tail, MADV_DONTNEED);
}

/* Whether a text is there again, or, of few in a hundred, one by the same bit. */
static bool is_again(uint8_t *seen, size_t bits, uint64_t hash)
{
	size_t bit = home_number(hash, bits);
	bool again = seen[bit / 8] & 1U << bit % 8;

	seen[bit / 8] |= (uint8_t)(1U << bit % 8);
	return again;
}

/* Where the texts of each part go, by the upper bits of their hash as their homes are; in numbers, which part each text
 * belongs to. What those take in the set that are there again. */
static size_t plan_parts(const struct textset_building *building, unsigned sets_before, struct text_part *parts,
			 uint8_t *numbers, uint8_t *seen)
{
	size_t bits = building->count * BITS_PER_TEXT, at = 0, again = 0;

	for (size_t i = 0; i < building->count; i++) {
		struct pooled pooled = pooled_at(building, at, sets_before);

		numbers[i] = (uint8_t)home_number(pooled.hash, TEXT_PARTS);
		parts[numbers[i]].size += pooled.size;
		if (is_again(seen, bits, pooled.hash))
			again += entry_size(pooled.len);
		at += pooled.size;
	}
	at = 0;
	for (size_t i = 0; i < TEXT_PARTS; i++) {
		parts[i].at = at;
		at += parts[i].size;
	}
	return again;
}

/* Copies each text to its part, and gives back those that have been. */
static void sort(struct textset_building *building, const struct text_part *parts, const uint8_t *numbers, uint8_t *to)
{
	size_t ends[TEXT_PARTS], at = 0, given = 0;

	for (size_t i = 0; i < TEXT_PARTS; i++)
		ends[i] = parts[i].at;
	for (size_t i = 0; i < building->count; i++) {
		const uint8_t *entry = building->pool + at;
		size_t size = text_at(entry).size;

		memcpy(to + ends[numbers[i]], entry, size);
		ends[numbers[i]] += size;
		at += size;
		if (at - given >= TEXTS_LARGE) {
			pool_give_back(building->pool, given, at);
			given = at;
		}
	}
}

bool pool_cut(struct textset_building *building, unsigned sets_before, struct text_part *parts, size_t *again)
{
	uint8_t *numbers = malloc(building->count), *seen = calloc(building->count, BITS_PER_TEXT / 8);
	uint8_t *pool = malloc(building->used);

	if (numbers && seen && pool) {
		*again = plan_parts(building, sets_before, parts, numbers, seen);
		free(seen);
		sort(building, parts, numbers, pool);
		free(building->pool);
		building->pool = pool;
		building->room = building->used;
		free(numbers);
		return true;
	}
	free(pool);
	free(seen);
	free(numbers);
	return false;
}
