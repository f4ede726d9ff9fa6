/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_defrag.c - fragments in any order, repeated, overlapping, missing, too large, cut by the capture
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "defrag.h"
#include "packet.h"

#define SECOND 1000000000ULL

enum { BODY = 61, PIECES = 4 }; /* pieces of 16, 16, 16 and 13 bytes */

struct piece {
	uint8_t bytes[200];
	size_t length;
};

static void store16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* The body of the whole: a UDP header and counting bytes. */
static void make_body(uint8_t body[BODY])
{
	for (size_t i = 0; i < BODY; i++)
		body[i] = (uint8_t)i;
	store16(body, 12345);
	store16(body + 2, 53);
	store16(body + 4, BODY);
}

/* A fragment of family 4 or 6 (with a hop-by-hop header ahead) of len body bytes from offset. */
static struct piece fragment(int family, unsigned id, size_t offset, size_t len, bool more)
{
	struct piece p = {.length = family == 4 ? 20 : 56};
	uint8_t body[BODY];

	make_body(body);
	if (family == 4) {
		p.bytes[0] = 0x45;
		store16(p.bytes + 2, 20 + len);
		store16(p.bytes + 4, id);
		store16(p.bytes + 6, offset / 8 | (more ? 0x2000 : 0));
		p.bytes[9] = IPPROTO_UDP;
		memcpy(p.bytes + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
	} else {
		p.bytes[0] = 0x60;
		store16(p.bytes + 4, 16 + len);
		p.bytes[8] = p.bytes[24] = 0xfd;
		p.bytes[39] = 2;
		p.bytes[40] = IPPROTO_FRAGMENT;
		memcpy(p.bytes + 42, "\x01\x04\0\0\0\0", 6);
		p.bytes[48] = IPPROTO_UDP;
		store16(p.bytes + 50, offset | more);
		store16(p.bytes + 54, id);
	}
	for (size_t i = 0; i < len; i++)
		p.bytes[p.length + i] = offset + i < BODY ? body[offset + i] : 0xee;
	p.length += len;
	return p;
}

static struct piece nth(int family, unsigned id, size_t n)
{
	bool last = n == PIECES - 1;

