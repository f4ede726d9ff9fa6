/* SPDX-License-Identifier: GPL-2.0-or-later
 * home.h - homes: places in a table for some entries each, found by a hash, by two lines of the cache that come together
 *
 * A home begins with signs: two bits for each entry that belongs there. So most of what is not there is found missing by
 * one line. What finds no room in its home is kept elsewhere, and a bit says that there is such.
 */
#ifndef NFQROUTE_HOME_H
#define NFQROUTE_HOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	HOME = 128,                    /* bytes */
	HOME_SIGNS = 8,                /* of them */
	HOME_ROOM = HOME - HOME_SIGNS, /* for entries */
};

/* Of the signs: some entries found no room. */
#define HOME_SPILLED (1ULL << 63)

/* Of so many homes that of a hash, by its upper half. */
static inline size_t home_number(uint64_t hash, size_t homes)
{
	return (size_t)((hash >> 32) * homes >> 32);
}

static inline uint64_t home_signs(const uint8_t *home)
{
	uint64_t signs;

	memcpy(&signs, home, sizeof signs);
	return signs;
}

/* Two bits, of those of the hash that do not choose the home. */
static inline uint64_t sign_of(uint64_t hash)
{
	return (1ULL << (hash >> 16 & 63) | 1ULL << (hash >> 22 & 63)) & ~HOME_SPILLED;
}

static inline void home_add_signs(uint8_t *home, uint64_t signs)
{
	signs |= home_signs(home);
	memcpy(home, &signs, sizeof signs);
}

static inline void home_fetch(const uint8_t *home)
{
	__builtin_prefetch(home);
	__builtin_prefetch(home + HOME / 2);
}

#endif
