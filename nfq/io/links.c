/* SPDX-License-Identifier: GPL-2.0-or-later
 * links.c - the network devices and which address families they have
 *
 * The names that queue threads ask for lie in an immutable table that is replaced as a whole. The "bulletproof"
 * flavour of liburcu is used for it, because it asks nothing of the threads that read.
 */
#include "links.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "rcu.h"

struct address {
	unsigned index, prefix;
	struct key address;
};

struct name_table {
	size_t count;
	struct name {
		unsigned index;
		struct key name;
	} at[]; /* by index, ascending */
};

struct default_way {
	unsigned index;
	enum family family;
	enum way way;
	struct key hop;
};

struct links {
	struct link *at; /* by index, ascending */
	size_t count, room;
	struct address *addresses;
	size_t address_count, address_room;
	struct default_way *ways;
	size_t way_count, way_room;
	struct name_table *names; /* read by all threads */
	bool failed;
};

struct links *links_new(void)
{
	return calloc(1, sizeof(struct links));
}

void links_free(struct links *links)
{
	if (!links)
		return;
	free(links->at);
	free(links->addresses);
	free(links->ways);
	free(links->names);
	free(links);
}

void links_clear(struct links *links)
{
	links->count = 0;
	links->address_count = 0;
	links->failed = false;
}

bool links_failed(const struct links *links)
{
	return links->failed;
}

