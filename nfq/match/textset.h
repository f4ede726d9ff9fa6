/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset.h - a compact hash set of short texts, for host names by the million
 *
 * A text has a home in the set, two lines of the cache that are fetched together, in which it is found whole. A home holds
 * two bits for each of its texts as well: so most texts that are not there are found missing by one line. Where texts find
 * no room, one in eight of a long list, they are in a set of their own, and so on. All the domains that a name lies in are
 * looked up at once (text_hash.h). A long set has a filter beside the homes: what is not there is known by it alone where it
 * has stayed in the cache, and what is there waits no longer, as both are fetched together.
 */
#ifndef NFQROUTE_TEXTSET_H
#define NFQROUTE_TEXTSET_H

#include "arena.h"
#include "bloom.h"
#include "home.h"
#include "text_hash.h"

/* What a text stands for; one text may stand for several. */
enum text_kind {
	TEXT_ITSELF = 1,
	TEXT_BELOW = 2, /* names that end in "." and it */
};

#define TEXT_MAX 1024 /* bytes of one text */

struct textset {
	struct homes homes;  /* see textset_private.h */
	struct bloom filter; /* of all texts' hashes; none where they are few */
	size_t count;        /* texts */
	uint32_t depths;     /* how many dots those have that stand for TEXT_BELOW, a bit for each number */
};

/* Zeroed at first. */
struct textset_building {
	uint8_t *pool; /* see textset_pool.c */
	size_t used, room, count;
	size_t sealed_size; /* bytes of all texts in the set */
};

/* Adds a text of at most TEXT_MAX bytes. false: out of memory, or more than two gigabytes of them. */
bool textset_add(struct textset_building *building, const char *text, size_t len, unsigned kinds);
/* Moves the set to the arena; texts that were added twice are in it once. */
struct textset textset_seal(struct textset_building *building, struct arena *arena);

/* The kinds of this very text; 0: it is not there. */
unsigned textset_find(const struct textset *set, const char *text, size_t len);
/* The text is there as TEXT_ITSELF, or a domain it lies in as TEXT_BELOW. */
bool textset_has_name(const struct textset *set, const char *name, size_t len, const struct name_hashes *hashes);
/* Has the memory fetched that textset_has_name() looks at first. */
void textset_fetch(const struct textset *set, const struct name_hashes *hashes);

/* The numbers of all texts by which textset_has_name() could say yes to this name, text_hash() of each, as many as it has
 * parts between dots; returns how many: one more than domains. */
size_t textset_name_keys(const struct name_hashes *hashes, uint64_t *keys);

/* Goes through all texts: *at is 0 at first. false: that was the last. */
bool textset_next(const struct textset *set, size_t *at, const char **text, size_t *len, unsigned *kinds);

#endif
