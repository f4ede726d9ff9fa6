/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned.c - what has been seen at destinations
 *
 * Theory of operation. Entries hang in the chains of a hash table of fixed size. An entry never changes but for its
 * numbers (times, hits, sources), which are atomic; a thing that is new makes a new entry, which takes the old one's
 * place by one pointer, and RCU tells when no reader holds the old one any more. So telling again what is known, which
 * is nearly all that is ever told, takes no lock either. For eviction a hand goes round over the entries as in a clock:
 * who has been used since it came by last is passed over once.
 */
#include "learned.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "rcu.h"

#define SECOND 1000000000ULL

enum {
	ENTRY_BYTES = 512,     /* of one entry, on an average: bounds the memory of all */
	HAND_STEPS = 64,       /* entries looked at for one that can go */
	QUESTIONS = 8192,      /* on their way at a time */
	QUESTION_SECONDS = 30, /* a conntrack entry of UDP without an answer lives as long */
};

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

const char *learned_source_text(uint8_t sources)
{
	if (sources & LEARNED_RESET)
		return "a reset";
	if (!(sources & LEARNED_PAYLOAD))
		return "DNS";
	return sources == LEARNED_PAYLOAD ? "payload" : "payload and DNS";
}

struct learned *learned_new(uint32_t entries, uint64_t seed)
{
	struct learned *table = calloc(1, sizeof *table);
	uint32_t buckets = 16;

	if (!table)
		return NULL;
	while (buckets < entries)
		buckets *= 2;
	table->seed = seed;
	table->capacity = entries;
	table->mask = buckets - 1;
	pthread_mutex_init(&table->lock, NULL);
	table->buckets = calloc(buckets, sizeof *table->buckets);
	table->slots = calloc(entries, sizeof *table->slots);
	table->questions = calloc(QUESTIONS, sizeof *table->questions);
	if (table->buckets && table->slots && table->questions)
		return table;
	learned_free(table);
	return NULL;
}

