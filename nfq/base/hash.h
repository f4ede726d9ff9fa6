/* SPDX-License-Identifier: GPL-2.0-or-later
 * hash.h - a hash of numbers, for tables and for choices that must be the same everywhere
 */
#ifndef NFQROUTE_HASH_H
#define NFQROUTE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The hash so far with one more value in it. Where others choose the values, begin with a secret. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0xff51afd7ed558ccdULL; /* the finaliser of MurmurHash3, by its constants */
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return hash ^ hash >> 33;
}

/* Places of a table for so many: a power of two of at least this, and of at least 64. */
static inline size_t power_above(size_t count)
{
	size_t power = 64;

	while (power < count)
		power *= 2;
	return power;
}

#endif
