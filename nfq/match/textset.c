/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset.c - a compact hash set of short texts
 */
#include "textset.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 2      /* bytes before each text in the pool */
#define KIND_SHIFT 12 /* of the header: kinds above, length below */
#define LENGTH_MASK ((1U << KIND_SHIFT) - 1)
#define POOL_MAX (1UL << 31)
#define LABELS_MAX 16 /* domains of one name that are looked up together */
#define AHEAD 16      /* texts whose slots are fetched before they are needed */
#define SMALL 4096    /* bytes of a pool that is no list */
#define HASH_START 0xcbf29ce484222325ULL

/* FNV-1a, from the end of the text to its start. */
static uint64_t hash_byte(uint64_t hash, char byte)
{
	return (hash ^ (uint8_t)byte) * 0x100000001b3ULL;
}

/* The low bits of FNV depend on the low bits of the bytes only: fold all of it in. */
static uint64_t hash_end(uint64_t hash)
{
	hash ^= hash >> 32;
	return hash * 0x9e3779b97f4a7c15ULL;
}

static uint64_t hash_text(const char *text, size_t len)
{
	uint64_t hash = HASH_START;

	while (len)
		hash = hash_byte(hash, text[--len]);
	return hash_end(hash);
}

static size_t slot_of(uint64_t hash, size_t room)
{
	return (size_t)(hash >> 32) & (room - 1);
}

static unsigned header(const uint8_t *entry)
{
	return (unsigned)entry[0] << 8 | entry[1];
}

static void set_header(uint8_t *entry, size_t len, unsigned kinds)
{
	unsigned value = kinds << KIND_SHIFT | (unsigned)len;

	entry[0] = (uint8_t)(value >> 8);
	entry[1] = (uint8_t)value;
}

/* The slot that holds this text, or the free one where it belongs. */
static size_t find_slot(const struct textset *set, uint64_t hash, const char *text, size_t len)
{
	uint32_t tag = (uint32_t)hash & ~set->offsets;
	size_t at = slot_of(hash, set->room);

	for (; set->slots[at]; at = (at + 1) & (set->room - 1)) {
		const uint8_t *entry = set->pool + (set->slots[at] & set->offsets) - 1;

		if ((set->slots[at] & ~set->offsets) == tag && (header(entry) & LENGTH_MASK) == len &&
		    memcmp(entry + HEADER, text, len) == 0)
			break;
	}
	return at;
}

static unsigned find_kinds(const struct textset *set, uint64_t hash, const char *text, size_t len)
{
	uint32_t slot = set->slots[find_slot(set, hash, text, len)];

	return slot ? header(set->pool + (slot & set->offsets) - 1) >> KIND_SHIFT : 0;
}

unsigned textset_find(const struct textset *set, const char *text, size_t len)
{
	return set->room ? find_kinds(set, hash_text(text, len), text, len) : 0;
}

/* A domain that the name lies in, by where it begins. */
struct domain {
	uint64_t hash;
	size_t at;
};

static bool has_below(const struct textset *set, const struct domain *domains, unsigned count, const char *name,
		      size_t len)
{
	for (unsigned i = 0; i < count; i++)
		if (find_kinds(set, domains[i].hash, name + domains[i].at, len - domains[i].at) & TEXT_BELOW)
			return true;
	return false;
}

/* Where the slots are far away, they come while the rest of the name is hashed. */
bool textset_has_name(const struct textset *set, const char *name, size_t len)
{
	struct domain domains[LABELS_MAX];
	uint64_t hash = HASH_START;
	unsigned count = 0;

	if (!set->room)
		return false;
	for (size_t at = len; at > 0; at--) {
		if (name[at - 1] == '.') {
			domains[count] = (struct domain){hash_end(hash), at};
			__builtin_prefetch(&set->slots[slot_of(domains[count].hash, set->room)]);
			if (++count == LABELS_MAX) {
				if (has_below(set, domains, count, name, len))
					return true;
				count = 0;
			}
		}
		hash = hash_byte(hash, name[at - 1]);
	}
	hash = hash_end(hash);
	__builtin_prefetch(&set->slots[slot_of(hash, set->room)]);
	return has_below(set, domains, count, name, len) || find_kinds(set, hash, name, len) & TEXT_ITSELF;
}

static uint64_t kind_key(uint64_t hash, enum text_kind kind)
{
	return hash ^ (uint64_t)kind << 56;
}

uint64_t textset_key(const char *text, size_t len, enum text_kind kind)
{
	return kind_key(hash_text(text, len), kind);
}

