/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_compile.c - making the index of the rules
 *
 * Two passes: the first makes all keys that each rule could be filed under and counts how many rules share each,
 * the second files each rule where it has the least company.
 */
#include <stdlib.h>
#include <string.h>

#include "rule_compile.h"

enum {
	COMPANY_MAX = 4, /* so many rules under one key of the headers are as good as found */
	FAR_SPANS = 4096, /* a set of fewer stays in the cache as well as anything */
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
	struct leaders leaders;
};

/* --- keys of facts ---------------------------------------------------------------------------------------------------- */

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
	files_add(keys->to, key_fold(keys->salt, key), keys->rule, 0);
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

/* --- where a rule has the least company ------------------------------------------------------------------------------- */

static void collect_candidates(struct compiler *c, uint32_t number)
{
	const struct rule *rule = &c->ruleset->rules[number];
	struct rule_finder *finder;
	struct plan plan;
	uint64_t key;

	plan_rule(c->index, rule, &plan);
	for (unsigned n = 0; header_key(&plan, n, &key); n++)
		files_add(&c->candidates, key, number, 0);
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

/* --- filing ----------------------------------------------------------------------------------------------------------- */

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
		files_add(open ? &c->open[open - c->index->finders] : &c->always, 0, number, 0);
		return;
	}
	note_lowest(&plan->shape->lowest, number);
	for (unsigned n = 0; header_key(plan, n, &key); n++)
		files_add(&c->files, open ? key_while_open(key, open) : key, number, exact ? add_proof(c, plan, n) : 0);
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
	if (match->keyword->finder->early || !leaders_have(&c->leaders, c->ruleset, number, match))
		file_by_headers(c, &plan, finder, number);
}

static void add_far(struct rule_index *index, const struct keyword *keyword, const struct interval_set *set)
{
	struct far_set far = {field_number(index, keyword), set};

	for (unsigned i = 0; i < index->far_count; i++)
		if (index->far[i].set == set && index->far[i].field == far.field)
			return;
	if (index->far_count < FAR_MAX && far.field < FIELDS_MAX)
		index->far[index->far_count++] = far;
}

static void note_far_sets(struct rule_index *index, const struct rule *rule)
{
	for (unsigned i = 0; i < rule->match_count; i++) {
		const struct match *match = &rule->matches[i];

		for (unsigned k = 0; k < match->set_count && match->keyword->key; k++)
			if (((const struct interval_set *)match->sets[k])->count >= FAR_SPANS)
				add_far(index, match->keyword, match->sets[k]);
	}
}

/* --- all of it ----------------------------------------------------------------------------------------------- */

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
	files_sort(&c->files);
	rule_table(c->index, c->ruleset->arena, &c->files);
	order_shapes(c->index);
	c->index->always = rule_list(c->ruleset->arena, &c->always);
	for (unsigned i = 0; i < c->index->finder_count; i++)
		c->index->finders[i].open = rule_list(c->ruleset->arena, &c->open[i]);
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
	free(c->leaders.at);
	free(c->proofs);
}

void ruleset_compile(struct ruleset *ruleset)
{
	struct compiler c = {.ruleset = ruleset};
	bool made = leaders_make(&c.leaders, ruleset->rule_count);

	c.index = arena_alloc(ruleset->arena, sizeof *c.index);
	if (made && !arena_failed(ruleset->arena)) {
		for (uint32_t i = 0; i < ruleset->rule_count; i++)
			collect_candidates(&c, i);
		files_sort(&c.candidates);
		for (uint32_t i = 0; i < ruleset->rule_count; i++) {
			file_rule(&c, i);
			note_far_sets(c.index, &ruleset->rules[i]);
		}
		finish(&c);
	}
	if (!made || has_failed(&c))
		arena_fail(ruleset->arena);
	compiler_free(&c);
	if (!arena_failed(ruleset->arena))
		ruleset->index = c.index;
}
