/* SPDX-License-Identifier: GPL-2.0-or-later
 * value.h - what the files of the value types share
 */
#ifndef NFQROUTE_VALUE_H
#define NFQROUTE_VALUE_H

#include "match.h"
#include "number_name.h"

/* Fills error from a format, with a hint that may be NULL; the text is owned by the arena. Returns false. */
bool value_fail(struct value_error *error, struct arena *arena, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The len bytes at word are this word. */
bool word_is(const char *word, size_t len, const char *expected);

/* The arena of a set of intervals being built. */
struct arena *interval_arena(const void *building);

/* What a value type whose sets are intervals has in common with all others of its kind. */
#define INTERVAL_TYPE .begin = interval_begin, .seal = interval_seal, .covers = interval_covers, .count = interval_count

/* A notation for numbers of at most 64 bits: a number (decimal or 0x...), a name, a range of two of them. */
struct number_notation {
	const char *noun; /* "port" */
	uint64_t max;
	const char *unknown; /* "service": what a word that is no number would be the name of */
	const char *hint;    /* what would be right */
	const struct number_name *names; /* known here, and suggested for what is like them */
	size_t name_count;
	/* Asked for all others, in the system's files; NULL: there are none. */
	bool (*by_name)(const char *name, uint64_t *number);
};

/* Adds what word says in this notation to the set of intervals being built. */
bool number_add(void *building, const struct number_notation *notation, const char *word, size_t len,
		struct value_error *error);

#endif
