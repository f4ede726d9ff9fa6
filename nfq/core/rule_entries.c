/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_entries.c - rules under keys of facts: in homes, each with what proves it
 */
#include <stdlib.h>
#include <string.h>

#include "rule_compile.h"
#include "table_memory.h"

enum { FULL = 50 }; /* percent of all homes, if every entry found room: three of the usual length fit in one */

const struct entry *find_entry(const struct rule_index *index, uint64_t key)
{
	const struct homes *homes = &index->entries;

	for (const uint8_t *home = home_where(homes, key); home; home = home_where_else(&homes, &key, home)) {
		const uint8_t *at = entry_place(home, key);

		if (is_entry_at(home, at))
			return (const void *)at;
	}
	return NULL;
}

/* Homes that are being filled. */
struct filling {
	const struct proofs *proofs;
	struct lists *lists;
	uint8_t *homes;
	size_t home_count;
	struct files rest; /* what found no room */
};

/* What is noted for the files of one key, the first of count; without a text if nothing is. */
static struct fact_proof proof_of(const struct proofs *proofs, const struct filed *files, size_t count,
				  const char **text)
{
	struct fact_proof proof = {.len = 0};

	*text = count == 1 && files->proof ? fact_proof_text(proofs, files->proof, &proof) : "";
	return proof;
}

static void put_off(struct filling *f, const struct filed *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		files_add(&f->rest, hash_again(files[i].key), files[i].rule, files[i].proof);
}

static void enter(struct filling *f, const struct filed *files, size_t count)
{
	const char *text;
	struct fact_proof proof = proof_of(f->proofs, files, count, &text);
	uint8_t *home = f->homes + home_number(files->key, f->home_count) * HOME;
	uint8_t *at = (uint8_t *)entry_place(home, files->key);
	struct entry *entry = (void *)at;

	home_add_signs(home, sign_of(files->key));
	if ((size_t)(home + HOME - at) < entry_room(proof.len)) {
		home_add_signs(home, HOME_SPILLED);
		put_off(f, files, count);
		return;
	}
	entry->key = files->key;
	entry->rule = files->rule;
	entry->more = count > 1 ? lists_add(f->lists, files + 1, count - 1) : proof.prefixes;
	entry->kind = proof.kind;
	entry->finder = proof.finder;
	entry->len = proof.len;
	memcpy(entry->text, text, proof.len);
}

/* What all of them would take. */
static size_t room_of(const struct proofs *proofs, const struct files *files)
{
	size_t room = 0, count;
	const char *text;

	for (size_t at = 0; at < files->count; at += count) {
		count = files_of_key(files, at);
		room += entry_room(proof_of(proofs, files->at + at, count, &text).len);
	}
	return room;
}

/* Fills the homes of one table, and leaves what found no room as files. false: out of memory. */
static bool fill(struct filling *f, struct homes *homes, struct arena *arena, struct files *files)
{
	size_t count;

	f->rest = (struct files){.failed = files->failed};
	f->home_count = room_of(f->proofs, files) * 100 / FULL / HOME_ROOM + 1;
	f->homes = table_memory(f->home_count * HOME);
	for (size_t at = 0; at < files->count && f->homes; at += count) {
		count = files_of_key(files, at);
		enter(f, files->at + at, count);
	}
	free(files->at);
	*files = f->rest;
	files_sort(files);
	if (!f->homes || files->failed) {
		free(f->homes);
		return false;
	}
	arena_keep(arena, f->homes, f->home_count * HOME);
	*homes = (struct homes){.at = f->homes, .count = f->home_count};
	return true;
}

void rule_entries(struct rule_index *index, struct arena *arena, struct files *files, const struct proofs *proofs,
		  struct lists *lists)
{
	struct filling f = {.proofs = proofs, .lists = lists};
	struct homes *homes = &index->entries;

	index->filed_by_facts = bloom_of(arena, files, files_keys(files), 8);
	while (files->count && !arena_failed(arena)) {
		struct homes *rest;

		if (!fill(&f, homes, arena, files))
			arena_fail(arena);
		if (!files->count || arena_failed(arena))
			return;
		rest = arena_alloc(arena, sizeof *rest);
		homes->rest = rest;
		homes = rest;
	}
}
