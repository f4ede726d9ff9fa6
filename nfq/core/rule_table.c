/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_table.c - the finished index of headers: keys to rules, and the filter that says which keys are there at all
 */
#include "rule_compile.h"

#include "hash.h"

const uint32_t *rule_list(struct arena *arena, const struct files *files)
{
	uint32_t *list = arena_array(arena, files->count + 1, sizeof *list);

	for (size_t i = 0; i < files->count && !arena_failed(arena); i++)
		list[i] = files->at[i].rule;
	if (!arena_failed(arena))
		list[files->count] = NO_RULE;
	return list;
}

/* A list at 0 would be none. */
struct lists lists_begin(struct arena *arena, size_t rules)
{
	return (struct lists){.at = arena_array(arena, rules + 1, sizeof(uint32_t)), .count = 1};
}

uint32_t lists_add(struct lists *lists, const struct filed *files, size_t count)
{
	uint32_t place = lists->count;

	for (size_t i = 0; i < count; i++)
		lists->at[lists->count++] = files[i].rule;
	lists->at[lists->count++] = NO_RULE;
	return place;
}

struct bloom bloom_of(struct arena *arena, const struct files *files, size_t keys, size_t keys_a_word)
{
	struct bloom bloom = bloom_new(arena, keys, keys_a_word);

	for (size_t at = 0; at < files->count && !arena_failed(arena); at++)
		bloom_add(&bloom, files->at[at].key);
	return bloom;
}

static void enter_slot(const struct rule_index *index, struct slot *slots, struct slot slot)
{
	size_t at = key_slot(index, slot.key);

	while (slots[at].key)
		at = (at + 1) & index->mask;
	slots[at] = slot;
}

void rule_table(struct rule_index *index, struct arena *arena, const struct files *files, struct lists *lists)
{
	size_t keys = files_keys(files), count;
	struct slot *slots;

	index->mask = power_above(keys * 2) - 1;
	index->slots = slots = arena_array(arena, index->mask + 1, sizeof *slots);
	index->filed_by_headers = bloom_of(arena, files, keys, 4);
	for (size_t at = 0; at < files->count && !arena_failed(arena); at += count) {
		struct slot slot = {.key = files->at[at].key, .rule = files->at[at].rule};

		count = files_of_key(files, at);
		slot.more = count > 1 ? lists_add(lists, files->at + at + 1, count - 1) : files->at[at].proof;
		enter_slot(index, slots, slot);
	}
}
