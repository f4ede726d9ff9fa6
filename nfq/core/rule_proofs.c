/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_proofs.c - what of a packet and its connection is enough for a rule to hold
 */
#include <stdlib.h>
#include <string.h>

#include "rule_compile.h"

enum { TEXT_MOST = 64 }; /* bytes of a text that is noted; of longer ones the rule itself tells */

/* Room for so many more keys. false: there is none, and the rule is tried, then. */
static bool make_room(struct keys *keys, size_t count)
{
	size_t room = keys->room ? keys->room * 2 : 64;
	struct key *grown;

	if (keys->count + count < keys->room)
		return true;
	grown = room <= SLOT_PLACE ? realloc(keys->at, room * sizeof *grown) : NULL;
	if (!grown)
		return false;
	keys->at = grown;
	keys->room = room;
	if (!keys->count)
		keys->at[keys->count++] = (struct key){0}; /* 0 is none */
	return true;
}

/* The header keys say all that the rule asks for, but for this many matches. */
static bool is_exact(const struct plan *plan, const struct rule *rule, unsigned but)
{
	for (unsigned i = 0; i < plan->count; i++)
		if (!plan->dimensions[i].exact)
			return false;
	return plan->count + but == rule->match_count;
}

uint32_t proof_by_headers(struct proofs *proofs, const struct plan *plan, const struct rule *rule, unsigned but,
			  unsigned n)
{
	struct keys *keys = &proofs->prefixes;
	size_t at;

	if (!is_exact(plan, rule, but) || !make_room(keys, SHAPE_SLICES))
		return 0;
	at = keys->count;
	for (unsigned i = 0; i < plan->count; i++) {
		const struct dimension *dimension = &plan->dimensions[i];

		keys->at[keys->count++] = dimension->values[n % dimension->count];
		n /= dimension->count;
	}
	return SLOT_PROOF | (uint32_t)plan->shape->number << SLOT_SHAPE | (uint32_t)at;
}

/* One value of each field, so that there is one choice. */
static bool is_single(const struct plan *plan)
{
	for (unsigned i = 0; i < plan->count; i++)
		if (plan->dimensions[i].count != 1)
			return false;
	return true;
}

/* Where the plan's prefixes are: rules that differ in nothing but the fact's value share them, and so they stay in
 * the cache. There is room. */
static uint32_t shared_prefixes(struct proofs *proofs, const struct plan *plan)
{
	struct key these[1 + SHAPE_SLICES] = {{0}};
	struct prefixes_head head = {.count = (uint8_t)plan->count};
	size_t size = (1 + plan->count) * sizeof *these;
	struct keys *keys = &proofs->prefixes;
	uint32_t *shared = proofs->shared;

	for (unsigned i = 0; i < plan->count; i++) {
		head.slice[i] = (uint8_t)plan->dimensions[i].slice;
		these[1 + i] = plan->dimensions[i].values[0];
	}
	memcpy(these, &head, sizeof head);
	for (unsigned i = 0; i < PREFIXES_KEPT; i++)
		if (shared[i] && memcmp(&keys->at[shared[i]], these, size) == 0)
			return shared[i];
	memcpy(&keys->at[keys->count], these, size);
	shared = &shared[proofs->next_shared++ % PREFIXES_KEPT];
	*shared = (uint32_t)keys->count;
	keys->count += 1 + plan->count;
	return *shared;
}

uint32_t proof_by_fact(struct proofs *proofs, const struct plan *plan, const struct rule *rule, unsigned finder,
		       const struct finder_value *value)
{
	struct fact_proof proof = {.finder = (uint8_t)finder};
	struct keys *keys = &proofs->facts;
	size_t at;

	if (!value || !value->len || value->len > TEXT_MOST || !is_exact(plan, rule, 1) || !is_single(plan) ||
	    !make_room(&proofs->prefixes, 1 + SHAPE_SLICES) || !make_room(keys, 1 + TEXT_MOST / sizeof(struct key)))
		return 0;
	proof.prefixes = shared_prefixes(proofs, plan);
	proof.len = (uint8_t)value->len;
	proof.kind = (uint16_t)value->kind;
	at = keys->count;
	memcpy(&keys->at[at], &proof, sizeof proof);
	memcpy((char *)&keys->at[at] + sizeof proof, value->text, value->len);
	keys->count += (sizeof proof + value->len + sizeof(struct key) - 1) / sizeof(struct key);
	return (uint32_t)at;
}

const char *fact_proof_text(const struct proofs *proofs, uint32_t place, struct fact_proof *proof)
{
	const struct key *at = &proofs->facts.at[place];

	memcpy(proof, at, sizeof *proof);
	return (const char *)at + sizeof *proof;
}

const struct key *proofs_keep(const struct proofs *proofs, struct arena *arena)
{
	const struct keys *prefixes = &proofs->prefixes;
	struct key *kept = arena_array(arena, prefixes->count, sizeof *kept);

	if (prefixes->count && !arena_failed(arena))
		memcpy(kept, prefixes->at, prefixes->count * sizeof *kept);
	return kept;
}