	return fragment(family, id, n * 16, last ? BODY - n * 16 : 16, !last);
}

static bool give(struct defrag *d, const struct piece *p, uint64_t now, struct defrag_datagram *whole)
{
	struct defrag_datagram packet = {p->bytes, p->length, p->length};

	return defrag_packet(d, &packet, now, whole);
}

static void check_whole(const struct defrag_datagram *whole)
{
	uint8_t body[BODY];
	struct packet p;

	make_body(body);
	assert_int_equal(packet_parse(&p, whole->data, whole->length, whole->wire_length), PACKET_OK);
	assert_false(p.fragment);
	assert_int_equal(p.sport, 12345);
	assert_int_equal(p.payload_length, BODY - 8);
	assert_memory_equal(p.payload, body + 8, BODY - 8);
}

/* All orders of the pieces, each piece given twice. */
static void any_order(void **state)
{
	static const int families[] = {4, 6};
	struct defrag *d = defrag_new();
	unsigned id = 0;

	(void)state;
	for (unsigned code = 0; code < 2 * 4 * 4 * 4 * 4; code++) {
		int family = families[code & 1];
		unsigned order[PIECES] = {code >> 1 & 3, code >> 3 & 3, code >> 5 & 3, code >> 7 & 3}, seen = 0;
		struct defrag_datagram whole;

		for (size_t i = 0; i < PIECES; i++)
			seen |= 1U << order[i];
		if (seen != 15)
			continue;
		id++;
		for (size_t i = 0; i < PIECES; i++) {
			struct piece p = nth(family, id, order[i]);
			bool complete = give(d, &p, SECOND, &whole);

			assert_int_equal(complete, i == PIECES - 1);
			if (complete)
				check_whole(&whole);
			else
				assert_false(give(d, &p, SECOND, &whole));
		}
	}
	assert_int_equal(id, 2 * 24);
	assert_int_equal(defrag_incomplete(d), 0);
	defrag_free(d);
}

static void others_pass(void **state)
{
	struct defrag *d = defrag_new();
	struct piece whole4 = fragment(4, 1, 0, BODY, false), atomic6 = fragment(6, 1, 0, BODY, false);
	struct piece cut = nth(4, 2, 0), none = {.length = 0};
	struct defrag_datagram out;

	(void)state;
	assert_true(give(d, &whole4, 0, &out));
	assert_ptr_equal(out.data, whole4.bytes);
	assert_true(give(d, &atomic6, 0, &out));
	assert_ptr_equal(out.data, atomic6.bytes);
	assert_true(give(d, &none, 0, &out));
	cut.length = 15; /* half a header: for packet_parse() to refuse */
	assert_true(give(d, &cut, 0, &out));
	cut = nth(4, 2, 0);
	store16(cut.bytes + 2, 300); /* longer than what there was */
	assert_true(give(d, &cut, 0, &out));
	defrag_free(d);
}

static void overlaps_are_thrown_away(void **state)
{
	struct defrag *d = defrag_new();
	struct piece first = nth(4, 1, 0), second = nth(4, 1, 1), over = fragment(4, 1, 8, 16, true);
	struct piece third = nth(4, 1, 2), last = nth(4, 1, 3);
	struct defrag_datagram out;

	(void)state;
	assert_false(give(d, &first, SECOND, &out));
	assert_false(give(d, &over, SECOND, &out));
	assert_int_equal(defrag_incomplete(d), 1);
	assert_false(give(d, &second, SECOND, &out));
	assert_false(give(d, &third, SECOND, &out));
	assert_false(give(d, &last, SECOND, &out));
	defrag_free(d);
}

static void absurd_ends(void **state)
{
	struct defrag *d = defrag_new();
	struct piece last = nth(6, 1, 3), behind = fragment(6, 1, 64, 16, true),
		     shorter = fragment(6, 2, 16, 8, false);
	struct piece beyond = fragment(4, 3, 65528, 16, false), second = nth(6, 2, 2),
		     empty = fragment(4, 4, 0, 0, true);
	struct defrag_datagram out;

	(void)state;
	assert_false(give(d, &last, SECOND, &out));
	assert_false(give(d, &behind, SECOND, &out)); /* behind the end */
	assert_int_equal(defrag_incomplete(d), 1);
	assert_false(give(d, &second, SECOND, &out));
	assert_false(give(d, &shorter, SECOND, &out)); /* ends before what is here */
	assert_int_equal(defrag_incomplete(d), 2);
	assert_false(give(d, &beyond, SECOND, &out)); /* "ping of death" */
	assert_false(give(d, &empty, SECOND, &out));
	assert_int_equal(defrag_incomplete(d), 4);
	defrag_free(d);
}

static void given_up_after_a_while(void **state)
{
	static const struct {
		int family;
		uint64_t late;
		bool complete;
	} cases[] = {{4, 30 * SECOND, true},
		     {4, 31 * SECOND, false},
		     {6, 60 * SECOND, true},
		     {6, 61 * SECOND, false}};
	struct defrag *d = defrag_new();

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct defrag_datagram out;

		for (size_t n = 0; n < PIECES - 1; n++) {
			struct piece p = nth(cases[i].family, i, n);

			assert_false(give(d, &p, SECOND, &out));
		}
		struct piece last = nth(cases[i].family, i, PIECES - 1);

		assert_int_equal(give(d, &last, SECOND + cases[i].late, &out), cases[i].complete);
	}
	defrag_free(d);
}

/* A flood of first fragments only pushes out the oldest. */
static void bounded(void **state)
{
	struct defrag *d = defrag_new();
	struct defrag_datagram out;

	(void)state;
	for (unsigned id = 0; id < 1000; id++) {
		struct piece p = nth(4, id, 0);

		assert_false(give(d, &p, SECOND + id, &out));
	}
	assert_int_equal(defrag_incomplete(d), 1000);
	for (size_t n = 1; n < PIECES; n++) {
		struct piece old = nth(4, 1, n), recent = nth(4, 990, n);

		assert_false(give(d, &old, 2 * SECOND, &out));
		assert_int_equal(give(d, &recent, 2 * SECOND, &out), n == PIECES - 1);
	}
	defrag_free(d);
}

/* A capture that holds 30 bytes of each packet: what is handed out ends at the first byte that is missing. */
static void cut_by_the_capture(void **state)
{
	struct defrag *d = defrag_new();
	struct defrag_datagram out;

	(void)state;
	for (size_t n = 0; n < PIECES; n++) {
		struct piece p = nth(4, 1, n);
		struct defrag_datagram packet = {p.bytes, 30, p.length};

		assert_int_equal(defrag_packet(d, &packet, SECOND, &out), n == PIECES - 1);
	}
	assert_int_equal(out.length, 20 + 10);
	assert_int_equal(out.wire_length, 20 + BODY);
	defrag_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),
		cmocka_unit_test(others_pass),
		cmocka_unit_test(overlaps_are_thrown_away),
		cmocka_unit_test(absurd_ends),
		cmocka_unit_test(given_up_after_a_while),
		cmocka_unit_test(bounded),
		cmocka_unit_test(cut_by_the_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
