/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_compile.h - the steps in which the index of the rules is made; private to rule_compile.c, rule_files.c,
 * rule_leaders.c, rule_proofs.c, rule_entries.c and rule_table.c
 */
#ifndef NFQROUTE_RULE_COMPILE_H
#define NFQROUTE_RULE_COMPILE_H

#include "rule_plan.h"

/* --- rule_files.c: rules under keys --- */

struct filed {
	uint64_t key;
	uint32_t rule;
	uint32_t proof; /* by headers, as in a slot; by a fact, a place in proofs; 0: the rule has none */
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
/* Of sorted ones: how many from this one on have the same key. */
size_t files_of_key(const struct files *files, size_t at);
/* Of sorted ones: how many keys they have. */
size_t files_keys(const struct files *files);

/* --- rule_leaders.c: rules that stand for others while a fact is open --- */

struct leaders {
	uint32_t *at; /* hash table; rule number + 1 */
	size_t mask;
};

/* For so many rules; false: out of memory. at is the caller's to free. */
bool leaders_make(struct leaders *leaders, size_t rules);
/* An earlier rule stands for this one while the fact of match is open. If not, this one may for later ones. */
bool leaders_have(struct leaders *leaders, const struct ruleset *ruleset, uint32_t number, const struct match *match);

/* --- rule_proofs.c: what is enough for a rule to hold --- */

enum { PREFIXES_KEPT = 8 };

/* A growing array; at is the caller's to free. */
struct keys {
	struct key *at;
	size_t count, room;
};

struct proofs {
	struct keys prefixes;           /* the index keeps these, */
	struct keys facts;              /* but of these, what entries take */
	uint32_t shared[PREFIXES_KEPT]; /* the last prefixes that may be; 0: none */
	unsigned next_shared;
};

/* What makes a rule hold by a fact, and the text behind it. */
struct fact_proof {
	uint32_t prefixes; /* where among the proofs these are: a struct prefixes_head, then the prefixes */
	uint16_t kind;
	uint8_t len, finder;
};

/* The proof of a rule, as in slot.more, by its n-th header key, and but for so many of its matches. 0: there is none. */
uint32_t proof_by_headers(struct proofs *proofs, const struct plan *plan, const struct rule *rule, unsigned but,
			  unsigned n);
/* The same by a value of the fact that this finder is for (NULL: it has none), and all headers the rule asks for: for
 * fact_proof_text(). */
uint32_t proof_by_fact(struct proofs *proofs, const struct plan *plan, const struct rule *rule, unsigned finder,
		       const struct finder_value *value);
const char *fact_proof_text(const struct proofs *proofs, uint32_t place, struct fact_proof *proof);
const struct key *proofs_keep(const struct proofs *proofs, struct arena *arena);

/* --- rule_table.c: the finished index --- */

/* Rule numbers in the arena, as they are filed, and NO_RULE behind the last. */
const uint32_t *rule_list(struct arena *arena, const struct files *files);
/* The filter of what is filed under so many keys, at most keys_a_word in a word, and more than half of that. */
struct bloom bloom_of(struct arena *arena, const struct files *files, size_t keys, size_t keys_a_word);

/* Lists that slots and entries lead to. */
struct lists {
	uint32_t *at;
	uint32_t count;
};

/* Room in the arena for so many rules in lists. */
struct lists lists_begin(struct arena *arena, size_t rules);
/* One more list; returns where it is. */
uint32_t lists_add(struct lists *lists, const struct filed *files, size_t count);

/* Puts what is filed by headers, and is sorted, into the index: slots, and the filter in front. */
void rule_table(struct rule_index *index, struct arena *arena, const struct files *files, struct lists *lists);

/* --- rule_entries.c: the same for what is filed by facts; takes the files --- */

void rule_entries(struct rule_index *index, struct arena *arena, struct files *files, const struct proofs *proofs,
		  struct lists *lists);

#endif
