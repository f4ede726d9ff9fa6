/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset.h - a compact hash set of short texts, for host names by the million
 *
 * The texts lie one behind the other in a pool; a slot of the table is an offset into it and what the text stands
 * for. Texts are hashed from their end, so that all the domains a name lies in are looked up in one pass over it.
 */
#ifndef NFQROUTE_TEXTSET_H
#define NFQROUTE_TEXTSET_H

#include "arena.h"

#include <stdint.h>

/* What a text stands for; one text may stand for several. */
enum text_kind {
	TEXT_ITSELF = 1,
	TEXT_BELOW = 2, /* names that end in "." and it */
};

#define TEXT_MAX 1024 /* bytes of one text */

struct textset {
	const uint32_t *slots; /* offset + 1 in the pool, kinds in the top bits; 0: free */
	const uint8_t *pool;   /* two bytes of length, the text */
	size_t room, used;     /* slots (a power of two, or 0), bytes of the pool */
	size_t count;          /* texts */
};

struct textset_building {
	struct textset set;
	uint32_t *slots;
	uint8_t *pool;
	size_t pool_room;
};

/* Adds a text of at most TEXT_MAX bytes. false: out of memory, or more than half a gigabyte of them. */
bool textset_add(struct textset_building *building, const char *text, size_t len, unsigned kinds);
/* Moves the set to the arena. */
struct textset textset_seal(struct textset_building *building, struct arena *arena);

/* The kinds of this very text; 0: it is not there. */
unsigned textset_find(const struct textset *set, const char *text, size_t len);
/* The text is there as TEXT_ITSELF, or a domain it lies in as TEXT_BELOW. */
bool textset_has_name(const struct textset *set, const char *name, size_t len);

/* Goes through all texts: *at is 0 at first. false: that was the last. */
bool textset_next(const struct textset *set, size_t *at, const char **text, size_t *len, unsigned *kinds);

#endif
