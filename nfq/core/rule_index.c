/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_index.c - the rule that holds for a packet, found by the index
 */
#include "rule_index.h"

struct search {
	const struct ruleset *ruleset;
	const struct rule_index *index;
	const struct subject *subject;
	uint32_t yes, more; /* the lowest rules of these answers so far */
	uint64_t absent;    /* slices of fields that the packet does not have */
	uint64_t slice[SLICES_MAX];
	struct key prefix[SLICES_MAX];
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

/* The packet has the prefixes that make the rule hold, but for the open fact. */
static bool is_proved(const struct search *s, const struct slot *slot, const struct shape *shape)
{
	const struct key *proof = s->index->proofs + (slot->more & SLOT_PLACE);

	if (!shape || !(slot->more & SLOT_PROOF) || (slot->more & ~SLOT_PROOF) >> SLOT_SHAPE != shape->number)
		return false;
	for (unsigned i = 0; i < shape->count; i++)
		if (!key_equal(proof[i], s->prefix[shape->slice[i]]))
			return false;
	return true;
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

/* The key may be in a slot: hardly ever where it is not. */
static bool is_filed(const struct rule_index *index, uint64_t key)
{
	uint64_t bits = bloom_bits(key);

	return (index->bloom[bloom_word(index, key)] & bits) == bits;
}

/* shape: what the key was made by; NULL: by a fact. */
static void visit(struct search *s, uint64_t key, const struct shape *shape, bool open)
{
	const struct rule_index *index = s->index;
	size_t at;

	key = key_final(key);
	if (!is_filed(index, key))
		return;
	at = key_slot(index, key);
	while (index->slots[at].key && index->slots[at].key != key)
		at = (at + 1) & index->mask;
	if (index->slots[at].key)
		try_slot(s, &index->slots[at], shape, open);
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
	return finder->first &&
	       (finder->keyword->finder->early || s->subject->facts->known & finder->keyword->needs);
}

static void slice_headers(struct search *s)
{
	const struct rule_index *index = s->index;
	struct key keys[FIELDS_MAX];
	unsigned have = 0;

	for (unsigned i = 0; i < index->field_count; i++)
		have |= (unsigned)index->fields[i]->key(s->subject, &keys[i]) << i;
	for (unsigned i = 0; i < index->slice_count; i++) {
		struct slice slice = index->slices[i];

		if (have >> slice.field & 1) {
			s->prefix[i] = key_prefix(keys[slice.field], slice.bits);
			s->slice[i] = slice_key(i, s->prefix[i]);
		} else {
			s->absent |= 1ULL << i;
		}
	}
}

static void by_headers(struct search *s)
{
	const struct rule_index *index = s->index;

	for (unsigned i = 0; i < index->shape_count && index->shapes[i].lowest < s->yes; i++) {
		const struct shape *shape = &index->shapes[i];
		uint64_t key = shape->salt;

		if (shape->slices & s->absent)
			continue;
		for (unsigned k = 0; k < shape->count; k++)
			key = key_fold(key, s->slice[shape->slice[k]]);
		visit(s, key, shape, false);
		for (unsigned k = 0; k < index->finder_count; k++)
			if (is_open(s, &index->finders[k]))
				visit(s, key_while_open(key, &index->finders[k]), shape, true);
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

	while (finder->lowest < s->yes &&
	       (count = finder->keyword->finder->subject_keys(s->subject, &at, numbers))) {
		if (finder->filter)
			count = filter(finder->filter, numbers, count);
		for (size_t i = 0; i < count; i++)
			visit(s, key_fold(finder->number_salt, numbers[i]), NULL, false);
	}
}

struct ruling ruleset_eval(const struct ruleset *ruleset, const struct subject *subject)
{
	const struct rule_index *index = ruleset->index;
	struct search s;

	if (!index)
		return ruleset_walk(ruleset, subject);
	s.ruleset = ruleset;
	s.index = index;
	s.subject = subject;
	s.yes = s.more = ruleset->rule_count;
	s.absent = 0; /* the slices need no zero */
	slice_headers(&s);
	by_headers(&s);
	for (unsigned i = 0; i < index->finder_count; i++) {
		const struct rule_finder *finder = &index->finders[i];

		if (has_numbers(&s, finder))
			by_fact(&s, finder);
		if (is_open(&s, finder))
			walk(&s, finder->open, true);
	}
	walk(&s, index->always, false);
	return (struct ruling){.rule = s.yes < ruleset->rule_count ? &ruleset->rules[s.yes] : NULL,
			       .open = s.more < s.yes};
}
