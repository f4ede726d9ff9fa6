/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_health.c - from results of probes to up and down
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "health.h"

#define SECOND UINT64_C(1000000000)

static const struct health_terms terms = {.every_ms = 5000, .timeout_ms = 2000, .jitter = 10, .down = 3, .up = 2};

/* Each character is a result, '+' or '-', a minute after the one before; what it was after each is 'U' or 'd'. */
static const struct {
	bool assumed;
	const char *results, *states;
} cases[] = {
	/* nothing known: one answer is enough, as many failures as ever */
	{true, "+", "U"},
	{true, "---", "UUd"},
	{true, "--+---", "UUUUUd"},
	{false, "-+", "dU"},
	{false, "---+", "dddd"}, /* known to be down by then */
	{false, "---++", "ddddU"},
	{false, "--+", "ddU"},
	/* in a row */
	{true, "+--+--+--+", "UUUUUUUUUU"},
	{true, "+---+-+-++", "UUUddddddU"},
};

static void results(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct health health = {.damping = 0};
		uint64_t now = 100 * SECOND;
		char states[32] = "";

		health_start(&health, cases[i].assumed, now);
		for (size_t k = 0; cases[i].results[k]; k++) {
			bool was = health_is_up(&health), changed;

			now += 60 * SECOND;
			changed = health_result(&health, &terms, cases[i].results[k] == '+', now);
			assert_int_equal(changed, was != health_is_up(&health));
			states[k] = health_is_up(&health) ? 'U' : 'd';
		}
		assert_string_equal(states, cases[i].states);
	}
}

/* Good and bad results until it is down and up again. Returns how many good ones it took. */
static unsigned round_trip(struct health *health, uint64_t *now)
{
	unsigned good = 0;

	while (health_is_up(health))
		health_result(health, &terms, false, *now += SECOND);
	while (!health_is_up(health)) {
		health_result(health, &terms, true, *now += SECOND);
		good++;
	}
	return good;
}

static void flapping(void **state)
{
	struct health health = {.damping = 0};
	uint64_t now = 100 * SECOND;

	(void)state;
	health_start(&health, true, now);
	health_result(&health, &terms, true, now);
	now += 61 * SECOND;
	assert_int_equal(round_trip(&health, &now), 2);
	assert_int_equal(round_trip(&health, &now), 4);
	assert_int_equal(round_trip(&health, &now), 8);
	assert_int_equal(round_trip(&health, &now), 16);
	assert_int_equal(round_trip(&health, &now), 16);
	now += 61 * SECOND;
	assert_int_equal(round_trip(&health, &now), 2);
	/* a device that goes and comes does not forgive it */
	assert_int_equal(round_trip(&health, &now), 4);
	health_start(&health, false, now);
	health_result(&health, &terms, true, now += SECOND);
	assert_true(health_is_up(&health));
	assert_int_equal(round_trip(&health, &now), 8);
}

static void times(void **state)
{
	static const struct health_terms exact = {.every_ms = 5000, .timeout_ms = 2000, .down = 3, .up = 2};
	struct health health = {.damping = 0};
	uint64_t least = UINT64_MAX, most = 0;

	(void)state;
	health_start(&health, true, 0);
	assert_int_equal(health_next(&health, &terms, SECOND, 12345), 3 * SECOND);
	health_result(&health, &terms, true, 0);
	for (uint32_t random = 0; random < 5000; random++) {
		uint64_t next = health_next(&health, &terms, SECOND, random * 2654435761U);

		least = next < least ? next : least;
		most = next > most ? next : most;
		assert_int_equal(health_next(&health, &exact, SECOND, random), 6 * SECOND);
	}
	assert_in_range(least, SECOND + 4500 * (SECOND / 1000), SECOND + 4510 * (SECOND / 1000));
	assert_in_range(most, SECOND + 5490 * (SECOND / 1000), SECOND + 5500 * (SECOND / 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results),
		cmocka_unit_test(flapping),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
