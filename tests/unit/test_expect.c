/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_expect.c - packets that the engine was told of ahead are judged as those that come unexpected
 *
 * Two engines are given the same packets; one is told of each some packets before. Rules change meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine.h"
#include "load.h"

#define RANDOM_SEED 88172645463325252ULL
#include "random.h"

enum { RULES = 300, PACKETS = 20000, AHEAD_MAX = 2 * EXPECTED_MAX, GATEWAYS = 20 };

/* Rules by destination, by destination and port, by source, of both families, beginning with one of these forms;
 * and one that needs payload. */
static struct loaded random_rules(unsigned first)
{
	static const struct {
		const char *before, *behind;
	} forms[] = {
		{"tcp daddr 10.0.", ".7"},    {"daddr 10.0.", ".0/24"}, {"daddr fd00::", ""},
		{"daddr fd00:0:0:", "::/64"}, {"udp dport ", ""},       {"udp saddr 10.9.0.", ""},
	};
	enum { FORMS = sizeof forms / sizeof *forms };
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	struct loaded loaded;

	for (unsigned i = 0; i < GATEWAYS; i++)
		fprintf(out, "gateway g%u { device tun%u }\n", i, i);
	for (unsigned i = 0; i < RULES; i++) {
		unsigned form = (first + i) % FORMS;

		fprintf(out, "%s%u%s via g%u\n", forms[form].before, i / FORMS + 1, forms[form].behind,
			random_below(GATEWAYS));
		if (i == RULES / 2)
			fputs("tcp dport 443 host .example.net via g0\n", out);
	}
	fclose(out);
	loaded = load_text("test.rules", text, length);
	free(text);
	diags_print(loaded.diags, stderr, false);
	assert_non_null(loaded.ruleset);
	return loaded;
}

struct arrival {
	uint8_t bytes[60];
	size_t length;
	struct packet packet[2]; /* as each engine gets it */
};

/* UDP or a SYN, of IPv4 or IPv6. */
static void arrive(struct arrival *arrival, uint32_t id)
{
	bool six = random_below(2), udp = random_below(2);
	size_t header = six ? 40 : 20, transport = udp ? 8 : 20;
	uint8_t *ip = arrival->bytes, *at = ip + header;

	memset(arrival, 0, sizeof *arrival);
	arrival->length = header + transport;
	ip[0] = six ? 0x60 : 0x45;
	ip[six ? 5 : 3] = (uint8_t)(six ? transport : arrival->length);
	ip[six ? 6 : 9] = udp ? IPPROTO_UDP : IPPROTO_TCP;
	if (six) {
		ip[8] = ip[24] = 0xfd;
		ip[31] = ip[39] = (uint8_t)random_below(2 + RULES / 6);
		ip[random_below(2) ? 31 : 39] = 0;
	} else {
		memcpy(ip + 12, (uint8_t[]){10, 9, 0, (uint8_t)random_below(2 + RULES / 6)}, 4);
		memcpy(ip + 16, (uint8_t[]){10, 0, (uint8_t)random_below(2 + RULES / 6), random_below(2) ? 7 : 8},
		       4);
	}
	at[0] = (uint8_t)(1 + random_below(200));
	at[1] = (uint8_t)id;
	at[2] = random_below(2) ? 443 >> 8 : 0;
	at[3] = at[2] ? 443 & 0xff : (uint8_t)random_below(2 + RULES / 6);
	if (udp)
		at[5] = 8;
	else
		memcpy(at + 12, (uint8_t[]){0x50, TCP_SYN}, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(packet_parse(&arrival->packet[i], ip, arrival->length, 0), PACKET_OK);
		arrival->packet[i].id = id;
	}
}

/* Returns whether it was sent by a gateway. */
static bool judged_alike(struct engine *engines[2], struct arrival *arrival, uint64_t now)
{
	struct verdict verdicts[2][64];
	size_t counts[2];

	for (int i = 0; i < 2; i++)
		counts[i] = engine_packet(engines[i], &arrival->packet[i], PACKET_OK, now, verdicts[i]);
	assert_int_equal(counts[0], counts[1]);
	for (size_t i = 0; i < counts[0]; i++) {
		assert_int_equal(verdicts[0][i].id, verdicts[1][i].id);
		assert_int_equal(verdicts[0][i].mark, verdicts[1][i].mark);
		assert_int_equal(verdicts[0][i].drop, verdicts[1][i].drop);
	}
	return counts[0] && verdicts[0][0].mark && verdicts[0][0].mark != 0xff;
}

static void test_as_unexpected(void **state)
{
	static struct arrival arrivals[PACKETS];
	struct engine_config config = {.seed = 7};
	struct loaded rules[2] = {random_rules(0), random_rules(4)};
	struct engine *engines[2] = {engine_new(rules[0].ruleset, &config), engine_new(rules[0].ruleset, &config)};
	unsigned told = 0, diverted = 0;

	(void)state;
	for (uint32_t i = 0; i < PACKETS; i++) {
		unsigned ahead = random_below(20) ? EXPECTED_MAX - 1 : random_below(AHEAD_MAX);

		for (; told < PACKETS && told <= i + ahead; told++) {
			arrive(&arrivals[told], told);
			if (random_below(10))
				engine_expect(engines[0], &arrivals[told].packet[0]);
		}
		if (random_below(100) == 0)
			for (int k = 0; k < 2; k++)
				assert_true(engine_set_ruleset(engines[k], rules[i / 100 & 1].ruleset, NULL));
		diverted += judged_alike(engines, &arrivals[i], (i + 1) * 1000000ULL);
	}
	assert_true(diverted > PACKETS / 10 && diverted < PACKETS);
	for (int i = 0; i < 2; i++) {
		engine_free(engines[i]);
		ruleset_free(rules[i].ruleset);
		loaded_free(&rules[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_unexpected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
