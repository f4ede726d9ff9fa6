/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_dns.c - DNS messages taken apart: what teaches, and what must not
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns.h"

/* --- messages by hand --- */

struct text {
	uint8_t at[4096];
	size_t length;
};

static void bytes(struct text *m, const void *data, size_t length)
{
	memcpy(m->at + m->length, data, length);
	m->length += length;
}

static void u8(struct text *m, unsigned value)
{
	m->at[m->length++] = (uint8_t)value;
}

static void u16(struct text *m, unsigned value)
{
	u8(m, value >> 8);
	u8(m, value);
}

/* "a.example" as labels; "@12" is a pointer to there, which ends it, as "a.@12" does behind a label. */
static void name(struct text *m, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, ".");

		if (*text == '@') {
			u16(m, 0xc000 | (unsigned)atoi(text + 1));
			return;
		}
		u8(m, (unsigned)length);
		bytes(m, text, length);
		text += length + (text[length] == '.');
	}
	u8(m, 0);
}

static struct text message(unsigned flags, unsigned answers, const char *asked, unsigned type)
{
	struct text m = {.length = 0};

	u16(&m, 0x1234);
	u16(&m, flags);
	u16(&m, 1);
	u16(&m, answers);
	u16(&m, 0);
	u16(&m, 0);
	name(&m, asked);
	u16(&m, type);
	u16(&m, 1);
	return m;
}

static void record(struct text *m, const char *owner, unsigned type, uint32_t ttl, const struct text *data)
{
	name(m, owner);
	u16(m, type);
	u16(m, 1);
	u16(m, ttl >> 16);
	u16(m, ttl);
	u16(m, (unsigned)data->length);
	bytes(m, data->at, data->length);
}

static void address4(struct text *m, const char *owner, uint32_t ttl, uint8_t last)
{
	struct text data = {.at = {192, 0, 2, last}, .length = 4};

	record(m, owner, DNS_A, ttl, &data);
}

static void address6(struct text *m, const char *owner, uint32_t ttl, uint8_t last)
{
	struct text data = {.at = {0x20, 1, 0xd, 0xb8, [15] = last}, .length = 16};

	record(m, owner, DNS_AAAA, ttl, &data);
}

static void alias(struct text *m, const char *owner, uint32_t ttl, const char *target)
{
	struct text data = {.length = 0};

	name(&data, target);
	record(m, owner, 5, ttl, &data);
}

static bool answer_of(const struct text *m, struct dns_answer *a)
{
	return dns_read_answer(reader_over(m->at, m->length, false), a);
}

static void assert_name(const struct dns_name *is, const char *expected)
{
	assert_int_equal(is->length, strlen(expected));
	assert_memory_equal(is->text, expected, is->length);
}

#define ANSWER 0x8180

/* --- tests --- */

static void addresses_of_both_families(void **state)
{
	struct text m = message(ANSWER, 2, "WWW.Example", DNS_A);
	struct dns_answer a;
	char text[46];

	(void)state;
	address4(&m, "@12", 60, 1);
	address4(&m, "www.example", 30, 2);
	assert_true(answer_of(&m, &a));
	assert_int_equal(a.question.id, 0x1234);
	assert_int_equal(a.question.type, DNS_A);
	assert_name(&a.question.name, "www.example");
	assert_int_equal(a.address_count, 2);
	assert_string_equal(key_address_text(a.addresses[1].address, text), "192.0.2.2");
	assert_int_equal(a.addresses[1].ttl, 30);
	m = message(ANSWER, 1, "www.example", DNS_AAAA);
	address6(&m, "@12", 60, 7);
	assert_true(answer_of(&m, &a));
	assert_string_equal(key_address_text(a.addresses[0].address, text), "2001:db8::7");
}

static void chains_in_any_order(void **state)
{
	struct text m = message(ANSWER, 4, "www.example", DNS_A);
	struct dns_answer a;

	(void)state;
	address4(&m, "edge.cdn.example", 20, 1);
	alias(&m, "cdn.example", 40, "edge.cdn.example");
	alias(&m, "www.example", 50, "cdn.example");
	address4(&m, "stranger.example", 20, 9);
	assert_true(answer_of(&m, &a));
	assert_int_equal(a.name_count, 3);
	assert_name(&a.chain[0].name, "www.example");
	assert_name(&a.chain[1].name, "cdn.example");
	assert_name(&a.chain[2].name, "edge.cdn.example");
	assert_int_equal(a.chain[0].ttl, 50);
	assert_int_equal(a.address_count, 1);
}

