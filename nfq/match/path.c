/* SPDX-License-Identifier: GPL-2.0-or-later
 * path.c - path: the request's path, RTMP app or RTSP path
 */
#include "keywords.h"
#include "text.h"
#include "value.h"

const struct value_type path_type = {
	.name = "path",
	.expects = "a path (\"/live/\", live), a glob (/live/*) or a pattern (/\\.m3u8$/)",
	.begin = text_begin,
	.add = text_add,
	.add_pattern = text_add_pattern,
	.seal = text_seal,
	.covers = text_covers,
	.count = text_count,
};

static enum tri path_eval(const void *set, const struct subject *subject)
{
	const struct facts *facts = subject->facts;
	size_t len;
	const char *path;

	if (!fact_known(facts, FACT_PATH))
		return fact_open(facts, FACT_PATH) ? TRI_MORE : TRI_NO;
	path = facts_text(facts, FACT_PATH, &len);
	return tri_of(text_has(set, path, len, NULL, subject->cut_off));
}

static size_t path_keys(const struct subject *subject, size_t *at, uint64_t keys[KEYS_BATCH])
{
	size_t len;
	const char *path = facts_text(subject->facts, FACT_PATH, &len);

	keys[0] = text_hash(path, len);
	return !(*at)++;
}

static const struct finder path_finder = {.set_keys = text_set_keys, .subject_keys = path_keys};

const struct keyword path_keyword = {
	.name = "path",
	.value = &path_type,
	.brief = "path and query of an HTTP or RTSP request, app of an RTMP connection",
	.needs = FACT_BIT(FACT_PATH),
	.available = true,
	.eval = path_eval,
	.finder = &path_finder,
};