void learned_free(struct learned *table)
{
	if (!table)
		return;
	rcu_barrier(); /* what was replaced has been freed */
	for (uint32_t i = 0; table->slots && i < table->count; i++)
		free(table->slots[i]);
	free(table->buckets);
	free(table->slots);
	free(table->questions);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

/* --- finding --- */

static struct entry **bucket_of(struct learned *table, const struct learned_key *key)
{
	uint64_t h = hash_mix(hash_mix(table->seed, key->address.high), key->address.low);

	h = hash_mix(hash_mix(h, key->client.high), key->client.low);
	h = hash_mix(h, (uint64_t)key->port << 8 | key->proto);
	return &table->buckets[h & table->mask];
}

static bool same_key(const struct learned_key *a, const struct learned_key *b)
{
	return key_equal(a->address, b->address) && key_equal(a->client, b->client) && a->port == b->port &&
	       a->proto == b->proto;
}

/* Within a reader's section, or under the lock. */
static struct entry *find(struct learned *table, const struct learned_key *key)
{
	struct entry *entry = rcu_dereference(*bucket_of(table, key));

	while (entry && !same_key(&entry->key, key))
		entry = rcu_dereference(entry->next);
	return entry;
}

static struct learned_thing view(const struct entry *entry, const struct item *item)
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

static bool is_many(const struct entry *entry, uint64_t now)
{
	return atomic_load_explicit(&entry->many_until, memory_order_relaxed) > now;
}

enum learned_state learned_find(struct learned *table, const struct learned_key *key, uint64_t now,
				learned_visit *visit, void *ctx)
{
	enum learned_state state = LEARNED_NOTHING;
	struct entry *entry;

	rcu_read_lock();
	entry = find(table, key);
	if (entry && is_many(entry, now))
		state = LEARNED_MANY;
	if (entry)
		atomic_store_explicit(&entry->used, true, memory_order_relaxed);
	for (unsigned i = 0; entry && state != LEARNED_MANY && i < entry->count; i++) {
		struct learned_thing thing = view(entry, &entry->items[i]);

		if (thing.expires <= now)
			continue;
		visit(ctx, &thing);
		state = LEARNED_SOME;
	}
	rcu_read_leave();
	return state;
}

/* --- adding --- */

static bool is_same_thing(const struct learned_thing *a, const struct learned_thing *b)
{
	return a->app == b->app && a->host_length == b->host_length &&
	       (!a->host_length || memcmp(a->host, b->host, a->host_length) == 0);
}

static void raise_to(_Atomic uint64_t *number, uint64_t least)
{
	uint64_t is = atomic_load_explicit(number, memory_order_relaxed);

	while (is < least && !atomic_compare_exchange_weak_explicit(number, &is, least, memory_order_relaxed,
								    memory_order_relaxed))
		;
}

/* A thing that is there is told again; or, of many, any. false: it is new. */
static bool refresh(struct entry *entry, const struct learned_thing *thing, uint64_t now)
{
	atomic_store_explicit(&entry->used, true, memory_order_relaxed);
	for (unsigned i = 0; i < entry->count; i++) {
		struct item *item = &entry->items[i];
		struct learned_thing known = view(entry, item);

		if (!is_same_thing(&known, thing))
			continue;
		if (known.expires <= now) /* what it was told by is out of date, too */
			atomic_store_explicit(&item->sources, 0, memory_order_relaxed);
		atomic_fetch_or_explicit(&item->sources, thing->sources, memory_order_relaxed);
		atomic_store_explicit(&item->closed, thing->closed, memory_order_relaxed);
		atomic_fetch_add_explicit(&item->hits, 1, memory_order_relaxed);
		raise_to(&item->last, now);
		raise_to(&item->expires, thing->expires);
		return true;
	}
	if (!is_many(entry, now))
		return false;
	raise_to(&entry->many_until, thing->expires);
	return true;
}

static struct entry *entry_new(const struct learned_key *key, unsigned count, size_t names)
{
	size_t size = sizeof(struct entry) + count * sizeof(struct item) + names;
	struct entry *entry = calloc(1, size);

	if (!entry)
		return NULL;
	entry->key = *key;
	entry->bytes = (uint32_t)size;
	entry->names = (char *)&entry->items[count];
	atomic_init(&entry->used, true);
	return entry;
}

static void append(struct entry *entry, size_t *used, const struct learned_thing *thing)
{
	struct item *item = &entry->items[entry->count++];

	item->app = thing->app;
	item->name = (uint32_t)*used;
	item->name_length = (uint8_t)thing->host_length;
	if (thing->host_length)
		memcpy((char *)entry->names + *used, thing->host, thing->host_length);
	*used += thing->host_length;
	item->first = thing->first;
	atomic_init(&item->sources, thing->sources);
	atomic_init(&item->closed, thing->closed);
	atomic_init(&item->hits, thing->hits);
	atomic_init(&item->last, thing->last);
	atomic_init(&item->expires, thing->expires);
}

/* What is left of an entry, and a thing more. Where there is no room for it, they are many from now on. */
static struct entry *extended(const struct entry *old, const struct learned_key *key, const struct learned_thing *thing,
			      uint64_t now)
{
	struct learned_thing kept[LEARNED_THINGS + 1];
	uint64_t last = thing->expires;
	size_t names = 0, used = 0;
	unsigned count = 0;
	struct entry *entry;
	bool many;

	for (unsigned i = 0; old && i < old->count; i++) {
		kept[count] = view(old, &old->items[i]);
		count += kept[count].expires > now;
	}
	kept[count++] = *thing;
	many = count > LEARNED_THINGS;
	count -= many;
	for (unsigned i = 0; i < count; i++) {
		names += kept[i].host_length;
		last = kept[i].expires > last ? kept[i].expires : last;
	}
	entry = entry_new(key, count, names);
	for (unsigned i = 0; entry && i < count; i++)
		append(entry, &used, &kept[i]);
	if (entry)
		atomic_init(&entry->many_until, many ? last : 0);
	return entry;
}

static void free_entry(struct rcu_head *head)
{
	rcu_passed();
	free(caa_container_of(head, struct entry, rcu));
}

static struct entry **link_of(struct learned *table, const struct entry *entry)
{
	struct entry **link = bucket_of(table, &entry->key);

	while (*link != entry)
		link = &(*link)->next;
	return link;
}

static void replace(struct learned *table, struct entry *old, struct entry *by)
{
	struct entry **link = link_of(table, old);

	by->next = old->next;
	by->slot = old->slot;
	table->slots[by->slot] = by;
	table->bytes += by->bytes;
	table->bytes -= old->bytes;
	rcu_assign_pointer(*link, by);
	rcu_defer(&old->rcu, free_entry);
}

/* Keeps the slots dense: the last entry moves to the one that is free now. */
static void evict(struct learned *table, struct entry *entry)
{
	rcu_assign_pointer(*link_of(table, entry), entry->next);
	table->slots[entry->slot] = table->slots[--table->count];
	table->slots[entry->slot]->slot = entry->slot;
	table->bytes -= entry->bytes;
	table->evicted++;
	rcu_defer(&entry->rcu, free_entry);
}

static bool is_expired(const struct entry *entry, uint64_t now)
{
	for (unsigned i = 0; i < entry->count; i++)
		if (atomic_load_explicit(&entry->items[i].expires, memory_order_relaxed) > now)
			return false;
	return !is_many(entry, now);
}

static void make_room(struct learned *table, uint64_t now)
{
	while (table->count && (table->count >= table->capacity || table->bytes > (uint64_t)table->capacity * ENTRY_BYTES)) {
		struct entry *entry = NULL;

		for (unsigned step = 0; step < HAND_STEPS; step++) {
			table->hand = table->hand + 1 < table->count ? table->hand + 1 : 0;
			entry = table->slots[table->hand];
			if (is_expired(entry, now) ||
			    !atomic_exchange_explicit(&entry->used, false, memory_order_relaxed))
				break;
		}
		evict(table, entry);
	}
}

static void insert(struct learned *table, struct entry *entry, uint64_t now)
{
	struct entry **bucket;

	make_room(table, now);
	bucket = bucket_of(table, &entry->key);
	entry->next = *bucket;
	entry->slot = table->count;
	table->slots[table->count++] = entry;
	table->bytes += entry->bytes;
	rcu_assign_pointer(*bucket, entry);
}

/* thing with all its numbers. many: of an entry that was saved as such. */
static void put(struct learned *table, const struct learned_key *key, const struct learned_thing *thing, bool many,
		uint64_t now)
{
	struct entry *old, *entry;

	pthread_mutex_lock(&table->lock);
	old = find(table, key);
	if (!old || !refresh(old, thing, now)) {
		entry = extended(old, key, thing, now);
		if (entry && old)
			replace(table, old, entry);
		else if (entry)
			insert(table, entry, now);
		old = entry;
	}
	if (old && many)
		raise_to(&old->many_until, thing->expires);
	pthread_mutex_unlock(&table->lock);
}

void learned_add(struct learned *table, const struct learned_key *key, const struct learned_thing *thing, uint64_t now)
{
	struct learned_thing fresh = *thing;
	struct entry *entry;
	bool known;

	if (thing->host_length > LEARNED_NAME_MAX || thing->expires <= now)
		return;
	rcu_read_lock();
	entry = find(table, key);
	known = entry && refresh(entry, thing, now);
	rcu_read_leave();
	if (known)
		return;
	fresh.first = fresh.last = now;
	fresh.hits = 1;
	put(table, key, &fresh, false, now);
}

void learned_restore(struct learned *table, const struct learned_key *key, const struct learned_thing *thing,
		     bool many, uint64_t now)
{
	if (thing->host_length <= LEARNED_NAME_MAX && thing->expires > now)
		put(table, key, thing, many, now);
}

/* --- the whole --- */

/* An entry with nothing to show is given as an empty one. */
static void describe(const struct entry *entry, uint64_t now, struct learned_entry *out)
{
	out->key = entry->key;
	out->many = is_many(entry, now);
	out->count = 0;
	for (unsigned i = 0; i < entry->count; i++) {
		out->things[out->count] = view(entry, &entry->items[i]);
		out->count += out->things[out->count].expires > now;
	}
}

void learned_walk(struct learned *table, uint64_t now, learned_visit_entry *visit, void *ctx)
{
	struct learned_entry out;
	bool more = true;

	for (uint32_t i = 0; more && i <= table->mask; i++) {
		rcu_read_lock();
		for (struct entry *entry = rcu_dereference(table->buckets[i]); more && entry;
		     entry = rcu_dereference(entry->next)) {
			describe(entry, now, &out);
			more = !out.count || visit(ctx, &out);
		}
		rcu_read_leave();
	}
}

struct learned_counters learned_counters(struct learned *table)
{
	struct learned_counters counters;

	pthread_mutex_lock(&table->lock);
	counters = (struct learned_counters){table->count, table->bytes, table->evicted};
	pthread_mutex_unlock(&table->lock);
	return counters;
}

/* --- questions --- */

#define STAMP_MASK 0xffffULL

static uint64_t fingerprint(const struct learned *table, const struct learned_question *q)
{
	uint64_t h = hash_mix(hash_mix(table->seed, q->client.high), q->client.low);

	h = hash_mix(h, (uint64_t)q->port << 48 | (uint64_t)q->id << 32 | (uint64_t)q->type << 16 | q->proto);
	for (size_t i = 0; i < q->name_length; i++)
		h = hash_mix(h, (uint8_t)q->name[i]);
	return h;
}

void learned_asked(struct learned *table, const struct learned_question *question, uint64_t now)
{
	uint64_t h = fingerprint(table, question);

	atomic_store_explicit(&table->questions[h >> 16 & (QUESTIONS - 1)],
			      (h & ~STAMP_MASK) | (now / SECOND & STAMP_MASK), memory_order_relaxed);
}

bool learned_was_asked(struct learned *table, const struct learned_question *question, uint64_t now)
{
	uint64_t h = fingerprint(table, question);
	uint64_t is = atomic_load_explicit(&table->questions[h >> 16 & (QUESTIONS - 1)], memory_order_relaxed);

	return (is & ~STAMP_MASK) == (h & ~STAMP_MASK) && ((now / SECOND - is) & STAMP_MASK) <= QUESTION_SECONDS;
}
