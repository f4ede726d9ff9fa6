/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_guard.c - how much of the rules a firewall is told for kill switches, and where that ends; the lines
 * themselves are in tests/e2e/leaks.bats
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "load.h"

#define HEAD "gateway vpn { device vpn }\ngroup safe { vpn else unreachable }\n"

/* "%p", "%4", "%6" and "%b" in rules stand for so many ports, and addresses of either family or of both, no two of
 * which are one interval. */
static void put(FILE *out, char kind, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		fputs(i ? ", " : "{ ", out);
		if (kind == 'p')
			fprintf(out, "%u", 2 * i + 1);
		if (kind == '4' || kind == 'b')
			fprintf(out, "10.%u.%u.1", i >> 8, i & 255);
		if (kind == 'b')
			fputs(", ", out);
		if (kind == '6' || kind == 'b')
			fprintf(out, "fd00:%x::1", i);
	}
	fputs(" }", out);
}

static char *rules_of(const char *rules, unsigned count)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	fputs(HEAD, out);
	for (const char *at = rules; *at; at++) {
		if (*at == '%')
			put(out, *++at, count);
		else
			fputc(*at, out);
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

struct seen {
	unsigned lines, shut, open;
	const char *why; /* of the last that is open */
};

static void take_line(void *ctx, const struct guard_line *line)
{
	struct seen *seen = ctx;

	seen->lines++;
	seen->shut += line->shut;
}

static void take_open(void *ctx, const struct rule *rule, const char *why)
{
	struct seen *seen = ctx;

	assert_int_equal(rule->action, ACTION_VIA);
	seen->open++;
	seen->why = why;
}

static struct seen walk(const char *rules, unsigned count)
{
	char *text = rules_of(rules, count);
	struct loaded loaded = load_text("test.rules", text, strlen(text));
	struct seen seen = {0};
	struct guard_visitor visitor = {take_line, take_open, &seen};

	assert_non_null(loaded.ruleset);
	guard_walk(loaded.ruleset, &visitor);
	assert_int_equal(guard_exists(loaded.ruleset), seen.shut > 0);
	ruleset_free(loaded.ruleset);
	loaded_free(&loaded);
	free(text);
	return seen;
}

static void test_rules(void **state)
{
	static const struct {
		const char *rules;
		unsigned count, lines, shut, open;
		const char *why; /* begins so */
	} cases[] = {
		{"tcp dport 7 main\n", 0, 0, 0, 0, NULL}, /* no kill switch */
		{"tcp dport 7 main\ntcp dport 8 via safe\ntcp dport 9 main\n", 0, 2, 1, 0, NULL},
		{"tcp dport %p via safe\n", GUARD_LINES, GUARD_LINES, GUARD_LINES, 0, NULL},
		{"tcp dport %p via safe\n", GUARD_LINES + 1, 0, 0, 1, "its sets are too large"},
		/* the next kill switch is told, a rule for others ends it */
		{"tcp dport %p via safe\nudp via safe\n", GUARD_LINES + 1, 1, 1, 1, "its sets are too large"},
		{"tcp dport %p main\nudp via safe\n", GUARD_LINES + 1, 0, 0, 1, "a rule before it"},
		/* both families count */
		{"daddr %4 via safe\ndaddr %6 via safe\n", GUARD_LINES, 2 * GUARD_LINES, 2 * GUARD_LINES, 0, NULL},
		{"daddr %b via safe\n", GUARD_LINES / 2, GUARD_LINES, GUARD_LINES, 0, NULL},
		{"daddr %b via safe\n", GUARD_LINES / 2 + 1, 0, 0, 1, "its sets are too large"},
		/* the other family's addresses are passed over, but not for ever */
		{"tcp dport %p daddr %6 via safe\n", 20, 400, 400, 0, NULL},
		{"tcp dport %p daddr %6 via safe\n", 20000, 0, 0, 1, "its sets are too large"},
		{"tcp not daddr %4 via safe\n", GUARD_TERMS, 0, 0, 1, "it asks for too much"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct seen seen = walk(cases[i].rules, cases[i].count);

		assert_int_equal(seen.lines, cases[i].lines);
		assert_int_equal(seen.shut, cases[i].shut);
		assert_int_equal(seen.open, cases[i].open);
		if (cases[i].why)
			assert_int_equal(strncmp(seen.why, cases[i].why, strlen(cases[i].why)), 0);
	}
}

/* As many rules as fill all lines, and what stands behind them. */
static void test_together(void **state)
{
	enum { FULL = GUARD_LINES_ALL / GUARD_LINES };
	char rules[1024] = "";
	struct seen seen;

	(void)state;
	for (unsigned i = 0; i < FULL; i++)
		sprintf(rules + strlen(rules), "iif eth%u tcp dport %%p via safe\n", i);
	seen = walk(rules, GUARD_LINES);
	assert_int_equal(seen.lines, GUARD_LINES_ALL);
	assert_int_equal(seen.open, 0);
	strcat(rules, "udp dport 8 via safe\nudp dport 9 main\nudp dport 10 via safe\n");
	seen = walk(rules, GUARD_LINES);
	assert_int_equal(seen.lines, GUARD_LINES_ALL);
	assert_int_equal(seen.open, 2);
	assert_string_equal(seen.why, "a rule before it cannot be told by a firewall");
	/* with room for one */
	seen = walk(strstr(rules, "\n") + 1, GUARD_LINES);
	assert_int_equal(seen.lines, GUARD_LINES_ALL - GUARD_LINES + 3);
	assert_int_equal(seen.open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
