/* SPDX-License-Identifier: GPL-2.0-or-later
 * pattern.h - regular expressions over texts and over streams that are not complete yet
 */
#ifndef NFQROUTE_PATTERN_H
#define NFQROUTE_PATTERN_H

#include "match.h"

struct pattern;

/* Compiles "/regex/flags" (PCRE2; flags i, s, x, and a window "@FIRST-LAST" of byte offsets), which lives in the
 * arena and may be used by any number of threads at once. any_case: as if flag i were there. NULL: error
 * says what is wrong. */
const struct pattern *pattern_compile(struct arena *arena, const char *word, size_t len, bool any_case,
				      struct value_error *error);

/* literal_gram() of the pattern, 0: none is known. *first: as there, and the window begins with the text. */
uint64_t pattern_gram(const struct pattern *pattern, bool *first);

/* Does it match somewhere in the len bytes at text? open: more may come behind them, so that the answer may be
 * TRI_MORE. A match that takes more than a bounded number of steps is TRI_NO, and counted in *cut_off unless that is
 * NULL. No allocation, no lock. */
enum tri pattern_match(const struct pattern *pattern, const void *text, size_t len, bool open, uint64_t *cut_off);

/* A growing list of patterns, as the value types keep them while a set is built. */
struct pattern_list {
	const struct pattern **at;
	size_t count, room;
};

bool pattern_list_add(struct pattern_list *list, struct arena *arena, const char *word, size_t len, bool any_case,
		      struct value_error *error);
/* Moves the list to the arena. */
const struct pattern *const *pattern_list_seal(struct pattern_list *list, struct arena *arena);
/* The best answer of any of count patterns. */
enum tri patterns_match(const struct pattern *const *patterns, size_t count, const void *text, size_t len,
			bool open, uint64_t *cut_off);

/* Every one of narrow is in wide, letter by letter. */
bool patterns_cover(const struct pattern *const *wide, size_t wide_count, const struct pattern *const *narrow,
		    size_t narrow_count);

/* "a*b" against the len bytes at text: '*' is any number of any bytes. */
bool glob_match(const char *glob, size_t glob_len, const char *text, size_t len);

#endif
