/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_rtmsg.c - what is written for routes and rules is read as the same
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "routing.h"
#include "rtmsg.h"

static const uint8_t address[16] = {0xfd, [15] = 9};

static struct entry route(enum family family, uint8_t type)
{
	struct entry entry = {.kind = ENTRY_ROUTE,
			      .family = family,
			      .protocol = ROUTING_PROTOCOL,
			      .type = type,
			      .table = 8300, /* more than eight bits hold */
			      .priority = 77};

	if (type == RTN_UNICAST) {
		entry.has_hop = entry.onlink = true;
		entry.hop = family == FAMILY_IPV4 ? key_from_ipv4(address) : key_from_ipv6(address);
		entry.device = 5;
	}
	return entry;
}

/* A copy of main's. */
static struct entry special(void)
{
	struct entry entry = route(FAMILY_IPV6, RTN_UNICAST);

	entry.dst = key_from_ipv6(address);
	entry.dst_length = 48;
	return entry;
}

static struct entry rule(enum family family, bool suppress)
{
	return (struct entry){.kind = ENTRY_RULE,
			      .family = family,
			      .protocol = ROUTING_PROTOCOL,
			      .table = suppress ? RT_TABLE_MAIN : 8300,
			      .priority = 10,
			      .mark = 0x9,
			      .mask = 0x7f,
			      .suppress = suppress};
}

static void check_same(const struct entry *a, const struct entry *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->family, b->family);
	assert_int_equal(a->protocol, b->protocol);
	assert_int_equal(a->table, b->table);
	assert_int_equal(a->priority, b->priority);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->has_hop, b->has_hop);
	assert_int_equal(a->onlink, b->onlink);
	assert_true(key_equal(a->hop, b->hop));
	assert_int_equal(a->device, b->device);
	assert_int_equal(a->dst_length, b->dst_length);
	assert_true(key_equal(a->dst, b->dst));
	assert_int_equal(a->mark, b->mark);
	assert_int_equal(a->mask, b->mask);
	assert_int_equal(a->suppress, b->suppress);
	assert_int_equal(a->foreign_parts, b->foreign_parts);
}

static void test_there_and_back(void **state)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];

	(void)state;
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		const struct entry entries[] = {route(family, RTN_UNICAST), route(family, RTN_UNREACHABLE),
						rule(family, true), rule(family, false), special()};

		for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
			struct entry back;

			assert_true(rtmsg_parse(rtmsg_add(buffer, &entries[i]), &back));
			assert_int_equal(back.gateway, -1);
			check_same(&entries[i], &back);
			assert_true(entry_ours(&back));
			assert_true(rtmsg_parse(rtmsg_remove(buffer, &entries[i]), &back));
			check_same(&entries[i], &back);
		}
	}
}

static void test_further_selectors_are_foreign(void **state)
{
	static const uint16_t attributes[] = {FRA_SRC,      FRA_IIFNAME,     FRA_OIFNAME, FRA_GOTO, FRA_UID_RANGE,
					      FRA_IP_PROTO, FRA_DPORT_RANGE, FRA_L3MDEV,  200};
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct entry entry = rule(FAMILY_IPV4, false), back;

	(void)state;
	for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
		struct nlmsghdr *message = rtmsg_add(buffer, &entry);

		mnl_attr_put_u32(message, attributes[i], 1);
		assert_true(rtmsg_parse(message, &back));
		assert_true(back.foreign_parts);
		assert_false(entry_ours(&back));
		assert_false(entry_serves(&back, &entry));
	}
}

static void test_header_selectors_are_foreign(void **state)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct entry entry = rule(FAMILY_IPV6, false), back;
	struct nlmsghdr *message = rtmsg_add(buffer, &entry);
	struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);

	(void)state;
	header->flags = FIB_RULE_INVERT; /* "not" */
	assert_true(rtmsg_parse(message, &back));
	assert_true(back.foreign_parts);
	header->flags = 0;
	header->action = FR_ACT_BLACKHOLE;
	assert_true(rtmsg_parse(message, &back));
	assert_true(back.foreign_parts);
}

