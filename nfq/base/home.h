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

/* A table of them. */
struct homes {
	const uint8_t *at;
	size_t count;             /* 0: nothing is in it */
	const struct homes *rest; /* of what found no room; NULL: there is none */
};

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

static inline const uint8_t *home_of(const struct homes *homes, uint64_t hash)
{
	return homes->at + home_number(hash, homes->count) * HOME;
}

/* The home in which an entry of this hash may be; NULL: there is none. */
static inline const uint8_t *home_where(const struct homes *homes, uint64_t hash)
{
	const uint8_t *home = homes && homes->count ? home_of(homes, hash) : NULL;

	return home && home_has_signs(home, sign_of(hash)) ? home : NULL;
}

/* It was not in that home: the next one in which it may be, with the table and the hash there. NULL: there is none. */
static inline const uint8_t *home_where_else(const struct homes **homes, uint64_t *hash, const uint8_t *home)
{
	if (!home_has_signs(home, HOME_SPILLED))
		return NULL;
	*homes = (*homes)->rest;
	*hash = hash_again(*hash);
	return home_where(*homes, *hash);
}

static inline void home_fetch(const uint8_t *home)
{
	__builtin_prefetch(home);
	__builtin_prefetch(home + HOME / 2);
}

#endif
