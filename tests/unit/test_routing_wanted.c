/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_routing_wanted.c - which routes and rules a ruleset needs, and what is done about the difference
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "routing.h"
#include "wanted.h"

#define BOTH (1U << FAMILY_IPV4 | 1U << FAMILY_IPV6)

/* Devices: eth0 (2) with both families, tun0 (3) point-to-point with IPv4 only, tun1 (4) down. */
struct fixture {
	struct links *links;
	struct gateway gateway;
	struct ruleset ruleset;
	struct entries wanted, have, main;
	struct plan plan;
};

static struct key address(const char *text)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		return key_from_ipv4(bytes);
	assert_int_equal(inet_pton(AF_INET6, text, bytes), 1);
	return key_from_ipv6(bytes);
}

static void put_link(struct links *links, unsigned index, const char *name, unsigned flags)
{
	struct link link = {.index = index, .flags = flags};

	strcpy(link.name, name);
	assert_true(links_put(links, &link));
}

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.links = links_new()};
	assert_non_null(f.links);
	put_link(f.links, 4, "tun1", IFF_POINTOPOINT);
	put_link(f.links, 2, "eth0", IFF_UP | IFF_BROADCAST);
	put_link(f.links, 3, "tun0", IFF_UP | IFF_POINTOPOINT);
	links_put_address(f.links, 2, address("192.168.1.5"), 24);
	links_put_address(f.links, 2, address("fd00::5"), 64);
	links_put_address(f.links, 3, address("10.8.0.2"), 32);
	f.gateway = (struct gateway){
		.name = "vpn", .file = "10.rules", .line = 1, .table = 2, .mark = 0x9, .priority = 10};
	f.ruleset.gateways = &f.gateway;
	f.ruleset.gateway_count = 1;
	assert_true(marks_layout(&f.ruleset.marks, 0xff));
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	links_free(f->links);
	entries_free(&f->wanted);
	entries_free(&f->have);
	entries_free(&f->main);
	plan_free(&f->plan);
	return 0;
}

static void set_hop(struct fixture *f, const char *ipv4, const char *ipv6)
{
	f->gateway.family[FAMILY_IPV4].has_hop = ipv4;
	f->gateway.family[FAMILY_IPV6].has_hop = ipv6;
	if (ipv4)
		f->gateway.family[FAMILY_IPV4].hop = address(ipv4);
	if (ipv6)
		f->gateway.family[FAMILY_IPV6].hop = address(ipv6);
}

static void set_device(struct fixture *f, const char *name)
{
	strcpy(f->gateway.device, name);
}

static void want_of(struct fixture *f, struct entries *list, unsigned families)
{
	const struct surroundings around = {.links = f->links, .main = &f->main};

	wanted_all(list, &f->ruleset, families, &around);
}

/* An IPv6 route of the main table. */
static struct entry *put_main(struct fixture *f, const char *prefix, uint8_t length, unsigned device)
{
	const struct entry route = {.kind = ENTRY_ROUTE,
				    .family = FAMILY_IPV6,
				    .protocol = RTPROT_KERNEL,
				    .table = RT_TABLE_MAIN,
				    .type = RTN_UNICAST,
				    .priority = 256,
				    .dst = address(prefix),
				    .dst_length = length,
				    .device = device,
				    .gateway = -1};

	entries_add(&f->main, &route);
	return &f->main.at[f->main.count - 1];
}

static void want(struct fixture *f)
{
	entries_free(&f->wanted);
	want_of(f, &f->wanted, BOTH);
	assert_false(f->wanted.failed);
}

/* What the kernel shows after everything wanted was put in. */
static void have_all(struct fixture *f)
{
	want(f);
	for (size_t i = 0; i < f->wanted.count; i++) {
		struct entry entry = f->wanted.at[i];

		entry.gateway = -1;
		if (entry.kind == ENTRY_ROUTE && entry.type == RTN_UNICAST && !entry.device)
			entry.device = 2;
		entries_add(&f->have, &entry);
	}
}

static void expect_missing(struct fixture *f, size_t count)
{
	want(f);
	plan_free(&f->plan);
	plan_missing(&f->plan, &f->have, &f->wanted);
	assert_int_equal(f->plan.count, count);
}

static void expect_stale(struct fixture *f, size_t count)
{
	want(f);
	plan_free(&f->plan);
	plan_stale(&f->plan, &f->have, &f->wanted);
	assert_int_equal(f->plan.count, count);
}

static enum path path(const struct fixture *f, enum family family)
{
	return wanted_path(&f->gateway, family, f->links);
}

