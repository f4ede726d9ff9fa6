/* SPDX-License-Identifier: GPL-2.0-or-later
 * pattern.c - regular expressions over texts and over streams that are not complete yet
 *
 * Over an open stream there are three answers. YES only where no later byte could undo it: PCRE2_PARTIAL_HARD
 * reports a partial match in place of a full one that looked past the end. That is too careful for patterns such
 * as "a.*b", which run to the end of whatever there is, so patterns without assertions are first matched plainly:
 * what they found in a prefix is there in the whole. NO only where the pattern is anchored and not even its
 * beginning is there.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include <pcre2.h>
#include <stdalign.h>
#include <stdlib.h>

#include "grow.h"
#include "literal.h"
#include "value.h"

#define PATTERN_MAX 4096 /* bytes of a regex */
#define STEPS_MAX 100000 /* PCRE2's match limit */
#define DEPTH_MAX 250    /* how deep parentheses may nest */
#define SCRATCH_SIZE (96 * 1024)

struct pattern {
	const char *word; /* as written */
	pcre2_code *code;
	pcre2_match_context *limits;
	bool anchored;      /* can match at the window's start only */
	bool lasting;       /* what it found in a prefix it finds in the whole */
	size_t first, last; /* the window */
	uint64_t gram;      /* of literal.h */
	bool gram_first;
};

/* PCRE2 takes its memory for one match from here, so that the hot path neither allocates nor locks: one block a
 * thread, given out piece by piece and taken back as a whole before the next match. The interpreter, which serves
 * where there is no JIT, fits in as well; past the end it gets NULL and gives up. */
struct scratch {
	size_t used;
	alignas(max_align_t) unsigned char bytes[SCRATCH_SIZE];
};

static void *scratch_alloc(size_t size, void *ctx)
{
	struct scratch *scratch = ctx;
	size_t need = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	void *piece = scratch->bytes + scratch->used;

	if (need < size || need > sizeof scratch->bytes - scratch->used)
		return NULL;
	scratch->used += need;
	return piece;
}

static void scratch_free(void *piece, void *ctx)
{
	(void)piece;
	(void)ctx;
}

static void *from_arena(size_t size, void *arena)
{
	return arena_alloc(arena, size);
}

/* Bytes between the slashes, and the flags behind them. */
struct parts {
	const char *regex, *flags;
	size_t regex_len, flags_len;
};

static bool split(const char *word, size_t len, struct parts *parts)
{
	size_t end = 1;

	while (end < len && word[end] != '/')
		end += word[end] == '\\' ? 2 : 1;
	if (!len || word[0] != '/' || end >= len)
		return false;
	*parts = (struct parts){.regex = word + 1,
				.regex_len = end - 1,
				.flags = word + end + 1,
				.flags_len = len - end - 1};
	return true;
}

/* "@FIRST-LAST" */
static bool parse_window(const char *text, size_t len, struct pattern *pattern)
{
	char copy[32], *end;

	if (len >= sizeof copy)
		return false;
	memcpy(copy, text, len);
	copy[len] = 0;
	if (copy[1] < '0' || copy[1] > '9')
		return false;
	pattern->first = strtoul(copy + 1, &end, 10);
	if (*end != '-' || end[1] < '0' || end[1] > '9')
		return false;
	pattern->last = strtoul(end + 1, &end, 10);
	return !*end && pattern->first <= pattern->last && pattern->last <= UINT32_MAX;
}

static bool parse_flags(struct arena *arena, const struct parts *parts, struct pattern *pattern, uint32_t *options,
			struct value_error *error)
{
	static const struct {
		char flag;
		uint32_t option;
	} flags[] = {{'i', PCRE2_CASELESS}, {'s', PCRE2_DOTALL}, {'x', PCRE2_EXTENDED}};

	for (size_t i = 0; i < parts->flags_len; i++) {
		size_t known = 0;

		if (parts->flags[i] == '@') {
			if (parse_window(parts->flags + i, parts->flags_len - i, pattern))
				return true;
			return value_fail(error, arena, "/regex/@0-63 looks at the first 64 bytes",
					  "this is not a window of byte offsets");
		}
		while (known < 3 && flags[known].flag != parts->flags[i])
			known++;
		if (known == 3)
			return value_fail(error, arena,
					  "flags are i (any case), s (. is any byte) and x (blanks are ignored)",
					  "unknown flag '%c'", parts->flags[i]);
		*options |= flags[known].option;
	}
	return true;
}

