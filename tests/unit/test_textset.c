/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_textset.c - sets of texts, each beside a slow and obvious way to the same answer
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "textset.h"

static void random_text(char *text, unsigned max, const char *letters)
{
	unsigned len = random_below(max + 1);

	for (unsigned i = 0; i < len; i++)
		text[i] = letters[random_below((unsigned)strlen(letters))];
	text[len] = 0;
}

struct name {
	char text[16];
	unsigned kinds;
};

static bool slow_has(const struct name *names, unsigned count, const char *host)
{
	for (unsigned i = 0; i < count; i++) {
		size_t len = strlen(names[i].text), host_len = strlen(host);

		if (names[i].kinds & TEXT_ITSELF && strcmp(names[i].text, host) == 0)
			return true;
		if (names[i].kinds & TEXT_BELOW && host_len > len && host[host_len - len - 1] == '.' &&
		    strcmp(host + host_len - len, names[i].text) == 0)
			return true;
	}
	return false;
}

static bool has_name(const struct textset *set, const char *name)
{
	struct name_hashes hashes;

	name_hashes_make(&hashes, name, strlen(name));
	textset_fetch(set, &hashes); /* which read nothing that they must not */
	return textset_has_name(set, name, strlen(name), &hashes);
}

static void test_names(void **state)
{
	struct name names[40];
	unsigned found = 0;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct arena *arena = arena_new();
		struct textset_building building = {0};
		struct textset set;
		unsigned count = random_below(40);

		for (unsigned i = 0; i < count; i++) {
			random_text(names[i].text, 7, "ab.");
			names[i].kinds = 1 + random_below(3);
			assert_true(textset_add(&building, names[i].text, strlen(names[i].text), names[i].kinds));
		}
		set = textset_seal(&building, arena);
		for (int i = 0; i < 300; i++) {
			char host[12];

			random_text(host, 9, "ab.");
			if (has_name(&set, host) != slow_has(names, count, host))
				fail_msg("host '%s'", host);
			found += slow_has(names, count, host);
		}
		arena_free(arena);
	}
	assert_true(found > 1000);
}

/* A text of some length, and by its number unlike all others. */
struct listed {
	char text[TEXT_MAX + 1];
	size_t len;
	unsigned kinds; /* 0: it is not in the set */
	bool seen;
};

/* As names are, at what a byte can say, and as long as can be. */
static size_t random_length(void)
{
	switch (random_below(12)) {
	case 0:
		return 60 + random_below(6);
	case 1:
		return 66 + random_below(TEXT_MAX - 65);
	default:
		return 8 + random_below(20);
	}
}

static struct listed *make_texts(unsigned count)
{
	struct listed *texts = calloc(count, sizeof *texts);

	assert_non_null(texts);
	for (unsigned i = 0; i < count; i++) {
		texts[i].len = random_length();
		texts[i].kinds = random_below(4);
		memset(texts[i].text, 'a', texts[i].len);
		snprintf(texts[i].text + texts[i].len - 7, 8, ".%06u", i % 1000000);
	}
	return texts;
}

/* In any order, each kind by itself or both at once, some more than once. */
static void add_texts(struct textset_building *building, const struct listed *texts, unsigned count)
{
	for (unsigned kind = 3; kind; kind--)
		for (unsigned i = 0; i < count; i++)
			if (texts[i].kinds & kind && (texts[i].kinds == kind || kind < 3))
				assert_true(textset_add(building, texts[i].text, texts[i].len, texts[i].kinds & kind));
}

static unsigned number_of(const char *text, size_t len)
{
	char digits[7] = {0};

	memcpy(digits, text + len - 6, 6);
	return (unsigned)strtoul(digits, NULL, 10);
}

static void check_texts(const struct textset *set, struct listed *texts, unsigned count)
{
	size_t at = 0, len, listed = 0;
	const char *text;
	unsigned kinds;

	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(textset_find(set, texts[i].text, texts[i].len), texts[i].kinds);
		assert_int_equal(textset_find(set, texts[i].text, texts[i].len - 1), 0);
		listed += texts[i].kinds != 0;
	}
	assert_int_equal(set->count, listed);
	while (textset_next(set, &at, &text, &len, &kinds)) {
		unsigned number = number_of(text, len);

		assert_true(number < count && !texts[number].seen);
		assert_int_equal(len, texts[number].len);
		assert_memory_equal(text, texts[number].text, len);
		assert_int_equal(kinds, texts[number].kinds);
		texts[number].seen = true;
		listed--;
	}
	assert_int_equal(listed, 0);
}