static void test_paths(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(path(f, FAMILY_IPV4), PATH_REFUSED); /* neither next hop nor device */
	set_hop(f, "192.168.1.1", NULL);
	assert_int_equal(path(f, FAMILY_IPV4), PATH_READY);
	assert_int_equal(path(f, FAMILY_IPV6), PATH_REFUSED);
	set_device(f, "tun0");
	assert_int_equal(path(f, FAMILY_IPV6), PATH_NO_ADDRESS);
	f->gateway.family[FAMILY_IPV6].policy = FAMILY_YES;
	assert_int_equal(path(f, FAMILY_IPV6), PATH_READY);
	f->gateway.family[FAMILY_IPV6].policy = FAMILY_UNREACHABLE;
	assert_int_equal(path(f, FAMILY_IPV6), PATH_REFUSED);
	f->gateway.family[FAMILY_IPV6].policy = FAMILY_MAIN;
	assert_int_equal(path(f, FAMILY_IPV6), PATH_MAIN);
}

static void test_paths_by_device(void **state)
{
	struct fixture *f = *state;

	set_device(f, "tun0");
	assert_int_equal(path(f, FAMILY_IPV4), PATH_READY);
	assert_int_equal(path(f, FAMILY_IPV6), PATH_NO_ADDRESS);
	links_put_address(f->links, 3, address("fd08::2"), 64);
	assert_int_equal(path(f, FAMILY_IPV6), PATH_READY);
	links_drop_address(f->links, 3, address("10.8.0.2"), 32);
	assert_int_equal(path(f, FAMILY_IPV4), PATH_NO_ADDRESS);
	set_device(f, "eth0"); /* needs a next hop: a neighbour for every address of the world cannot be meant */
	assert_int_equal(path(f, FAMILY_IPV4), PATH_REFUSED);
	set_device(f, "tun1");
	assert_int_equal(path(f, FAMILY_IPV4), PATH_DEVICE_DOWN);
	links_drop(f->links, 4);
	assert_int_equal(path(f, FAMILY_IPV4), PATH_NO_DEVICE);
}

static void test_order_and_content(void **state)
{
	struct fixture *f = *state;
	const struct entry *at;

	set_hop(f, "192.168.1.1", "fd00::1");
	set_device(f, "eth0");
	f->gateway.onlink = true;
	want(f);
	assert_int_equal(f->wanted.count, 7);
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		at = f->wanted.at + 4 * family;
		assert_int_equal(at[0].type, RTN_UNREACHABLE);
		assert_int_equal(at[0].priority, METRIC_UNREACHABLE);
		assert_int_equal(at[1].type, RTN_UNICAST);
		assert_true(at[1].has_hop && at[1].onlink);
		assert_int_equal(at[1].device, 2);
		assert_int_equal(at[1].table, 2);
		if (family == FAMILY_IPV4) {
			assert_true(at[2].suppress);
			assert_int_equal(at[2].priority, 9);
			assert_int_equal(at[2].table, RT_TABLE_MAIN);
		} else {
			at--; /* copies of main's routes instead, and there are none */
		}
		assert_false(at[3].suppress);
		assert_int_equal(at[3].priority, 10);
		assert_int_equal(at[3].table, 2);
		assert_int_equal(at[3].mark, 0x9);
		assert_int_equal(at[3].mask, 0x7f); /* without the open bit */
	}
}

static void test_policies(void **state)
{
	struct fixture *f = *state;

	set_hop(f, "192.168.1.1", NULL);
	want(f); /* IPv6: unreachable alone, and the rules that lead to it */
	assert_int_equal(f->wanted.count, 4 + 2);
	f->gateway.family[FAMILY_IPV6].policy = FAMILY_MAIN;
	want(f);
	assert_int_equal(f->wanted.count, 4);
	want_of(f, &f->have, 1U << FAMILY_IPV6);
	assert_int_equal(f->have.count, 0);
}

static void test_nothing_to_do(void **state)
{
	struct fixture *f = *state;

	set_hop(f, "192.168.1.1", "fd00::1");
	have_all(f);
	expect_missing(f, 0);
	expect_stale(f, 0);
}

static void test_each_alone_missing(void **state)
{
	struct fixture *f = *state;

	set_hop(f, "192.168.1.1", "fd00::1");
	have_all(f);
	for (size_t i = 0; i < f->have.count; i++) {
		struct entry gone = f->have.at[i];

		f->have.at[i] = f->have.at[--f->have.count];
		expect_missing(f, 1);
		assert_int_equal(f->plan.at[0].action, STEP_ADD);
		assert_int_equal(f->plan.at[0].entry.kind, gone.kind);
		assert_int_equal(f->plan.at[0].entry.priority, gone.priority);
		f->have.at[f->have.count++] = f->have.at[i];
		f->have.at[i] = gone;
	}
}

