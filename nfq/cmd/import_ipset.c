/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_ipset.c - ipset, and what ipset save prints: sets of addresses
 */
#include "import.h"

#include <stdlib.h>
#include <string.h>

static struct named_set *set_of(struct import *import, const char *name)
{
	struct named_set *set = import->sets;

	while (set && strcmp(set->name, name) != 0)
		set = set->next;
	return set;
}

static void close_set(void *what)
{
	struct named_set *set = what;

	if (set->out)
		fclose(set->out);
	free(set->text);
}

static void create_set(struct import *import, const char *name, const char *type)
{
	struct named_set *set = arena_alloc(import->arena, sizeof *set), **end = &import->sets;

	*set = (struct named_set){.name = name};
	set->addresses = strcmp(type, "hash:ip") == 0 || strcmp(type, "hash:net") == 0 || strcmp(type, "iphash") == 0 ||
			 strcmp(type, "nethash") == 0;
	while (*end)
		end = &(*end)->next;
	*end = set;
}

static void add_to_set(struct import *import, struct named_set *set, const char *value)
{
	if (!set->out) {
		set->out = open_memstream(&set->text, &set->size);
		if (!set->out) {
			arena_fail(import->arena);
			return;
		}
		arena_on_free(import->arena, close_set, set);
	} else {
		fputs(", ", set->out);
	}
	fputs(value, set->out);
}

/* A list that is filled beside the one in use takes its place. */
static void swap_sets(struct named_set *one, struct named_set *other)
{
	const char *name, *other_name;

	if (!one || !other)
		return;
	name = one->name;
	other_name = other->name;
	one->name = other_name;
	other->name = name;
}

void import_ipset(struct import *import, const struct command_line *line, unsigned at)
{
	const char *verb;
	struct named_set *set;

	while (at < line->count && (is_word(line->words[at], "-!") || is_word(line->words[at], "-exist")))
		at++;
	if (at + 2 >= line->count)
		return;
	verb = line->words[at];
	if (strcmp(verb, "create") == 0 || strcmp(verb, "-N") == 0 || strcmp(verb, "n") == 0) {
		if (!set_of(import, line->words[at + 1]))
			create_set(import, line->words[at + 1], line->words[at + 2]);
	} else if (strcmp(verb, "add") == 0 || strcmp(verb, "-A") == 0) {
		set = set_of(import, line->words[at + 1]);
		if (line->unknown)
			import_note(import, &line->at, line->text, "what %s stands for is not known here",
				    line->unknown);
		else if (set && set->addresses && is_word(line->words[line->count - 1], "nomatch"))
			set->addresses = false; /* an exception, which the rule would lose */
		else if (set && set->addresses)
			add_to_set(import, set, line->words[at + 2]);
	} else if (strcmp(verb, "swap") == 0 || strcmp(verb, "-W") == 0) {
		swap_sets(set_of(import, line->words[at + 1]), set_of(import, line->words[at + 2]));
	}
}
