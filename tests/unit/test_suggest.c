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

/* What is meant by another tool's word is nearer than what looks like it; other words stay with that. */
static void words_of_others(void **state)
{
	static const struct usual_word words[] = {{"ssl", "tls"}, {"gw", "address"}};
	struct suggest usual = suggest_for("SSL", 3), other = suggest_for("sslh", 4);

	(void)state;
	suggest_offer(&usual, "sslh");
	suggest_usual(&usual, words, 2);
	suggest_offer(&usual, "ssl2");
	assert_string_equal(usual.best, "tls");
	suggest_offer(&other, "ssh");
	suggest_usual(&other, words, 2);
	assert_string_equal(other.best, "ssh");
}

/* By the definition, row by row, without a shortcut. */
static unsigned plain_distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	unsigned d[8][8];

	for (size_t i = 0; i <= a_len; i++) {
		for (size_t j = 0; j <= b_len; j++) {
			unsigned best = (unsigned)(i ? j ? 99 : i : j);

			if (i && j) {
				best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
				best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
				best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
			}
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = d[i - 2][j - 2] + 1 < best ? d[i - 2][j - 2] + 1 : best;
			d[i][j] = best;
		}
	}
	return d[a_len][b_len];
}

/* Of few letters, so that near ones come. */
static void word(char *out, unsigned *state)
{
	unsigned length = (*state = *state * 1103515245 + 12345) >> 16 & 7;

	for (unsigned i = 0; i < length; i++)
		*out++ = "abcdXyz-"[(*state = *state * 1103515245 + 12345) >> 16 & 7];
	*out = 0;
}

static void none_is_passed_over(void **state)
{
	unsigned numbers = 1;
	char meant[8], known[8];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		unsigned limit, d;
		struct suggest s;

		word(meant, &numbers);
		word(known, &numbers);
		s = suggest_for(meant, strlen(meant));
		limit = s.distance;
		suggest_offer(&s, known);
		d = plain_distance(meant, known);
		assert_int_equal(s.distance, d < limit ? d : limit);
		assert_true((s.best != NULL) == (d < limit));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest),
		cmocka_unit_test(first_of_equals),
		cmocka_unit_test(words_of_others),
		cmocka_unit_test(none_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
