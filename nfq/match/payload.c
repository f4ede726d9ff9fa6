/* SPDX-License-Identifier: GPL-2.0-or-later
 * payload.c - payload: patterns over the initiator's first bytes
 *
 * TCP: the stream's prefix, UDP: the first datagram. The answer is open until a pattern matches or cannot any
 * more, or the budget ends.
 */
#include <stdlib.h>

#include "keywords.h"
#include "literal.h"
#include "pattern.h"
#include "value.h"
#include "few.h"

struct building {
	struct arena *arena;
	struct pattern_list patterns;
};

struct payload_set {
	const struct pattern *const *patterns;
	size_t count;
};

static void *payload_begin(struct arena *arena)
{
	struct building *building = few_bytes(sizeof *building);

	building->arena = arena;
	return building;
}

static bool payload_add(void *set, const char *word, size_t len, struct value_error *error)
{
	struct building *building = set;

	(void)word;
	(void)len;
	return value_fail(error, building->arena, "/regex/ and flags i, s, x; a '/' in it is written \\/",
			  "this is not a pattern");
}

static bool payload_add_pattern(void *set, const char *word, size_t len, struct value_error *error)
{
	struct building *building = set;

	return pattern_list_add(&building->patterns, building->arena, word, len, false, error);
}

static const void *payload_seal(void *set)
{
	struct building *building = set;
	struct payload_set *sealed = arena_alloc(building->arena, sizeof *sealed);

	sealed->patterns = pattern_list_seal(&building->patterns, building->arena);
	sealed->count = building->patterns.count;
	free(building);
	return sealed;
}

static size_t payload_count(const void *set)
{
	return ((const struct payload_set *)set)->count;
}

static bool payload_covers(const void *a, const void *b)
{
	const struct payload_set *wide = a, *narrow = b;

	return patterns_cover(wide->patterns, wide->count, narrow->patterns, narrow->count);
}

const struct value_type payload_type = {
	.name = "payload",
	.expects = "a pattern: /regex/, with flags i, s, x and a window of offsets (/regex/i@0-63) if wanted",
	.begin = payload_begin,
	.add = payload_add,
	.add_pattern = payload_add_pattern,
	.seal = payload_seal,
	.covers = payload_covers,
	.count = payload_count,
};

static enum tri payload_eval(const void *set, const struct subject *subject)
{
	const struct payload_set *payload = set;
	const struct reader *client = &subject->client;
	bool open = client->open && fact_open(subject->facts, FACT_PAYLOAD);

	return patterns_match(payload->patterns, payload->count, client->at, (size_t)(client->end - client->at),
			      open, subject->cut_off);
}

enum { PAYLOAD_KEYS_MAX = 1024 };

/* A pattern is found by four bytes that it cannot match without. */
static bool payload_set_keys(const void *set, add_finder_key *add, void *ctx)
{
	const struct payload_set *payload = set;
	bool first;

	if (payload->count > PAYLOAD_KEYS_MAX)
		return false;
	for (size_t i = 0; i < payload->count; i++) {
		uint64_t gram = pattern_gram(payload->patterns[i], &first);

		if (!gram)
			return false;
		add(ctx, gram, NULL);
	}
	return true;
}

static size_t payload_keys(const struct subject *subject, size_t *at, uint64_t keys[KEYS_BATCH])
{
	const uint8_t *bytes = subject->client.at + *at;
	size_t len = (size_t)(subject->client.end - bytes), count = len < GRAM ? 0 : len - GRAM + 1;
	uint8_t folded[KEYS_BATCH + GRAM];

	count = count < KEYS_BATCH ? count : KEYS_BATCH;
	if (!count)
		return 0;
	grams_fold(folded, bytes, count + GRAM - 1);
	for (size_t i = 0; i < count; i++)
		keys[i] = gram_of_folded(folded + i);
	*at += count;
	return count;
}

/* All patterns can only match at the start, so that four bytes tell that they do not. */
static bool payload_early(const void *set)
{
	const struct payload_set *payload = set;
	bool first = true;

	for (size_t i = 0; i < payload->count && first; i++)
		pattern_gram(payload->patterns[i], &first);
	return first;
}

static bool payload_undecided(const struct subject *subject, bool early)
{
	const struct reader *client = &subject->client;

	return client->open && fact_open(subject->facts, FACT_PAYLOAD) && (!early || client->end - client->at < GRAM);
}

static const struct finder payload_finder = {
	.set_keys = payload_set_keys,
	.subject_keys = payload_keys,
	.early = payload_early,
	.undecided = payload_undecided,
};

const struct keyword payload_keyword = {
	.name = "payload",
	.value = &payload_type,
	.brief = "the initiator's first bytes, by regular expression",
	.needs = FACT_BIT(FACT_PAYLOAD),
	.available = true,
	.eval = payload_eval,
	.finder = &payload_finder,
};
