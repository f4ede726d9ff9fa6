/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_compile.h - the steps in which the index of the rules is made; private to rule_compile.c, rule_files.c,
 * rule_leaders.c, rule_proofs.c and rule_table.c
 */
#ifndef NFQROUTE_RULE_COMPILE_H
#define NFQROUTE_RULE_COMPILE_H

#include "rule_plan.h"

/* --- rule_files.c: rules under keys --- */

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

void files_add(struct files *files, uint64_t key, uint32_t rule, uint32_t proof);
/* By key, then by rule; each pair once. */
void files_sort(struct files *files);

/* --- rule_leaders.c: rules that stand for others while a fact is open --- */

struct leaders {
	uint32_t *at; /* hash table; rule number + 1 */
	size_t mask;
};

/* For so many rules; false: out of memory. at is the caller's to free. */
bool leaders_make(struct leaders *leaders, size_t rules);
/* An earlier rule stands for this one while the fact of match is open. If not, this one may for later ones. */
bool leaders_have(struct leaders *leaders, const struct ruleset *ruleset, uint32_t number,
		  const struct match *match);

/* --- rule_proofs.c: what is enough for a rule to hold --- */

enum { PREFIXES_KEPT = 8 };

/* A growing array; at is the caller's to free. */
struct proofs {
	struct key *at;
	size_t count, room;
	uint32_t prefixes[PREFIXES_KEPT]; /* the last ones that may be shared; 0: none */
	unsigned next_prefixes;
};

/* The proof of a rule, as in slot.more, by its n-th header key, and but for so many of its matches. 0: there is none. */
uint32_t proof_by_headers(struct proofs *proofs, const struct plan *plan, const struct rule *rule, unsigned but,
			  unsigned n);
/* The same by a value of the fact that this finder is for (NULL: it has none), and all headers the rule asks for. */
uint32_t proof_by_fact(struct proofs *proofs, const struct plan *plan, const struct rule *rule, unsigned finder,
		       const struct finder_value *value);
const struct key *proofs_keep(const struct proofs *proofs, struct arena *arena);

/* --- rule_table.c: the finished index --- */

/* Rule numbers in the arena, as they are filed, and NO_RULE behind the last. */
const uint32_t *rule_list(struct arena *arena, const struct files *files);
/* Puts what is filed, which is sorted, into the index: slots, lists and the filter in front. */
void rule_table(struct rule_index *index, struct arena *arena, const struct files *files);

/* A power of two of at least this, and of at least 64. */
static inline size_t power_above(size_t count)
{
	size_t power = 64;

	while (power < count)
		power *= 2;
	return power;
}

#endif
