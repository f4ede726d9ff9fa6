/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_compile.c - making the index of the rules
 *
 * Two passes: the first makes all keys that each rule could be filed under and counts how many rules share each,
 * the second files each rule where it has the least company.
 */
#include <stdlib.h>
#include <string.h>

#include "rule_plan.h"

enum {
	COMPANY_MAX = 4,   /* so many rules under one key of the headers are as good as found */
	LEADERS_TRIED = 8, /* rules that are compared with one to see whether they differ only in a value */
};

struct filed {
	uint64_t key;
	uint32_t rule;
	uint32_t proof; /* as in a slot; 0: the rule has none */
};

/* A growing array; where there is no memory, failed. */
struct files {
	struct filed *at;
	size_t count, room;
	bool failed;
};

struct compiler {
	struct ruleset *ruleset;
	struct rule_index *index;
	struct files candidates; /* every key that a rule could be filed under */
	struct files files;      /* those chosen */
	struct files always;
	struct key *proofs;
	size_t proof_count, proof_room;
	struct files open[FINDERS_MAX];
	uint32_t *leaders; /* hash table of rules that stand for others while a fact is open; number + 1 */
	size_t leaders_mask;
};

static void file(struct files *files, uint64_t key, uint32_t rule, uint32_t proof)
{
	if (files->count == files->room) {
		size_t room = files->room ? files->room * 2 : 64;
		struct filed *grown = realloc(files->at, room * sizeof *grown);

		if (!grown) {
			files->failed = true;
			return;
		}
		files->at = grown;
		files->room = room;
	}
	files->at[files->count++] = (struct filed){key_final(key), rule, proof};
}

static int by_key(const void *a, const void *b)
{
	const struct filed *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	return left->rule < right->rule ? -1 : left->rule > right->rule;
}

/* Sorted, and each pair once. */
static void sort(struct files *files)
{
	size_t kept = 0;

	if (!files->count)
		return;
	qsort(files->at, files->count, sizeof *files->at, by_key);
	for (size_t i = 1; i < files->count; i++)
		if (by_key(&files->at[kept], &files->at[i]) != 0)
			files->at[++kept] = files->at[i];
	files->count = kept + 1;
}

/* --- keys of facts
 * ----------------------------------------------------------------------------------------------- */

static bool is_early(const struct match *match)
{
	bool early = match->keyword->finder->early != NULL;

	for (unsigned i = 0; i < match->set_count && early; i++)
		early = match->keyword->finder->early(match->sets[i]);
	return early;
}

/* The one that has the numbers of a keyword; the free place behind all, if there is none. */
static unsigned first_finder(const struct rule_index *index, const struct keyword *keyword)
{
	unsigned i = 0;

	while (i < index->finder_count && index->finders[i].keyword != keyword)
		i++;
	return i;
}

/* The finder of a match; NULL: the rule cannot be found by it. */
static struct rule_finder *finder_of(struct rule_index *index, const struct match *match)
{
	unsigned first, i;
	bool early;

	if (!match->keyword->finder || match->negate || !match->set_count)
		return NULL;
	early = is_early(match);
	first = i = first_finder(index, match->keyword);
	while (i < index->finder_count &&
	       (index->finders[i].keyword != match->keyword || index->finders[i].early != early))
		i++;
	if (i == FINDERS_MAX)
		return NULL;
	if (i == index->finder_count)
		index->finders[index->finder_count++] =
			(struct rule_finder){.keyword = match->keyword,
					     .early = early,
					     .first = i == first,
					     .salt = key_fold(0xfac7, i + 1),
					     .number_salt = key_fold(0xfac7, ~first),
					     .lowest = NO_RULE};
	return &index->finders[i];
}

struct fact_keys {
	struct files *to;
	uint64_t salt;
	uint32_t rule;
	uint64_t *filter; /* NULL: none */
};

static void add_fact_key(void *ctx, uint64_t key)
{
	struct fact_keys *keys = ctx;
	uint32_t bit = filter_bit(key);

	if (keys->filter)
		keys->filter[bit / 64] |= 1ULL << (bit % 64);
	file(keys->to, key_fold(keys->salt, key), keys->rule, 0);
}

/* Files a rule by all values of a match. false: not all have keys, and nothing is filed. */
static bool file_by_fact(struct files *to, const struct rule_finder *finder, const struct match *match,
			 uint32_t rule, uint64_t *filter)
{
	struct fact_keys keys = {to, finder->number_salt, rule, filter};
	size_t before = to->count;

	for (unsigned i = 0; i < match->set_count; i++) {
		if (match->keyword->finder->set_keys(match->sets[i], add_fact_key, &keys))
			continue;
		to->count = before;
		return false;
	}
	return true;
}

