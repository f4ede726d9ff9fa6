/* SPDX-License-Identifier: GPL-2.0-or-later
 * names.c - what is defined under which name: an open hash table
 */
#include "names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"
#include "few.h"

enum { NEAREST_MAX = 10000 }; /* names looked at for a suggestion */

struct entry {
	const char *name; /* NULL: free */
	size_t len;
	void *value;
};

struct names {
	struct entry *at;
	size_t count, room; /* room is a power of two, or 0 */
};

struct names *names_new(void)
{
	struct names *names = few_bytes(sizeof *names);

	return names;
}

void names_free(struct names *names)
{
	if (names)
		free(names->at);
	free(names);
}

/* FNV-1a */
static size_t hash(const char *name, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 0x100000001b3;
	return (size_t)(h ^ h >> 32);
}

/* The entry of this name, or the free one where it would go. */
static struct entry *slot(const struct names *names, const char *name, size_t len)
{
	size_t i = hash(name, len) & (names->room - 1);

	while (names->at[i].name && (names->at[i].len != len || memcmp(names->at[i].name, name, len) != 0))
		i = (i + 1) & (names->room - 1);
	return &names->at[i];
}

void *names_find(const struct names *names, const char *name, size_t len)
{
	return names->room ? slot(names, name, len)->value : NULL;
}

static bool grow(struct names *names)
{
	struct names bigger = {.count = names->count, .room = names->room ? names->room * 2 : 64};

	bigger.at = calloc(bigger.room, sizeof *bigger.at);
	if (!bigger.at)
		return false;
	for (size_t i = 0; i < names->room; i++)
		if (names->at[i].name)
			*slot(&bigger, names->at[i].name, names->at[i].len) = names->at[i];
	free(names->at);
	*names = bigger;
	return true;
}

bool names_add(struct names *names, const char *name, size_t len, void *value)
{
	if (names->count * 4 >= names->room * 3 && !grow(names))
		return false;
	*slot(names, name, len) = (struct entry){.name = name, .len = len, .value = value};
	names->count++;
	return true;
}

char *names_nearest(const struct names *names, const char *name, size_t len)
{
	struct suggest suggest = suggest_for(name, len);
	char *best = NULL;

	for (size_t i = 0; i < names->room && i < NEAREST_MAX; i++) {
		const char *before = suggest.best;
		char *known;

		if (!names->at[i].name)
			continue;
		known = strndup(names->at[i].name, names->at[i].len);
		if (!known)
			break;
		suggest_offer(&suggest, known);
		if (suggest.best == before) {
			free(known);
			continue;
		}
		free(best);
		best = known;
	}
	return best;
}
