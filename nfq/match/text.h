/* SPDX-License-Identifier: GPL-2.0-or-later
 * text.h - sets of texts, globs and patterns, shared by host, alpn and path
 */
#ifndef NFQROUTE_TEXT_H
#define NFQROUTE_TEXT_H

#include "pattern.h"
#include "textset.h"

struct glob {
	const char *text;
	size_t len;
};

/* A sealed set. */
struct text_values {
	struct textset exact;
	const struct glob *globs;
	size_t glob_count;
	const struct pattern *const *patterns;
	size_t pattern_count;
};

struct text_building {
	struct arena *arena;
	struct textset_building exact;
	struct glob *globs;
	size_t glob_count, glob_room;
	struct pattern_list patterns;
};

void *text_begin(struct arena *arena);
/* Adds a text as it stands. */
bool text_add_exact(struct text_building *building, const char *text, size_t len, unsigned kinds,
		    struct value_error *error);
/* Adds a glob, which is copied to the arena. */
bool text_add_glob(struct text_building *building, const char *glob, size_t len);
/* A text, or with a '*' in it, a glob: the "add" of simple types. */
bool text_add(void *building, const char *word, size_t len, struct value_error *error);
bool text_add_pattern(void *building, const char *word, size_t len, struct value_error *error);
const void *text_seal(void *building);
bool text_covers(const void *a, const void *b);
size_t text_count(const void *set);

/* The text is in the set. hashes: it is a host name, and lies in the domains that are there as TEXT_BELOW; else NULL.
 * cut_off: see pattern_match(). */
bool text_has(const struct text_values *set, const char *text, size_t len, const struct name_hashes *hashes,
	      uint64_t *cut_off);

/* The numbers of a set's texts, for finders. false: there are globs or patterns in it, or more than TEXT_KEYS_MAX. */
enum { TEXT_KEYS_MAX = 256 };
bool text_set_keys(const void *set, add_finder_key *add, void *ctx);

#endif
