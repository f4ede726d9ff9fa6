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

/* Four bytes as a number, letters of ASCII without their case; never 0. */
static inline uint32_t gram_fold(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20U : byte;
}

static inline uint64_t gram_of(const uint8_t *bytes)
{
	return 1ULL << 32 | gram_fold(bytes[0]) << 24 | gram_fold(bytes[1]) << 16 | gram_fold(bytes[2]) << 8 |
	       gram_fold(bytes[3]);
}

/* The same of four bytes that have been through grams_fold(). */
static inline uint64_t gram_of_folded(const uint8_t *bytes)
{
	uint32_t four;

	memcpy(&four, bytes, sizeof four);
	return 1ULL << 32 | be32toh(four);
}

/* Copies len bytes, letters of ASCII without their case. A loop that compilers make one of many bytes at once. */
static inline void grams_fold(uint8_t *restrict to, const uint8_t *restrict bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)gram_fold(bytes[i]);
}

#endif
