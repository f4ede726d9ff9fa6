/* SPDX-License-Identifier: GPL-2.0-or-later
 * interval_value.c - sets of intervals, and numbers as intervals, for the value types of header fields
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "suggest.h"
#include "value.h"
#include "few.h"
#include "grow.h"

struct building {
	struct arena *arena;
	struct interval *at;
	size_t count, room;
};

void *interval_begin(struct arena *arena)
{
	struct building *building = few_bytes(sizeof *building);

	building->arena = arena;
	return building;
}

struct arena *interval_arena(const void *building)
{
	return ((const struct building *)building)->arena;
}

void interval_add(void *set, struct key first, struct key last)
{
	struct building *building = set;
	struct interval *at = grow(building->at, building->count, &building->room, sizeof *at);

	if (!at) {
		arena_fail(building->arena);
		return;
	}
	building->at = at;
	at[building->count++] = (struct interval){.first = first, .last = last};
}

const void *interval_seal(void *set)
{
	struct building *building = set;
	struct interval_set *sealed = arena_alloc(building->arena, sizeof *sealed);

	*sealed = interval_set_make(building->arena, building->at, building->count);
	free(building->at);
	free(building);
	return sealed;
}

bool interval_covers(const void *a, const void *b)
{
	return interval_set_covers(a, b);
}

size_t interval_count(const void *set)
{
	return ((const struct interval_set *)set)->count;
}

bool value_fail(struct value_error *error, struct arena *arena, const char *hint, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	*error = (struct value_error){.message = arena_text(arena, text, strlen(text)), .hint = hint};
	return false;
}

bool word_is(const char *word, size_t len, const char *expected)
{
	return strlen(expected) == len && memcmp(word, expected, len) == 0;
}

static bool number_by_name(const struct number_notation *notation, const char *name, uint64_t *number)
{
	for (size_t i = 0; i < notation->name_count; i++) {
		if (strcmp(name, notation->names[i].name) == 0) {
			*number = notation->names[i].number;
			return true;
		}
	}
	return notation->by_name && notation->by_name(name, number);
}

static const char *nearest_name(const struct number_notation *notation, const char *word)
{
	struct suggest suggest = suggest_for(word, strlen(word));

	for (size_t i = 0; i < notation->name_count; i++)
		suggest_offer(&suggest, notation->names[i].name);
	return suggest.best;
}

enum parsed { PARSED, TOO_LARGE, NO_NUMBER };

/* A terminated word as a number, decimal or with 0x. A leading zero is no octal here. */
static enum parsed parse_number(const char *word, uint64_t max, uint64_t *number)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	const char *digits = hex ? word + 2 : word;
	uint64_t value = 0;

	if (!*digits || strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits))
		return NO_NUMBER;
	for (; *digits; digits++) {
		unsigned digit =
			*digits <= '9' ? (unsigned)(*digits - '0') : ((unsigned)*digits | 0x20) - 'a' + 10;

		value = value * (hex ? 16 : 10) + digit;
		if (value > max)
			return TOO_LARGE;
	}
	*number = value;
	return PARSED;
}

static enum parsed parse_one(const struct number_notation *notation, const char *word, uint64_t *number)
{
	enum parsed parsed = parse_number(word, notation->max, number);

	if (parsed == NO_NUMBER && *word && number_by_name(notation, word, number))
		return PARSED;
	return parsed;
}

/* Both ends of "a-b". Names may contain '-' themselves, so every place to cut is tried. */
static enum parsed parse_range(const struct number_notation *notation, char *word, uint64_t *first, uint64_t *last)
{
	enum parsed worst = NO_NUMBER;

	for (char *dash = strchr(word, '-'); dash; dash = strchr(dash + 1, '-')) {
		enum parsed low, high;

		*dash = 0;
		low = parse_one(notation, word, first);
		high = parse_one(notation, dash + 1, last);
		*dash = '-';
		if (low == PARSED && high == PARSED)
			return PARSED;
		if (low != NO_NUMBER && high != NO_NUMBER)
			worst = TOO_LARGE;
	}
	return worst;
}

static bool number_unknown(const struct number_notation *notation, struct arena *arena, const char *word,
			   enum parsed parsed, struct value_error *error)
{
	const char *nearest = parsed == NO_NUMBER ? nearest_name(notation, word) : NULL;
	const char *hint = nearest ? arena_printf(arena, "did you mean '%s'?", nearest) : notation->hint;

	if (parsed == TOO_LARGE)
		return value_fail(error, arena, notation->hint, "%s %s is above %llu", notation->noun, word,
				  (unsigned long long)notation->max);
	if (!notation->unknown || (word[0] >= '0' && word[0] <= '9'))
		return value_fail(error, arena, notation->hint, "'%s' is not a %s", word, notation->noun);
	return value_fail(error, arena, hint, "unknown %s '%s'", notation->unknown, word);
}

bool number_add(void *building, const struct number_notation *notation, const char *text, size_t len,
		struct value_error *error)
{
	struct arena *arena = interval_arena(building);
	enum parsed parsed, range;
	uint64_t first = 0, last;
	char word[128];

	if (len >= sizeof word || memchr(text, 0, len))
		return value_fail(error, arena, notation->hint, "this is not a %s", notation->noun);
	memcpy(word, text, len);
	word[len] = 0;
	parsed = parse_one(notation, word, &first);
	last = first;
	range = parsed == NO_NUMBER ? parse_range(notation, word, &first, &last) : parsed;
	if (range != PARSED)
		return number_unknown(notation, arena, word, range, error);
	if (first > last)
		return value_fail(error, arena, "write the smaller end first", "the range %s runs backwards",
				  word);
	interval_add(building, key_of(first), key_of(last));
	return true;
}
