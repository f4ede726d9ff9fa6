/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset_seal.c - texts into their homes
 */
#include <stdlib.h>

#include "table_memory.h"
#include "textset_private.h"

#define FULL 92 /* percent of all homes, if every text found room */

enum {
	FILTERED = 4096,  /* so many texts do not stay in the cache as well as a filter of them */
	TEXTS_A_WORD = 8, /* of it */
};

/* One table of homes. */
struct sealing {
	struct arena *arena;
	struct textset *all; /* what it is one of */
	unsigned sets_before;
	unsigned part_count;
	struct text_part parts[TEXT_PARTS];
	size_t text_count; /* about: without those that come again */
	size_t home_count; /* a multiple of part_count */
	uint8_t *homes;
	struct textset_building rest; /* texts that found no room */
};

static unsigned dots_of(const char *text, size_t len)
{
	unsigned dots = 0;

	for (size_t i = 0; i < len; i++)
		dots += text[i] == '.';
	return dots;
}

static void write_entry(uint8_t *at, const struct pooled *pooled, struct arena *arena)
{
	struct far_text *far;

	*at = (uint8_t)(pooled->kinds << KIND_SHIFT | (pooled->len < FAR ? pooled->len : FAR));
	if (pooled->len < FAR) {
		memcpy(at + 1, pooled->text, pooled->len);
		return;
	}
	far = arena_alloc(arena, sizeof *far + pooled->len);
	far->len = pooled->len;
	memcpy(far->text, pooled->text, pooled->len);
	memcpy(at + 1, &far, sizeof far);
}

/* Puts a text into its home, or adds its kinds to those of the one that is there. false: out of memory. */
static bool enter(struct sealing *s, const struct pooled *pooled)
{
	uint8_t *home = s->homes + home_number(pooled->hash, s->home_count) * HOME;
	uint8_t *at = (uint8_t *)find_place(home, pooled->text, pooled->len);

	if (pooled->kinds & TEXT_BELOW)
		s->all->depths |= depth_bit(dots_of(pooled->text, pooled->len));
	home_add_signs(home, sign_of(pooled->hash));
	if (s->all->filter.words && !s->sets_before)
		bloom_add(&s->all->filter, pooled->hash);
	if (is_entry(home, at)) {
		*at |= (uint8_t)(pooled->kinds << KIND_SHIFT);
		return true;
	}
	if ((size_t)(home + HOME - at) < entry_size(pooled->len)) {
		home_add_signs(home, HOME_SPILLED);
		return textset_add(&s->rest, pooled->text, pooled->len, pooled->kinds);
	}
	write_entry(at, pooled, s->arena);
	s->all->count++;
	return true;
}

/* The homes of one part. */
static bool fill(struct sealing *s, const struct textset_building *building, unsigned number)
{
	const struct text_part *part = &s->parts[number];
	size_t size = s->home_count / s->part_count * HOME;
	struct pooled pooled;

	memset(s->homes + number * size, 0, size);
	for (size_t at = part->at; at < part->at + part->size; at += pooled.size) {
		pooled = pooled_at(building, at, s->sets_before);
		if (!enter(s, &pooled))
			return false;
	}
	return true;
}

/* Part by part: the homes take memory as the pool gives it back. */
static bool fill_all(struct sealing *s, struct textset_building *building)
{
	for (unsigned i = 0; i < s->part_count; i++) {
		if (!fill(s, building, i))
			return false;
		if (s->part_count > 1)
			pool_give_back(building->pool, s->parts[i].at, s->parts[i].at + s->parts[i].size);
	}
	return true;
}

/* The only home of a small set ends behind its last text. */
static const uint8_t *seal_one_home(struct sealing *s, struct textset_building *building)
{
	uint8_t home[HOME], *kept;
	size_t used = HOME_SIGNS;
	bool filled;

	s->homes = home;
	filled = fill_all(s, building);
	s->homes = NULL;
	if (!filled)
		return NULL;
	while (is_entry(home, home + used))
		used += size_at(home + used);
	used += used < HOME; /* the zero */
	kept = arena_alloc(s->arena, used);
	return memcpy(kept, home, used);
}

static const uint8_t *seal_homes(struct sealing *s, struct textset_building *building)
{
	s->homes = table_room(s->home_count * HOME);
	if (!s->homes)
		return NULL;
	if (!fill_all(s, building)) {
		free(s->homes);
		return NULL;
	}
	arena_keep(s->arena, s->homes, s->home_count * HOME);
	return s->homes;
}

/* Cuts what is to be sealed into parts, and says how many homes there are to be. Long lists are often put together of
 * others, and many texts are there twice; few count as such that are not, so few are not believed. false: out of memory. */
static bool plan(struct sealing *s, struct textset_building *building)
{
	size_t size = building->sealed_size, again = 0;

	s->parts[0] = (struct text_part){.size = building->used};
	s->part_count = 1;
	if (building->used >= TEXTS_LARGE) {
		memset(s->parts, 0, sizeof s->parts);
		s->part_count = TEXT_PARTS;
		if (!pool_cut(building, s->sets_before, s->parts, &again))
			return false;
	}
	if (again > size / 8)
		size -= again;
	s->text_count = building->count * size / building->sealed_size;
	s->home_count = size <= HOME_ROOM ? 1 : size * 100 / FULL / HOME_ROOM + 1;
	s->home_count = (s->home_count + s->part_count - 1) / s->part_count * s->part_count;
	return true;
}

/* Seals one table; what it has no room for is what is being built then. false: out of memory. */
static bool seal(struct sealing *s, struct homes *homes, struct textset_building *building)
{
	if (!plan(s, building))
		return false;
	if (!s->sets_before && s->text_count >= FILTERED)
		s->all->filter = bloom_new(s->arena, s->text_count, TEXTS_A_WORD);
	s->rest = (struct textset_building){0};
	homes->at = (s->home_count == 1 ? seal_one_home : seal_homes)(s, building);
	homes->count = s->home_count;
	free(building->pool);
	*building = s->rest;
	return homes->at != NULL;
}

struct textset textset_seal(struct textset_building *building, struct arena *arena)
{
	struct textset all = {0};
	struct homes *homes = &all.homes, *rest;
	struct sealing s = {.arena = arena, .all = &all};
	bool sealed = true;

	while (building->count && sealed) {
		sealed = seal(&s, homes, building);
		s.sets_before++;
		if (!building->count)
			break;
		rest = arena_alloc(arena, sizeof *rest);
		homes->rest = rest;
		homes = rest;
	}
	if (sealed && !arena_failed(arena))
		return all;
	free(building->pool);
	*building = (struct textset_building){0};
	arena_fail(arena);
	return (struct textset){0};
}
