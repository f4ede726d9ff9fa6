/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_leaders.c - of rules that differ in nothing but the value of an open fact, the first stands for all
 */
#include "rule_compile.h"

#include <stdlib.h>

#include "hash.h"

enum { TRIED = 8 }; /* rules that are compared with one to see whether they differ only in a value */

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

bool leaders_make(struct leaders *leaders, size_t rules)
{
	size_t room = power_above(rules * 2);

	*leaders = (struct leaders){.at = calloc(room, sizeof *leaders->at), .mask = room - 1};
	return leaders->at;
}

bool leaders_have(struct leaders *leaders, const struct ruleset *ruleset, uint32_t number, const struct match *match)
{
	const struct rule *rules = ruleset->rules, *rule = &rules[number];
	unsigned place = place_of(rule, match);
	size_t at = hash_rest(rule, place) & leaders->mask;

	for (unsigned tried = 0; leaders->at[at] && tried < TRIED; tried++) {
		if (differ_only_in(&rules[leaders->at[at] - 1], rule, place))
			return true;
		at = (at + 1) & leaders->mask;
	}
	if (!leaders->at[at])
		leaders->at[at] = number + 1;
	return false;
}
