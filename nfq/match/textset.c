/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset.c - a compact hash set of short texts
 */
#include "textset.h"

#include <stdlib.h>
#include <string.h>

#define KIND_SHIFT 30
#define OFFSET_MASK ((1U << KIND_SHIFT) - 1)
#define HEADER 2 /* bytes of length before each text in the pool */
#define HASH_START 0xcbf29ce484222325ULL

/* FNV-1a, from the end of the text to its start. */
static uint64_t hash_byte(uint64_t hash, char byte)
{
	return (hash ^ (uint8_t)byte) * 0x100000001b3ULL;
}

static uint64_t hash_text(const char *text, size_t len)
{
	uint64_t hash = HASH_START;

	while (len)
		hash = hash_byte(hash, text[--len]);
	return hash;
}

/* The low bits of FNV depend on the low bits of the bytes only: fold all of it in. */
static size_t slot_of(uint64_t hash, size_t room)
{
	hash ^= hash >> 32;
	hash *= 0x9e3779b97f4a7c15ULL;
	return (size_t)(hash >> 24) & (room - 1);
}

static size_t text_length(const uint8_t *entry)
{
	return (size_t)entry[0] << 8 | entry[1];
}

/* The slot that holds this text, or the free one where it belongs. */
static size_t find_slot(const struct textset *set, uint64_t hash, const char *text, size_t len)
{
	size_t at = slot_of(hash, set->room);

	while (set->slots[at]) {
		const uint8_t *entry = set->pool + (set->slots[at] & OFFSET_MASK) - 1;

		if (text_length(entry) == len && memcmp(entry + HEADER, text, len) == 0)
			break;
		at = (at + 1) & (set->room - 1);
	}
	return at;
}

static unsigned find_kinds(const struct textset *set, uint64_t hash, const char *text, size_t len)
{
	return set->room ? set->slots[find_slot(set, hash, text, len)] >> KIND_SHIFT : 0;
}

unsigned textset_find(const struct textset *set, const char *text, size_t len)
{
	return find_kinds(set, hash_text(text, len), text, len);
}

bool textset_has_name(const struct textset *set, const char *name, size_t len)
{
	uint64_t hash = HASH_START;

	for (size_t at = len; at > 0; at--) {
		if (name[at - 1] == '.' && (find_kinds(set, hash, name + at, len - at) & TEXT_BELOW))
			return true;
		hash = hash_byte(hash, name[at - 1]);
	}
	return find_kinds(set, hash, name, len) & TEXT_ITSELF;
}

bool textset_next(const struct textset *set, size_t *at, const char **text, size_t *len, unsigned *kinds)
{
	if (*at >= set->used)
		return false;
	*len = text_length(set->pool + *at);
	*text = (const char *)set->pool + *at + HEADER;
	*at += HEADER + *len;
	*kinds = textset_find(set, *text, *len);
	return true;
}

static bool grow_slots(struct textset_building *building)
{
	size_t room = building->set.room ? building->set.room * 2 : 8, at = 0, len;
	struct textset old = building->set;
	const char *text;
	unsigned kinds;

	building->slots = calloc(room, sizeof *building->slots);
	if (!building->slots) {
		building->slots = (uint32_t *)old.slots;
		return false;
	}
	building->set.slots = building->slots;
	building->set.room = room;
	while (textset_next(&old, &at, &text, &len, &kinds)) {
		size_t offset = (size_t)((const uint8_t *)text - old.pool) - HEADER;
		size_t slot = find_slot(&building->set, hash_text(text, len), text, len);

		building->slots[slot] = (uint32_t)(offset + 1) | kinds << KIND_SHIFT;
	}
	free((uint32_t *)old.slots);
	return true;
}

static bool grow_pool(struct textset_building *building)
{
	size_t room = building->pool_room ? building->pool_room * 2 : 4 * TEXT_MAX;
	uint8_t *grown = room < OFFSET_MASK ? realloc(building->pool, room) : NULL;

	if (!grown)
		return false;
	building->pool = grown;
	building->set.pool = grown;
	building->pool_room = room;
	return true;
}

bool textset_add(struct textset_building *building, const char *text, size_t len, unsigned kinds)
{
	struct textset *set = &building->set;
	uint8_t *entry;
	size_t slot;

	if (set->count * 4 >= set->room * 3 && !grow_slots(building))
		return false;
	if (building->pool_room - set->used < HEADER + TEXT_MAX && !grow_pool(building))
		return false;
	slot = find_slot(set, hash_text(text, len), text, len);
	if (building->slots[slot]) {
		building->slots[slot] |= kinds << KIND_SHIFT;
		return true;
	}
	entry = building->pool + set->used;
	entry[0] = (uint8_t)(len >> 8);
	entry[1] = (uint8_t)len;
	memcpy(entry + HEADER, text, len);
	building->slots[slot] = (uint32_t)(set->used + 1) | kinds << KIND_SHIFT;
	set->used += HEADER + len;
	set->count++;
	return true;
}

struct textset textset_seal(struct textset_building *building, struct arena *arena)
{
	struct textset sealed = building->set;

	if (sealed.room) {
		uint32_t *slots = arena_array(arena, sealed.room, sizeof *slots);
		uint8_t *pool = arena_alloc(arena, sealed.used);

		if (!arena_failed(arena)) {
			memcpy(slots, building->slots, sealed.room * sizeof *slots);
			memcpy(pool, building->pool, sealed.used);
			sealed.slots = slots;
			sealed.pool = pool;
		} else {
			sealed = (struct textset){0};
		}
	}
	free(building->slots);
	free(building->pool);
	*building = (struct textset_building){0};
	return sealed;
}
