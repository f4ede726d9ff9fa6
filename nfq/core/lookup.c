/* SPDX-License-Identifier: GPL-2.0-or-later
 * lookup.c - looking up a packet's headers among the rules, in steps and ahead of its verdict
 */
#include "lookup.h"

#include "rule_index.h"

enum { LARGE = 2048 };     /* homes, which do not stay in the cache */
enum { STEPS_NEEDED = 2 }; /* the rest only fetches */

static void find_fields(struct lookup *l, const struct rule_index *index, const struct packet *packet)
{
	const struct subject subject = {.packet = packet};

	l->have = 0;
	for (unsigned i = 0; i < index->field_count; i++)
		l->have |= (unsigned)index->fields[i]->key(&subject, &l->fields[i]) << i;
}

/* The hash of each slice; returns those of fields that the packet does not have. */
static uint64_t hash_slices(const struct lookup *l, const struct rule_index *index, uint64_t hashes[SLICES_MAX])
{
	uint64_t absent = 0;

	for (unsigned i = 0; i < index->slice_count; i++) {
		struct slice slice = index->slices[i];

		if (l->have >> slice.field & 1)
			hashes[i] = slice_key(i, key_prefix(l->fields[slice.field], slice.bits));
		else
			absent |= 1ULL << i;
	}
	return absent;
}

static void find_keys(struct lookup *l, const struct rule_index *index)
{
	uint64_t hashes[SLICES_MAX], absent = hash_slices(l, index, hashes);

	l->present = 0;
	for (unsigned i = 0; i < index->shape_count; i++) {
		const struct shape *shape = &index->shapes[i];
		uint64_t key = shape->salt;

		if (shape->slices & absent)
			continue;
		for (unsigned k = 0; k < shape->count; k++)
			key = key_fold(key, hashes[shape->slice[k]]);
		l->keys[i] = key_final(key);
		l->present |= 1ULL << i;
		bloom_fetch(&index->filed_by_headers, l->keys[i]);
	}
}

void lookup_begin(struct lookup *l, const struct ruleset *ruleset, const struct packet *packet)
{
	const struct rule_index *index = ruleset->index;

	l->ruleset = ruleset;
	l->step = 1;
	find_fields(l, index, packet);
	find_keys(l, index);
	for (unsigned i = 0; i < index->far_count; i++)
		if (l->have >> index->far[i].field & 1)
			interval_set_fetch(index->far[i].set, l->fields[index->far[i].field]);
}

/* Which keys may be in a slot: hardly any that is not. */
static void filter_keys(struct lookup *l, const struct rule_index *index)
{
	l->filed = 0;
	for (uint64_t left = l->present; left; left &= left - 1) {
		uint64_t key = l->keys[__builtin_ctzll(left)];

		if (!bloom_has(&index->filed_by_headers, key))
			continue;
		l->filed |= left & -left;
		__builtin_prefetch(&index->slots[key_slot(index, key)]);
	}
	for (unsigned i = 0; i < index->far_count; i++)
		if (l->have >> index->far[i].field & 1)
			interval_set_fetch_next(index->far[i].set, l->fields[index->far[i].field]);
}

/* What the slots lead to. */
static void follow_slots(struct lookup *l, const struct rule_index *index)
{
	for (uint64_t left = l->filed; left; left &= left - 1) {
		const struct slot *slot = find_slot(index, l->keys[__builtin_ctzll(left)]);

		if (slot && slot->more & SLOT_PROOF)
			__builtin_prefetch(&index->proofs[slot->more & SLOT_PLACE]);
		else if (slot)
			__builtin_prefetch(&l->ruleset->rules[slot->rule]);
	}
}

void lookup_advance(struct lookup *l)
{
	static void (*const steps[LOOKUP_STEPS])(struct lookup *, const struct rule_index *) = {
		[1] = filter_keys,
		[2] = follow_slots,
	};

	if (l->step && l->step < LOOKUP_STEPS)
		steps[l->step++](l, l->ruleset->index);
}

/* What the numbers of a value lead to, but for what found no room in its home: whether some did is seen when that has come,
 * which is not waited for here. Nor is the filter: to ask it first which homes matter costs more than to fetch all. */
static void fetch_entries(const struct rule_index *index, const struct rule_finder *finder,
			  const struct subject *subject)
{
	uint64_t numbers[KEYS_BATCH];
	size_t at = 0, count = finder->keyword->finder->subject_keys(subject, &at, numbers);

	for (size_t i = 0; i < count; i++) {
		uint64_t key = fact_key(finder, numbers[i]);

		bloom_fetch(&index->filed_by_facts, key);
		home_fetch(home_of(&index->entries, key));
	}
}

void lookup_fact(const struct ruleset *ruleset, const struct subject *subject, enum fact fact)
{
	const struct rule_index *index = ruleset->index;

	for (unsigned i = 0; i < index->far_fact_count; i++)
		if (index->far_facts[i].keyword->needs == FACT_BIT(fact))
			index->far_facts[i].keyword->fetch(index->far_facts[i].set, subject);
	if (index->entries.count < LARGE)
		return;
	for (unsigned i = 0; i < index->finder_count; i++)
		if (index->finders[i].first && index->finders[i].keyword->needs == FACT_BIT(fact))
			fetch_entries(index, &index->finders[i], subject);
}

void lookup_finish(struct lookup *l)
{
	while (l->step < STEPS_NEEDED)
		lookup_advance(l);
}
