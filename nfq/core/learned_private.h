/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned_private.h - the table of what has been seen at destinations; private to learned.c and learned_change.c
 */
#ifndef NFQROUTE_LEARNED_PRIVATE_H
#define NFQROUTE_LEARNED_PRIVATE_H

#include "learned.h"

#include <pthread.h>
#include <stdatomic.h>

#include "hash.h"
#include "rcu.h"

struct item {
	const struct app *app;
	uint32_t name;         /* offset in the entry's names */
	uint8_t name_length;
	_Atomic uint8_t sources;
	_Atomic uint32_t closed, hits;
	uint64_t first;
	_Atomic uint64_t last, expires;
};

struct entry {
	struct rcu_head rcu;
	struct learned_key key;
	struct entry *next;
	uint32_t slot, bytes;
	_Atomic bool used; /* since the hand came by */
	_Atomic uint64_t many_until; /* 0: all things are here */
	unsigned count;
	const char *names;
	struct item items[];
};

struct learned {
	uint64_t seed;
	uint32_t capacity, mask;
	struct entry **buckets;
	/* under lock, as is whatever is written to the above */
	pthread_mutex_t lock;
	struct entry **slots;
	uint32_t count, hand;
	uint64_t bytes, evicted;
	/* fingerprint of a question with the second it was asked in its low bits */
	_Atomic uint64_t *questions;
};

static inline struct entry **learned_bucket(struct learned *table, const struct learned_key *key)
{
	uint64_t h = hash_mix(hash_mix(table->seed, key->address.high), key->address.low);

	h = hash_mix(hash_mix(h, key->client.high), key->client.low);
	h = hash_mix(h, (uint64_t)key->port << 8 | key->proto);
	return &table->buckets[h & table->mask];
}

static inline bool learned_same_key(const struct learned_key *a, const struct learned_key *b)
{
	return key_equal(a->address, b->address) && key_equal(a->client, b->client) && a->port == b->port &&
	       a->proto == b->proto;
}

/* Within a reader's section, or under the lock. */
static inline struct entry *learned_entry_of(struct learned *table, const struct learned_key *key)
{
	struct entry *entry = rcu_dereference(*learned_bucket(table, key));

	while (entry && !learned_same_key(&entry->key, key))
		entry = rcu_dereference(entry->next);
	return entry;
}

static inline struct learned_thing learned_view(const struct entry *entry, const struct item *item)
{
	return (struct learned_thing){.host = entry->names + item->name,
				      .host_length = item->name_length,
				      .app = item->app,
				      .closed = atomic_load_explicit(&item->closed, memory_order_relaxed),
				      .sources = atomic_load_explicit(&item->sources, memory_order_relaxed),
				      .hits = atomic_load_explicit(&item->hits, memory_order_relaxed),
				      .first = item->first,
				      .last = atomic_load_explicit(&item->last, memory_order_relaxed),
				      .expires = atomic_load_explicit(&item->expires, memory_order_relaxed)};
}

static inline bool learned_is_many(const struct entry *entry, uint64_t now)
{
	return atomic_load_explicit(&entry->many_until, memory_order_relaxed) > now;
}

#endif
