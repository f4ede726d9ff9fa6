/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_rates.c - what happens in an interval, from connections' counters and decisions
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rates.h"

static int setup(void **state)
{
	*state = rates_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	rates_free(*state);
	return 0;
}

static struct past_decision decided(unsigned number, const char *rule, const char *gateway, const char *host)
{
	struct past_decision past;

	memset(&past, 0, sizeof past);
	past.src = (struct key){.high = 1, .low = number / 1000};
	past.dst = (struct key){.high = 2, .low = number};
	past.sport = (uint16_t)(number % 1000);
	past.proto = 6;
	past.action = *gateway ? ACTION_VIA : ACTION_MAIN;
	snprintf(past.rule, sizeof past.rule, "%s", rule);
	snprintf(past.gateway, sizeof past.gateway, "%s", gateway);
	snprintf(past.host, sizeof past.host, "%s", host);
	return past;
}

static void flow(struct rates *rates, const struct past_decision *past, uint64_t sent, uint64_t received)
{
	struct ct_entry entry = {.key = past_key(past), .counted = true, .bytes = {sent, received}};

	rates_flow(rates, past, &entry);
}

/* "NAME connections decided sent received" of each row, in their order. */
static void expect(const json_t *event, const char *kind, const char *wanted)
{
	const json_t *rows = json_object_get(event, kind), *row;
	char text[512] = "";
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "name"));

		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s %d %d %d %d", i ? ", " : "",
			 name ? name : "null", (int)json_integer_value(json_object_get(row, "connections")),
			 (int)json_integer_value(json_object_get(row, "decided")),
			 (int)json_integer_value(json_object_get(row, "bytes_sent")),
			 (int)json_integer_value(json_object_get(row, "bytes_received")));
	}
	assert_string_equal(text, wanted);
}

static void told_by_what_they_have_carried_since(void **state)
{
	struct past_decision vpn = decided(1, "a.rules:1", "vpn", "x.test"), other = decided(2, "a.rules:2", "vpn", "y.test"),
		    main = decided(3, "", "", "");
	json_t *event;

	flow(*state, &vpn, 1000, 5000);
	flow(*state, &main, 70, 7);
	json_decref(rates_take(*state, 10));

	rates_decision(*state, &other);
	flow(*state, &vpn, 1500, 5100);
	flow(*state, &other, 20, 10); /* is new */
	flow(*state, &main, 70, 7);
	event = rates_take(*state, 10);
	expect(event, "rule", "a.rules:1 1 0 500 100, a.rules:2 1 1 20 10, null 1 0 0 0");
	expect(event, "gateway", "vpn 2 1 520 110, main 1 0 0 0");
	expect(event, "host", "x.test 1 0 500 100, y.test 1 1 20 10, null 1 0 0 0");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(event, "all"), "connections")), 3);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(event, "all"), "bytes_sent")), 520);
	json_decref(event);

	/* the same ends, but counted from nothing: another connection; one that is gone is in no row */
	flow(*state, &vpn, 40, 50);
	rates_decision(*state, &main);
	event = rates_take(*state, 10);
	expect(event, "gateway", "vpn 1 0 40 50, main 0 1 0 0");
	json_decref(event);
	event = rates_take(*state, 10);
	expect(event, "gateway", "");
	json_decref(event);
}

/* Many connections, clients and names: places are found again after the tables have grown. */
static void many(void **state)
{
	enum { MANY = 30000, LIMIT = 7 };
	json_t *event = NULL;

	for (uint64_t round = 0; round < 3; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			struct past_decision past;
			char host[32];

			snprintf(host, sizeof host, "h%u.test", i / 10);
			past = decided(i, "a.rules:1", "vpn", host);
			flow(*state, &past, round * 3, round * (i / 10 == 77 ? 100 : 1));
		}
		json_decref(event);
		event = rates_take(*state, LIMIT);
	}
	expect(event, "rule", "a.rules:1 30000 0 90000 30990");
	assert_int_equal(json_array_size(json_object_get(event, "host")), LIMIT);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(json_object_get(event, "host"), 0), "name")),
		"h77.test");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(event, "more"), "host")),
			 MANY / 10 - LIMIT);
	assert_int_equal(json_array_size(json_object_get(event, "client")), LIMIT);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(event, "more"), "client")),
			 MANY / 1000 - LIMIT);
	json_decref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(told_by_what_they_have_carried_since, setup, teardown),
		cmocka_unit_test_setup_teardown(many, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
