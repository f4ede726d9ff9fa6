/* SPDX-License-Identifier: GPL-2.0-or-later
 * home.h - homes of what is found by a hash, two lines of the cache that come together
 *
 * A home begins with signs: two bits for each entry that belongs there, so most that is not there is found missing by one
 * line. Then come the entries one behind the other, as long as each is. What finds no room has a home in a table of the
 * rest, by another hash, and so on; a bit of the signs says that there is such.
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

/* The hash in the table of the rest, given that in the one before; 0 stays 0, and no two become one. */
static inline uint64_t hash_again(uint64_t hash)
{
	return (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9ULL;
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

/* The home holds all these signs. */
static inline bool home_has_signs(const uint8_t *home, uint64_t signs)
{
	return (home_signs(home) & signs) == signs;
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
