/* SPDX-License-Identifier: GPL-2.0-or-later
 * bloom.c - which of all numbers may be among many: an empty filter
 */
#include "bloom.h"

#include "hash.h"
#include "table_memory.h"

struct bloom bloom_new(struct arena *arena, size_t keys, size_t keys_a_word)
{
	size_t count = power_above(keys / keys_a_word), size = count * sizeof(uint64_t);
	struct bloom bloom = {.words = table_memory(size), .mask = count - 1};

	if (bloom.words)
		arena_keep(arena, bloom.words, size);
	else
		arena_fail(arena);
	return bloom;
}
