/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_rtnl.c - requests and dumps over a real route netlink socket, in a network namespace of their own
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <unistd.h>

#include "rtmsg.h"
#include "rtnl.h"

/* So many that a dump takes several datagrams, with time for a change between two of them. */
enum { ADDRESSES = 2000 };

struct fixture {
	struct rtnl rtnl, other;
	bool namespace;
};

static int setup(void **state)
{
	static struct fixture f;

	f.namespace = !unshare(CLONE_NEWNET) || !unshare(CLONE_NEWUSER | CLONE_NEWNET);
	if (rtnl_open(&f.rtnl) || rtnl_open(&f.other))
		return -1;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	rtnl_close(&f->rtnl);
	rtnl_close(&f->other);
	return 0;
}

static struct fixture *in_namespace(void **state)
{
	struct fixture *f = *state;

	if (!f->namespace) {
		print_message("no network namespace of its own to be had\n");
		skip();
	}
	return f;
}

/* Adds or removes 127.1.0.0 + number on lo, which every namespace has. */
static int change(struct rtnl *rtnl, bool add, uint32_t number)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct ifaddrmsg *address;
	uint32_t bytes = htonl(0x7f010000 + number);
	struct nlmsghdr *request = rtnl_begin(buffer, add ? RTM_NEWADDR : RTM_DELADDR,
					      add ? NLM_F_CREATE | NLM_F_EXCL : 0, sizeof *address, &address);

	address->ifa_family = AF_INET;
	address->ifa_prefixlen = 32;
	address->ifa_index = 1;
	mnl_attr_put_u32(request, IFA_LOCAL, bytes);
	return rtnl_request(rtnl, request);
}

static void test_requests_are_answered(void **state)
{
	struct fixture *f = in_namespace(state);

	assert_int_equal(change(&f->rtnl, true, 1), 0);
	assert_int_equal(change(&f->rtnl, true, 1), -EEXIST);
	assert_int_equal(change(&f->rtnl, false, 1), 0);
	assert_int_equal(change(&f->rtnl, false, 1), -EADDRNOTAVAIL);
}

static void test_the_kernels_words(void **state)
{
	struct fixture *f = in_namespace(state);
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct entry route = {
		.kind = ENTRY_ROUTE, .table = 7, .type = RTN_UNICAST, .protocol = 100, .has_hop = true};

	route.hop = key_from_ipv4((uint8_t[]){192, 0, 2, 1});
	assert_int_equal(rtnl_request(&f->rtnl, rtmsg_add(buffer, &route)), -ENETUNREACH);
	assert_string_not_equal(f->rtnl.reason, "");
	assert_int_equal(change(&f->rtnl, true, 1), 0);
	assert_string_equal(f->rtnl.reason, "");
	assert_int_equal(change(&f->rtnl, false, 1), 0);
}

/* A dump's receiver that changes what is dumped while it is being told. */
struct meddler {
	struct rtnl *other;
	unsigned changes; /* still to be made, one in each pass */
	unsigned restarts;
	unsigned count; /* of messages, in this pass */
	bool changed;   /* likewise */
};

static void meddle(void *ctx, const struct nlmsghdr *message)
{
	struct meddler *m = ctx;

	assert_int_equal(message->nlmsg_type, RTM_NEWADDR);
	m->count++;
	if (m->changes && !m->changed) {
		m->changes--;
		m->changed = true;
		assert_int_equal(change(m->other, true, ADDRESSES + m->changes), 0);
	}
}

static void meddle_again(void *ctx)
{
	struct meddler *m = ctx;

	m->restarts++;
	m->count = 0;
	m->changed = false;
}

static int dump(struct fixture *f, struct meddler *m)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct ifaddrmsg *address;

	m->other = &f->other;
	return rtnl_dump(&f->rtnl, rtnl_begin(buffer, RTM_GETADDR, 0, sizeof *address, &address), meddle,
			 meddle_again, m);
}

static void test_interrupted_dumps_are_repeated(void **state)
{
	struct fixture *f = in_namespace(state);
	struct meddler m = {.changes = 3}, forever = {.changes = 1000};

	for (uint32_t i = 0; i < ADDRESSES; i++)
		assert_int_equal(change(&f->rtnl, true, i), 0);
	assert_int_equal(dump(f, &m), 0);
	assert_int_equal(m.restarts, 3);
	assert_int_equal(m.count, ADDRESSES + 3);
	/* It ends, even if the changes do not; and the socket is fit for use. */
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(change(&f->rtnl, false, ADDRESSES + i), 0);
	assert_int_equal(dump(f, &forever), -EAGAIN);
	assert_int_equal(change(&f->rtnl, false, 0), 0);
}

static void test_a_closed_socket_is_an_error(void **state)
{
	struct rtnl rtnl;

	(void)state;
	assert_int_equal(rtnl_open(&rtnl), 0);
	close(mnl_socket_get_fd(rtnl.socket));
	assert_int_equal(change(&rtnl, true, 1), -EBADF);
	rtnl_close(&rtnl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_are_answered),
		cmocka_unit_test(test_the_kernels_words),
		cmocka_unit_test(test_interrupted_dumps_are_repeated),
		cmocka_unit_test(test_a_closed_socket_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
