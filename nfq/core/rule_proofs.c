/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_proofs.c - what of a packet and its connection is enough for a rule to hold
 */
#include <stdlib.h>
#include <string.h>

#include "rule_compile.h"

enum { TEXT_MOST = 64 }; /* bytes of a text that is noted; of longer ones the rule itself tells */

/* Room for so many more keys. false: there is none, and the rule is tried, then. */
static bool make_room(struct proofs *proofs, size_t count)
{
	size_t room = proofs->room ? proofs->room * 2 : 64;
	struct key *grown;

	if (proofs->count + count < proofs->room)
		return true;
	grown = room <= SLOT_PLACE ? realloc(proofs->at, room * sizeof *grown) : NULL;
	if (!grown)
		return false;
	proofs->at = grown;
	proofs->room = room;
	if (!proofs->count)
		proofs->at[proofs->count++] = (struct key){0}; /* 0 is none */
	return true;
}

static uint32_t place(unsigned shape, size_t at)
{
	return SLOT_PROOF | (uint32_t)shape << SLOT_SHAPE | (uint32_t)at;
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
	size_t at;

	if (!is_exact(plan, rule, but) || !make_room(proofs, SHAPE_SLICES))
		return 0;
	at = proofs->count;
	for (unsigned i = 0; i < plan->count; i++) {
		const struct dimension *dimension = &plan->dimensions[i];

		proofs->at[proofs->count++] = dimension->values[n % dimension->count];
		n /= dimension->count;
	}
	return place(plan->shape->number, at);
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
	size_t size = (1 + plan->count) * sizeof *these, at = proofs->next_prefixes % PREFIXES_KEPT;

	for (unsigned i = 0; i < plan->count; i++) {
		head.slice[i] = (uint8_t)plan->dimensions[i].slice;
		these[1 + i] = plan->dimensions[i].values[0];
	}
	memcpy(these, &head, sizeof head);
	for (unsigned i = 0; i < PREFIXES_KEPT; i++)
		if (proofs->prefixes[i] && memcmp(&proofs->at[proofs->prefixes[i]], these, size) == 0)
			return proofs->prefixes[i];
	memcpy(&proofs->at[proofs->count], these, size);
	proofs->prefixes[at] = (uint32_t)proofs->count;
	proofs->next_prefixes++;
	proofs->count += 1 + plan->count;
	return proofs->prefixes[at];
}

uint32_t proof_by_fact(struct proofs *proofs, const struct plan *plan, const struct rule *rule, unsigned finder,
		       const struct finder_value *value)
{
	struct fact_proof proof = {.finder = (uint8_t)finder};
	size_t at, places;

	if (!value || value->len > TEXT_MOST || !is_exact(plan, rule, 1) || !is_single(plan) ||
	    !make_room(proofs, 3 + SHAPE_SLICES + TEXT_MOST / sizeof(struct key)))
		return 0;
	proof.prefixes = shared_prefixes(proofs, plan);
	proof.len = (uint8_t)value->len;
	proof.kind = (uint16_t)value->kind;
	proofs->at[proofs->count] = (struct key){0};
	proofs->count += proofs->count % 2;
	at = proofs->count;
	places = (sizeof proof + value->len + sizeof(struct key) - 1) / sizeof(struct key);
	memset(&proofs->at[at], 0, places * sizeof(struct key));
	memcpy(&proofs->at[at], &proof, sizeof proof);
	memcpy((char *)&proofs->at[at] + sizeof proof, value->text, value->len);
	proofs->count += places;
	return place(BY_FACT, at);
}

const struct key *proofs_keep(const struct proofs *proofs, struct arena *arena)
{
	struct key *kept = arena_array(arena, proofs->count, sizeof *kept);

	if (proofs->count && !arena_failed(arena))
		memcpy(kept, proofs->at, proofs->count * sizeof *kept);
	return kept;
}
