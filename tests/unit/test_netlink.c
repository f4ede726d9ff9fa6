/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_netlink.c - answers that are missing or end early, as no kernel gives them: from another socket of this
 * process
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "netlink.h"

struct fixture {
	struct mnl_socket *us, *kernel; /* who plays it */
	_Alignas(struct nlmsghdr) char buffer[256];
};

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *new = mnl_socket_open2(NETLINK_USERSOCK, SOCK_CLOEXEC | SOCK_NONBLOCK);

	assert_non_null(new);
	assert_int_equal(mnl_socket_bind(new, 0, MNL_SOCKET_AUTOPID), 0);
	return new;
}

static int setup(void **state)
{
	static struct fixture f;

	f.us = open_socket();
	f.kernel = open_socket();
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	const struct fixture *f = *state;

	mnl_socket_close(f->us);
	mnl_socket_close(f->kernel);
	return 0;
}

/* The first length bytes of two messages of 36 bytes each. */
static void say(const struct fixture *f, size_t length)
{
	_Alignas(struct nlmsghdr) char bytes[72] = {0};
	const struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = mnl_socket_get_portid(f->us)};

	for (size_t at = 0; at < sizeof bytes; at += 36)
		((struct nlmsghdr *)(void *)(bytes + at))->nlmsg_len = 36;
	assert_int_equal(sendto(mnl_socket_get_fd(f->kernel), bytes, length, 0, (const struct sockaddr *)&to,
				sizeof to),
			 length);
}

static void assert_bad(struct fixture *f)
{
	errno = 0;
	assert_int_equal(netlink_answer(f->us, f->buffer, sizeof f->buffer), -1);
	assert_int_equal(errno, EBADMSG);
}

static void test_whole(void **state)
{
	struct fixture *f = *state;

	say(f, 36);
	say(f, 72);
	assert_int_equal(netlink_answer(f->us, f->buffer, sizeof f->buffer), 36);
	assert_int_equal(netlink_answer(f->us, f->buffer, sizeof f->buffer), 72);
}

static void test_missing(void **state)
{
	assert_bad(*state);
}

/* In the header, behind it, in the second message; and what comes behind it is not taken for the next answer. */
static void test_cut(void **state)
{
	static const size_t lengths[] = {1, 15, 16, 35, 37, 52, 71};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		say(f, lengths[i]);
		say(f, 36);
		assert_bad(f);
		assert_bad(f);
		say(f, 72);
		assert_int_equal(netlink_answer(f->us, f->buffer, sizeof f->buffer), 72);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
	};

	return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
