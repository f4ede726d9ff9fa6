/* SPDX-License-Identifier: GPL-2.0-or-later
 * resets.c - which connections may be reset so that their client opens them again, and where the next one goes
 */
#include "resets.h"

#include <stdlib.h>

#include "hash.h"

enum { SETS = 512, WAYS = 8 };

struct entry {
	uint64_t where; /* hash of client, destination and port */
	uint64_t host;  /* hash of the name */
	uint64_t first; /* reset of the interval at hand; 0: the entry is free */
	uint32_t awaited;
	struct reset_note note;
};

struct resets {
	uint64_t seed;
	struct entry sets[SETS][WAYS];
};

struct resets *resets_new(uint64_t seed)
{
	struct resets *resets = calloc(1, sizeof *resets);

	if (resets)
		resets->seed = seed;
	return resets;
}

void resets_free(struct resets *resets)
{
	free(resets);
}

static uint64_t hash_where(const struct resets *resets, const struct flow_key *key)
{
	uint64_t hash = hash_mix(hash_mix(resets->seed, key->src.high), key->src.low);

	return hash_mix(hash_mix(hash_mix(hash, key->dst.high), key->dst.low), key->dport);
}

/* Names are the same in any case. */
static uint64_t hash_host(const struct resets *resets, const char *host, size_t length)
{
	uint64_t hash = resets->seed;

	for (size_t i = 0; i < length; i++)
		hash = hash_mix(hash, (uint8_t)(host[i] >= 'A' && host[i] <= 'Z' ? host[i] | 0x20 : host[i]));
	return hash;
}

static bool is_over(const struct entry *entry, uint64_t now, uint64_t interval)
{
	return !entry->first || (now >= entry->first && now - entry->first >= interval);
}

/* The entry of these, else one that can be used for them, else NULL. */
static struct entry *place_for(struct resets *resets, uint64_t where, uint64_t host, uint64_t now, uint64_t interval)
{
	struct entry *set = resets->sets[where % SETS], *usable = NULL;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].first && set[i].where == where && set[i].host == host)
			return &set[i];
		if (is_over(&set[i], now, interval))
			usable = &set[i];
	}
	return usable;
}

bool resets_allow(struct resets *resets, const struct reset_case *which, uint64_t now, uint64_t interval)
{
	uint64_t where = hash_where(resets, which->key), host = hash_host(resets, which->host, which->length);
	struct entry *entry = place_for(resets, where, host, now, interval);

	if (!entry)
		return false;
	if (is_over(entry, now, interval))
		*entry = (struct entry){.where = where, .host = host, .first = now ? now : 1};
	else if (which->begun >= entry->first)
		return false;
	entry->note = which->note;
	entry->awaited++;
	return true;
}

bool resets_awaited(struct resets *resets, const struct flow_key *key, uint64_t now, uint64_t interval,
		    struct reset_note *note)
{
	uint64_t where = hash_where(resets, key);
	struct entry *set = resets->sets[where % SETS], *newest = NULL;

	for (int i = 0; i < WAYS; i++)
		if (set[i].where == where && set[i].awaited && !is_over(&set[i], now, interval) &&
		    (!newest || set[i].first > newest->first))
			newest = &set[i];
	if (!newest)
		return false;
	newest->awaited--;
	*note = newest->note;
	return true;
}
