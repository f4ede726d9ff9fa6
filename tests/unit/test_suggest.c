/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_suggest.c - the nearest known word
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "suggest.h"

static const struct {
	const char *word, *best;
} cases[] = {
	{"dport", "dport"},
	{"dprot", "dport"},
	{"DPORT", "dport"},
	{"dpor", "dport"},
	{"ddport", "dport"},
	{"sporrt", "sport"},
	{"explian", "explain"},
	{"chekc", "check"},
	{"x", NULL},
	{"", NULL},
	{"banana", NULL},
	{"plxn", NULL},
	{"dport dport dport dport dport dport dport dport dport", NULL},
};

static void nearest(void **state)
{
	static const char *const known[] = {"sport", "dport", "explain", "check"};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct suggest s = suggest_for(cases[i].word, strlen(cases[i].word));

		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			suggest_offer(&s, known[k]);
		if (!cases[i].best)
			assert_null(s.best);
		else
			assert_string_equal(s.best ? s.best : "(none)", cases[i].best);
	}
}

static void first_of_equals(void **state)
{
	struct suggest s = suggest_for("xport", 5);

	(void)state;
	suggest_offer(&s, "sport");
	suggest_offer(&s, "dport");
	assert_string_equal(s.best, "sport");
	assert_int_equal(s.distance, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest),
		cmocka_unit_test(first_of_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
