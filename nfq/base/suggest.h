/* SPDX-License-Identifier: GPL-2.0-or-later
 * suggest.h - "did you mean ...": the known word nearest to a mistyped one
 *
 *	struct suggest s = suggest_for(word, length);
 *	for (...)
 *		suggest_offer(&s, name);
 *	if (s.best)
 *		...
 */
#ifndef NFQROUTE_SUGGEST_H
#define NFQROUTE_SUGGEST_H

#include <stddef.h>

struct suggest {
	const char *word; /* borrowed, length bytes */
	size_t length;
	const char *best; /* the nearest word offered so far, borrowed; NULL: none is near enough to be meant */
	unsigned distance;
};

struct suggest suggest_for(const char *word, size_t length);

/* Compares one known word, without regard to ASCII case. Of equally near ones the first offered stays. */
void suggest_offer(struct suggest *suggest, const char *known);

/* Other tools' word, and which of ours is meant by it. */
struct usual_word {
	const char *usual, *known;
};

/* If the word is one of these, what is meant by it is nearer than any other. */
void suggest_usual(struct suggest *suggest, const struct usual_word *words, size_t count);

#endif
