/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned.c - what has been seen at destinations: the table, what is found in it, and questions on their way
 *
 * Theory of operation. Entries hang in the chains of a hash table of fixed size. An entry never changes but for its
 * numbers (times, hits, sources), which are atomic; a thing that is new makes a new entry, which takes the old one's
 * place by one pointer, and RCU tells when no reader holds the old one any more. So telling again what is known, which
 * is nearly all that is ever told, takes no lock either. How it changes: learned_change.c.
 */
#include "learned_private.h"

#include <stdlib.h>

#define SECOND 1000000000ULL

enum {
	QUESTIONS = 8192,      /* on their way at a time */
	QUESTION_SECONDS = 30, /* a conntrack entry of UDP without an answer lives as long */
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

enum learned_state learned_find(struct learned *table, const struct learned_key *key, uint64_t now,
				learned_visit *visit, void *ctx)
{
	enum learned_state state = LEARNED_NOTHING;
	struct entry *entry;

	rcu_read_lock();
	entry = learned_entry_of(table, key);
	if (entry && learned_is_many(entry, now))
		state = LEARNED_MANY;
	if (entry)
		atomic_store_explicit(&entry->used, true, memory_order_relaxed);
	for (unsigned i = 0; entry && state != LEARNED_MANY && i < entry->count; i++) {
		struct learned_thing thing = learned_view(entry, &entry->items[i]);

		if (thing.expires <= now)
			continue;
		visit(ctx, &thing);
		state = LEARNED_SOME;
	}
	rcu_read_leave();
	return state;
}

/* --- the whole --- */

/* An entry with nothing to show is given as an empty one. */
static void describe(const struct entry *entry, uint64_t now, struct learned_entry *out)
{
	out->key = entry->key;
	out->many = learned_is_many(entry, now);
	out->count = 0;
	for (unsigned i = 0; i < entry->count; i++) {
		out->things[out->count] = learned_view(entry, &entry->items[i]);
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
