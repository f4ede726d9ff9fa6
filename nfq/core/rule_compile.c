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
	FAR_ENTRIES = 4096, /* a set of fewer stays in the cache as well as anything */
};

struct compiler {
	struct ruleset *ruleset;
	struct rule_index *index;
	struct files candidates; /* every key that a rule could be filed under */
	struct files files;      /* those chosen, by headers, */
	struct files entries;    /* and by a fact */
	struct files always;
	struct proofs proofs;
	struct files open[FINDERS_MAX];
	struct leaders leaders;
};

/* --- keys of facts --- */

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
	const struct rule *rule;
	const struct rule_finder *finder;
	uint32_t number;
	/* of a rule that is filed for good: */
	unsigned finder_number;
	uint64_t *filter;         /* NULL: none */
	struct proofs *proofs;    /* NULL: none is noted */
	const struct plan *plan;
};

static void add_fact_key(void *ctx, uint64_t key, const struct finder_value *value)
{
	struct fact_keys *keys = ctx;
	uint32_t bit = filter_bit(key), proof = 0;

	if (keys->filter)
		keys->filter[bit / 64] |= 1ULL << (bit % 64);
	if (keys->proofs)
		proof = proof_by_fact(keys->proofs, keys->plan, keys->rule, keys->finder_number, value);
	files_add(keys->to, key_fold(keys->finder->number_salt, key), keys->number, proof);
}

/* Files a rule by all values of a match. false: not all have keys, and nothing is filed. */
static bool file_by_fact(struct fact_keys *keys, const struct match *match)
{
	size_t before = keys->to->count;

	for (unsigned i = 0; i < match->set_count; i++) {
		if (match->keyword->finder->set_keys(match->sets[i], add_fact_key, keys))
			continue;
		keys->to->count = before;
		return false;
	}
	return true;
}

/* --- where a rule has the least company --- */

static void collect_candidates(struct compiler *c, uint32_t number)
{
	const struct rule *rule = &c->ruleset->rules[number];
	struct plan plan;
	uint64_t key;

	plan_rule(c->index, rule, &plan);
	for (unsigned n = 0; header_key(&plan, n, &key); n++)
		files_add(&c->candidates, key, number, 0);
	for (unsigned i = 0; i < rule->match_count; i++) {
		struct fact_keys keys = {.to = &c->candidates, .rule = rule, .number = number};

		keys.finder = finder_of(c->index, &rule->matches[i]);
		if (keys.finder)
			file_by_fact(&keys, &rule->matches[i]);
	}
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
		struct files files = {0};
		struct fact_keys keys = {.to = &files, .rule = rule, .number = number};
		size_t most = 0;

		keys.finder = finder_of(c->index, &rule->matches[i]);
		if (keys.finder && file_by_fact(&keys, &rule->matches[i])) {
			for (size_t k = 0; k < files.count; k++) {
				size_t here = company(c, files.at[k].key);

				most = here > most ? here : most;
			}
			chosen = most < best && !files.failed ? &rule->matches[i] : chosen;
			best = most < best ? most : best;
		}
		free(files.at);
	}
	return chosen;
}

/* --- filing --- */

static void note_lowest(uint32_t *lowest, uint32_t number)
{
	*lowest = number < *lowest ? number : *lowest;
}

