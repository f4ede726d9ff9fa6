/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_match.c - sets of values, each beside a slow and obvious way to the same answer
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier.h"
#include "keywords.h"
#include "literal.h"
#include "pattern.h"
#include "random.h"

static void random_text(char *text, unsigned max, const char *letters)
{
	unsigned len = random_below(max + 1);

	for (unsigned i = 0; i < len; i++)
		text[i] = letters[random_below((unsigned)strlen(letters))];
	text[len] = 0;
}

static bool slow_glob(const char *glob, const char *text)
{
	if (!*glob)
		return !*text;
	if (*glob == '*')
		return slow_glob(glob + 1, text) || (*text && slow_glob(glob, text + 1));
	return *glob == *text && slow_glob(glob + 1, text + 1);
}

static void test_globs(void **state)
{
	unsigned matched = 0;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		char glob[8], text[10];
		bool expected;

		random_text(glob, 6, "ab*");
		random_text(text, 8, "ab");
		expected = slow_glob(glob, text);
		matched += expected;
		if (glob_match(glob, strlen(glob), text, strlen(text)) != expected)
			fail_msg("glob %s, text %s: not %d", glob, text, expected);
	}
	assert_true(matched > 1000);
}

/* Few different halves, so that intervals meet, touch and fill whole /64s. */
static struct key random_key(void)
{
	static const uint64_t halves[] = {0, 1, 2, 3, 4, 5, 6, UINT64_MAX - 1, UINT64_MAX};

	return (struct key){halves[random_below(9)], halves[random_below(9)]};
}

static struct interval random_interval(void)
{
	struct key a = random_key(), b = random_key();

	if (!random_below(3))
		b.high = a.high;
	return key_compare(a, b) <= 0 ? (struct interval){a, b} : (struct interval){b, a};
}

static bool slow_in(const struct interval *at, size_t count, struct key key)
{
	for (size_t i = 0; i < count; i++)
		if (key_compare(at[i].first, key) <= 0 && key_compare(key, at[i].last) <= 0)
			return true;
	return false;
}

/* Every key where an answer can change: the ends of all intervals and their neighbours. */
static bool slow_all(const struct interval *a, size_t a_count, const struct interval *b, size_t b_count, bool in_a,
		     bool in_b)
{
	for (size_t i = 0; i < a_count + b_count; i++) {
		struct interval at = i < a_count ? a[i] : b[i - a_count];
		struct key keys[] = {at.first, at.last, key_next(at.last), key_previous(at.first)};

		for (int k = 0; k < 4; k++)
			if (slow_in(a, a_count, keys[k]) == in_a && slow_in(b, b_count, keys[k]) == in_b)
				return true;
	}
	return false;
}

static void test_intervals(void **state)
{
	unsigned covers = 0, meets = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct arena *arena = arena_new();
		struct interval in[8], copy[8], next;
		size_t a_count = random_below(5), b_count = random_below(4), at = 0;
		struct interval_set a, b;

		for (size_t i = 0; i < a_count + b_count; i++)
			in[i] = random_interval();
		memcpy(copy, in, sizeof in);
		a = interval_set_make(arena, copy, a_count);
		b = interval_set_make(arena, copy + a_count, b_count);
		for (int i = 0; i < 40; i++) {
			struct key key = random_key();

			assert_int_equal(interval_set_has(&a, key), slow_in(in, a_count, key));
		}
		assert_int_equal(interval_set_covers(&a, &b),
				 !slow_all(in, a_count, in + a_count, b_count, false, true));
		assert_int_equal(interval_set_meets(&a, &b),
				 slow_all(in, a_count, in + a_count, b_count, true, true));
		covers += b_count && interval_set_covers(&a, &b);
		meets += interval_set_meets(&a, &b);
		while (interval_set_next(&a, &at, &next))
			assert_true(slow_in(in, a_count, next.first) && slow_in(in, a_count, next.last));
		assert_int_equal(at, a.count + 1);
		arena_free(arena);
	}
	assert_true(covers > 1000 && meets > 1000);
}