/* No assertion and nothing possessive in it: then a match in a prefix is one in the whole. Too careful at times.
 */
static bool is_lasting(const char *regex, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char next = i + 1 < len ? regex[i + 1] : 0;

		if (regex[i] == '\\') {
			if (!next || strchr("zZbBGKAQECRX", next))
				return false;
			i++;
		} else if (regex[i] == '$' || (regex[i] == '(' && (next == '*' || next == '?')) ||
			   (next == '+' && strchr("*+?}", regex[i]))) {
			if (!(next == '?' && i + 2 < len && regex[i + 2] == ':'))
				return false;
		}
	}
	return true;
}

static void free_code(void *code)
{
	pcre2_code_free(code); /* its memory is the arena's; this gives back what the JIT took elsewhere */
}

static bool compile(struct arena *arena, const struct parts *parts, struct pattern *pattern, uint32_t options,
		    struct value_error *error)
{
	pcre2_general_context *general = pcre2_general_context_create(from_arena, scratch_free, arena);
	pcre2_compile_context *context = general ? pcre2_compile_context_create(general) : NULL;
	unsigned char text[128];
	PCRE2_SIZE at;
	uint32_t all;
	int code;

	if (!context)
		return value_fail(error, arena, NULL, "out of memory");
	pcre2_set_parens_nest_limit(context, DEPTH_MAX);
	pattern->code = pcre2_compile((PCRE2_SPTR)parts->regex, parts->regex_len, options, &code, &at, context);
	if (!pattern->code) {
		pcre2_get_error_message(code, text, sizeof text);
		return value_fail(error, arena, "patterns are those of PCRE2, see pcre2pattern(3)",
				  "%s, at character %zu", (const char *)text, at + 1);
	}
	arena_on_free(arena, free_code, pattern->code);
	(void)pcre2_jit_compile(pattern->code,
				PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD); /* without it: slower */
	pattern->limits = pcre2_match_context_create(general);
	if (!pattern->limits)
		return value_fail(error, arena, NULL, "out of memory");
	pcre2_set_match_limit(pattern->limits, STEPS_MAX);
	pcre2_set_depth_limit(pattern->limits, STEPS_MAX);
	pcre2_pattern_info(pattern->code, PCRE2_INFO_ALLOPTIONS, &all);
	pattern->anchored = all & PCRE2_ANCHORED;
	return true;
}

const struct pattern *pattern_compile(struct arena *arena, const char *word, size_t len, bool any_case,
				      struct value_error *error)
{
	struct pattern *pattern = arena_alloc(arena, sizeof *pattern);
	/* no \C, which could cut a character; no callouts from files */
	uint32_t options = (any_case ? PCRE2_CASELESS : 0) | PCRE2_NEVER_BACKSLASH_C;
	struct parts parts;

	pattern->word = arena_text(arena, word, len);
	pattern->last = SIZE_MAX - 1;
	if (!split(word, len, &parts) || !parts.regex_len) {
		value_fail(error, arena, "/regex/flags; a '/' in it is written \\/", "this is not a pattern");
		return NULL;
	}
	if (parts.regex_len > PATTERN_MAX) {
		value_fail(error, arena, NULL, "a pattern has at most %d bytes", PATTERN_MAX);
		return NULL;
	}
	if (!parse_flags(arena, &parts, pattern, &options, error) ||
	    !compile(arena, &parts, pattern, options, error))
		return NULL;
	pattern->lasting = is_lasting(parts.regex, parts.regex_len);
	if (!(options & PCRE2_EXTENDED))
		pattern->gram = literal_gram(parts.regex, parts.regex_len, &pattern->gram_first);
	return pattern;
}

uint64_t pattern_gram(const struct pattern *pattern, bool *first)
{
	*first = pattern->gram_first && !pattern->first;
	return pattern->gram;
}

