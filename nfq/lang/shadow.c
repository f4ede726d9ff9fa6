/* SPDX-License-Identifier: GPL-2.0-or-later
 * shadow.c - rules that can never be reached, and rules that can never hold
 *
 * Rule b is never reached if an earlier rule a holds whenever b does: for each match of a there is one of b on the
 * same field that is at least as narrow. (What several earlier rules cover only together is not looked for.)
 *
 * Two ways to find a, because all pairs of 100,000 rules are too many. Rules are told apart by their fields. Where
 * all sets of a hold a single value each, b must have those very values, so a is found by hash. The others are
 * compared one by one, newest last, until a budget of comparisons is used up; from there on only the hash serves,
 * and a note says so.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "grow.h"

#define BUDGET 5000000UL /* comparisons of two rules; a fraction of a second */

/* The question a match asks; "tcp" and "proto" ask the same. */
static bool same_field(const struct keyword *a, const struct keyword *b)
{
	return a->value == b->value && a->key == b->key && a->eval == b->eval;
}

static bool is_interval(const struct match *match)
{
	return match->keyword->key && match->keyword->value->covers == interval_covers;
}

/* Every value of one of b's sets is in one and the same set of a. */
static bool set_covered(const struct match *a, const void *set)
{
	if (!a->keyword->value->count(set))
		return false; /* a list that is empty today makes no rule wrong */
	for (unsigned i = 0; i < a->set_count; i++)
		if (a->sets[i] == set || (a->keyword->value->covers && a->keyword->value->covers(a->sets[i], set)))
			return true;
	return false;
}

/* a's values include all of b's. */
static bool values_covered(const struct match *a, const struct match *b)
{
	for (unsigned i = 0; i < b->set_count; i++)
		if (!set_covered(a, b->sets[i]))
			return false;
	return true;
}

static bool is_empty(const struct match *match)
{
	for (unsigned i = 0; i < match->set_count; i++)
		if (match->keyword->value->count(match->sets[i]))
			return false;
	return true;
}

/* No value is in both; known of intervals only. */
static bool disjoint(const struct match *a, const struct match *b)
{
	if (!is_interval(a) || !is_interval(b) || is_empty(a) || is_empty(b))
		return false;
	for (unsigned i = 0; i < a->set_count; i++)
		for (unsigned j = 0; j < b->set_count; j++)
			if (interval_set_meets(a->sets[i], b->sets[j]))
				return false;
	return true;
}

/* Whenever b holds, a holds. */
static bool implied(const struct match *a, const struct match *b)
{
	if (!same_field(a->keyword, b->keyword))
		return false;
	if (!a->negate && !b->negate)
		return values_covered(a, b);
	if (a->negate && b->negate)
		return values_covered(b, a);
	return a->negate && disjoint(a, b);
}

static bool shadows(const struct rule *a, const struct rule *b)
{
	for (unsigned i = 0; i < a->match_count; i++) {
		bool found = false;

		for (unsigned j = 0; j < b->match_count && !found; j++)
			found = implied(&a->matches[i], &b->matches[j]);
		if (!found)
			return false;
	}
	return true;
}

/* Two matches of one rule that exclude each other, as in "tcp udp dport 53". */
static bool never_holds(const struct rule *rule, unsigned *first, unsigned *second)
{
	for (*second = 1; *second < rule->match_count; ++*second) {
		const struct match *b = &rule->matches[*second];

		for (*first = 0; *first < *second; ++*first) {
			const struct match *a = &rule->matches[*first];

			if (!same_field(a->keyword, b->keyword))
				continue;
			if (a->negate && b->negate)
				continue;
			if (a->negate == b->negate ? disjoint(a, b)
						   : (a->negate ? values_covered(a, b) : values_covered(b, a)))
				return true;
		}
	}
	return false;
}

/* The number of the field a match asks for: that of the first keyword that asks for it. */
static unsigned field_of(const struct match *match)
{
	unsigned field = 0;

	while (!same_field(keywords[field], match->keyword))
		field++;
	return field;
}