/* Sets large enough for a chart, both families, beside a walk over all of them. */
static void test_many_prefixes(void **state)
{
	enum { COUNT = 3000 };
	struct arena *arena = arena_new();
	struct interval *in = arena_array(arena, COUNT, sizeof *in), *copy = arena_array(arena, COUNT, sizeof *in);
	struct interval_set set;
	unsigned found = 0;

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		bool ipv4 = i % 2;
		unsigned bits = ipv4 ? random_below(17) : 64 + random_below(17);
		struct key first = ipv4 ? key_of(0xffff00000000 | (uint64_t)random_below(1 << 30) << 2)
					: (struct key){0x2000000000000000 | (uint64_t)random_below(1 << 30) << 16, 0};
		struct key mask = ipv4 ? key_of((1ULL << bits) - 1)
				       : (struct key){(1ULL << (bits - 64)) - 1, UINT64_MAX};

		first = (struct key){first.high & ~mask.high, first.low & ~mask.low};
		in[i] = (struct interval){first, {first.high | mask.high, first.low | mask.low}};
		if (i % 16 == 5) /* no prefix */
			in[i].last.low += random_below(1000);
	}
	/* what is wide, and what is at the end */
	in[0] = (struct interval){{0x8000000000000000, 0}, {0xbfffffffffffffff, UINT64_MAX}};
	in[2] = (struct interval){{UINT64_MAX - 5, 0}, {UINT64_MAX, UINT64_MAX}};
	memcpy(copy, in, COUNT * sizeof *in);
	set = interval_set_make(arena, copy, COUNT);
	assert_non_null(set.numbers.chart);
	assert_non_null(set.blocks.chart);
	for (unsigned i = 0; i < 20000; i++) {
		const struct interval *near = &in[i % 50 ? random_below(COUNT) : i % 4];
		struct key key = i % 2 ? near->first : near->last;

		key = i % 3 ? key : i % 2 ? key_previous(key) : key_next(key);
		key.low += i % 5 ? 0 : random_below(1 << 20);
		key.high += key.high && i % 7 == 0 ? random_below(1 << 20) : 0;
		interval_set_fetch(&set, key); /* which reads nothing that it must not */
		interval_set_fetch_next(&set, key);
		found += interval_set_has(&set, key);
		assert_int_equal(interval_set_has(&set, key), slow_in(in, COUNT, key));
	}
	assert_true(found > 5000 && found < 19000);
	arena_free(arena);
}

static const struct pattern *compile(struct arena *arena, const char *word)
{
	struct value_error error = {0};
	const struct pattern *pattern = pattern_compile(arena, word, strlen(word), false, &error);

	if (!pattern)
		fail_msg("%s: %s", word, error.message);
	return pattern;
}

static const char *const laws[] = {
	"/a/",      "/^a/",    "/ab*c/",      "/^ab*c/",      "/a.*b/s",   "/^(a|ab)(c|bcd)/",
	"/a$/",     "/^a\\z/", "/\\bab\\b/",  "/^a(?!b)/",    "/(?<=a)b/", "/^(?>a+)b/",
	"/a++b/",   "/^[^a]/", "/(a)\\1/",    "/^.{3}b/@1-5", "/b/@2-4",   "/^$/",
	"/(?i)AB/", "/^a?+b/", "/^(?:ab)+c/", "/a{2,3}+a/",   "/\\Ka/",    "/^a|b$/",
};

/* An answer over an open prefix is that of the whole: for all texts of up to seven letters out of three. */
static void test_prefix_law(void **state)
{
	unsigned early = 0;

	(void)state;
	for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
		struct arena *arena = arena_new();
		const struct pattern *pattern = compile(arena, laws[i]);

		for (unsigned n = 0; n < 3 * 3 * 3 * 3 * 3 * 3; n++) {
			char text[6];
			enum tri whole;

			for (unsigned at = 0, rest = n; at < 6; at++, rest /= 3)
				text[at] = "abc"[rest % 3];
			whole = pattern_match(pattern, text, 6, false, NULL);
			assert_int_not_equal(whole, TRI_MORE);
			for (unsigned len = 0; len <= 6; len++) {
				enum tri part = pattern_match(pattern, text, len, true, NULL);

				early += part != TRI_MORE;
				if (part != TRI_MORE && part != whole)
					fail_msg("%s over %.*s says %d, over %.6s %d", laws[i], (int)len, text,
						 part, text, whole);
			}
		}
		arena_free(arena);
	}
	assert_true(early > 10000);
}

