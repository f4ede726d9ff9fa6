/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_links.c - devices and addresses from netlink messages, and their names as other threads see them
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "links.h"
#include "rtnl.h"

enum { ROUNDS = 2000, READERS = 2 };

static int setup(void **state)
{
	*state = links_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	links_free(*state);
	return 0;
}

static bool link_message(struct links *links, uint16_t type, uint8_t family, unsigned index, const char *name,
			 unsigned flags)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct ifinfomsg *info;
	struct nlmsghdr *message = rtnl_begin(buffer, type, 0, sizeof *info, &info);

	info->ifi_family = family;
	info->ifi_index = (int)index;
	info->ifi_flags = flags;
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	return links_message(links, message);
}

static bool port_message(struct links *links, unsigned index, const char *name, unsigned master)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct ifinfomsg *info;
	struct nlmsghdr *message = rtnl_begin(buffer, RTM_NEWLINK, 0, sizeof *info, &info);

	info->ifi_index = (int)index;
	mnl_attr_put_strz(message, IFLA_IFNAME, name);
	mnl_attr_put_u32(message, IFLA_MASTER, master);
	return links_message(links, message);
}

static bool address_message(struct links *links, uint16_t type, unsigned index, uint8_t scope, const char *local,
			    const char *peer)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct ifaddrmsg *info;
	struct nlmsghdr *message = rtnl_begin(buffer, type, 0, sizeof *info, &info);
	uint8_t bytes[16];
	bool ipv6 = strchr(peer ? peer : local, ':');

	info->ifa_family = ipv6 ? AF_INET6 : AF_INET;
	info->ifa_index = index;
	info->ifa_scope = scope;
	info->ifa_prefixlen = ipv6 ? 128 : 32;
	assert_int_equal(inet_pton(info->ifa_family, peer, bytes), 1);
	mnl_attr_put(message, IFA_ADDRESS, ipv6 ? 16 : 4, bytes);
	if (local) {
		assert_int_equal(inet_pton(info->ifa_family, local, bytes), 1);
		mnl_attr_put(message, IFA_LOCAL, ipv6 ? 16 : 4, bytes);
	}
	return links_message(links, message);
}

static void test_links(void **state)
{
	struct links *links = *state;

	assert_true(link_message(links, RTM_NEWLINK, AF_UNSPEC, 7, "tun0", 0));
	assert_false(link_message(links, RTM_NEWLINK, AF_UNSPEC, 7, "tun0", 0)); /* nothing new */
	assert_true(link_message(links, RTM_NEWLINK, AF_UNSPEC, 7, "tun0", IFF_UP));
	assert_true(link_message(links, RTM_NEWLINK, AF_UNSPEC, 3, "eth0", IFF_UP));
	assert_int_equal(links_by_name(links, "tun0")->index, 7);
	assert_string_equal(links_by_index(links, 3)->name, "eth0");
	assert_null(links_by_index(links, 4));
	assert_true(link_message(links, RTM_NEWLINK, AF_UNSPEC, 7, "vpn", IFF_UP)); /* a new name */
	assert_null(links_by_name(links, "tun0"));
	/* A bridge that loses a port says so with its family; the device stays. */
	assert_false(link_message(links, RTM_DELLINK, AF_BRIDGE, 3, "eth0", IFF_UP));
	assert_non_null(links_by_name(links, "eth0"));
	assert_true(link_message(links, RTM_DELLINK, AF_UNSPEC, 3, "eth0", 0));
	assert_false(link_message(links, RTM_DELLINK, AF_UNSPEC, 3, "eth0", 0));
	assert_null(links_by_name(links, "eth0"));
}

static void test_masters(void **state)
{
	struct links *links = *state;

	assert_true(link_message(links, RTM_NEWLINK, AF_UNSPEC, 9, "lan1", 0));
	assert_true(link_message(links, RTM_NEWLINK, AF_UNSPEC, 5, "br0", 0));
	assert_true(port_message(links, 9, "lan1", 5));
	assert_false(port_message(links, 9, "lan1", 5));
	assert_int_equal(links_by_name(links, "lan1")->master, 5);
	assert_true(link_message(links, RTM_NEWLINK, AF_UNSPEC, 9, "lan1", 0)); /* out of it */
	assert_int_equal(links_by_name(links, "lan1")->master, 0);
	assert_string_equal(links_at(links, 0)->name, "br0");
	assert_string_equal(links_at(links, 1)->name, "lan1");
	assert_null(links_at(links, 2));
}

