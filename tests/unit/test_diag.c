/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_diag.c - how errors in rule files are shown
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "diag.h"

static struct source source_of(const char *path, const char *text)
{
	return (struct source){.path = path, .text = text, .length = strlen(text)};
}

static struct span find(const struct source *source, const char *word)
{
	return (struct span){.source = source,
			     .start = (size_t)(strstr(source->text, word) - source->text),
			     .length = strlen(word)};
}

static char *shown(const struct diags *diags, bool colour)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	diags_print(diags, out, colour);
	fclose(out);
	return text;
}

static void assert_shown(struct diags *diags, const char *expected)
{
	char *text = shown(diags, false);

	assert_string_equal(text, expected);
	free(text);
	diags_free(diags);
}

static void test_place(void **state)
{
	struct source source = source_of("f", "one\n\tgr\xc3\xbcn b\n\nlast");

	(void)state;
	assert_int_equal(span_place(find(&source, "one")).line, 1);
	assert_int_equal(span_place(find(&source, "one")).column, 1);
	assert_int_equal(span_place(find(&source, "b\n")).line, 2);
	assert_int_equal(span_place(find(&source, "b\n")).column, 7);
	assert_int_equal(span_place(find(&source, "last")).line, 4);
	assert_int_equal(span_place((struct span){&source, source.length, 0}).column, 5);
}

static void test_underline(void **state)
{
	struct source source = source_of("a.rules", "\ttcp gr\xc3\xbcn dprt 80\n");
	struct diags *diags = diags_new();
	struct diag *diag = diag_add(diags, SEVERITY_ERROR, find(&source, "dprt"), "unknown word '%s'", "dprt");

	(void)state;
	diag_hint(diag, "did you mean '%s'?", "dport");
	assert_shown(diags, "a.rules:1:11: error: unknown word 'dprt'\n"
			    "    1 | \ttcp gr\xc3\xbcn dprt 80\n"
			    "      | \t         ^^^^\n"
			    "      = did you mean 'dport'?\n");
}

static void test_wide_stretch(void **state)
{
	struct source source = source_of("a.rules", "gr\xc3\xbcn\n");
	struct diags *diags = diags_new();

	(void)state;
	diag_add(diags, SEVERITY_WARNING, find(&source, "gr\xc3\xbcn"), "odd");
	assert_shown(diags, "a.rules:1:1: warning: odd\n"
			    "    1 | gr\xc3\xbcn\n"
			    "      | ^^^^\n");
}

static void test_other_place_and_none(void **state)
{
	struct source source = source_of("a.rules", "one\ntwo");
	struct diags *diags = diags_new();

	(void)state;
	diag_other(diag_add(diags, SEVERITY_ERROR, find(&source, "two"), "again"), find(&source, "one"),
		   "first %d", 1);
	diag_add(diags, SEVERITY_ERROR, (struct span){0}, "cannot read x");
	diags_sort(diags);
	assert_shown(diags, "error: cannot read x\n"
			    "a.rules:2:1: error: again\n"
			    "    2 | two\n"
			    "      | ^^^\n"
			    "a.rules:1:1: note: first 1\n"
			    "    1 | one\n"
			    "      | ^^^\n");
}

static void test_end_of_text(void **state)
{
	struct source source = source_of("a.rules", "tcp");
	struct diags *diags = diags_new();

	(void)state;
	diag_add(diags, SEVERITY_ERROR, (struct span){&source, 3, 0}, "the file ends here");
	assert_shown(diags, "a.rules:1:4: error: the file ends here\n"
			    "    1 | tcp\n"
			    "      |    ^\n");
}

/* Nothing that a file says may steer the terminal, and a line of a megabyte is not shown whole. */
static void test_hostile_text(void **state)
{
	size_t size = 1 << 20;
	char *line = malloc(size + 1), *text;
	struct source source;
	struct diags *diags = diags_new();

	(void)state;
	memset(line, 'x', size);
	line[size] = 0;
	memcpy(line + size / 2, "\033[31mbad\007", 9);
	source = source_of("\033]0;a\n\x9b.rules", line);
	diag_add(diags, SEVERITY_ERROR, (struct span){&source, size / 2, 9}, "odd \033[1m %s", "\033]0;title\007");
	text = shown(diags, false);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\007'));
	assert_non_null(strstr(text, "bad"));
	assert_non_null(strstr(text, "?]0;a??.rules:1:"));
	assert_true(strlen(text) < 500);
	free(text);
	diags_free(diags);
	free(line);
}

/* U+009B begins a sequence of control as ESC [ does; so may its second byte alone, where a terminal takes bytes. */
static void test_controls_of_latin_1(void **state)
{
	struct source source = source_of("a.rules", "\tgr\xc3\x9cn \xc2\x9b" "31m \x9b" "31m\n");
	struct diags *diags = diags_new();
	struct diag *diag = diag_add(diags, SEVERITY_ERROR, find(&source, "gr"), "\xc3\x9c \xc2\x9b \x9b");
	char *text;

	(void)state;
	diag_hint(diag, "\xc2\x85\xe2\x82\xac");
	diag_other(diag, find(&source, "gr"), "\xc2\x9b");
	text = diags_json(diags);
	for (const char *c = text; *c; c++)
		assert_in_range((unsigned char)*c, '\n', '~');
	free(text);
	assert_shown(diags, "a.rules:1:2: error: \xc3\x9c ?? ?\n"
			    "    1 | \tgr\xc3\x9cn ??31m ?31m\n"
			    "      | \t^^\n"
			    "      = ??\xe2\x82\xac\n"
			    "a.rules:1:2: note: ??\n"
			    "    1 | \tgr\xc3\x9cn ??31m ?31m\n"
			    "      | \t^^\n");
}