/* Rules that ask for the same fields, and have been seen. */
struct bucket {
	struct bucket *next;
	uint64_t fields;     /* a bit for each */
	struct names *exact; /* rules whose matches are all of one value, by those values */
	const struct rule_node **wide;
	size_t count, room;
};

struct search {
	struct config *config;
	struct bucket *buckets;
	unsigned long budget;
};

/* The single values of a rule's fields, as a name to be looked up. */
struct point {
	struct key values[64];
	size_t length;
};

/* The one value a match is for; false: it has several, or is negated, or is no interval. */
static bool single_value(const struct match *match, struct key *value)
{
	const struct interval_set *set = match->set_count == 1 && is_interval(match) ? match->sets[0] : NULL;
	struct interval interval;
	size_t at = 0;

	if (!set || match->negate || set->count != 1 || !interval_set_next(set, &at, &interval))
		return false;
	*value = interval.first;
	return key_equal(interval.first, interval.last);
}

/* The point of these fields of a rule, in the order of the fields; false: one has no single value. */
static bool rule_point(const struct rule *rule, uint64_t wanted, struct point *point)
{
	uint64_t seen = 0;

	memset(point, 0, sizeof *point);
	for (unsigned i = 0; i < rule->match_count; i++) {
		unsigned field = field_of(&rule->matches[i]);
		struct key value;

		if (!(wanted >> field & 1) || !single_value(&rule->matches[i], &value))
			continue;
		seen |= 1ULL << field;
		point->values[__builtin_popcountll(wanted & ((1ULL << field) - 1))] = value;
	}
	point->length = (size_t)__builtin_popcountll(wanted) * sizeof *point->values;
	return seen == wanted && wanted;
}

static uint64_t rule_fields(const struct rule *rule)
{
	uint64_t fields = 0;

	for (unsigned i = 0; i < rule->match_count; i++)
		fields |= 1ULL << field_of(&rule->matches[i]);
	return fields;
}

/* How much comparing with this rule costs: the values that are looked up. */
static unsigned long rule_weight(const struct rule *rule)
{
	unsigned long weight = 1;

	for (unsigned i = 0; i < rule->match_count; i++)
		for (unsigned j = 0; j < rule->matches[i].set_count; j++)
			weight += rule->matches[i].keyword->value->count(rule->matches[i].sets[j]);
	return weight;
}

static bool spend(struct search *search, unsigned long cost)
{
	if (cost > search->budget) {
		search->budget = 0;
		return false;
	}
	search->budget -= cost;
	return true;
}

static const struct rule_node *find_in(struct search *search, const struct bucket *bucket, const struct rule *rule,
				       unsigned long weight)
{
	const struct rule_node *found;
	struct point point;

	if (rule_point(rule, bucket->fields, &point)) {
		found = names_find(bucket->exact, (const char *)point.values, point.length);
		if (found && shadows(found->built, rule))
			return found;
	}
	for (size_t i = 0; i < bucket->count && spend(search, weight); i++)
		if (shadows(bucket->wide[i]->built, rule))
			return bucket->wide[i];
	return NULL;
}

static const struct rule_node *find_earlier(struct search *search, const struct rule *rule)
{
	uint64_t fields = rule_fields(rule);
	unsigned long weight = rule_weight(rule);
	const struct rule_node *found = NULL;

	for (const struct bucket *bucket = search->buckets; bucket && !found; bucket = bucket->next)
		if (!(bucket->fields & ~fields))
			found = find_in(search, bucket, rule, weight);
	return found;
}

static struct bucket *bucket_of(struct search *search, uint64_t fields)
{
	struct bucket *bucket = search->buckets;

	while (bucket && bucket->fields != fields)
		bucket = bucket->next;
	if (bucket)
		return bucket;
	bucket = arena_alloc(search->config->arena, sizeof *bucket);
	*bucket = (struct bucket){.next = search->buckets, .fields = fields, .exact = names_new()};
	search->buckets = bucket;
	return bucket;
}