static void test_patterns_answer_early(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_int_equal(pattern_match(compile(arena, "/^GET .*HTTP/"), "GET / HTTP/1.1", 14, true, NULL), TRI_YES);
	assert_int_equal(pattern_match(compile(arena, "/^GET/"), "POST", 4, true, NULL), TRI_NO);
	assert_int_equal(pattern_match(compile(arena, "/^GET/"), "GE", 2, true, NULL), TRI_MORE);
	assert_int_equal(pattern_match(compile(arena, "/x/@0-3"), "abcdx", 5, true, NULL), TRI_NO);
	arena_free(arena);
}

/* A pattern that would run for ages is cut off, and counted. */
static void test_runaway(void **state)
{
	struct arena *arena = arena_new();
	uint64_t cut_off = 0;
	char text[4000];

	(void)state;
	memset(text, 'a', sizeof text);
	assert_int_equal(pattern_match(compile(arena, "/^(a+)+(b+)+$/"), text, sizeof text, false, NULL), TRI_NO);
	assert_int_equal(pattern_match(compile(arena, "/(a*)*(a*)*(a*)*c/"), text, sizeof text, false, NULL), TRI_NO);
	text[sizeof text - 1] = 'b';
	assert_int_equal(pattern_match(compile(arena, "/^(a|aa)+$/"), text, sizeof text, false, &cut_off), TRI_NO);
	assert_int_equal(cut_off, 1);
	assert_int_equal(pattern_match(compile(arena, "/^b/"), text, sizeof text, false, &cut_off), TRI_NO);
	assert_int_equal(cut_off, 1);
	arena_free(arena);
}

static void *match_many(void *pattern)
{
	for (int i = 0; i < 20000; i++)
		if (pattern_match(pattern, "xxaaab", 6, false, NULL) != TRI_YES ||
		    pattern_match(pattern, "xxaaac", 6, false, NULL) != TRI_NO ||
		    pattern_match(pattern, "xxaaa", 5, true, NULL) != TRI_MORE)
			return pattern;
	return NULL;
}

static void test_threads(void **state)
{
	struct arena *arena = arena_new();
	const struct pattern *pattern = compile(arena, "/^x+(a+)b$/");
	pthread_t threads[4];
	void *failed;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, match_many, (void *)pattern), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	arena_free(arena);
}

/* If one set of names covers another, every host in that is in this. */
static bool has_gram(const char *text, uint64_t gram, bool first)
{
	for (size_t i = 0; i + GRAM <= strlen(text); i++) {
		if (gram_of((const uint8_t *)text + i) == gram)
			return true;
		if (first)
			return false;
	}
	return false;
}

/* What is said to be in every match is. */
static void test_literals(void **state)
{
	static const char *const pieces[] = {"a", "b", "abc", "bca", "ABC", ".", "^", "$", "|", "(ab)", "(a|b)", "(?:c)", "[ab]",
					     "[^]c]", "*", "+", "?", "{2}", "{0,1}", "\\x61", "\\.", "\\d", "\\b", "cab"};
	static const char *const parts[] = {"abca", "bca", "cabb", "ab", "c", "A"};
	unsigned matches = 0, firsts = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct arena *arena = arena_new();
		char word[80], text[24];
		struct value_error error = {0};
		const struct pattern *pattern;
		uint64_t gram;
		bool first;

		strcpy(word, random_below(2) ? "/^" : "/");
		for (unsigned n = 1 + random_below(6); n; n--)
			strcat(word, pieces[random_below(sizeof pieces / sizeof *pieces)]);
		strcat(word, random_below(4) ? "/" : "/i");
		pattern = pattern_compile(arena, word, strlen(word), false, &error);
		gram = pattern ? pattern_gram(pattern, &first) : 0;
		for (int i = 0; gram && i < 60; i++) {
			text[0] = 0;
			for (unsigned n = random_below(5); n; n--)
				strcat(text, parts[random_below(sizeof parts / sizeof *parts)]);
			if (pattern_match(pattern, text, strlen(text), false, NULL) != TRI_YES)
				continue;
			if (!has_gram(text, gram, first))
				fail_msg("%s matches %s without %llx", word, text, (unsigned long long)gram);
			matches++;
			firsts += first;
		}
		arena_free(arena);
	}
	print_message("matches %u, of which begin so %u\n", matches, firsts);
	assert_true(matches > 1000 && firsts > 200);
}

