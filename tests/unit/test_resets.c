/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_resets.c - which connections may be reset, and where the next one goes
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "resets.h"

#define SECOND 1000000000ULL
#define MINUTE (60 * SECOND)

static struct flow_key key_to(uint32_t client, uint16_t sport, uint32_t server)
{
	struct packet p = {.src = key_of(0xffff00000000ULL | client), .dst = key_of(0xffff00000000ULL | server),
			   .sport = sport, .dport = 443, .proto = IPPROTO_TCP};

	return flow_key_of(&p, false);
}

static bool allow(struct resets *r, struct flow_key key, const char *host, uint64_t begun, uint64_t now)
{
	struct reset_case which = {&key, host, strlen(host), begun, {7, 3}};

	return resets_allow(r, &which, now, MINUTE);
}

static bool awaited(struct resets *r, struct flow_key key, uint64_t now)
{
	struct reset_note note = {0};

	if (!resets_awaited(r, &key, now, MINUTE, &note))
		return false;
	assert_int_equal(note.generation, 7);
	assert_int_equal(note.rule, 3);
	return true;
}

static void once_in_an_interval(void **state)
{
	struct resets *r = resets_new(1);

	(void)state;
	assert_true(allow(r, key_to(1, 1000, 9), "a.example", 1 * SECOND, 2 * SECOND));
	assert_false(allow(r, key_to(1, 1001, 9), "a.example", 3 * SECOND, 4 * SECOND));
	assert_false(allow(r, key_to(1, 1001, 9), "A.EXAMPLE", 3 * SECOND, 4 * SECOND));
	assert_false(allow(r, key_to(1, 1002, 9), "a.example", 61 * SECOND, 2 * SECOND + MINUTE - 1));
	assert_true(allow(r, key_to(1, 1003, 9), "a.example", 62 * SECOND, 2 * SECOND + MINUTE));
	assert_false(allow(r, key_to(1, 1004, 9), "a.example", 63 * SECOND, 64 * SECOND));
	resets_free(r);
}

static void others_have_their_own(void **state)
{
	struct resets *r = resets_new(1);
	struct flow_key port = key_to(1, 1000, 9);

	(void)state;
	port.dport = 8443;
	assert_true(allow(r, key_to(1, 1000, 9), "a.example", 1, 2));
	assert_true(allow(r, key_to(2, 1000, 9), "a.example", 3, 4)); /* client */
	assert_true(allow(r, key_to(1, 1000, 8), "a.example", 3, 4)); /* destination */
	assert_true(allow(r, port, "a.example", 3, 4));
	assert_true(allow(r, key_to(1, 1000, 9), "b.example", 3, 4)); /* host */
	assert_true(allow(r, key_to(1, 1000, 9), "", 3, 4));
	assert_false(allow(r, key_to(1, 1001, 9), "", 5, 6));
	resets_free(r);
}

static void connections_open_at_the_reset_are_no_retries(void **state)
{
	struct resets *r = resets_new(1);

	(void)state;
	assert_true(allow(r, key_to(1, 1000, 9), "a.example", 1 * SECOND, 5 * SECOND));
	assert_true(allow(r, key_to(1, 1001, 9), "a.example", 4 * SECOND, 6 * SECOND));
	/* the retry of the first, begun before the second was reset */
	assert_false(allow(r, key_to(1, 1002, 9), "a.example", 5 * SECOND + 1, 7 * SECOND));
	resets_free(r);
}

static void each_reset_awaits_one_connection(void **state)
{
	struct resets *r = resets_new(1);

	(void)state;
	assert_false(awaited(r, key_to(1, 1, 9), SECOND));
	assert_true(allow(r, key_to(1, 1000, 9), "a.example", 1 * SECOND, 5 * SECOND));
	assert_true(allow(r, key_to(1, 1001, 9), "a.example", 2 * SECOND, 5 * SECOND));
	assert_false(awaited(r, key_to(2, 1002, 9), 6 * SECOND));
	assert_false(awaited(r, key_to(1, 1002, 8), 6 * SECOND));
	assert_true(awaited(r, key_to(1, 1002, 9), 6 * SECOND));
	assert_true(awaited(r, key_to(1, 1003, 9), 6 * SECOND));
	assert_false(awaited(r, key_to(1, 1004, 9), 6 * SECOND));
	assert_true(allow(r, key_to(1, 1000, 9), "b.example", 7 * SECOND, 8 * SECOND));
	assert_false(awaited(r, key_to(1, 1004, 9), 8 * SECOND + MINUTE)); /* too late */
	resets_free(r);
}

/* Whatever does not fit is refused: forgetting would let it loop. */
static void a_full_table_allows_nothing_twice(void **state)
{
	struct resets *r = resets_new(1);
	static bool allowed[20000];
	unsigned first = 0, again = 0;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++)
		first += allowed[i] = allow(r, key_to(i, 1, 9), "a.example", 1, 2);
	assert_in_range(first, 4000, 4096);
	for (uint32_t i = 0; i < 20000; i++)
		again += allowed[i] && allow(r, key_to(i, 1, 9), "a.example", 3, 4);
	assert_int_equal(again, 0);
	assert_true(allow(r, key_to(30000, 1, 9), "a.example", MINUTE, 2 + MINUTE)); /* room again */
	resets_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once_in_an_interval),
		cmocka_unit_test(others_have_their_own),
		cmocka_unit_test(connections_open_at_the_reset_are_no_retries),
		cmocka_unit_test(each_reset_awaits_one_connection),
		cmocka_unit_test(a_full_table_allows_nothing_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
