/* SPDX-License-Identifier: GPL-2.0-or-later
 * bloom.h - which of all numbers may be among many: a filter that stays in the cache, as what is behind it does not
 *
 * Three bits for each number, all in one word (a blocked Bloom filter: Putze, Sanders, Singler, "Cache-, Hash- and
 * Space-Efficient Bloom Filters", WEA 2007). With eight numbers a word one in thirty that is not there seems to be.
 */
#ifndef NFQROUTE_BLOOM_H
#define NFQROUTE_BLOOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

struct bloom {
	uint64_t *words; /* owned by the arena; NULL: there is no filter, which must not be asked then */
	size_t mask;     /* words - 1, a power of two less 1 */
};

/* An empty one for so many numbers, at most keys_a_word in a word, and more than half of that. Out of memory: the arena has
 * failed. */
struct bloom bloom_new(struct arena *arena, size_t keys, size_t keys_a_word);

/* A number's word, and its bits in it; numbers are hashes. */
static inline size_t bloom_word(const struct bloom *bloom, uint64_t key)
{
	return (size_t)(key >> 8) & bloom->mask;
}

static inline uint64_t bloom_bits(uint64_t key)
{
	return 1ULL << (key & 63) | 1ULL << (key >> 58) | 1ULL << (key >> 52 & 63);
}

static inline void bloom_add(const struct bloom *bloom, uint64_t key)
{
	bloom->words[bloom_word(bloom, key)] |= bloom_bits(key);
}

/* The number may be there: seldom where it is not. */
static inline bool bloom_has(const struct bloom *bloom, uint64_t key)
{
	uint64_t bits = bloom_bits(key);

	return (bloom->words[bloom_word(bloom, key)] & bits) == bits;
}

static inline void bloom_fetch(const struct bloom *bloom, uint64_t key)
{
	__builtin_prefetch(&bloom->words[bloom_word(bloom, key)]);
}

#endif