static void test_foreign_same_is_adopted(void **state)
{
	struct fixture *f = *state;

	set_hop(f, "192.168.1.1", "fd00::1");
	have_all(f);
	for (size_t i = 0; i < f->have.count; i++)
		f->have.at[i].protocol = RTPROT_BOOT;
	f->have.at[1].priority = 77; /* a default route's metric does not matter where it is alone */
	expect_missing(f, 0);
	f->ruleset.gateway_count = 0;
	expect_stale(f, 0); /* and never removed */
}

static void test_rule_with_further_selectors_is_no_match(void **state)
{
	struct fixture *f = *state;

	set_hop(f, "192.168.1.1", "fd00::1");
	have_all(f);
	for (size_t i = 0; i < f->have.count; i++)
		f->have.at[i].foreign_parts = f->have.at[i].kind == ENTRY_RULE;
	expect_missing(f, 3);
	expect_stale(f, 0);
}

static void test_new_hop_replaces(void **state)
{
	struct fixture *f = *state;

	set_hop(f, "192.168.1.1", "fd00::1");
	have_all(f);
	set_hop(f, "192.168.1.2", "fd00::1");
	expect_missing(f, 1);
	assert_int_equal(f->plan.at[0].action, STEP_REPLACE);
	assert_true(key_equal(f->plan.at[0].entry.hop, address("192.168.1.2")));
	assert_true(key_equal(f->plan.at[0].old.hop, address("192.168.1.1")));
}

static void test_astray_is_put_in_anew_and_nothing_else(void **state)
{
	struct fixture *f = *state;

	set_hop(f, "192.168.1.1", "fd00::1");
	have_all(f);
	for (size_t i = 0; i < f->have.count; i++)
		if (entry_is_way(&f->have.at[i]) && f->have.at[i].family == FAMILY_IPV6)
			f->have.at[i].astray = true;
	expect_missing(f, 0);
	expect_stale(f, 0);
	plan_renewed(&f->plan, &f->have, &f->wanted);
	assert_int_equal(f->plan.count, 1);
	assert_int_equal(f->plan.at[0].action, STEP_REPLACE);
	assert_int_equal(f->plan.at[0].entry.family, FAMILY_IPV6);
	assert_true(f->plan.at[0].old.astray);
}

static void test_vanished_device_leaves_the_unreachable(void **state)
{
	struct fixture *f = *state;

	set_device(f, "tun0");
	have_all(f);
	links_drop(f->links, 3);
	expect_missing(f, 0);
	expect_stale(f, 1); /* the default route, if the kernel has not taken it already */
	assert_int_equal(f->plan.at[0].entry.type, RTN_UNICAST);
}

static void test_stale_rules_go_before_routes(void **state)
{
	struct fixture *f = *state;

	set_hop(f, "192.168.1.1", "fd00::1");
	have_all(f);
	f->gateway.table = 3;
	expect_missing(f, 6); /* the suppressing rule serves on */
	expect_stale(f, 6);
	for (size_t i = 0; i < f->plan.count; i++) {
		assert_int_equal(f->plan.at[i].action, STEP_REMOVE);
		assert_int_equal(f->plan.at[i].entry.kind, i < 2 ? ENTRY_RULE : ENTRY_ROUTE);
		assert_int_equal(f->plan.at[i].entry.table, 2);
	}
}

static const struct entry *conflict(struct fixture *f, const struct entry *other)
{
	const struct entry *found = NULL;

	entries_free(&f->have);
	entries_add(&f->have, other);
	want(f);
	for (size_t i = 0; i < f->wanted.count && !found; i++)
		found = entries_conflict(&f->have, &f->wanted, &f->wanted.at[i]);
	return found;
}

static void test_conflicts(void **state)
{
	struct fixture *f = *state;
	struct entry other = {.kind = ENTRY_ROUTE,
			      .family = FAMILY_IPV4,
			      .protocol = RTPROT_BOOT,
			      .table = 2,
			      .type = RTN_UNICAST,
			      .has_hop = true,
			      .hop = address("192.168.1.9"),
			      .device = 2};

	set_hop(f, "192.168.1.1", "fd00::1");
	assert_non_null(conflict(f, &other));
	other.priority = 500; /* it would take over where ours vanishes */
	assert_non_null(conflict(f, &other));
	other.table = 3;
	assert_null(conflict(f, &other));
	other.table = 2;
	other.hop = address("192.168.1.1");
	assert_null(conflict(f, &other));
	set_device(f, "tun0");
	assert_non_null(conflict(f, &other));
	other.protocol = ROUTING_PROTOCOL; /* ours of before */
	assert_null(conflict(f, &other));
}

