/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset.c - a compact hash set of short texts: what is in it
 */
#include "textset_private.h"

static unsigned find_kinds(const struct textset *set, uint64_t hash, const char *text, size_t len)
{
	const struct homes *homes = &set->homes;

	for (const uint8_t *home = home_where(homes, hash); home; home = home_where_else(&homes, &hash, home)) {
		const uint8_t *at = find_place(home, text, len);

		if (is_entry(home, at))
			return *at >> KIND_SHIFT;
	}
	return 0;
}

unsigned textset_find(const struct textset *set, const char *text, size_t len)
{
	return set->count ? find_kinds(set, text_hash(text, len), text, len) : 0;
}

static bool is_at_depth(const struct textset *set, unsigned dots)
{
	return set->depths & depth_bit(dots);
}

static inline void fetch(const struct textset *set, uint64_t hash)
{
	if (set->filter.words)
		bloom_fetch(&set->filter, hash);
	home_fetch(home_of(&set->homes, hash));
}

void textset_fetch(const struct textset *set, const struct name_hashes *hashes)
{
	if (!set->count)
		return;
	fetch(set, hashes->whole);
	for (unsigned i = 0; i < hashes->count; i++)
		if (is_at_depth(set, i))
			fetch(set, hashes->domain[i].hash);
}

static inline bool is_possible(const struct textset *set, uint64_t hash)
{
	return !set->filter.words || bloom_has(&set->filter, hash);
}

bool textset_has_name(const struct textset *set, const char *name, size_t len, const struct name_hashes *hashes)
{
	if (!set->count)
		return false;
	textset_fetch(set, hashes);
	for (unsigned i = 0; i < hashes->count; i++) {
		const struct name_domain *domain = &hashes->domain[i];

		if (is_at_depth(set, i) && is_possible(set, domain->hash) &&
		    find_kinds(set, domain->hash, name + domain->at, len - domain->at) & TEXT_BELOW)
			return true;
	}
	return is_possible(set, hashes->whole) && find_kinds(set, hashes->whole, name, len) & TEXT_ITSELF;
}

size_t textset_name_keys(const struct name_hashes *hashes, uint64_t *keys)
{
	for (unsigned i = 0; i < hashes->count; i++)
		keys[i] = hashes->domain[i].hash;
	keys[hashes->count] = hashes->whole;
	return hashes->count + 1;
}

static void tell(const uint8_t *entry, const char **text, size_t *len, unsigned *kinds)
{
	bool far = (*entry & FAR) == FAR;

	*text = far ? far_text_of(entry)->text : (const char *)entry + 1;
	*len = far ? far_text_of(entry)->len : *entry & FAR;
	*kinds = *entry >> KIND_SHIFT;
}

/* The place of the first text in these homes from here on, if there is one. */
static bool next_place(const struct homes *homes, size_t *at)
{
	while (*at < homes->count * HOME) {
		if (*at % HOME == 0)
			*at += HOME_SIGNS;
		if (homes->at[*at])
			return true;
		*at += HOME - *at % HOME;
	}
	return false;
}

bool textset_next(const struct textset *set, size_t *at, const char **text, size_t *len, unsigned *kinds)
{
	size_t before = 0, here; /* places of the tables before this one; in this one */

	for (const struct homes *homes = &set->homes; homes; before += homes->count * HOME, homes = homes->rest) {
		here = *at > before ? *at - before : 0;
		if (!next_place(homes, &here))
			continue;
		tell(homes->at + here, text, len, kinds);
		*at = before + here + size_at(homes->at + here);
		return true;
	}
	return false;
}
