/* SPDX-License-Identifier: GPL-2.0-or-later
 * literal.h - bytes that every match of a regular expression must contain
 */
#ifndef NFQROUTE_LITERAL_H
#define NFQROUTE_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* One byte further. */
static inline uint64_t gram_next(uint64_t gram, uint8_t byte)
{
	return 1ULL << 32 | (gram << 8 & 0xffffff00) | gram_fold(byte);
}

#endif
