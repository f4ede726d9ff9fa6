/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_table.c - the finished index: keys to rules, and the filter that says which keys are there at all
 */
#include "rule_compile.h"

const uint32_t *rule_list(struct arena *arena, const struct files *files)
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
	size_t at = key_slot(index, slot.key);

	while (slots[at].key)
		at = (at + 1) & index->mask;
	slots[at] = slot;
	bloom[bloom_word(index, slot.key)] |= bloom_bits(slot.key);
}

void rule_table(struct rule_index *index, struct arena *arena, const struct files *files)
{
	size_t used = 1, distinct = 0, length;
	struct slot *slots;
	uint64_t *bloom;
	uint32_t *lists;

	for (size_t at = 0; at < files->count; at += run_length(files, at))
		distinct++;
	index->mask = power_above(distinct * 2) - 1;
	index->bloom_mask = power_above(distinct / 4) - 1;
	index->slots = slots = arena_array(arena, index->mask + 1, sizeof *slots);
	index->bloom = bloom = arena_array(arena, index->bloom_mask + 1, sizeof *bloom);
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
