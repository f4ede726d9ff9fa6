/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_protocols.c - protocols are told by the names that rules take
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "past_filter.h"
#include "protocols.h"

static void test_names(void **state)
{
	char text[PROTOCOL_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < PROTOCOLS; i++)
		assert_non_null(protocols[i].name);
	assert_string_equal(protocol_text(6, text), "tcp");
	assert_string_equal(protocol_text(58, text), "icmpv6"); /* not its other name */
	assert_string_equal(protocol_text(253, text), "253");
	assert_null(protocol_name(253));
}

/* As explain does. */
static void test_decisions(void **state)
{
	static const struct {
		uint8_t proto;
		const char *name;
	} cases[] = {{17, "udp"}, {47, "gre"}, {50, "esp"}, {132, "sctp"}, {0, "0"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct flow_key key = {.src = key_of(1), .dst = key_of(2), .proto = cases[i].proto};
		json_t *ends = past_ends_json(&key);

		assert_string_equal(json_string_value(json_object_get(ends, "proto")), cases[i].name);
		json_decref(ends);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_decisions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