static void test_guards_of_others(void **state)
{
	struct fixture *f = *state;
	struct entry guard = {.kind = ENTRY_ROUTE,
			      .family = FAMILY_IPV6,
			      .protocol = RTPROT_STATIC,
			      .table = 2,
			      .type = RTN_BLACKHOLE,
			      .priority = METRIC_IPV6 + 1};

	set_hop(f, "192.168.1.1", "fd00::1");
	assert_null(conflict(f, &guard));
	guard.priority = METRIC_IPV6; /* in the place of ours */
	assert_non_null(conflict(f, &guard));
	guard.priority = METRIC_IPV6 - 1;
	assert_non_null(conflict(f, &guard));
}

/* IPv6: the gateway's table has what main has, but for its default routes. */
static void test_copies(void **state)
{
	struct fixture *f = *state;
	const struct entry *at;

	set_hop(f, NULL, "fd00::1");
	set_device(f, "eth0");
	put_main(f, "fd00::", 64, 2);
	put_main(f, "fe80::", 64, 2);
	put_main(f, "fe80::", 64, 3); /* of another device */
	put_main(f, "fd05::", 48, 3)->foreign_parts = true;
	put_main(f, "fd06::", 48, 3)->tuned = true;
	put_main(f, "fd07::", 48, 0)->type = RTN_BLACKHOLE;
	have_all(f);
	expect_missing(f, 0);
	expect_stale(f, 0);
	at = f->wanted.at;
	while (at->family != FAMILY_IPV6)
		at++;
	assert_int_equal(f->wanted.at + f->wanted.count - at, 5 + 2 + 1);
	assert_true(key_equal(at[0].dst, address("fd00::")));
	assert_int_equal(at[0].dst_length, 64);
	assert_int_equal(at[0].table, 2);
	assert_int_equal(at[0].protocol, ROUTING_PROTOCOL);
	assert_int_equal(at[1].device, 2);
	assert_int_equal(at[2].type, RTN_THROW); /* it cannot be said in our words: main is asked */
	assert_int_equal(at[3].type, RTN_THROW);
	assert_int_equal(at[4].type, RTN_BLACKHOLE);
	f->main.at[0].device = 3; /* the prefix has moved */
	expect_missing(f, 1);
	assert_int_equal(f->plan.at[0].action, STEP_ADD);
	expect_stale(f, 1);
	f->main.at[0] = f->main.at[--f->main.count];
	expect_missing(f, 0);
	expect_stale(f, 1);
}

static void test_copies_replace_no_default_route(void **state)
{
	struct fixture *f = *state;
	struct entry other = {.kind = ENTRY_ROUTE,
			      .family = FAMILY_IPV6,
			      .protocol = RTPROT_STATIC,
			      .table = 2,
			      .type = RTN_UNICAST,
			      .priority = METRIC_IPV6,
			      .dst = address("fd05::"),
			      .dst_length = 48,
			      .device = 2};

	set_hop(f, NULL, "fd00::1");
	put_main(f, "fd00::", 64, 2)->priority = METRIC_IPV6;
	have_all(f);
	f->have.at[f->have.count - 2].has_hop = false; /* ours is not right any more */
	expect_missing(f, 1);
	assert_int_equal(f->plan.at[0].action, STEP_REPLACE);
	assert_int_equal(f->plan.at[0].old.dst_length, 0);
	assert_null(conflict(f, &other)); /* what others have there besides is theirs */
}

static void test_too_many_to_copy(void **state)
{
	struct fixture *f = *state;

	set_hop(f, NULL, "fd00::1");
	for (unsigned i = 0; i <= MAIN_ROUTES_MAX; i++)
		put_main(f, "fd00::", 64, 2);
	want(f);
	assert_int_equal(f->wanted.count, 3 + 4);
	assert_true(f->wanted.at[5].suppress);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_copies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copies_replace_no_default_route, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many_to_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_paths_by_device, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order_and_content, setup, teardown),
		cmocka_unit_test_setup_teardown(test_policies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_to_do, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_alone_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_same_is_adopted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rule_with_further_selectors_is_no_match, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_hop_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_astray_is_put_in_anew_and_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vanished_device_leaves_the_unreachable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stale_rules_go_before_routes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_conflicts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guards_of_others, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