static void add_wide(struct search *search, struct bucket *bucket, const struct rule_node *node)
{
	const struct rule_node **wide = grow(bucket->wide, bucket->count, &bucket->room, sizeof(*wide));

	if (!wide) {
		arena_fail(search->config->arena);
		return;
	}
	bucket->wide = wide;
	wide[bucket->count++] = node;
}

static void remember(struct search *search, const struct rule_node *node)
{
	uint64_t fields = rule_fields(node->built);
	struct bucket *bucket = bucket_of(search, fields);
	struct point point;
	char *name;

	if (!rule_point(node->built, fields, &point)) {
		add_wide(search, bucket, node);
		return;
	}
	name = arena_text(search->config->arena, (const char *)point.values, point.length);
	if (!names_find(bucket->exact, name, point.length) &&
	    !names_add(bucket->exact, name, point.length, (void *)node))
		arena_fail(search->config->arena);
}

/* What a rule says is in a list file, which may be another one tomorrow. */
static bool from_list(const struct search *search, const struct value_node *values)
{
	for (const struct value_node *value = values; value; value = value->next) {
		struct span name = {.source = value->word.at.source,
				    .start = value->word.at.start + 1,
				    .length = value->word.at.length - 1};
		const struct statement *set;

		if (value->kind == VALUE_FILE)
			return true;
		if (value->kind == VALUE_LITERAL)
			continue;
		set = names_find(search->config->sets, span_text(name), name.length);
		for (const struct value_node *v = set ? set->set->values : NULL; v; v = v->next)
			if (v->kind == VALUE_FILE)
				return true;
	}
	return false;
}

/* An error; but if lists that change by themselves make it so, a reload must not fail by it. */
static void say_shadowed(struct search *search, const struct rule_node *node, const struct rule_node *earlier)
{
	enum severity severity = SEVERITY_ERROR;

	for (const struct match_node *match = node->matches; match; match = match->next)
		severity = from_list(search, match->values) ? SEVERITY_WARNING : severity;
	for (const struct match_node *match = earlier->matches; match; match = match->next)
		severity = from_list(search, match->values) ? SEVERITY_WARNING : severity;
	diag_other(diag_add(search->config->diags, severity, node->at, "the rule is never reached"), earlier->at,
		   "this earlier rule holds whenever it does");
}

static void check_rule(struct search *search, const struct rule_node *node)
{
	const struct rule_node *earlier;
	unsigned first, second;
	struct diag *diag;

	if (never_holds(node->built, &first, &second)) {
		const struct match *a = &node->built->matches[first], *b = &node->built->matches[second];

		diag = ERROR(search->config, node->at,
			     "the rule never holds: '%s%s' and '%s%s' exclude each other", a->negate ? "not " : "",
			     a->keyword->name, b->negate ? "not " : "", b->keyword->name);
		if (!a->negate && !b->negate)
			diag_hint(diag,
				  "all matches of a rule must hold; for one or the other write a list: %s { ... }",
				  a->keyword->implied ? "proto" : a->keyword->name);
		return;
	}
	earlier = find_earlier(search, node->built);
	if (earlier)
		say_shadowed(search, node, earlier);
	remember(search, node);
}

void config_find_shadowed(struct config *config)
{
	struct search search = {.config = config, .budget = BUDGET};

	for_each_statement(statement, config) if (statement->kind == STATEMENT_RULE && statement->rule->whole)
		check_rule(&search, statement->rule);
	if (!search.budget)
		diag_add(config->diags, SEVERITY_NOTE, (struct span){0},
			 "too many rules to compare them all: not every unreachable rule may have been found");
	for (struct bucket *bucket = search.buckets; bucket; bucket = bucket->next) {
		names_free(bucket->exact);
		free(bucket->wide);
	}
}
