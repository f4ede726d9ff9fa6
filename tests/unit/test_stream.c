/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_stream.c - segments in any order, again and overlapping, against a stream kept byte by byte
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream.h"

enum { LENGTH = 3000, LIMIT = 2500, ROUNDS = 300 };

/* What is so at any moment: the prefix holds the true bytes and is never longer than what has been sent. */
static void check_prefix(const struct stream *s, const uint8_t *truth, const uint8_t *sent)
{
	for (uint32_t i = 0; i < s->length; i++) {
		assert_int_equal(s->buffer[i], truth[i]);
		assert_true(sent[i]);
	}
	assert_true(s->length <= LIMIT);
}

static void one_round(struct pool *pool, uint32_t first)
{
	uint8_t truth[LENGTH], sent[LENGTH + 1] = {0};
	struct stream s = {0};
	uint32_t expected = 0;

	for (int i = 0; i < LENGTH; i++)
		truth[i] = (uint8_t)random();
	stream_start(&s, first);
	while (expected < LIMIT) {
		uint32_t at = (uint32_t)random() % LENGTH;
		uint32_t len = (uint32_t)random() % 700;

		if (random() % 4 == 0)
			at = s.length > 50 ? s.length - 50 : 0; /* retransmission reaching over the edge */
		if (len > LENGTH - at)
			len = LENGTH - at;
		stream_add(&s, pool, LIMIT, first + at, truth + at, len);
		memset(sent + at, 1, len);
		check_prefix(&s, truth, sent);
		for (expected = 0; expected < LIMIT && sent[expected];)
			expected++;
		if (s.length < expected) /* a forgotten island: the sender sends it again */
			stream_add(&s, pool, LIMIT, first + s.length, truth + s.length, expected - s.length);
		assert_int_equal(s.length, expected);
	}
	stream_free(&s, pool);
	assert_int_equal(pool_used(pool), 0);
}

static void any_order(void **state)
{
	struct pool *pool = pool_new(POOL_MAX);

	(void)state;
	srandom(2);
	for (int i = 0; i < ROUNDS; i++)
		one_round(pool, i % 2 ? (uint32_t)random() : UINT32_MAX - (uint32_t)(random() % LENGTH)); /* wraps */
	pool_free(pool);
}

static void first_copy_stays(void **state)
{
	struct pool *pool = pool_new(POOL_MAX);
	struct stream s = {0};

	(void)state;
	stream_start(&s, 100);
	assert_false(stream_add(&s, pool, 100, 104, (const uint8_t *)"EFGH", 4));
	assert_true(stream_add(&s, pool, 100, 100, (const uint8_t *)"abcdefghij", 10));
	assert_int_equal(s.length, 10);
	assert_memory_equal(s.buffer, "abcdEFGHij", 10);
	assert_false(stream_add(&s, pool, 100, 98, (const uint8_t *)"xxxxxx", 6));
	assert_memory_equal(s.buffer, "abcdEFGHij", 10);
	assert_true(stream_near(&s, 90));
	assert_false(stream_near(&s, 100 + (1U << 30)));
	assert_false(stream_near(&s, 100 - (1U << 30) - 1));
	stream_free(&s, pool);
	pool_free(pool);
}

static void full_pool(void **state)
{
	struct pool *pool = pool_new(POOL_MAX);
	uint8_t *all = pool_take(pool, POOL_MAX);
	struct stream s = {0};

	(void)state;
	stream_start(&s, 0);
	assert_false(stream_add(&s, pool, 100, 0, (const uint8_t *)"abc", 3));
	assert_true(s.lost);
	assert_int_equal(s.length, 0);
	pool_give(pool, all);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(any_order), cmocka_unit_test(first_copy_stays),
					   cmocka_unit_test(full_pool)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
