/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_files.c - rules under keys, as they are gathered for the index
 */
#include "rule_compile.h"

#include <stdlib.h>

#include "grow.h"

void files_add(struct files *files, uint64_t key, uint32_t rule, uint32_t proof)
{
	struct filed *at = grow(files->at, files->count, &files->room, sizeof *at);

	if (!at) {
		files->failed = true;
		return;
	}
	files->at = at;
	at[files->count++] = (struct filed){key_final(key), rule, proof};
}

static int by_key(const void *a, const void *b)
{
	const struct filed *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	return left->rule < right->rule ? -1 : left->rule > right->rule;
}

size_t files_of_key(const struct files *files, size_t at)
{
	size_t end = at;

	while (end < files->count && files->at[end].key == files->at[at].key)
		end++;
	return end - at;
}

size_t files_keys(const struct files *files)
{
	size_t keys = 0;

	for (size_t at = 0; at < files->count; at += files_of_key(files, at))
		keys++;
	return keys;
}

void files_sort(struct files *files)
{
	size_t kept = 0;

	if (!files->count)
		return;
	qsort(files->at, files->count, sizeof *files->at, by_key);
	for (size_t i = 1; i < files->count; i++)
		if (by_key(&files->at[kept], &files->at[i]) != 0)
			files->at[++kept] = files->at[i];
	files->count = kept + 1;
}
