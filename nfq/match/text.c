/* SPDX-License-Identifier: GPL-2.0-or-later
 * text.c - sets of texts, globs and patterns
 */
#include "text.h"

#include <stdlib.h>

#include "value.h"
#include "few.h"
#include "grow.h"

void *text_begin(struct arena *arena)
{
	struct text_building *building = few_bytes(sizeof *building);

	building->arena = arena;
	return building;
}

bool text_add_exact(struct text_building *building, const char *text, size_t len, unsigned kinds,
		    struct value_error *error)
{
	if (!len || len > TEXT_MAX)
		return value_fail(error, building->arena, NULL, "a text has 1 to %d bytes", TEXT_MAX);
	if (!textset_add(&building->exact, text, len, kinds))
		arena_fail(building->arena);
	return true;
}

bool text_add_glob(struct text_building *building, const char *glob, size_t len)
{
	struct glob *globs = grow(building->globs, building->glob_count, &building->glob_room, sizeof *globs);

	if (!globs) {
		arena_fail(building->arena);
		return true;
	}
	building->globs = globs;
	globs[building->glob_count++] = (struct glob){.text = arena_text(building->arena, glob, len), .len = len};
	return true;
}

bool text_add(void *set, const char *word, size_t len, struct value_error *error)
{
	struct text_building *building = set;

	if (len && len <= TEXT_MAX && memchr(word, '*', len))
		return text_add_glob(building, word, len);
	return text_add_exact(building, word, len, TEXT_ITSELF, error);
}

bool text_add_pattern(void *set, const char *word, size_t len, struct value_error *error)
{
	struct text_building *building = set;

	return pattern_list_add(&building->patterns, building->arena, word, len, false, error);
}

const void *text_seal(void *set)
{
	struct text_building *building = set;
	struct arena *arena = building->arena;
	struct text_values *sealed = arena_alloc(arena, sizeof *sealed);
	struct glob *globs = arena_array(arena, building->glob_count, sizeof *globs);

	sealed->exact = textset_seal(&building->exact, arena);
	sealed->patterns = pattern_list_seal(&building->patterns, arena);
	sealed->pattern_count = building->patterns.count;
	if (building->glob_count && !arena_failed(arena)) {
		memcpy(globs, building->globs, building->glob_count * sizeof *globs);
		sealed->globs = globs;
		sealed->glob_count = building->glob_count;
	}
	free(building->globs);
	free(building);
	return sealed;
}

size_t text_count(const void *set)
{
	const struct text_values *values = set;

	return values->exact.count + values->glob_count + values->pattern_count;
}

bool text_has(const struct text_values *set, const char *text, size_t len, const struct name_hashes *hashes,
	      uint64_t *cut_off)
{
	if (hashes ? textset_has_name(&set->exact, text, len, hashes) : textset_find(&set->exact, text, len) != 0)
		return true;
	for (size_t i = 0; i < set->glob_count; i++)
		if (glob_match(set->globs[i].text, set->globs[i].len, text, len))
			return true;
	return patterns_match(set->patterns, set->pattern_count, text, len, false, cut_off) == TRI_YES;
}

static bool has_glob(const struct text_values *set, const struct glob *glob)
{
	for (size_t i = 0; i < set->glob_count; i++)
		if (set->globs[i].len == glob->len && memcmp(set->globs[i].text, glob->text, glob->len) == 0)
			return true;
	return false;
}

/* Every name below this domain is in the set, as far as the listed domains tell. */
static bool has_below(const struct text_values *set, const char *name, size_t len)
{
	const char *end = name + len;

	if (textset_find(&set->exact, name, len) & TEXT_BELOW)
		return true;
	while ((name = memchr(name, '.', (size_t)(end - name)))) {
		name++;
		if (textset_find(&set->exact, name, (size_t)(end - name)) & TEXT_BELOW)
			return true;
	}
	return false;
}

bool text_covers(const void *a, const void *b)
{
	const struct text_values *wide = a, *narrow = b;
	struct name_hashes hashes;
	size_t at = 0, len;
	const char *text;
	unsigned kinds;

	if (!patterns_cover(wide->patterns, wide->pattern_count, narrow->patterns, narrow->pattern_count))
		return false;
	for (size_t i = 0; i < narrow->glob_count; i++)
		if (!has_glob(wide, &narrow->globs[i]))
			return false;
	while (textset_next(&narrow->exact, &at, &text, &len, &kinds)) {
		name_hashes_make(&hashes, text, len);
		if ((kinds & TEXT_ITSELF && !text_has(wide, text, len, &hashes, NULL)) ||
		    (kinds & TEXT_BELOW && !has_below(wide, text, len)))
			return false;
	}
	return true;
}

bool text_set_keys(const void *set, add_finder_key *add, void *ctx)
{
	const struct text_values *values = set;
	size_t at = 0, len;
	const char *text;
	unsigned kinds;

	if (values->glob_count || values->pattern_count || values->exact.count > TEXT_KEYS_MAX)
		return false;
	while (textset_next(&values->exact, &at, &text, &len, &kinds))
		add(ctx, text_hash(text, len), &(struct finder_value){text, len, kinds});
	return true;
}