/* Where index stands, or would stand. */
static size_t position(const struct links *links, unsigned index)
{
	size_t low = 0, high = links->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (links->at[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct link *links_by_index(const struct links *links, unsigned index)
{
	size_t i = position(links, index);

	return i < links->count && links->at[i].index == index ? &links->at[i] : NULL;
}

const struct link *links_by_name(const struct links *links, const char *name)
{
	for (size_t i = 0; i < links->count; i++) {
		if (!strcmp(links->at[i].name, name))
			return &links->at[i];
	}
	return NULL;
}

const struct link *links_at(const struct links *links, size_t number)
{
	return number < links->count ? &links->at[number] : NULL;
}

static bool is_same(const struct link *a, const struct link *b)
{
	return a->flags == b->flags && a->master == b->master && strcmp(a->name, b->name) == 0;
}

bool links_put(struct links *links, const struct link *link)
{
	size_t i = position(links, link->index);
	struct link *at;

	if (i < links->count && links->at[i].index == link->index) {
		bool same = is_same(&links->at[i], link);

		links->at[i] = *link;
		return !same;
	}
	at = grow(links->at, links->count, &links->room, sizeof *at);
	if (!at) {
		links->failed = true;
		return true;
	}
	memmove(at + i + 1, at + i, (links->count - i) * sizeof *at);
	at[i] = *link;
	links->at = at;
	links->count++;
	return true;
}

bool links_drop(struct links *links, unsigned index)
{
	size_t i = position(links, index), kept = 0;

	if (i == links->count || links->at[i].index != index)
		return false;
	links->count--;
	memmove(links->at + i, links->at + i + 1, (links->count - i) * sizeof *links->at);
	for (size_t k = 0; k < links->address_count; k++) {
		if (links->addresses[k].index != index)
			links->addresses[kept++] = links->addresses[k];
	}
	links->address_count = kept;
	return true;
}

static struct address *find_address(const struct links *links, unsigned index, struct key address, unsigned prefix)
{
	for (size_t i = 0; i < links->address_count; i++) {
		struct address *at = &links->addresses[i];

		if (at->index == index && at->prefix == prefix && key_equal(at->address, address))
			return at;
	}
	return NULL;
}

bool links_put_address(struct links *links, unsigned index, struct key address, unsigned prefix)
{
	struct address *at;

	if (find_address(links, index, address, prefix))
		return false;
	at = grow(links->addresses, links->address_count, &links->address_room, sizeof *at);
	if (!at) {
		links->failed = true;
		return true;
	}
	at[links->address_count++] = (struct address){.index = index, .prefix = prefix, .address = address};
	links->addresses = at;
	return true;
}

bool links_drop_address(struct links *links, unsigned index, struct key address, unsigned prefix)
{
	struct address *at = find_address(links, index, address, prefix);

	if (!at)
		return false;
	*at = links->addresses[--links->address_count];
	return true;
}

bool links_has_address(const struct links *links, unsigned index, enum family family)
{
	for (size_t i = 0; i < links->address_count; i++) {
		const struct address *at = &links->addresses[i];

		if (at->index == index && family_of_address(at->address) == family)
			return true;
	}
	return false;
}

void links_clear_ways(struct links *links)
{
	links->way_count = 0;
}

void links_set_way(struct links *links, unsigned index, enum family family, enum way way, struct key hop)
{
	struct default_way *ways = grow(links->ways, links->way_count, &links->way_room, sizeof *ways);

	if (!ways) {
		links->failed = true;
		return;
	}
	links->ways = ways;
	ways[links->way_count++] = (struct default_way){index, family, way, hop};
}

enum way links_way(const struct links *links, unsigned index, enum family family, struct key *hop)
{
	for (size_t i = 0; i < links->way_count; i++) {
		const struct default_way *way = &links->ways[i];

		if (way->index != index || way->family != family)
			continue;
		*hop = way->hop;
		return way->way;
	}
	return WAY_NONE;
}

/* --- messages --- */

static bool take_link(struct links *links, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct link link = {.index = 0};
	const struct nlattr *attr;

	/* Bridges speak of their ports by the same messages, with a family. */
	if (mnl_nlmsg_get_payload_len(message) < sizeof *info || info->ifi_family != AF_UNSPEC)
		return false;
	if (message->nlmsg_type == RTM_DELLINK)
		return links_drop(links, (unsigned)info->ifi_index);
	link.index = (unsigned)info->ifi_index;
	link.flags = info->ifi_flags;
	mnl_attr_for_each (attr, message, sizeof *info) {
		if (mnl_attr_get_type(attr) == IFLA_IFNAME && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
			strncpy(link.name, mnl_attr_get_str(attr), sizeof link.name - 1);
		if (mnl_attr_get_type(attr) == IFLA_MASTER && mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			link.master = mnl_attr_get_u32(attr);
	}
	return links_put(links, &link);
}

static bool take_address(struct links *links, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr, *address = NULL;
	struct key key;

	if (mnl_nlmsg_get_payload_len(message) < sizeof *info || info->ifa_scope >= RT_SCOPE_LINK)
		return false;
	mnl_attr_for_each (attr, message, sizeof *info) {
		/* On point-to-point devices IFA_ADDRESS is the peer's; IPv6 has IFA_LOCAL only there. */
		if (mnl_attr_get_type(attr) == IFA_LOCAL || (mnl_attr_get_type(attr) == IFA_ADDRESS && !address))
			address = attr;
	}
	if (!address || mnl_attr_get_payload_len(address) < (info->ifa_family == AF_INET ? 4 : 16))
		return false;
	if (info->ifa_family == AF_INET)
		key = key_from_ipv4(mnl_attr_get_payload(address));
	else
		key = key_from_ipv6(mnl_attr_get_payload(address));
	if (message->nlmsg_type == RTM_DELADDR)
		return links_drop_address(links, info->ifa_index, key, info->ifa_prefixlen);
	return links_put_address(links, info->ifa_index, key, info->ifa_prefixlen);
}

bool links_message(struct links *links, const struct nlmsghdr *message)
{
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return take_link(links, message);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return take_address(links, message);
	}
	return false;
}

/* --- names for the other threads --- */

static bool names_current(const struct links *links)
{
	const struct name_table *names = links->names;

	if (!names || names->count != links->count)
		return false;
	for (size_t i = 0; i < names->count; i++) {
		if (names->at[i].index != links->at[i].index ||
		    !key_equal(names->at[i].name, key_from_device(links->at[i].name)))
			return false;
	}
	return true;
}

void links_publish(struct links *links)
{
	struct name_table *names, *old = links->names;

	if (names_current(links))
		return;
	names = malloc(sizeof *names + links->count * sizeof names->at[0]);
	if (!names) {
		links->failed = true;
		return;
	}
	names->count = links->count;
	for (size_t i = 0; i < links->count; i++) {
		names->at[i].index = links->at[i].index;
		names->at[i].name = key_from_device(links->at[i].name);
	}
	rcu_assign_pointer(links->names, names);
	rcu_wait();
	free(old);
}

static struct key find_name(const struct name_table *names, unsigned index)
{
	size_t low = 0, high = names ? names->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->at[middle].index == index)
			return names->at[middle].name;
		if (names->at[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return key_of(0);
}

struct key links_name(const struct links *links, unsigned index)
{
	struct key name;

	rcu_read_lock();
	name = find_name(rcu_dereference(links->names), index);
	rcu_read_leave();
	return name;
}