/* Of a home's size, of some homes, and of so many that they are cut into parts. */
static void test_texts(void **state)
{
	static const unsigned counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 200, 1000, 15000};

	(void)state;
	for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct arena *arena = arena_new();
		struct listed *texts = make_texts(counts[i]);
		struct textset_building building = {0};
		struct textset set;

		add_texts(&building, texts, counts[i]);
		set = textset_seal(&building, arena);
		assert_false(arena_failed(arena));
		check_texts(&set, texts, counts[i]);
		free(texts);
		arena_free(arena);
	}
}

/* Two texts that fill the room of a home to its last byte, or but for some. */
static void test_full_home(void **state)
{
	char a[TEXT_MAX], b[TEXT_MAX];

	(void)state;
	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	for (unsigned both = 110; both < 130; both++) {
		for (unsigned first = 1; first < both; first++) {
			struct arena *arena = arena_new();
			struct textset_building building = {0};
			struct textset set;

			assert_true(textset_add(&building, a, first, TEXT_ITSELF));
			assert_true(textset_add(&building, b, both - first, TEXT_BELOW));
			set = textset_seal(&building, arena);
			assert_int_equal(textset_find(&set, a, first), TEXT_ITSELF);
			assert_int_equal(textset_find(&set, b, both - first), TEXT_BELOW);
			assert_int_equal(textset_find(&set, b, both - first + 1), 0);
			arena_free(arena);
		}
	}
}

/* The promise for lists of a million names: at most 40 bytes each. These are longer than such lists have on average. */
static void test_names_memory(void **state)
{
	struct arena *arena = arena_new();
	struct textset_building building = {0};
	struct textset set;
	char name[32];
	size_t letters = 0, at = 0, len, texts = 0;
	const char *text;
	unsigned kinds;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		letters += (size_t)snprintf(name, sizeof name, "host%u.name%u.net", i, i / 7);
		assert_true(textset_add(&building, name, strlen(name), TEXT_ITSELF));
		if (i % 30 == 0) /* some come twice */
			assert_true(textset_add(&building, name, strlen(name), TEXT_BELOW));
	}
	set = textset_seal(&building, arena);
	assert_int_equal(set.count, 200000);
	assert_true(arena_size(arena) < letters + 16 * set.count);
	assert_true(arena_size(arena) > letters);
	assert_true(arena_size(arena) < 40 * set.count);
	for (unsigned i = 0; i < 200000; i += 3) {
		snprintf(name, sizeof name, "host%u.name%u.net", i, i / 7);
		assert_int_equal(textset_find(&set, name, strlen(name)),
				 i % 30 ? TEXT_ITSELF : TEXT_ITSELF | TEXT_BELOW);
		snprintf(name, sizeof name, "host%u.name%u.net", i, i / 7 + 1);
		assert_int_equal(textset_find(&set, name, strlen(name)), 0);
	}
	while (textset_next(&set, &at, &text, &len, &kinds))
		texts += textset_find(&set, text, len) == kinds;
	assert_int_equal(texts, set.count);
	arena_free(arena);
}

/* Lists put together of others: what comes again takes no room. */
static void test_names_twice(void **state)
{
	struct arena *arenas[] = {arena_new(), arena_new()};
	char name[32];

	(void)state;
	for (unsigned times = 1; times <= 2; times++) {
		struct textset_building building = {0};
		struct textset set;

		for (unsigned i = 0; i < 100000 * times; i++) {
			snprintf(name, sizeof name, "host%u.domain%u.net", i % 100000, i % 100000 % 7);
			assert_true(textset_add(&building, name, strlen(name), i < 100000 ? TEXT_ITSELF : TEXT_BELOW));
		}
		set = textset_seal(&building, arenas[times - 1]);
		assert_int_equal(set.count, 100000);
		for (unsigned i = 0; i < 100000; i++) {
			snprintf(name, sizeof name, "host%u.domain%u.net", i, i % 7);
			assert_int_equal(textset_find(&set, name, strlen(name)),
					 times == 1 ? TEXT_ITSELF : TEXT_ITSELF | TEXT_BELOW);
		}
	}
	assert_true(arena_size(arenas[1]) < arena_size(arenas[0]) / 8 * 9);
	arena_free(arenas[0]);
	arena_free(arenas[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_full_home),
		cmocka_unit_test(test_names_memory),
		cmocka_unit_test(test_names_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
