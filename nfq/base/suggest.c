/* SPDX-License-Identifier: GPL-2.0-or-later
 * suggest.c - edit distance between a mistyped word and the known ones
 *
 * The distance is that of Damerau and Levenshtein in its restricted form: an insertion, a deletion, a substitution
 * or a swap of two neighbours costs one. A word is near enough if no more than a third of it is wrong, and not all.
 */
#include "suggest.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 48 /* longer words are not compared: no keyword, command or option is that long */

static unsigned char fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b_len; j++)
		above[j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			unsigned differ = fold(a[i - 1]) != fold(b[j - 1]);

			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + differ);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		unsigned *oldest = before;

		before = above;
		above = row;
		row = oldest;
	}
	return above[b_len];
}

/* Which letters are in it, of either case; others share their bits. */
static uint32_t letters(const char *word, size_t length)
{
	uint32_t set = 0;

	for (size_t i = 0; i < length; i++)
		set |= 1U << (word[i] & 31);
	return set;
}

static unsigned bits(uint32_t set)
{
	return (unsigned)__builtin_popcount(set);
}

/* The distance is this at least: each byte more, and each letter that the other has not, is an edit. */
static unsigned least_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned longer = (unsigned)(a_len > b_len ? a_len - b_len : b_len - a_len);
	uint32_t of_a = letters(a, a_len), of_b = letters(b, b_len);
	unsigned only_a = bits(of_a & ~of_b), only_b = bits(of_b & ~of_a), other = only_a > only_b ? only_a : only_b;

	return longer > other ? longer : other;
}

struct suggest suggest_for(const char *word, size_t length)
{
	return (struct suggest){.word = word,
				.length = length,
				.distance = least((unsigned)(length + 2) / 3 + 1, (unsigned)length)};
}

void suggest_offer(struct suggest *suggest, const char *known)
{
	size_t length = strlen(known);

	if (suggest->length > WORD_MAX || length > WORD_MAX ||
	    least_distance(suggest->word, suggest->length, known, length) >= suggest->distance)
		return;
	unsigned d = distance(suggest->word, suggest->length, known, length);

	if (d < suggest->distance) {
		suggest->distance = d;
		suggest->best = known;
	}
}

void suggest_usual(struct suggest *suggest, const struct usual_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i].usual) == suggest->length &&
		    strncasecmp(words[i].usual, suggest->word, suggest->length) == 0) {
			suggest->best = words[i].known;
			suggest->distance = 0;
		}
}
