/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_reader.c - the checked window over bytes from the network
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader.h"

static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88};

static void numbers(void **state)
{
	struct reader r = reader_over(bytes, sizeof bytes, false);

	(void)state;
	assert_int_equal(reader_u8(&r), 0x01);
	assert_int_equal(reader_u16(&r), 0x0203);
	assert_int_equal(reader_u24(&r), 0x040506);
	assert_int_equal(reader_le(&r, 2), 0x8807);
	assert_int_equal(reader_state(&r), TRI_YES);
	assert_true(reader_at_end(&r));

	r = reader_over(bytes, sizeof bytes, false);
	assert_int_equal(reader_u64(&r), 0x0102030405060788);
	r = reader_over(bytes, sizeof bytes, false);
	assert_int_equal(reader_u32(&r), 0x01020304);
	r = reader_over(bytes, sizeof bytes, false);
	assert_int_equal(reader_le(&r, 8), 0x8807060504030201);
}

static void running_out(void **state)
{
	struct reader closed = reader_over(bytes, 1, false), open = reader_over(bytes, 1, true);

	(void)state;
	assert_int_equal(reader_u16(&closed), 0);
	assert_int_equal(reader_state(&closed), TRI_NO);
	assert_int_equal(reader_u16(&open), 0);
	assert_int_equal(reader_state(&open), TRI_MORE);
	/* the first fault sticks, though a byte would be here */
	assert_int_equal(reader_u8(&open), 0);
	assert_null(reader_bytes(&open, 1));
	assert_int_equal(reader_left(&open), 0);
	reader_require(&open, false);
	assert_int_equal(reader_state(&open), TRI_MORE);
	reader_fail(&open);
	assert_int_equal(reader_state(&open), TRI_NO);
}

static void nothing(void **state)
{
	struct reader r = reader_over(NULL, 0, false);

	(void)state;
	assert_true(reader_at_end(&r));
	assert_non_null(reader_bytes(&r, 0));
	assert_true(reader_ok(&r));
	r = reader_over(NULL, 0, true);
	assert_false(reader_at_end(&r));
	reader_skip(&r, 1);
	assert_int_equal(reader_state(&r), TRI_MORE);
}

static void absurd_lengths(void **state)
{
	struct reader r = reader_over(bytes, sizeof bytes, true);

	(void)state;
	assert_null(reader_bytes(&r, SIZE_MAX));
	assert_int_equal(reader_state(&r), TRI_MORE);
	r = reader_over(bytes, sizeof bytes, false);
	reader_skip(&r, 3);
	assert_null(reader_bytes(&r, SIZE_MAX - 1));
	assert_int_equal(reader_state(&r), TRI_NO);
}

static void expecting(void **state)
{
	struct reader r = reader_over(bytes, 3, true);

	(void)state;
	reader_expect(&r, "\1\2", 2);
	assert_true(reader_ok(&r));
	reader_expect(&r, "\3\4", 2); /* right so far */
	assert_int_equal(reader_state(&r), TRI_MORE);
	r = reader_over(bytes, 3, true);
	reader_expect(&r, "\1\3\3\4", 4); /* nothing can mend it */
	assert_int_equal(reader_state(&r), TRI_NO);
	r = reader_over(bytes, 3, false);
	reader_expect(&r, "\1\2\3\4", 4);
	assert_int_equal(reader_state(&r), TRI_NO);
}

static void windows(void **state)
{
	struct reader r = reader_over(bytes, sizeof bytes, true), sub;

	(void)state;
	/* wholly here: closed, and its end is its own */
	sub = reader_sub(&r, 2);
	assert_int_equal(reader_u24(&sub), 0);
	assert_int_equal(reader_state(&sub), TRI_NO);
	assert_int_equal(reader_u8(&r), 0x03);
	/* partly here: open, and the outer window is at its end, but good */
	sub = reader_sub(&r, 100);
	assert_int_equal(reader_left(&sub), 5);
	assert_true(sub.open);
	assert_true(reader_ok(&r));
	assert_int_equal(reader_left(&r), 0);
	reader_u8(&r);
	assert_int_equal(reader_state(&r), TRI_MORE);
	/* partly here, and no more can come */
	r = reader_over(bytes, sizeof bytes, false);
	sub = reader_sub(&r, 100);
	assert_int_equal(reader_state(&sub), TRI_NO);
	assert_int_equal(reader_state(&r), TRI_NO);
	/* of a faulty one */
	sub = reader_sub(&r, 0);
	assert_int_equal(reader_state(&sub), TRI_NO);
}

/* A little length-delimited parser over every prefix: never YES before the end, never NO while more may come, and
 * an open prefix is never called wrong where the whole is right. */
static enum tri parse(const uint8_t *data, size_t length, bool open)
{
	struct reader r = reader_over(data, length, open), list;

	reader_expect(&r, "\x16\x03", 2);
	list = reader_sub(&r, reader_u16(&r));
	while (reader_left(&list))
		(void)reader_sub(&list, reader_u8(&list));
	reader_require(&list, reader_at_end(&list) || list.open);
	return tri_and(reader_state(&list), reader_state(&r));
}

static void law_of_prefixes(void **state)
{
	static const uint8_t whole[] = {0x16, 0x03, 0x00, 0x07, 0x02, 'a', 'b', 0x00, 0x02, 'c', 'd', 0xff};

	(void)state;
	for (size_t n = 0; n < 4; n++) {
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, whole, n);
		assert_int_equal(parse(copy, n, true), TRI_MORE);
		assert_int_equal(parse(copy, n, false), TRI_NO);
		free(copy);
	}
	assert_int_equal(parse(whole, 11, false), TRI_YES);
	assert_int_equal(parse(whole, 11, true), TRI_YES);
	assert_int_equal(parse(whole, sizeof whole, true), TRI_YES);
	assert_int_equal(parse(whole, 10, false), TRI_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),         cmocka_unit_test(running_out), cmocka_unit_test(nothing),
		cmocka_unit_test(absurd_lengths),  cmocka_unit_test(expecting),   cmocka_unit_test(windows),
		cmocka_unit_test(law_of_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
