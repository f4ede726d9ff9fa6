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

/* Where the texts of each part go; in numbers, which part each text belongs to. */
static void plan_parts(const struct textset_building *building, unsigned sets_before, size_t homes,
		       struct text_part *parts, uint8_t *numbers)
{
	size_t per_part = homes / TEXT_PARTS + 1, at = 0;

	for (size_t i = 0; i < building->count; i++) {
		struct pooled pooled = pooled_at(building, at, sets_before);

		numbers[i] = (uint8_t)(home_number(pooled.hash, homes) / per_part);
		parts[numbers[i]].size += pooled.size;
		at += pooled.size;
	}
	at = 0;
	for (size_t i = 0; i < TEXT_PARTS; i++) {
		parts[i].first = i * per_part < homes ? i * per_part : homes;
		parts[i].last = parts[i].first + per_part < homes ? parts[i].first + per_part : homes;
		parts[i].at = at;
		at += parts[i].size;
	}
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

bool pool_cut(struct textset_building *building, unsigned sets_before, size_t homes, struct text_part *parts)
{
	uint8_t *numbers = malloc(building->count), *pool = malloc(building->used);

	if (numbers && pool) {
		plan_parts(building, sets_before, homes, parts, numbers);
		sort(building, parts, numbers, pool);
		free(building->pool);
		building->pool = pool;
		building->room = building->used;
	} else {
		free(pool);
	}
	free(numbers);
	return numbers && pool;
}
