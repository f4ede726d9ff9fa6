/* SPDX-License-Identifier: GPL-2.0-or-later
 * literal.h - bytes that every match of a regular expression must contain
 */
#ifndef NFQROUTE_LITERAL_H
#define NFQROUTE_LITERAL_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { GRAM = 4 };

/* Four bytes that follow each other in every text that regex (PCRE2's syntax, options i and s at most) matches, as
 * gram_of() gives them; 0: none are known, which is always a right answer. *first: they are its first four, and
 * every match begins with them at the text's start. */
uint64_t literal_gram(const char *regex, size_t len, bool *first);

static inline uint8_t gram_fold(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

/* Copies len bytes, letters of ASCII without their case. A loop that compilers make one of many bytes at once. */
static inline void grams_fold(uint8_t *restrict to, const uint8_t *restrict bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = gram_fold(bytes[i]);
}

/* Four bytes that have been through grams_fold() as a number; never 0. */
static inline uint64_t gram_of_folded(const uint8_t *bytes)
{
	uint32_t four;

	memcpy(&four, bytes, sizeof four);
	return 1ULL << 32 | be32toh(four);
}

/* The same of any four bytes. */
static inline uint64_t gram_of(const uint8_t *bytes)
{
	uint8_t folded[GRAM];

	grams_fold(folded, bytes, GRAM);
	return gram_of_folded(folded);
}

#endif
