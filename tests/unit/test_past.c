/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_past.c - decided connections are remembered for ten seconds, and taken for no others
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "past.h"

#define SECOND 1000000000ULL

enum { ROOM = 64, WAYS = 3 };

/* Of the set that all these share. */
static uint64_t hash_of(uint64_t n)
{
	return n << 48 | 5ULL << 32 | n;
}

static bool finds(struct past *past, uint64_t hash, uint64_t now, uint32_t mark)
{
	struct past_packet packet = {.hash = hash, .now = now};
	uint32_t found = 0;

	return past_find(past, &packet, &found) && found == mark;
}

static void remembered_while_packets_come(void **state)
{
	struct past *past = past_new(ROOM);

	(void)state;
	assert_non_null(past);
	assert_false(finds(past, 0, 0, 0));
	past_note(past, hash_of(1), 0, 9, SECOND);
	assert_true(finds(past, hash_of(1), 10 * SECOND, 9));
	assert_true(finds(past, hash_of(1), 19 * SECOND, 9));
	assert_true(finds(past, hash_of(1), 18 * SECOND, 9)); /* captures go back in time */
	assert_false(finds(past, hash_of(1), 29 * SECOND, 9));
	assert_false(finds(past, hash_of(2), 19 * SECOND, 9));
	past_note(past, hash_of(1), 0, 8, 40 * SECOND);
	assert_true(finds(past, hash_of(1), 40 * SECOND, 8));
	past_note(past, hash_of(2), 0, 7, 40 * SECOND);
	past_forget(past, hash_of(1));
	past_forget(past, hash_of(3));
	assert_false(finds(past, hash_of(1), 40 * SECOND, 8));
	assert_true(finds(past, hash_of(2), 40 * SECOND, 7));
	past_free(past);
}

static void another_connection_between_the_same_ports(void **state)
{
	struct past *past = past_new(ROOM);
	struct past_packet opens = {.hash = hash_of(1), .now = SECOND, .opens = true, .start = 1001};
	uint32_t mark = 0;

	(void)state;
	past_note(past, hash_of(1), 1001, 9, SECOND);
	assert_true(past_find(past, &opens, &mark)); /* its SYN again */
	assert_int_equal(mark, 9);
	opens.start = 5001;
	assert_false(past_find(past, &opens, &mark));
	past_free(past);
}

static void who_was_silent_longest_gives_way(void **state)
{
	struct past *past = past_new(ROOM);

	(void)state;
	for (uint32_t i = 0; i < WAYS; i++)
		past_note(past, hash_of(i), 0, 10 + i, (1 + i) * SECOND);
	assert_true(finds(past, hash_of(0), 5 * SECOND, 10));
	past_note(past, hash_of(WAYS), 0, 20, 6 * SECOND);
	assert_true(finds(past, hash_of(0), 6 * SECOND, 10));
	assert_false(finds(past, hash_of(1), 6 * SECOND, 11));
	assert_true(finds(past, hash_of(2), 6 * SECOND, 12));
	assert_true(finds(past, hash_of(WAYS), 6 * SECOND, 20));
	past_free(past);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembered_while_packets_come),
		cmocka_unit_test(another_connection_between_the_same_ports),
		cmocka_unit_test(who_was_silent_longest_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
