/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_pace.c - who removes ours all the time is answered ever more rarely, who does so now and then at once
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log.h"
#include "pace.h"

#define START (1000 * PACE_SECOND)

/* Ours are removed so often; each time they are seen to be away as soon as that may be looked at. The longest time
 * that they were away. others: there are looks for other reasons between. */
static uint64_t longest_away(uint64_t every, unsigned times, bool others)
{
	struct pace pace = {.fights = 0};
	uint64_t longest = 0, now = START;

	for (unsigned i = 0; i < times; i++) {
		uint64_t removed = START + i * every;

		if (removed < now) /* it is away already */
			continue;
		now = pace.not_before > removed ? pace.not_before : removed;
		if (now - removed > longest)
			longest = now - removed;
		pace_looked(&pace, now, true, "routes");
		if (others)
			pace_looked(&pace, now + PACE_MILLISECOND, false, "routes");
	}
	return longest;
}

static void test_all_the_time(void **state)
{
	(void)state;
	for (int others = 0; others < 2; others++) {
		uint64_t away = longest_away(20 * PACE_MILLISECOND, 10000, others);

		assert_true(away > 20 * PACE_SECOND && away <= 30 * PACE_SECOND);
		assert_true(longest_away(PACE_SECOND, 1000, others) > 20 * PACE_SECOND);
	}
}

static void test_now_and_then(void **state)
{
	(void)state;
	for (int others = 0; others < 2; others++) {
		assert_int_equal(longest_away(10 * PACE_SECOND, 1000, others), 0);
		assert_int_equal(longest_away(60 * PACE_SECOND, 1000, others), 0);
	}
}

static void test_calm_after_a_fight(void **state)
{
	struct pace pace = {.fights = 0};
	uint64_t now = START;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		pace_looked(&pace, now, true, "routes");
		now = pace.not_before;
	}
	assert_int_equal(pace.not_before - pace.soonest, 30 * PACE_SECOND - 50 * PACE_MILLISECOND);
	now += 6 * PACE_SECOND;
	pace_looked(&pace, now, true, "routes");
	assert_int_equal(pace.not_before, pace.soonest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_the_time),
		cmocka_unit_test(test_now_and_then),
		cmocka_unit_test(test_calm_after_a_fight),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