/* One run of PCRE2: its return code. */
static int run(const struct pattern *pattern, const char *text, size_t len, uint32_t options)
{
	static _Thread_local struct scratch scratch;
	pcre2_general_context *general;
	pcre2_match_data *data;

	scratch.used = 0;
	general = pcre2_general_context_create(scratch_alloc, scratch_free, &scratch);
	data = general ? pcre2_match_data_create(1, general) : NULL;
	if (!data)
		return PCRE2_ERROR_NOMEMORY;
	return pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, options, data, pattern->limits);
}

/* The same, where what could not be brought to an end is no match. */
static int run_counted(const struct pattern *pattern, const char *text, size_t len, uint32_t options, uint64_t *cut_off)
{
	int found = run(pattern, text, len, options);

	if (found < 0 && found != PCRE2_ERROR_NOMATCH && found != PCRE2_ERROR_PARTIAL && cut_off)
		++*cut_off;
	return found;
}

enum tri pattern_match(const struct pattern *pattern, const void *bytes, size_t len, bool open, uint64_t *cut_off)
{
	const char *text = bytes;
	int found;

	if (len > pattern->last) {
		len = pattern->last + 1;
		open = false;
	}
	if (open && len <= pattern->first)
		return TRI_MORE;
	if (len < pattern->first)
		return TRI_NO;
	text += pattern->first;
	len -= pattern->first;
	if (!open || pattern->lasting) {
		found = run_counted(pattern, text, len, 0, cut_off);
		if (found >= 0)
			return TRI_YES;
		if (!open || found != PCRE2_ERROR_NOMATCH)
			return TRI_NO;
		if (!pattern->anchored)
			return TRI_MORE;
	}
	found = run_counted(pattern, text, len, PCRE2_PARTIAL_HARD, cut_off);
	if (found >= 0)
		return TRI_YES;
	if (found == PCRE2_ERROR_PARTIAL || (found == PCRE2_ERROR_NOMATCH && !pattern->anchored))
		return TRI_MORE;
	return TRI_NO;
}

bool pattern_list_add(struct pattern_list *list, struct arena *arena, const char *word, size_t len, bool any_case,
		      struct value_error *error)
{
	const struct pattern *pattern = pattern_compile(arena, word, len, any_case, error), **at;

	if (!pattern)
		return false;
	at = grow(list->at, list->count, &list->room, sizeof *at);
	if (!at) {
		arena_fail(arena);
		return true;
	}
	list->at = at;
	at[list->count++] = pattern;
	return true;
}

const struct pattern *const *pattern_list_seal(struct pattern_list *list, struct arena *arena)
{
	const struct pattern **at = arena_array(arena, list->count, sizeof *at);

	if (list->count && !arena_failed(arena))
		memcpy(at, list->at, list->count * sizeof *at);
	else
		list->count = 0;
	free(list->at);
	list->at = NULL;
	return at;
}

enum tri patterns_match(const struct pattern *const *patterns, size_t count, const void *text, size_t len,
			bool open, uint64_t *cut_off)
{
	enum tri answer = TRI_NO;

	for (size_t i = 0; i < count && answer != TRI_YES; i++)
		answer = tri_or(answer, pattern_match(patterns[i], text, len, open, cut_off));
	return answer;
}

static bool has_pattern(const struct pattern *const *patterns, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(patterns[i]->word, word) == 0)
			return true;
	return false;
}

bool patterns_cover(const struct pattern *const *wide, size_t wide_count, const struct pattern *const *narrow,
		    size_t narrow_count)
{
	for (size_t i = 0; i < narrow_count; i++)
		if (!has_pattern(wide, wide_count, narrow[i]->word))
			return false;
	return true;
}

/* Greedy from the left: only the last '*' seen need be tried again, so the work is at most one product. */
bool glob_match(const char *glob, size_t glob_len, const char *text, size_t len)
{
	size_t g = 0, t = 0, star = SIZE_MAX, from = 0;

	while (t < len) {
		if (g < glob_len && glob[g] == '*') {
			star = g++;
			from = t;
		} else if (g < glob_len && glob[g] == text[t]) {
			g++;
			t++;
		} else if (star != SIZE_MAX) {
			g = star + 1;
			t = ++from;
		} else {
			return false;
		}
	}
	while (g < glob_len && glob[g] == '*')
		g++;
	return g == glob_len;
}