static void test_covers(void **state)
{
	static const char *const values[] = {"a.x", ".a.x", "*.a.x", "b.a.x", ".x", "*.x", "x", "*a*", "/a/"};
	static const char *const hosts[] = {"x", "a.x", "b.a.x", "c.b.a.x", "b.x", "ba.x", "y"};
	enum { COUNT = sizeof values / sizeof *values };
	unsigned covered = 0;

	(void)state;
	for (unsigned mask = 0; mask < COUNT * COUNT * COUNT; mask++) {
		struct arena *arena = arena_new();
		unsigned pick[3] = {mask % COUNT, mask / COUNT % COUNT, mask / COUNT / COUNT};
		void *building[2] = {host_type.begin(arena), host_type.begin(arena)};
		struct value_error error = {0};
		const void *sets[2];

		for (int i = 0; i < 3; i++) {
			const char *value = values[pick[i]];
			bool pattern = value[0] == '/';

			assert_true((pattern ? host_type.add_pattern : host_type.add)(building[i / 2], value,
										      strlen(value), &error));
		}
		sets[0] = host_type.seal(building[0]);
		sets[1] = host_type.seal(building[1]);
		for (size_t i = 0; i < sizeof hosts / sizeof *hosts && host_type.covers(sets[0], sets[1]); i++) {
			struct facts facts = {0};
			struct subject subject = {.facts = &facts};

			facts_set_host(&facts, hosts[i], strlen(hosts[i]));
			covered++;
			if (host_keyword.eval(sets[1], &subject) == TRI_YES)
				assert_int_equal(host_keyword.eval(sets[0], &subject), TRI_YES);
		}
		arena_free(arena);
	}
	assert_true(covered > 500);
}

/* Some app that runs in another one. */
static const struct app *inner_app(void)
{
	for (size_t i = 0; classifiers[i]; i++)
		for (const struct app *const *app = classifiers[i]->apps; *app; app++)
			if ((*app)->within)
				return *app;
	fail_msg("no app runs in another");
	return NULL;
}

static const void *app_set(struct arena *arena, const struct app *app)
{
	void *building = app_type.begin(arena);
	struct value_error error = {0};

	assert_true(app_type.add(building, app->name, strlen(app->name), &error));
	return app_type.seal(building);
}

/* An app that is known may still become one that runs in it, until the fact is closed. */
static void test_app_within(void **state)
{
	struct arena *arena = arena_new();
	const struct app *inner = inner_app();
	const void *outer_set = app_set(arena, inner->within), *inner_set = app_set(arena, inner);
	struct facts facts = {0};
	struct subject subject = {.facts = &facts};

	(void)state;
	assert_true(app_type.covers(outer_set, inner_set));
	assert_false(app_type.covers(inner_set, outer_set));
	facts_set_app(&facts, inner->within);
	assert_int_equal(app_keyword.eval(outer_set, &subject), TRI_YES);
	assert_int_equal(app_keyword.eval(inner_set, &subject), TRI_MORE);
	fact_close(&facts, FACT_APP);
	assert_int_equal(app_keyword.eval(inner_set, &subject), TRI_NO);
	facts_set_app(&facts, inner);
	assert_int_equal(app_keyword.eval(inner_set, &subject), TRI_YES);
	assert_int_equal(app_keyword.eval(outer_set, &subject), TRI_YES);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_many_prefixes),
		cmocka_unit_test(test_prefix_law),
		cmocka_unit_test(test_patterns_answer_early),
		cmocka_unit_test(test_runaway),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_app_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
