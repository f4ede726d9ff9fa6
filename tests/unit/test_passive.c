/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_passive.c - whether the connections that begin by a gateway are answered
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "passive.h"

#define SECOND UINT64_C(1000000000)
#define TIMEOUT (3 * SECOND)

static struct flow_key connection(unsigned server, unsigned port)
{
	const uint8_t client[4] = {10, 0, 0, 1}, address[4] = {192, 0, 2, (uint8_t)server};

	return (struct flow_key){.src = key_from_ipv4(client),
				 .dst = key_from_ipv4(address),
				 .sport = (uint16_t)port,
				 .dport = 443,
				 .proto = 6};
}

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct passive));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* Of a connection, a second after the one before: a letter is a server; in capitals it answers after 10 ms, else
 * not at all; '.' is a pause as long as the timeout. */
static uint64_t run(struct passive *passive, const char *text, uint64_t now)
{
	static unsigned port = 1024;

	for (; *text; text++) {
		unsigned server = (unsigned)*text & 31;
		struct flow_key key = connection(server, port++);

		now += *text == '.' ? TIMEOUT : SECOND / 100;
		if (*text != '.')
			passive_begin(passive, &key, now);
		if (*text >= 'A' && *text <= 'Z')
			passive_answer(passive, &key, now + SECOND / 100);
		passive_look(passive, TIMEOUT, now);
	}
	return now;
}

static const struct {
	const char *connections;
	unsigned silent;
} cases[] = {
	{"abc", 0},                         /* there is still time */
	{"abc.", 3},      {"aaaaaaaa.", 1}, /* one server that is dead */
	{"ab.ab.ab.", 2}, {"abc.Z", 0},     /* one that answers speaks for the gateway */
	{"abc.Zd.", 1},   {"abZc.", 3},     /* who was answered before they were overdue tells nothing of them */
};

static void in_a_row(void **state)
{
	struct passive *passive = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		memset(passive, 0, sizeof *passive);
		run(passive, cases[i].connections, SECOND);
		assert_int_equal(passive->silent_count, cases[i].silent);
		assert_int_equal(passive_suspects(passive, 3), cases[i].silent >= 3);
	}
}

/* Refused or given up by the client: no sign. */
static void ended_early(void **state)
{
	struct passive *passive = *state;

	for (unsigned server = 1; server <= 20; server++) {
		struct flow_key key = connection(server, 1024);

		passive_begin(passive, &key, SECOND);
		passive_end(passive, &key);
	}
	assert_int_equal(passive->watching, 0);
	passive_look(passive, TIMEOUT, 9 * SECOND);
	assert_int_equal(passive->unanswered, 0);
}

/* An answer that comes when nobody waits for it any more is one all the same. */
static void answered_late(void **state)
{
	struct passive *passive = *state;
	struct flow_key key = connection(1, 1024);

	passive_begin(passive, &key, SECOND);
	passive_look(passive, TIMEOUT, 9 * SECOND);
	assert_int_equal(passive->silent_count, 1);
	passive_answer(passive, &key, 10 * SECOND);
	assert_int_equal(passive->silent_count, 0);
	assert_int_equal(passive->answer_us, 0); /* how long it took is not known any more */
}

static void events_lost(void **state)
{
	struct passive *passive = *state;

	run(passive, "abc.defg", SECOND);
	passive_forget(passive);
	assert_int_equal(passive->watching, 0);
	passive_look(passive, TIMEOUT, 99 * SECOND);
	assert_false(passive_suspects(passive, 1));
}

/* However many begin at once, memory is what it is, and the count is right where they are watched. */
static void flood(void **state)
{
	struct passive *passive = *state;

	for (unsigned i = 0; i < 100000; i++) {
		struct flow_key key = connection(i & 0xff, i & 0xffff);

		passive_begin(passive, &key, SECOND);
	}
	assert_int_equal(passive->begun, 100000);
	assert_true(passive->watching <= PASSIVE_WATCHED);
	passive_look(passive, TIMEOUT, 9 * SECOND);
	assert_int_equal(passive->watching, 0);
	assert_true(passive->unanswered <= PASSIVE_WATCHED);
	assert_true(passive->silent_count <= PASSIVE_SILENT);
	run(passive, "Z", 10 * SECOND);
	assert_false(passive_suspects(passive, 1));
}

static void answer_time(void **state)
{
	struct passive *passive = *state;
	struct flow_key key = connection(1, 1024);

	passive_begin(passive, &key, SECOND);
	passive_answer(passive, &key, SECOND + 16 * SECOND / 1000);
	assert_int_equal(passive->answer_us, 16000);
	passive_begin(passive, &key, 2 * SECOND);
	passive_answer(passive, &key, 2 * SECOND + 24 * SECOND / 1000);
	assert_int_equal(passive->answer_us, 17000);
}

static void assert_target(struct passive *passive, unsigned server)
{
	struct flow_key key = connection(server, 0);
	struct endpoint target;

	assert_true(passive_target(passive, &target));
	assert_true(key_equal(target.address, key.dst));
	assert_int_equal(target.port, 443);
}

static void targets(void **state)
{
	struct passive *passive = *state;
	struct endpoint target;

	assert_false(passive_target(passive, &target));
	run(passive, "ABCDEFDab.", SECOND);
	/* the latest first, each once, four of them; then those that did not */
	assert_target(passive, 'D' & 31);
	assert_target(passive, 'F' & 31);
	assert_target(passive, 'E' & 31);
	assert_target(passive, 'C' & 31);
	for (int i = 0; i < 2; i++)
		assert_true(passive_target(passive, &target));
	assert_target(passive, 'D' & 31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(in_a_row, setup, teardown),
		cmocka_unit_test_setup_teardown(ended_early, setup, teardown),
		cmocka_unit_test_setup_teardown(answered_late, setup, teardown),
		cmocka_unit_test_setup_teardown(events_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(flood, setup, teardown),
		cmocka_unit_test_setup_teardown(answer_time, setup, teardown),
		cmocka_unit_test_setup_teardown(targets, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
