/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_index.c - the rule that holds for a packet, found by the index
 */
#include "rule_index.h"

#include <string.h>

struct search {
	const struct ruleset *ruleset;
	const struct rule_index *index;
	const struct subject *subject;
	const struct lookup *lookup;
	uint32_t yes, more; /* the lowest rules of these answers so far */
	unsigned open;      /* finders whose facts are, a bit for each */
};

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Rules from here on cannot change the answer. Those that are undecided at best (open) need not be looked at where
 * a lower one is undecided already. */
static uint32_t limit(const struct search *s, bool open)
{
	return open ? lower(s->yes, s->more) : s->yes;
}

static void note(struct search *s, uint32_t rule, enum tri answer)
{
	if (answer == TRI_YES)
		s->yes = rule;
	else if (answer == TRI_MORE)
		s->more = lower(s->more, rule);
}

static void try_rule(struct search *s, uint32_t rule)
{
	note(s, rule, rule_eval(&s->ruleset->rules[rule], s->subject));
}

static void walk(struct search *s, const uint32_t *list, bool open)
{
	for (; *list < limit(s, open); list++)
		try_rule(s, *list);
}

static bool has_prefix(const struct search *s, unsigned slice, struct key prefix)
{
	struct slice of = s->index->slices[slice];

	return s->lookup->have >> of.field & 1 && key_equal(prefix, key_prefix(s->lookup->fields[of.field], of.bits));
}

static bool has_prefixes(const struct search *s, const uint8_t *slices, const struct key *prefixes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!has_prefix(s, slices[i], prefixes[i]))
			return false;
	return true;
}

/* The packet has the prefixes that the key was made by, which make the rule hold, but for the open fact. */
static bool is_proved(const struct search *s, const struct slot *slot, const struct shape *shape)
{
	return slot->more & SLOT_PROOF && (slot->more & ~SLOT_PROOF) >> SLOT_SHAPE == shape->number &&
	       has_prefixes(s, shape->slice, s->index->proofs + (slot->more & SLOT_PLACE), shape->count);
}

static void try_slot(struct search *s, const struct slot *slot, const struct shape *shape, bool open)
{
	if (slot->rule >= limit(s, open))
		return;
	if (is_proved(s, slot, shape))
		note(s, slot->rule, open ? TRI_MORE : TRI_YES);
	else
		try_rule(s, slot->rule);
	if (slot->more && !(slot->more & SLOT_PROOF))
		walk(s, s->index->lists + slot->more, open);
}

/* What is filed under a key, which may be in a slot. */
static void visit_filed(struct search *s, uint64_t key, const struct shape *shape, bool open)
{
	const struct slot *slot = find_slot(s->index, key);

	if (slot)
		try_slot(s, slot, shape, open);
}

static void visit(struct search *s, uint64_t key, const struct shape *shape, bool open)
{
	key = key_final(key);
	if (bloom_has(&s->index->filed_by_headers, key))
		visit_filed(s, key, shape, open);
}

/* The packet has the prefixes, and the connection the value, that make the rule hold. */
static bool is_proved_by_fact(const struct search *s, const struct entry *entry)
{
	const struct finder_value value = {entry->text, entry->len, entry->kind};
	const struct key *prefixes = s->index->proofs + entry->more;
	struct prefixes_head head;

	memcpy(&head, prefixes, sizeof head);
	return has_prefixes(s, head.slice, prefixes + 1, head.count) &&
	       s->index->finders[entry->finder].keyword->finder->is(s->subject, &value);
}

static void visit_entry(struct search *s, const struct entry *entry)
{
	if (!entry || entry->rule >= s->yes)
		return;
	if (entry->len && is_proved_by_fact(s, entry))
		note(s, entry->rule, TRI_YES);
	else
		try_rule(s, entry->rule);
	if (!entry->len && entry->more)
		walk(s, s->index->lists + entry->more, false);
}

static bool is_open(const struct search *s, const struct rule_finder *finder)
{
	const struct keyword *keyword = finder->keyword;

	if (keyword->finder->undecided)
		return keyword->finder->undecided(s->subject, finder->early);
	return keyword->needs & ~(s->subject->facts->known | s->subject->facts->closed);
}

static bool has_numbers(const struct search *s, const struct rule_finder *finder)
{
	return finder->first && (finder->keyword->finder->early || s->subject->facts->known & finder->keyword->needs);
}

static void by_headers(struct search *s)
{
	const struct rule_index *index = s->index;
	const struct lookup *o = s->lookup;

	for (uint64_t left = s->open ? o->present : o->filed; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		const struct shape *shape = &index->shapes[i];

		if (shape->lowest >= s->yes)
			return;
		if (o->filed >> i & 1)
			visit_filed(s, o->keys[i], shape, false);
		for (unsigned open = s->open; open; open &= open - 1)
			visit(s, key_while_open(o->keys[i], &index->finders[__builtin_ctz(open)]), shape, true);
	}
}

/* Leaves of the numbers those that rules may be filed by. */
static size_t filter(const uint64_t *bits, uint64_t *numbers, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t bit = filter_bit(numbers[i]);

		numbers[kept] = numbers[i];
		kept += bits[bit / 64] >> (bit % 64) & 1;
	}
	return kept;
}

static void by_fact(struct search *s, const struct rule_finder *finder)
{
	uint64_t numbers[KEYS_BATCH];
	size_t at = 0, count;

	while (finder->lowest < s->yes && (count = finder->keyword->finder->subject_keys(s->subject, &at, numbers))) {
		if (finder->filter)
			count = filter(finder->filter, numbers, count);
		for (size_t i = 0; i < count; i++) {
			uint64_t key = fact_key(finder, numbers[i]);

			if (bloom_has(&s->index->filed_by_facts, key))
				visit_entry(s, find_entry(s->index, key));
		}
	}
}

static unsigned open_finders(const struct search *s)
{
	unsigned open = 0;

	for (unsigned i = 0; i < s->index->finder_count; i++)
		open |= (unsigned)is_open(s, &s->index->finders[i]) << i;
	return open;
}

static struct ruling search(struct search *s)
{
	const struct rule_index *index = s->index;
	uint32_t none = s->ruleset->rule_count;

	s->yes = s->more = none;
	s->open = open_finders(s);
	by_headers(s);
	for (unsigned i = 0; i < index->finder_count; i++) {
		if (has_numbers(s, &index->finders[i]))
			by_fact(s, &index->finders[i]);
		if (s->open >> i & 1)
			walk(s, index->finders[i].open, true);
	}
	walk(s, index->always, false);
	return (struct ruling){.rule = s->yes < none ? &s->ruleset->rules[s->yes] : NULL, .open = s->more < s->yes};
}

struct ruling ruleset_eval(const struct ruleset *ruleset, const struct subject *subject)
{
	struct search s = {.ruleset = ruleset, .index = ruleset->index, .subject = subject};
	struct lookup here;

	if (!ruleset->index)
		return ruleset_walk(ruleset, subject);
	if (!subject->lookup)
		lookup_begin(&here, ruleset, subject->packet);
	lookup_finish(subject->lookup ? subject->lookup : &here);
	s.lookup = subject->lookup ? subject->lookup : &here;
	return search(&s);
}
