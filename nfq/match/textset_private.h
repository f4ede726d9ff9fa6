/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset_private.h - how the texts of a set lie in memory; private to textset*.c
 *
 * Homes are found by a hash, and are two lines of the cache that come together. A home begins with signs: two bits for each
 * text that belongs there, so most that is not there is found missing by one line. Then come the texts one behind the other,
 * each kinds and length in a byte and itself. A zero ends them, if the end of the home does not. Of a longer text than the
 * byte can say there is a pointer. What finds no room in its home has one in the rest of the set, by another hash, and so on;
 * a bit of the signs says that there is such.
 */
#ifndef NFQROUTE_TEXTSET_PRIVATE_H
#define NFQROUTE_TEXTSET_PRIVATE_H

#include <string.h>

#include "textset.h"

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

enum {
	KIND_SHIFT = 6, /* of a text's byte: kinds above, length below */
	FAR = 63,       /* the length that stands for a pointer to a struct far_text */
	FAR_SIZE = 1 + sizeof(void *),
};

struct far_text {
	size_t len;
	char text[];
};

/* The hash in the next set, given that in this one; in the first it is that of text_hash.h. */
static inline uint64_t hash_again(uint64_t hash)
{
	return (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9ULL;
}

static inline const struct far_text *far_text_of(const uint8_t *entry)
{
	const struct far_text *far;

	memcpy(&far, entry + 1, sizeof far);
	return far;
}

static inline size_t entry_size(size_t len)
{
	return len < FAR ? 1 + len : FAR_SIZE;
}

/* Of what is at this place of a home. */
static inline size_t size_at(const uint8_t *entry)
{
	return entry_size(*entry & FAR);
}

static inline bool is_text(const uint8_t *entry, const char *text, size_t len)
{
	const struct far_text *far;

	if (len < FAR)
		return (*entry & FAR) == len && memcmp(entry + 1, text, len) == 0;
	if ((*entry & FAR) != FAR)
		return false;
	far = far_text_of(entry);
	return far->len == len && memcmp(far->text, text, len) == 0;
}

/* Where in its home the text is, or where the next would be: then that is the home's end, or a zero. */
static inline const uint8_t *find_place(const uint8_t *home, const char *text, size_t len)
{
	const uint8_t *at = home + HOME_SIGNS, *end = home + HOME;

	while (at < end && *at && !is_text(at, text, len))
		at += size_at(at);
	return at;
}

static inline bool is_entry(const uint8_t *home, const uint8_t *at)
{
	return (size_t)(at - home) < HOME && *at;
}

/* Of the depths of a set; many dots are one depth. */
static inline uint32_t depth_bit(unsigned dots)
{
	return 1U << (dots < 31 ? dots : 31);
}

/* --- of a set that is being built: textset_pool.c --- */

enum {
	TEXT_PARTS = 64,       /* that the texts of a long list are cut into, */
	TEXTS_LARGE = 1 << 20, /* from so many bytes on */
};

/* A part of the pool, which holds the texts of one part of the homes. */
struct text_part {
	size_t at, size;
};

/* A text in the pool. */
struct pooled {
	const char *text;
	size_t len, size; /* size: of all that is there */
	unsigned kinds;
	uint64_t hash;
};

/* The text at this place; its hash in the set behind so many others. */
struct pooled pooled_at(const struct textset_building *building, size_t at, unsigned sets_before);
/* Sorts the pool by TEXT_PARTS parts of the homes, of which there are to be a multiple of that. again: what texts would
 * take in the set that have come before, some 3 % too much. false: out of memory. */
bool pool_cut(struct textset_building *building, unsigned sets_before, struct text_part *parts, size_t *again);
/* Gives back to the system what is not needed any more, from one place up to another. */
void pool_give_back(uint8_t *pool, size_t from, size_t to);

#endif
