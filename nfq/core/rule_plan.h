/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_plan.h - the keys that the headers a rule asks for give it; private to rule_plan.c and rule_compile.c
 */
#ifndef NFQROUTE_RULE_PLAN_H
#define NFQROUTE_RULE_PLAN_H

#include "rule_index.h"

enum {
	VALUES_MAX = 16,  /* prefixes that one match of a rule may take */
	PRODUCT_MAX = 64, /* header keys of one rule */
};

/* The prefixes that a match of a rule stands for. */
struct dimension {
	unsigned slice, count;
	bool exact; /* they are what the match is for, no more */
	struct key values[VALUES_MAX];
};

/* A rule's header keys: every choice of one value of each dimension. */
struct plan {
	struct shape *shape; /* NULL: it has none */
	unsigned count;
	struct dimension dimensions[FIELDS_MAX];
};

/* The number of a header keyword's field, which is new perhaps; FIELDS_MAX: there are too many. */
unsigned field_number(struct rule_index *index, const struct keyword *keyword);

/* Works out a rule's keys; the index learns of fields, slices and shapes that are new. */
void plan_rule(struct rule_index *index, const struct rule *rule, struct plan *plan);

/* The n-th of the rule's header keys; false: there are fewer. */
bool header_key(const struct plan *plan, unsigned n, uint64_t *key);

/* Goes through the intervals of all sets of a header match: both counters are 0 at first. false: that was the
 * last. */
bool match_next_interval(const struct match *match, unsigned *set, size_t *at, struct interval *interval);

#endif
