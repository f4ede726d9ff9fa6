/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_pool.c - buffers never overlap, keep their bytes, and all come back
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pool.h"

enum { BUFFERS = 64, STEPS = 20000, REGION = 8 * POOL_MAX };

struct held {
	uint8_t *bytes;
	size_t size;
	uint8_t fill;
};

static void check_filled(const struct held *h)
{
	for (size_t i = 0; i < h->size; i++)
		assert_int_equal(h->bytes[i], h->fill);
}

static void replace(struct pool *pool, struct held *h, uint8_t fill)
{
	check_filled(h);
	pool_give(pool, h->bytes);
	h->size = 1 + (size_t)(random() % POOL_MAX) / (size_t)(1 + random() % 64);
	h->fill = fill;
	h->bytes = pool_take(pool, h->size);
	if (!h->bytes)
		h->size = 0;
	else
		memset(h->bytes, fill, h->size);
}

static void random_use(void **state)
{
	struct pool *pool = pool_new(REGION);
	struct held held[BUFFERS] = {{0}};

	(void)state;
	srandom(1);
	for (int step = 0; step < STEPS; step++)
		replace(pool, &held[random() % BUFFERS], (uint8_t)step);
	for (int i = 0; i < BUFFERS; i++) {
		check_filled(&held[i]);
		pool_give(pool, held[i].bytes);
	}
	assert_int_equal(pool_used(pool), 0);
	for (int i = 0; i < REGION / (int)POOL_MAX; i++)
		assert_non_null(pool_take(pool, POOL_MAX)); /* all neighbours have joined again */
	assert_null(pool_take(pool, 1));
	pool_free(pool);
}

static void growing_keeps_bytes(void **state)
{
	struct pool *pool = pool_new(2 * POOL_MAX);
	uint8_t *bytes = pool_take(pool, 10);

	(void)state;
	memcpy(bytes, "0123456789", 10);
	assert_ptr_equal(pool_grow(pool, bytes, 10, 512), bytes);
	for (size_t size = 513; size <= POOL_MAX; size *= 2) {
		bytes = pool_grow(pool, bytes, 10, size);
		assert_true(pool_room(pool, bytes) >= size);
		assert_memory_equal(bytes, "0123456789", 10);
	}
	assert_null(pool_grow(pool, bytes, 10, POOL_MAX + 1));
	assert_null(pool_take(pool, POOL_MAX + 1));
	pool_give(pool, bytes);
	pool_give(pool, NULL);
	assert_int_equal(pool_used(pool), 0);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_use), cmocka_unit_test(growing_keeps_bytes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