static void test_other_messages(void **state)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct entry entry = route(FAMILY_IPV4, RTN_UNICAST), back;
	struct nlmsghdr *message = rtmsg_add(buffer, &entry);
	struct rtmsg *header = mnl_nlmsg_get_payload(message);

	(void)state;
	header->rtm_dst_len = 24; /* not a default route */
	assert_false(rtmsg_parse(message, &back));
	header->rtm_dst_len = 0;
	header->rtm_family = AF_MPLS;
	assert_false(rtmsg_parse(message, &back));
	header->rtm_family = AF_INET;
	message->nlmsg_len = NLMSG_HDRLEN + 4; /* cut off */
	assert_false(rtmsg_parse(message, &back));
	message->nlmsg_type = RTM_NEWLINK;
	assert_false(rtmsg_parse(message, &back));
}

static void put_hop(struct nlmsghdr *message, enum family family, int device, bool tunnel)
{
	struct rtnexthop hop = {.rtnh_ifindex = device, .rtnh_flags = RTNH_F_ONLINK};
	struct rtnexthop *at = mnl_nlmsg_get_payload_tail(message);

	memcpy(at, &hop, sizeof hop);
	message->nlmsg_len += sizeof hop;
	mnl_attr_put(message, RTA_GATEWAY, family == FAMILY_IPV4 ? 4 : 16, address);
	if (tunnel)
		mnl_attr_put_u16(message, RTA_ENCAP, 1);
	at->rtnh_len = (unsigned short)((char *)mnl_nlmsg_get_payload_tail(message) - (char *)at);
}

struct hops {
	struct entry at[4];
	size_t count;
};

static void take_hop(void *ctx, const struct entry *entry)
{
	struct hops *hops = ctx;

	assert_true(hops->count < 4);
	hops->at[hops->count++] = *entry;
}

static void test_each_of_several_hops(void **state)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];

	(void)state;
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct entry entry = route(family, RTN_UNICAST), back;
		struct hops hops = {.count = 0};
		struct nlmsghdr *message = rtmsg_add(buffer, &entry);
		struct nlattr *several;
		uint16_t whole;

		rtmsg_each_hop(message, take_hop, &hops); /* one alone */
		assert_int_equal(hops.count, 1);
		check_same(&hops.at[0], &entry);

		entry.has_hop = entry.onlink = false;
		entry.device = 0;
		message = rtmsg_add(buffer, &entry);
		assert_true(rtmsg_parse(message, &back)); /* by an object that is not told */
		assert_true(back.foreign_parts);
		several = mnl_attr_nest_start(message, RTA_MULTIPATH);
		put_hop(message, family, 5, false);
		put_hop(message, family, 6, true);
		put_hop(message, family, 7, false);
		mnl_attr_nest_end(message, several);
		several->nla_type = RTA_MULTIPATH; /* the kernel has no flag there */
		assert_true(rtmsg_parse(message, &back));
		assert_true(back.foreign_parts);
		hops.count = 0;
		rtmsg_each_hop(message, take_hop, &hops);
		assert_int_equal(hops.count, 3);
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(hops.at[i].device, 5 + i);
			assert_int_equal(hops.at[i].foreign_parts, i == 1);
			assert_true(hops.at[i].onlink);
			assert_true(key_equal(hops.at[i].hop, route(family, RTN_UNICAST).hop));
		}
		/* cut off anywhere: none is read beyond the attribute's end */
		for (whole = several->nla_len; several->nla_len > NLA_HDRLEN; several->nla_len--) {
			hops.count = 0;
			rtmsg_each_hop(message, take_hop, &hops);
			assert_true(hops.count <= (several->nla_len == whole ? 3 : 2));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_further_selectors_are_foreign),
		cmocka_unit_test(test_header_selectors_are_foreign),
		cmocka_unit_test(test_other_messages),
		cmocka_unit_test(test_each_of_several_hops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