/* --- where a rule has the least company
 * -------------------------------------------------------------------------- */

static void collect_candidates(struct compiler *c, uint32_t number)
{
	const struct rule *rule = &c->ruleset->rules[number];
	struct rule_finder *finder;
	struct plan plan;
	uint64_t key;

	plan_rule(c->index, rule, &plan);
	for (unsigned n = 0; header_key(&plan, n, &key); n++)
		file(&c->candidates, key, number, 0);
	for (unsigned i = 0; i < rule->match_count; i++)
		if ((finder = finder_of(c->index, &rule->matches[i])))
			file_by_fact(&c->candidates, finder, &rule->matches[i], number, NULL);
}

/* How many candidates have keys below this one. */
static size_t candidates_below(const struct compiler *c, uint64_t key)
{
	size_t low = 0, high = c->candidates.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->candidates.at[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t company(const struct compiler *c, uint64_t key)
{
	key = key_final(key);
	return (key == UINT64_MAX ? c->candidates.count : candidates_below(c, key + 1)) - candidates_below(c, key);
}

static size_t header_company(const struct compiler *c, const struct plan *plan)
{
	size_t most = plan->shape ? 0 : SIZE_MAX;
	uint64_t key;

	for (unsigned n = 0; header_key(plan, n, &key); n++) {
		size_t here = company(c, key);

		most = here > most ? here : most;
	}
	return most;
}

/* The match by whose fact the rule is best found; NULL: better by its headers. */
static const struct match *choose(struct compiler *c, const struct plan *plan, uint32_t number)
{
	const struct rule *rule = &c->ruleset->rules[number];
	size_t best = header_company(c, plan);
	const struct match *chosen = NULL;

	if (best <= COMPANY_MAX)
		return NULL;
	for (unsigned i = 0; i < rule->match_count; i++) {
		struct rule_finder *finder = finder_of(c->index, &rule->matches[i]);
		struct files keys = {0};
		size_t most = 0;

		if (finder && file_by_fact(&keys, finder, &rule->matches[i], number, NULL)) {
			for (size_t k = 0; k < keys.count; k++) {
				size_t here = company(c, keys.at[k].key);

				most = here > most ? here : most;
			}
			chosen = most < best && !keys.failed ? &rule->matches[i] : chosen;
			best = most < best ? most : best;
		}
		free(keys.at);
	}
	return chosen;
}

/* --- rules that stand for others
 * --------------------------------------------------------------------------------- */

static bool same_set(const struct match *a, const void *left, const void *right)
{
	const struct value_type *value = a->keyword->value;

	return left == right || (value->covers && value->covers(left, right) && value->covers(right, left));
}

/* May say no where it cannot tell. */
static bool same_match(const struct match *a, const struct match *b)
{
	if (a->keyword->key != b->keyword->key || a->keyword->eval != b->keyword->eval ||
	    a->keyword->value != b->keyword->value || a->negate != b->negate || a->set_count != b->set_count)
		return false;
	for (unsigned i = 0; i < a->set_count; i++)
		if (!same_set(a, a->sets[i], b->sets[i]))
			return false;
	return true;
}

/* The match that a rule is found by, by its place. */
static unsigned place_of(const struct rule *rule, const struct match *match)
{
	return (unsigned)(match - rule->matches);
}

/* Whether two rules that are found by the match at this place are the same but for it. */
static bool differ_only_in(const struct rule *a, const struct rule *b, unsigned place)
{
	if (a->match_count != b->match_count || a->matches[place].keyword != b->matches[place].keyword)
		return false;
	for (unsigned i = 0; i < a->match_count; i++)
		if (i != place && !same_match(&a->matches[i], &b->matches[i]))
			return false;
	return true;
}

/* Of the rule without the match at place, as far as it is cheap to tell. */
static uint64_t hash_rest(const struct rule *rule, unsigned place)
{
	uint64_t hash = key_fold(place, rule->match_count);

	for (unsigned i = 0; i < rule->match_count; i++) {
		const struct match *match = &rule->matches[i];
		struct interval interval = {0};
		unsigned set = 0;
		size_t at = 0;

		hash = key_fold(hash, match->negate + 2 * match->keyword->needs);
		if (i == place || !match->keyword->key)
			continue;
		for (unsigned n = 0; n < VALUES_MAX && match_next_interval(match, &set, &at, &interval); n++) {
			hash = key_fold(key_fold(hash, interval.first.high), interval.first.low);
			hash = key_fold(key_fold(hash, interval.last.high), interval.last.low);
		}
	}
	return hash;
}

/* An earlier rule stands for this one while the fact of match is open. If not, this one may for later ones. */
static bool is_led(struct compiler *c, uint32_t number, const struct match *match)
{
	const struct rule *rules = c->ruleset->rules, *rule = &rules[number];
	unsigned place = place_of(rule, match);
	size_t at = hash_rest(rule, place) & c->leaders_mask;

	for (unsigned tried = 0; c->leaders[at] && tried < LEADERS_TRIED; tried++) {
		if (differ_only_in(&rules[c->leaders[at] - 1], rule, place))
			return true;
		at = (at + 1) & c->leaders_mask;
	}
	if (!c->leaders[at])
		c->leaders[at] = number + 1;
	return false;
}

/* --- filing
 * ------------------------------------------------------------------------------------------------------ */

static void note_lowest(uint32_t *lowest, uint32_t number)
{
	*lowest = number < *lowest ? number : *lowest;
}

/* The prefixes of the n-th header key. */
static uint32_t add_proof(struct compiler *c, const struct plan *plan, unsigned n)
{
	uint32_t proof;

	if (c->proof_count + 1 + SHAPE_SLICES > c->proof_room) {
		size_t room = c->proof_room ? c->proof_room * 2 : 64;
		struct key *grown = room <= SLOT_PLACE ? realloc(c->proofs, room * sizeof *grown) : NULL;

		if (!grown)
			return 0; /* the rule is tried, then */
		c->proofs = grown;
		c->proof_room = room;
	}
	if (!c->proof_count)
		c->proofs[c->proof_count++] = (struct key){0}; /* 0 is none */
	proof = (uint32_t)c->proof_count;
	for (unsigned i = 0; i < plan->count; i++) {
		const struct dimension *dimension = &plan->dimensions[i];

		c->proofs[c->proof_count++] = dimension->values[n % dimension->count];
		n /= dimension->count;
	}
	return SLOT_PROOF | (uint32_t)plan->shape->number << SLOT_SHAPE | proof;
}

/* The header keys say all that the rule asks for, but for this many matches. */
static bool is_exact(const struct plan *plan, const struct rule *rule, unsigned but)
{
	for (unsigned i = 0; i < plan->count; i++)
		if (!plan->dimensions[i].exact)
			return false;
	return plan->count + but == rule->match_count;
}

static void file_by_headers(struct compiler *c, const struct plan *plan, const struct rule_finder *open,
			    uint32_t number)
{
	bool certain = !open || !open->keyword->finder->early;
	bool exact = certain && is_exact(plan, &c->ruleset->rules[number], open ? 1 : 0);
	uint64_t key;

	if (!plan->shape) {
		file(open ? &c->open[open - c->index->finders] : &c->always, 0, number, 0);
		return;
	}
	note_lowest(&plan->shape->lowest, number);
	for (unsigned n = 0; header_key(plan, n, &key); n++)
		file(&c->files, open ? key_while_open(key, open) : key, number, exact ? add_proof(c, plan, n) : 0);
}

/* The filter of a finder by which a packet has many numbers, made when it is first needed; else NULL. */
static uint64_t *filter_of(struct compiler *c, struct rule_finder *first)
{
	if (!first->keyword->finder->undecided)
		return NULL;
	if (!first->filter)
		first->filter = arena_alloc(c->ruleset->arena, (1U << FILTER_BITS) / 8);
	return arena_failed(c->ruleset->arena) ? NULL : (uint64_t *)first->filter;
}

static void file_rule(struct compiler *c, uint32_t number)
{
	const struct match *match;
	struct rule_finder *finder, *first;
	struct plan plan;

	if (c->ruleset->rules[number].needs)
		c->index->lates |= 1U << c->ruleset->rules[number].late;
	plan_rule(c->index, &c->ruleset->rules[number], &plan);
	match = choose(c, &plan, number);
	finder = match ? finder_of(c->index, match) : NULL;
	if (!finder) {
		file_by_headers(c, &plan, NULL, number);
		return;
	}
	first = &c->index->finders[first_finder(c->index, match->keyword)];
	note_lowest(&first->lowest, number);
	file_by_fact(&c->files, finder, match, number, filter_of(c, first));
	if (match->keyword->finder->early || !is_led(c, number, match))
		file_by_headers(c, &plan, finder, number);
}

static size_t power_above(size_t count)
{
	size_t power = 64;

	while (power < count)
		power *= 2;
	return power;
}

/* --- the finished index
 * ------------------------------------------------------------------------------------------ */

static const uint32_t *list_of(struct arena *arena, const struct files *files)
{
	uint32_t *list = arena_array(arena, files->count + 1, sizeof *list);

	for (size_t i = 0; i < files->count && !arena_failed(arena); i++)
		list[i] = files->at[i].rule;
	if (!arena_failed(arena))
		list[files->count] = NO_RULE;
	return list;
}

/* The files of one key, from at on. */
static size_t run_length(const struct files *files, size_t at)
{
	size_t end = at;

	while (end < files->count && files->at[end].key == files->at[at].key)
		end++;
	return end - at;
}

static void enter_slot(const struct rule_index *index, struct slot *slots, uint64_t *bloom, struct slot slot)
{
	size_t at = key_slot(index, slot.key), bit = key_bloom(index, slot.key);

	while (slots[at].key)
		at = (at + 1) & index->mask;
	slots[at] = slot;
	bloom[bit / 64] |= 1ULL << (bit % 64);
}

static void build_table(struct compiler *c)
{
	struct arena *arena = c->ruleset->arena;
	struct rule_index *index = c->index;
	const struct files *files = &c->files;
	size_t used = 1, distinct = 0, length;
	struct slot *slots;
	uint64_t *bloom;
	uint32_t *lists;

	for (size_t at = 0; at < files->count; at += run_length(files, at))
		distinct++;
	index->mask = power_above(distinct * 2) - 1;
	index->bloom_mask = power_above(distinct * 16) - 1;
	index->slots = slots = arena_array(arena, index->mask + 1, sizeof *slots);
	index->bloom = bloom = arena_array(arena, (index->bloom_mask + 1) / 64, sizeof *bloom);
	index->lists = lists = arena_array(arena, files->count + 1, sizeof *lists);
	for (size_t at = 0; at < files->count && !arena_failed(arena); at += length) {
		struct slot slot = {.key = files->at[at].key, .rule = files->at[at].rule};

		length = run_length(files, at);
		slot.more = length > 1 ? (uint32_t)used : 0;
		if (length == 1 && files->at[at].proof)
			slot.more = files->at[at].proof;
		for (size_t i = 1; i < length; i++)
			lists[used++] = files->at[at + i].rule;
		if (length > 1)
			lists[used++] = NO_RULE;
		enter_slot(index, slots, bloom, slot);
	}
}

static int by_lowest(const void *a, const void *b)
{
	uint32_t left = ((const struct shape *)a)->lowest, right = ((const struct shape *)b)->lowest;

	return left < right ? -1 : left > right;
}

/* Shapes that no rule is filed under go to the end, and are gone. */
static void order_shapes(struct rule_index *index)
{
	qsort(index->shapes, index->shape_count, sizeof *index->shapes, by_lowest);
	while (index->shape_count && index->shapes[index->shape_count - 1].lowest == NO_RULE)
		index->shape_count--;
}

static void finish(struct compiler *c)
{
	struct key *proofs = arena_array(c->ruleset->arena, c->proof_count, sizeof *proofs);

	if (c->proof_count && !arena_failed(c->ruleset->arena))
		memcpy(proofs, c->proofs, c->proof_count * sizeof *proofs);
	c->index->proofs = proofs;
	sort(&c->files);
	build_table(c);
	order_shapes(c->index);
	c->index->always = list_of(c->ruleset->arena, &c->always);
	for (unsigned i = 0; i < c->index->finder_count; i++)
		c->index->finders[i].open = list_of(c->ruleset->arena, &c->open[i]);
}

static bool has_failed(const struct compiler *c)
{
	bool failed = c->candidates.failed || c->files.failed || c->always.failed;

	for (unsigned i = 0; i < FINDERS_MAX; i++)
		failed |= c->open[i].failed;
	return failed;
}

static void compiler_free(struct compiler *c)
{
	free(c->candidates.at);
	free(c->files.at);
	free(c->always.at);
	for (unsigned i = 0; i < FINDERS_MAX; i++)
		free(c->open[i].at);
	free(c->leaders);
	free(c->proofs);
}

void ruleset_compile(struct ruleset *ruleset)
{
	struct compiler c = {.ruleset = ruleset};
	size_t leaders = power_above((size_t)ruleset->rule_count * 2);

	c.index = arena_alloc(ruleset->arena, sizeof *c.index);
	c.leaders = calloc(leaders, sizeof *c.leaders);
	c.leaders_mask = leaders - 1;
	if (c.leaders && !arena_failed(ruleset->arena)) {
		for (uint32_t i = 0; i < ruleset->rule_count; i++)
			collect_candidates(&c, i);
		sort(&c.candidates);
		for (uint32_t i = 0; i < ruleset->rule_count; i++)
			file_rule(&c, i);
		finish(&c);
	}
	if (!c.leaders || has_failed(&c))
		arena_fail(ruleset->arena);
	compiler_free(&c);
	if (!arena_failed(ruleset->arena))
		ruleset->index = c.index;
}