size_t textset_name_keys(const char *name, size_t len, uint64_t *keys)
{
	uint64_t hash = HASH_START;
	size_t count = 0;

	for (size_t at = len; at > 0; at--) {
		if (name[at - 1] == '.')
			keys[count++] = kind_key(hash_end(hash), TEXT_BELOW);
		hash = hash_byte(hash, name[at - 1]);
	}
	keys[count++] = kind_key(hash_end(hash), TEXT_ITSELF);
	return count;
}

bool textset_next(const struct textset *set, size_t *at, const char **text, size_t *len, unsigned *kinds)
{
	const uint8_t *entry = set->pool + *at;

	if (*at >= set->used)
		return false;
	*len = header(entry) & LENGTH_MASK;
	*kinds = header(entry) >> KIND_SHIFT;
	*text = (const char *)entry + HEADER;
	*at += HEADER + *len;
	return true;
}

static bool grow_pool(struct textset_building *building)
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
	uint8_t *entry;

	if (building->room - building->used < HEADER + TEXT_MAX && !grow_pool(building))
		return false;
	entry = building->pool + building->used;
	set_header(entry, len, kinds);
	memcpy(entry + HEADER, text, len);
	building->used += HEADER + len;
	building->count++;
	return true;
}

/* --- sealing
 * ------------------------------------------------------------------------------------------------------ */

/* Texts on their way into the table, some ahead of the one whose turn it is. */
struct ahead {
	const struct textset_building *building;
	size_t at, taken;
	uint64_t hashes[AHEAD];
};

static void look_ahead(struct ahead *ahead, const struct textset *set)
{
	const uint8_t *entry = ahead->building->pool + ahead->at;
	size_t len;
	uint64_t hash;

	if (ahead->at >= ahead->building->used)
		return;
	len = header(entry) & LENGTH_MASK;
	hash = hash_text((const char *)entry + HEADER, len);
	__builtin_prefetch(&set->slots[slot_of(hash, set->room)], 1);
	ahead->hashes[ahead->taken++ % AHEAD] = hash;
	ahead->at += HEADER + len;
}

/* Enters the text at from, or adds its kinds to those of the one that is there. The pool is closed up in place. */
static void enter(struct textset *set, uint32_t *slots, uint64_t hash, uint8_t *pool, size_t from)
{
	uint8_t *entry = pool + from, *there;
	size_t len = header(entry) & LENGTH_MASK;
	size_t slot = find_slot(set, hash, (const char *)entry + HEADER, len);

	if (slots[slot]) {
		there = pool + (slots[slot] & set->offsets) - 1;
		set_header(there, len, (header(there) | header(entry)) >> KIND_SHIFT);
		return;
	}
	slots[slot] = ((uint32_t)set->used + 1) | ((uint32_t)hash & ~set->offsets);
	memmove(pool + set->used, entry, HEADER + len);
	set->used += HEADER + len;
	set->count++;
}

static void enter_all(struct textset *set, uint32_t *slots, struct textset_building *building)
{
	struct ahead ahead = {.building = building};
	size_t at = 0, turn = 0;

	for (unsigned i = 0; i < AHEAD; i++)
		look_ahead(&ahead, set);
	while (at < building->used) {
		uint64_t hash = ahead.hashes[turn++ % AHEAD];
		size_t len = header(building->pool + at) & LENGTH_MASK;

		look_ahead(&ahead, set);
		enter(set, slots, hash, building->pool, at);
		at += HEADER + len;
	}
}

/* A large pool is kept as it is, but for the room it does not need; a small one goes where its set is. */
static const uint8_t *keep_pool(const struct textset_building *building, size_t used, struct arena *arena)
{
	uint8_t *pool = used > SMALL ? realloc(building->pool, used) : arena_alloc(arena, used);

	if (used <= SMALL) {
		memcpy(pool, building->pool, used);
		free(building->pool);
		return pool;
	}
	pool = pool ? pool : building->pool;
	arena_keep(arena, pool, used);
	return pool;
}

struct textset textset_seal(struct textset_building *building, struct arena *arena)
{
	struct textset set = {.pool = building->pool};
	size_t room = 2;
	uint32_t *slots;

	if (!building->count)
		return (struct textset){0};
	while (room * 3 < building->count * 4)
		room *= 2;
	slots = arena_array(arena, room, sizeof *slots);
	if (arena_failed(arena)) {
		free(building->pool);
		*building = (struct textset_building){0};
		return (struct textset){0};
	}
	set.slots = slots;
	set.room = room;
	set.offsets = building->used < UINT32_MAX / 2
			      ? (2U << (31 - __builtin_clz((uint32_t)building->used + 1))) - 1
			      : UINT32_MAX;
	enter_all(&set, slots, building);
	set.pool = keep_pool(building, set.used, arena);
	*building = (struct textset_building){0};
	return set;
}