static void test_colour(void **state)
{
	struct source source = source_of("a.rules", "tcp");
	struct diags *diags = diags_new();
	char *text;

	(void)state;
	diag_add(diags, SEVERITY_ERROR, find(&source, "tcp"), "x");
	text = shown(diags, true);
	assert_non_null(strstr(text, "\033["));
	free(text);
	diags_free(diags);
}

static void test_sorted(void **state)
{
	struct source a = source_of("a", "1\n2\n3"), b = source_of("b", "1");
	struct diags *diags = diags_new();

	(void)state;
	diag_add(diags, SEVERITY_ERROR, find(&b, "1"), "b1");
	diag_add(diags, SEVERITY_WARNING, find(&a, "3"), "a3");
	diag_add(diags, SEVERITY_ERROR, find(&a, "2"), "a2");
	diags_sort(diags);
	assert_string_equal(diags_at(diags, 0)->message, "a2");
	assert_string_equal(diags_at(diags, 1)->message, "a3");
	assert_string_equal(diags_at(diags, 2)->message, "b1");
	assert_int_equal(diags_count(diags, SEVERITY_ERROR), 2);
	assert_int_equal(diags_count(diags, SEVERITY_WARNING), 1);
	diags_free(diags);
}

static void test_very_many(void **state)
{
	struct source source = source_of("a", "x");
	struct diags *diags = diags_new();
	char *text;

	(void)state;
	for (int i = 0; i < 5000; i++)
		diag_hint(diag_add(diags, SEVERITY_ERROR, find(&source, "x"), "message %d", i), "hint %d", i);
	diags_sort(diags);
	assert_int_equal(diags_count(diags, SEVERITY_ERROR), 5000);
	assert_int_equal(diags_total(diags), 1000);
	text = shown(diags, false);
	assert_non_null(strstr(text, "and 4000 more\n"));
	free(text);
	diags_free(diags);
}

static void test_json(void **state)
{
	struct source source = source_of("a.rules", "one\ntwo \xff");
	struct diags *diags = diags_new();
	struct diag *diag = diag_add(diags, SEVERITY_ERROR, find(&source, "two"), "bad byte \xff \"quoted\"");
	json_t *list, *first;
	char *text;

	(void)state;
	diag_other(diag, find(&source, "one"), "here");
	diag_add(diags, SEVERITY_WARNING, (struct span){0}, "nowhere");
	text = diags_json(diags);
	list = json_loads(text, 0, NULL);
	assert_int_equal(json_array_size(list), 2);
	first = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(first, "severity")), "error");
	assert_string_equal(json_string_value(json_object_get(first, "file")), "a.rules");
	assert_int_equal(json_integer_value(json_object_get(first, "line")), 2);
	assert_int_equal(json_integer_value(json_object_get(first, "column")), 1);
	assert_int_equal(json_integer_value(json_object_get(first, "length")), 3);
	assert_string_equal(json_string_value(json_object_get(first, "message")), "bad byte ? \"quoted\"");
	assert_true(json_is_null(json_object_get(first, "hint")));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(first, "other"), "line")), 1);
	assert_true(json_is_null(json_object_get(json_array_get(list, 1), "file")));
	json_decref(list);
	free(text);
	diags_free(diags);
}

/* Column and length are in the same unit. */
static void test_json_counts_characters(void **state)
{
	struct source source = source_of("a.rules", "\xc3\xa4 gr\xc3\xbcn");
	struct diags *diags = diags_new();
	json_t *list, *first;
	char *text;

	(void)state;
	diag_add(diags, SEVERITY_ERROR, find(&source, "gr\xc3\xbcn"), "x");
	text = diags_json(diags);
	list = json_loads(text, 0, NULL);
	first = json_array_get(list, 0);
	assert_int_equal(json_integer_value(json_object_get(first, "column")), 3);
	assert_int_equal(json_integer_value(json_object_get(first, "length")), 4);
	json_decref(list);
	free(text);
	diags_free(diags);
}

static void collect(void *ctx, enum severity severity, const char *text)
{
	char *all = ctx;

	strcat(all, severity == SEVERITY_ERROR ? "E " : "W ");
	strcat(strcat(all, text), "\n");
}

static void test_lines(void **state)
{
	struct source source = source_of("a", "x y");
	struct diags *diags = diags_new();
	char all[256] = "";

	(void)state;
	diag_hint(diag_add(diags, SEVERITY_ERROR, find(&source, "y"), "bad"), "good");
	diag_add(diags, SEVERITY_WARNING, (struct span){0}, "nowhere");
	diags_each_line(diags, collect, all);
	assert_string_equal(all, "E a:1:3: bad (good)\nW nowhere\n");
	diags_free(diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_underline),
		cmocka_unit_test(test_wide_stretch),
		cmocka_unit_test(test_other_place_and_none),
		cmocka_unit_test(test_end_of_text),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_controls_of_latin_1),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_very_many),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_counts_characters),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
