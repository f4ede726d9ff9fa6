/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset_private.h - how the texts of a set lie in memory; private to textset*.c
 *
 * In homes (home.h). An entry is kinds and length in a byte, and the text itself; a zero ends them, if the end of the home
 * does not. Of a longer text than the byte can say there is a pointer.
 */
#ifndef NFQROUTE_TEXTSET_PRIVATE_H
#define NFQROUTE_TEXTSET_PRIVATE_H

#include <string.h>

#include "home.h"
#include "textset.h"

enum {
	KIND_SHIFT = 6, /* of a text's byte: kinds above, length below */
	FAR = 63,       /* the length that stands for a pointer to a struct far_text */
	FAR_SIZE = 1 + sizeof(void *),
};

struct far_text {
	size_t len;
	char text[];
};

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