static void test_addresses(void **state)
{
	struct links *links = *state;

	link_message(links, RTM_NEWLINK, AF_UNSPEC, 7, "tun0", IFF_UP);
	/* Link-local ones come by themselves and lead nowhere. */
	assert_false(address_message(links, RTM_NEWADDR, 7, RT_SCOPE_LINK, NULL, "fe80::1"));
	assert_false(links_has_address(links, 7, FAMILY_IPV6));
	assert_true(address_message(links, RTM_NEWADDR, 7, RT_SCOPE_UNIVERSE, NULL, "fd00::1"));
	assert_false(address_message(links, RTM_NEWADDR, 7, RT_SCOPE_UNIVERSE, NULL, "fd00::1"));
	assert_true(links_has_address(links, 7, FAMILY_IPV6));
	assert_false(links_has_address(links, 7, FAMILY_IPV4));
	/* Point to point: two of ours to one peer. */
	assert_true(address_message(links, RTM_NEWADDR, 7, RT_SCOPE_UNIVERSE, "10.0.0.1", "10.0.0.9"));
	assert_true(address_message(links, RTM_NEWADDR, 7, RT_SCOPE_UNIVERSE, "10.0.0.2", "10.0.0.9"));
	assert_true(address_message(links, RTM_DELADDR, 7, RT_SCOPE_UNIVERSE, "10.0.0.1", "10.0.0.9"));
	assert_true(links_has_address(links, 7, FAMILY_IPV4));
	assert_true(address_message(links, RTM_DELADDR, 7, RT_SCOPE_UNIVERSE, "10.0.0.2", "10.0.0.9"));
	assert_false(links_has_address(links, 7, FAMILY_IPV4));
	/* They go with their device. */
	link_message(links, RTM_DELLINK, AF_UNSPEC, 7, "tun0", 0);
	assert_false(links_has_address(links, 7, FAMILY_IPV6));
}

static void test_many(void **state)
{
	struct links *links = *state;
	struct link link = {.index = 0};

	for (unsigned i = 0; i < 1000; i++) {
		link.index = i * 7919 % 1009 + 1; /* in no order, each once */
		snprintf(link.name, sizeof link.name, "veth%u", link.index);
		assert_true(links_put(links, &link));
	}
	links_publish(links);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(link.name, sizeof link.name, "veth%u", i * 7919 % 1009 + 1);
		assert_true(key_equal(links_name(links, i * 7919 % 1009 + 1), key_from_device(link.name)));
	}
	assert_true(key_equal(links_name(links, 5000), key_of(0)));
	assert_false(links_failed(links));
}

static void test_names_show_when_published(void **state)
{
	struct links *links = *state;

	assert_true(key_equal(links_name(links, 7), key_of(0)));
	link_message(links, RTM_NEWLINK, AF_UNSPEC, 7, "tun0", IFF_UP);
	assert_true(key_equal(links_name(links, 7), key_of(0)));
	links_publish(links);
	assert_true(key_equal(links_name(links, 7), key_from_device("tun0")));
	links_clear(links);
	assert_true(key_equal(links_name(links, 7), key_from_device("tun0")));
	links_publish(links);
	assert_true(key_equal(links_name(links, 7), key_of(0)));
}

struct name_reader {
	const struct links *links;
	atomic_bool *over;
	unsigned wrong, reads;
};

/* Device 7 is always there, by one of two names; device 8 comes and goes. */
static void *read_names(void *arg)
{
	struct name_reader *reader = arg;
	struct key tun0 = key_from_device("tun0"), vpn = key_from_device("vpn"), eth = key_from_device("eth8");

	while (!atomic_load(reader->over)) {
		struct key seven = links_name(reader->links, 7), eight = links_name(reader->links, 8);

		reader->wrong += !key_equal(seven, tun0) && !key_equal(seven, vpn);
		reader->wrong += !key_equal(eight, eth) && !key_equal(eight, key_of(0));
		reader->reads++;
	}
	return NULL;
}

static void test_other_threads_read_along(void **state)
{
	struct links *links = *state;
	struct name_reader readers[READERS];
	pthread_t threads[READERS];
	atomic_bool over = false;

	link_message(links, RTM_NEWLINK, AF_UNSPEC, 7, "tun0", IFF_UP);
	links_publish(links);
	for (unsigned i = 0; i < READERS; i++) {
		readers[i] = (struct name_reader){.links = links, .over = &over};
		assert_int_equal(pthread_create(&threads[i], NULL, read_names, &readers[i]), 0);
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		link_message(links, RTM_NEWLINK, AF_UNSPEC, 7, i % 2 ? "tun0" : "vpn", IFF_UP);
		link_message(links, i % 3 ? RTM_NEWLINK : RTM_DELLINK, AF_UNSPEC, 8, "eth8", IFF_UP);
		links_publish(links);
	}
	atomic_store(&over, true);
	for (unsigned i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(readers[i].wrong, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_masters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_show_when_published, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_threads_read_along, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