/* HTTPS: priority, target, then parameters by key. */
static void hints_and_ech(void **state)
{
	static const uint8_t ech[] = {
		0, 5, 0, 36, 0, 34, 0xfe, 0x0d, 0, 30,        /* key, length; list; version, length */
		7, 0, 0x20, 0, 4, 1, 2, 3, 4, 0, 4, 0, 1, 0, 1, 0, /* id, kem, public key, suites, longest name */
		11, 'P', 'u', 'b', 'l', 'i', 'c', '.', 'e', 'c', 'h', '1', 0, 0,
	};
	struct text m = message(ANSWER, 1, "a.example", DNS_HTTPS), data = {.length = 0};
	struct dns_answer a;
	char text[46];

	(void)state;
	u16(&data, 1);
	name(&data, "");
	bytes(&data, "\0\4\0\10\300\0\2\1\300\0\2\2", 12);
	bytes(&data, ech, sizeof ech);
	bytes(&data, "\0\6\0\20\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\5", 20);
	record(&m, "@12", DNS_HTTPS, 300, &data);
	assert_true(answer_of(&m, &a));
	assert_int_equal(a.address_count, 3);
	assert_string_equal(key_address_text(a.addresses[1].address, text), "192.0.2.2");
	assert_string_equal(key_address_text(a.addresses[2].address, text), "2001:db8::5");
	assert_true(a.ech);
	assert_name(&a.ech_public, "public.ech1");
	/* a cut parameter teaches no more than stands before it */
	for (size_t cut = 0; cut < data.length; cut++) {
		struct text shorter = message(ANSWER, 1, "a.example", DNS_HTTPS), part = data;

		part.length = cut;
		record(&shorter, "@12", DNS_HTTPS, 300, &part);
		assert_true(answer_of(&shorter, &a));
		assert_true(a.address_count <= 3);
	}
}

static void edns_is_passed_over(void **state)
{
	struct text m = message(ANSWER, 2, "a.example", DNS_A), none = {.length = 0};
	struct dns_answer a;

	(void)state;
	record(&m, "", 41, 0x8000, &none);
	address4(&m, "@12", 60, 1);
	assert_true(answer_of(&m, &a));
	assert_int_equal(a.address_count, 1);
}

static void what_teaches_nothing(void **state)
{
	static const unsigned flags[] = {0x0100 /* a question */, 0x8380 /* truncated */, 0x8183 /* no such name */,
					 0x9180 /* another opcode */};
	struct dns_answer a;
	struct dns_question q;
	struct text m;

	(void)state;
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		m = message(flags[i], 1, "a.example", DNS_A);
		address4(&m, "@12", 60, 1);
		assert_false(answer_of(&m, &a));
		assert_int_equal(dns_read_question(reader_over(m.at, m.length, false), &q), i == 0);
	}
	m = message(ANSWER, 1, "a.example", DNS_A);
	m.at[5] = 2; /* questions */
	address4(&m, "@12", 60, 1);
	assert_false(answer_of(&m, &a));
}

static void loops_are_refused(void **state)
{
	static const char *const owners[] = {"@27", "@4095", "x.@27", "@11"};
	struct dns_answer a;
	struct text m;

	(void)state;
	/* names that point to themselves, forwards, or into the header */
	for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
		m = message(ANSWER, 1, "a.example", DNS_A);
		address4(&m, owners[i], 60, 1);
		assert_true(answer_of(&m, &a)); /* a record that is passed over */
		assert_int_equal(a.address_count, 0);
	}
	m = message(ANSWER, 0, "@12", DNS_A);
	assert_false(answer_of(&m, &a));
	/* chains that go in a circle, or have no end */
	m = message(ANSWER, 3, "a.example", DNS_A);
	alias(&m, "a.example", 60, "b.example");
	alias(&m, "b.example", 60, "a.example");
	address4(&m, "a.example", 60, 1);
	assert_false(answer_of(&m, &a));
	m = message(ANSWER, DNS_CHAIN_MAX, "a", DNS_A);
	for (char i = 0; i < DNS_CHAIN_MAX; i++)
		alias(&m, (char[]){(char)('a' + i), 0}, 60, (char[]){(char)('b' + i), 0});
	assert_false(answer_of(&m, &a));
}

