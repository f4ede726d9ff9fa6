/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_nft.c - nf_tables in a network namespace of the test's own, and libnftables where it cannot go on
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "nft.h"

#define TABLE "nfqroute"

static int setup(void **state)
{
	static bool namespace;

	namespace = !unshare(CLONE_NEWNET) || !unshare(CLONE_NEWUSER | CLONE_NEWNET);
	*state = &namespace;
	return 0;
}

static void in_namespace(void **state)
{
	const bool *namespace = *state;

	if (!*namespace) {
		print_message("no network namespace of its own to be had\n");
		skip();
	}
}

static void assert_runs(const char *commands)
{
	char error[256] = "";

	if (!nft_run(commands, error, sizeof error))
		fail_msg("%s", error);
}

static void assert_listed(const char *expected)
{
	char *text = nft_list("list table inet " TABLE);

	assert_non_null(text);
	if (*expected)
		assert_non_null(strstr(text, expected));
	else
		assert_string_equal(text, "");
	free(text);
}

static void test_run_list_remove(void **state)
{
	in_namespace(state);
	assert_listed("");
	assert_runs("table inet " TABLE
		    " { chain c { type filter hook input priority 0; meta mark 0x9 counter accept; }\n}");
	assert_listed("meta mark 0x00000009 counter accept");
	assert_int_equal(nft_remove_table(TABLE), 0);
	assert_listed("");
	assert_int_equal(nft_remove_table(TABLE), 0);
}

static void test_other_tables_stay(void **state)
{
	in_namespace(state);
	assert_runs("table inet " TABLE " {\nchain c { }\n}\ntable ip " TABLE " {\nchain c { }\n}");
	assert_int_equal(nft_remove_table(TABLE), 0);
	assert_listed("");
	assert_runs("list table ip " TABLE);
	assert_runs("delete table ip " TABLE);
}

static void test_a_refusal_is_told(void **state)
{
	char error[256] = "";

	in_namespace(state);
	assert_false(nft_run("table inet " TABLE " {\nchain c { nonsense }\n}", error, sizeof error));
	assert_non_null(strstr(error, "syntax error"));
	assert_null(strchr(error, '\n'));
	assert_listed("");
	assert_false(nft_run("nonsense", error, 8));
	assert_int_equal(strlen(error), 7);
}

/* It gets no socket, and exits. */
static void test_its_exit_is_not_ours(void **state)
{
	struct rlimit before, few;
	char error[256] = "";
	int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char *text;

	in_namespace(state);
	close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)lowest + 2; /* room for what it says */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_false(nft_run("table inet " TABLE " {\n}", error, sizeof error));
	text = nft_list("list table inet " TABLE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(text);
	assert_non_null(strstr(error, "Too many open files"));
	assert_listed("");
	assert_int_equal(open("/dev/null", O_RDONLY | O_CLOEXEC), lowest); /* and nothing is left open */
	close(lowest);
}

static void test_errors_without_a_socket(void **state)
{
	struct rlimit before, none;
	int error;

	in_namespace(state);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	error = nft_remove_table(TABLE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(error, EMFILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_list_remove),         cmocka_unit_test(test_other_tables_stay),
		cmocka_unit_test(test_a_refusal_is_told),       cmocka_unit_test(test_its_exit_is_not_ours),
		cmocka_unit_test(test_errors_without_a_socket),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
