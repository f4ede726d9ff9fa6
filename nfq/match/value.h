/* SPDX-License-Identifier: GPL-2.0-or-later
 * value.h - what the files of the value types share
 */
#ifndef NFQROUTE_VALUE_H
#define NFQROUTE_VALUE_H

#include "match.h"

/* Fills error from a format, with a hint that may be NULL; the text is owned by the arena. Returns false. */
bool value_fail(struct value_error *error, struct arena *arena, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The len bytes at word are this word. */
bool word_is(const char *word, size_t len, const char *expected);

/* The arena of a set of intervals being built. */
struct arena *interval_arena(const void *building);

/* A notation for numbers of at most 64 bits: a number (decimal or 0x...), a name, a range of two of them. */
struct number_notation {
	const char *noun; /* "port" */
	uint64_t max;
	const char *unknown; /* "service": what a word that is no number would be the name of */
	const char *hint;    /* what would be right */
	bool (*by_name)(const char *name, uint64_t *number); /* NULL: numbers only */
	const char *(*nearest)(const char *name);            /* a known name to suggest; may be NULL */
};

/* Adds what word says in this notation to the set of intervals being built. */
bool number_add(void *building, const struct number_notation *notation, const char *word, size_t len,
		struct value_error *error);

/* Nearest of count names, each the first member of an element of size bytes; NULL: none is near. */
const char *nearest_name(const char *word, const void *table, size_t count, size_t size);

#endif