static void file_by_headers(struct compiler *c, const struct plan *plan, const struct rule_finder *open,
			    uint32_t number)
{
	const struct rule *rule = &c->ruleset->rules[number];
	bool certain = !open || !open->keyword->finder->early;
	uint64_t key;

	if (!plan->shape) {
		files_add(open ? &c->open[open - c->index->finders] : &c->always, 0, number, 0);
		return;
	}
	note_lowest(&plan->shape->lowest, number);
	for (unsigned n = 0; header_key(plan, n, &key); n++) {
		uint32_t proof = certain ? proof_by_headers(&c->proofs, plan, rule, open ? 1 : 0, n) : 0;

		files_add(&c->files, open ? key_while_open(key, open) : key, number, proof);
	}
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

/* By the values of a match, and by headers for as long as its fact is open. */
static void file_by_match(struct compiler *c, const struct plan *plan, const struct match *match, uint32_t number)
{
	struct rule_finder *finder = finder_of(c->index, match);
	unsigned first = first_finder(c->index, match->keyword);
	struct fact_keys keys = {.to = &c->entries,
				 .rule = &c->ruleset->rules[number],
				 .finder = finder,
				 .number = number,
				 .finder_number = first,
				 .filter = filter_of(c, &c->index->finders[first]),
				 .proofs = finder->keyword->finder->is ? &c->proofs : NULL,
				 .plan = plan};

	note_lowest(&c->index->finders[first].lowest, number);
	file_by_fact(&keys, match);
	if (match->keyword->finder->early || !leaders_have(&c->leaders, c->ruleset, number, match))
		file_by_headers(c, plan, finder, number);
}

static void file_rule(struct compiler *c, uint32_t number)
{
	const struct rule *rule = &c->ruleset->rules[number];
	const struct match *match;
	struct plan plan;

	if (rule->needs)
		c->index->lates |= 1U << rule->late;
	plan_rule(c->index, rule, &plan);
	match = choose(c, &plan, number);
	if (match)
		file_by_match(c, &plan, match, number);
	else
		file_by_headers(c, &plan, NULL, number);
}

static void add_far(struct far_set *sets, unsigned *count, struct far_set set)
{
	for (unsigned i = 0; i < *count; i++)
		if (sets[i].set == set.set && sets[i].keyword == set.keyword)
			return;
	if (*count < FAR_MAX)
		sets[(*count)++] = set;
}

static void note_far_set(struct rule_index *index, const struct keyword *keyword, const void *set)
{
	struct far_set far = {.keyword = keyword, .set = set};

	if (keyword->value->count(set) < FAR_ENTRIES)
		return;
	if (keyword->fetch)
		add_far(index->far_facts, &index->far_fact_count, far);
	else if (keyword->key && (far.field = field_number(index, keyword)) < FIELDS_MAX)
		add_far(index->far, &index->far_count, far);
}

static void note_far_sets(struct rule_index *index, const struct rule *rule)
{
	for (unsigned i = 0; i < rule->match_count; i++)
		for (unsigned k = 0; k < rule->matches[i].set_count; k++)
			note_far_set(index, rule->matches[i].keyword, rule->matches[i].sets[k]);
}

/* --- all of it --- */

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
	struct arena *arena = c->ruleset->arena;
	struct lists lists = lists_begin(arena, c->files.count + c->entries.count);

	c->index->lists = lists.at;
	c->index->proofs = proofs_keep(&c->proofs, arena);
	files_sort(&c->files);
	rule_table(c->index, arena, &c->files, &lists);
	order_shapes(c->index);
	files_sort(&c->entries);
	rule_entries(c->index, arena, &c->entries, &c->proofs, &lists);
	c->index->always = rule_list(arena, &c->always);
	for (unsigned i = 0; i < c->index->finder_count; i++)
		c->index->finders[i].open = rule_list(arena, &c->open[i]);
}

static bool has_failed(const struct compiler *c)
{
	bool failed = c->candidates.failed || c->files.failed || c->entries.failed || c->always.failed;

	for (unsigned i = 0; i < FINDERS_MAX; i++)
		failed |= c->open[i].failed;
	return failed;
}

static void compiler_free(struct compiler *c)
{
	free(c->candidates.at);
	free(c->files.at);
	free(c->entries.at);
	free(c->always.at);
	for (unsigned i = 0; i < FINDERS_MAX; i++)
		free(c->open[i].at);
	free(c->leaders.at);
	free(c->proofs.prefixes.at);
	free(c->proofs.facts.at);
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
