/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned_change.c - what has been seen at destinations: what is told of them is put in, and gives way
 *
 * For eviction a hand goes round over the entries as in a clock: who has been used since it came by last is passed over
 * once.
 */
#include "learned_private.h"

#include <stdlib.h>
#include <string.h>

enum {
	ENTRY_BYTES = 512, /* of one entry, on an average: bounds the memory of all */
	HAND_STEPS = 64,   /* entries looked at for one that can go */
};

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
		struct learned_thing known = learned_view(entry, item);

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
	if (!learned_is_many(entry, now))
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
		kept[count] = learned_view(old, &old->items[i]);
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
	struct entry **link = learned_bucket(table, &entry->key);

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
	return !learned_is_many(entry, now);
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
	bucket = learned_bucket(table, &entry->key);
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
	old = learned_entry_of(table, key);
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
	entry = learned_entry_of(table, key);
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
