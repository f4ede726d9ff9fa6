/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_control.c - requests on the control socket
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control_protocol.h"

static const struct control_field fields[] = {
	{"gateway", JSON_STRING, false, "a gateway's name"},
	{"limit", JSON_INTEGER, false, "so many at most"},
	{"all", JSON_TRUE, false, "all of them"},
	{"port", JSON_INTEGER, true, "the destination's port"},
	{0},
};

static const struct {
	const char *line, *code, *message; /* code NULL: it is good; message: a part of what is said */
} cases[] = {
	{"{\"verb\":\"x\",\"port\":1}", NULL, NULL},
	{"{\"version\":1,\"verb\":\"x\",\"port\":1,\"gateway\":\"g\",\"limit\":2,\"all\":true}", NULL, NULL},
	{"  {\"verb\":\"x\",\"port\":1,\"all\":false}\r", NULL, NULL},
	{"", "bad-request", "no JSON, at byte"},
	{"\"verb\"", "bad-request", "no JSON"},
	{"[]", "bad-request", "a request is a JSON object"},
	{"{}", "bad-request", "\"verb\""},
	{"{\"verb\":null}", "bad-request", "\"verb\""},
	{"{\"verb\":\"x\"", "bad-request", "no JSON, at byte 11"},
	{"{\"verb\":\"x\"} {\"verb\":\"x\"}", "bad-request", "no JSON"},
	{"{\"verb\":\"x\",\"verb\":\"y\"}", "bad-request", "duplicate"},
	{"{\"verb\":\"\xff\"}", "bad-request", "decode byte 0xff"},
	{"{\"version\":0,\"verb\":\"x\"}", "bad-version", "version 1"},
	{"{\"version\":\"1\",\"verb\":\"x\"}", "bad-version", "version 1"},
	{"{\"verb\":\"x\"}", "bad-argument", "\"port\" is missing: the destination's port"},
	{"{\"verb\":\"x\",\"port\":\"1\"}", "bad-argument", "\"port\" is an integer"},
	{"{\"verb\":\"x\",\"port\":1.0}", "bad-argument", "\"port\" is an integer"},
	{"{\"verb\":\"x\",\"port\":1,\"all\":1}", "bad-argument", "\"all\" is true or false"},
	{"{\"verb\":\"x\",\"port\":1,\"gatway\":\"g\"}", "bad-argument", "did you mean \"gateway\"?"},
	{"{\"verb\":\"x\",\"port\":1,\"\":\"g\"}", "bad-argument", "there is no argument \"\""},
};

static void requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct control_error error = {0};
		json_t *request = control_parse(cases[i].line, strlen(cases[i].line), &error);
		bool good = request && control_check(request, fields, &error);

		json_decref(request);
		assert_int_equal(good, cases[i].code == NULL);
		if (good)
			continue;
		assert_string_equal(control_code_name(error.code), cases[i].code);
		if (!strstr(error.message, cases[i].message))
			fail_msg("%s: %s", cases[i].line, error.message);
	}
}

/* Ten thousand brackets: refused, and the stack is still there. */
static void depth(void **state)
{
	static char line[10000];
	struct control_error error = {0};

	(void)state;
	memset(line, '[', sizeof line);
	assert_null(control_parse(line, sizeof line, &error));
	assert_int_equal(error.code, CONTROL_BAD_REQUEST);
}

static void answers(void **state)
{
	struct control_error error;
	char *text;
	json_t *answer;

	(void)state;
	answer = control_message("x", "result", json_integer(7));
	text = json_dumps(answer, JSON_COMPACT);
	assert_string_equal(text, "{\"version\":1,\"verb\":\"x\",\"result\":7}");
	free(text);
	json_decref(answer);
	control_error_set(&error, CONTROL_BUSY, "%s", "\xff!");
	answer = control_failure(NULL, &error);
	text = json_dumps(answer, JSON_COMPACT);
	assert_string_equal(text, "{\"version\":1,\"error\":{\"code\":\"busy\",\"message\":\"?!\"}}");
	free(text);
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(depth),
		cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