static void names_with_odd_bytes(void **state)
{
	static const char *const odd[] = {"a b.example", "a\x01.example", "\xff.example", "a/b.example"};
	struct dns_answer a;
	struct text m;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		m = message(ANSWER, 1, odd[i], DNS_A);
		address4(&m, "@12", 60, 1);
		assert_false(answer_of(&m, &a));
		/* of another record than the one that counts */
		m = message(ANSWER, 2, "a.example", DNS_A);
		address4(&m, odd[i], 60, 1);
		address4(&m, "@12", 60, 2);
		assert_true(answer_of(&m, &a));
		assert_int_equal(a.address_count, 1);
	}
	/* a dot within a label is no dot between two */
	m = message(ANSWER, 0, "a.example", DNS_A);
	m.at[12] = 9;
	m.at[14] = '.';
	assert_false(answer_of(&m, &a));
	/* longer than a name can be */
	m = message(ANSWER, 1, "", DNS_A);
	m.length = 12;
	for (int i = 0; i < 5; i++) {
		u8(&m, 63);
		for (int k = 0; k < 63; k++)
			u8(&m, 'x');
	}
	bytes(&m, "\0\0\1\0\1", 5);
	assert_false(answer_of(&m, &a));
}

static void ttls_of_all_kinds(void **state)
{
	struct text m = message(ANSWER, 3, "a.example", DNS_A);
	struct dns_answer a;

	(void)state;
	address4(&m, "@12", 0, 1);
	address4(&m, "@12", INT32_MAX, 2);
	address4(&m, "@12", 0xffffffff, 3);
	assert_true(answer_of(&m, &a));
	assert_int_equal(a.addresses[0].ttl, 0);
	assert_int_equal(a.addresses[1].ttl, INT32_MAX);
	assert_int_equal(a.addresses[2].ttl, 0);
}

static void many_addresses_are_bounded(void **state)
{
	struct text m = message(ANSWER, 200, "a.example", DNS_A);
	struct dns_answer a;

	(void)state;
	for (unsigned i = 0; i < 200; i++)
		address4(&m, "@12", 60, (uint8_t)i);
	assert_true(answer_of(&m, &a));
	assert_int_equal(a.address_count, DNS_ADDRESSES_MAX);
}

/* A name's address, where the name is a pointer that leads to it by way of so many others. */
static unsigned found_behind(unsigned pointers)
{
	struct text m = message(ANSWER, 2, "a.example", DNS_A), chain = {.length = 0};
	size_t begin = m.length + 11; /* of the first record's data */
	struct dns_answer a;

	u16(&chain, 0xc000 | 12);
	for (unsigned i = 1; i < pointers; i++)
		u16(&chain, 0xc000 | (unsigned)(begin + 2 * (i - 1)));
	record(&m, "", 99, 60, &chain);
	m.at[m.length++] = (uint8_t)(0xc0 | (begin + chain.length - 2) >> 8);
	m.at[m.length++] = (uint8_t)(begin + chain.length - 2);
	u16(&m, DNS_A);
	u16(&m, 1);
	u16(&m, 0);
	u16(&m, 60);
	u16(&m, 4);
	bytes(&m, (uint8_t[]){192, 0, 2, 1}, 4);
	assert_true(answer_of(&m, &a));
	return a.address_count;
}

/* A name may lie behind pointers to pointers, but not behind as many as a message has room for, which would have to be
 * followed for each record, and again for each name of a chain. */
static void pointers_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(found_behind(1), 1);
	assert_int_equal(found_behind(20), 1);
	assert_int_equal(found_behind(200), 0);
}

/* Of a stream what is there counts; a datagram that ends too soon is none. */
static void every_prefix(void **state)
{
	struct text m = message(ANSWER, 2, "a.example", DNS_A);
	struct dns_answer a;
	unsigned most = 0;

	(void)state;
	address4(&m, "@12", 60, 1);
	address4(&m, "@12", 60, 2);
	for (size_t length = 0; length <= m.length; length++) {
		bool open = dns_read_answer(reader_over(m.at, length, true), &a);

		if (open) {
			assert_true(a.address_count >= most);
			most = a.address_count;
		}
		assert_int_equal(dns_read_answer(reader_over(m.at, length, false), &a), length == m.length);
	}
	assert_int_equal(most, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_both_families),
		cmocka_unit_test(chains_in_any_order),
		cmocka_unit_test(hints_and_ech),
		cmocka_unit_test(edns_is_passed_over),
		cmocka_unit_test(what_teaches_nothing),
		cmocka_unit_test(loops_are_refused),
		cmocka_unit_test(names_with_odd_bytes),
		cmocka_unit_test(ttls_of_all_kinds),
		cmocka_unit_test(many_addresses_are_bounded),
		cmocka_unit_test(pointers_are_bounded),
		cmocka_unit_test(every_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
