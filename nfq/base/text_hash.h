/* SPDX-License-Identifier: GPL-2.0-or-later
 * text_hash.h - hashes of texts, and of all the domains that a name lies in
 *
 * Texts are hashed from their end, so that one pass over a name gives the hashes of all its domains: of
 * "www.example.com" those of "com" and "example.com", and its own.
 */
#ifndef NFQROUTE_TEXT_HASH_H
#define NFQROUTE_TEXT_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { NAME_DOMAINS_MAX = 256 }; /* no host name has more dots; of longer texts, the last ones count */

/* A domain that a name lies in, and where it begins in it. */
struct name_domain {
	uint64_t hash;
	size_t at;
};

struct name_hashes {
	uint64_t whole;                              /* of the name itself */
	unsigned count;                              /* domains: one for each dot, */
	struct name_domain domain[NAME_DOMAINS_MAX]; /* the shortest first */
};

/* FNV-1a, whose low bits depend on the low bits of the bytes only: in the end all of it is folded in. */
#define TEXT_HASH_START 0xcbf29ce484222325ULL

static inline uint64_t text_hash_byte(uint64_t hash, char byte)
{
	return (hash ^ (uint8_t)byte) * 0x100000001b3ULL;
}

static inline uint64_t text_hash_end(uint64_t hash)
{
	hash ^= hash >> 32;
	return hash * 0x9e3779b97f4a7c15ULL;
}

static inline uint64_t text_hash(const char *text, size_t len)
{
	uint64_t hash = TEXT_HASH_START;

	while (len)
		hash = text_hash_byte(hash, text[--len]);
	return text_hash_end(hash);
}

static inline void name_hashes_make(struct name_hashes *hashes, const char *name, size_t len)
{
	uint64_t hash = TEXT_HASH_START;

	hashes->count = 0;
	for (size_t at = len; at > 0; at--) {
		if (name[at - 1] == '.' && hashes->count < NAME_DOMAINS_MAX)
			hashes->domain[hashes->count++] = (struct name_domain){text_hash_end(hash), at};
		hash = text_hash_byte(hash, name[at - 1]);
	}
	hashes->whole = text_hash_end(hash);
}

#endif
