/* SPDX-License-Identifier: GPL-2.0-or-later
 * rtmsg.c - entries (routes and rules) to and from rtnetlink messages, rtnetlink(7), linux/fib_rules.h
 */
#include "rtmsg.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netlink.h"

static const uint8_t families[FAMILY_COUNT] = {[FAMILY_IPV4] = AF_INET, [FAMILY_IPV6] = AF_INET6};

static bool family_from(uint8_t af, enum family *family)
{
	*family = af == AF_INET6 ? FAMILY_IPV6 : FAMILY_IPV4;
	return families[*family] == af;
}

/* --- requests --- */

/* A table's number has eight bits in both headers, and an attribute for larger ones. */
static uint8_t table_byte(uint32_t table)
{
	return table < 256 ? (uint8_t)table : RT_TABLE_UNSPEC;
}

static struct nlmsghdr *route_message(char buffer[RTNL_REQUEST_MAX], uint16_t type, uint16_t flags,
				      const struct entry *entry)
{
	struct rtmsg *route;
	struct nlmsghdr *request = rtnl_begin(buffer, type, flags, sizeof *route, &route);

	route->rtm_family = families[entry->family];
	route->rtm_table = table_byte(entry->table);
	route->rtm_protocol = entry->protocol;
	route->rtm_type = entry->type;
	/* A route by the device alone reaches what is on the link, in IPv4's notion. */
	route->rtm_scope = entry->type == RTN_UNICAST && !entry->has_hop ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	if (type == RTM_DELROUTE)
		route->rtm_scope = RT_SCOPE_NOWHERE; /* any */
	route->rtm_flags = entry->onlink ? RTNH_F_ONLINK : 0;
	route->rtm_dst_len = entry->dst_length;
	mnl_attr_put_u32(request, RTA_TABLE, entry->table);
	if (entry->dst_length) {
		uint8_t address[16];

		mnl_attr_put(request, RTA_DST, key_to_address(entry->dst, address), address);
	}
	if (entry->priority)
		mnl_attr_put_u32(request, RTA_PRIORITY, entry->priority);
	if (entry->has_hop) {
		uint8_t address[16];

		mnl_attr_put(request, RTA_GATEWAY, key_to_address(entry->hop, address), address);
	}
	if (entry->device)
		mnl_attr_put_u32(request, RTA_OIF, entry->device);
	return request;
}

static struct nlmsghdr *rule_message(char buffer[RTNL_REQUEST_MAX], uint16_t type, uint16_t flags,
				     const struct entry *entry)
{
	struct fib_rule_hdr *rule;
	struct nlmsghdr *request = rtnl_begin(buffer, type, flags, sizeof *rule, &rule);

	rule->family = families[entry->family];
	rule->table = table_byte(entry->table);
	rule->action = FR_ACT_TO_TBL;
	mnl_attr_put_u32(request, FRA_TABLE, entry->table);
	mnl_attr_put_u32(request, FRA_PRIORITY, entry->priority);
	mnl_attr_put_u32(request, FRA_FWMARK, entry->mark);
	mnl_attr_put_u32(request, FRA_FWMASK, entry->mask);
	mnl_attr_put_u8(request, FRA_PROTOCOL, entry->protocol);
	if (entry->suppress)
		mnl_attr_put_u32(request, FRA_SUPPRESS_PREFIXLEN, 0);
	return request;
}

struct nlmsghdr *rtmsg_add(char buffer[RTNL_REQUEST_MAX], const struct entry *entry)
{
	if (entry->kind == ENTRY_RULE)
		return rule_message(buffer, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, entry);
	/* fe80::/64 is there once for each device. */
	return route_message(buffer, RTM_NEWROUTE, NLM_F_CREATE | (entry->dst_length ? NLM_F_APPEND : NLM_F_EXCL), entry);
}

struct nlmsghdr *rtmsg_replace(char buffer[RTNL_REQUEST_MAX], const struct entry *entry)
{
	return route_message(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, entry);
}

struct nlmsghdr *rtmsg_remove(char buffer[RTNL_REQUEST_MAX], const struct entry *entry)
{
	if (entry->kind == ENTRY_RULE)
		return rule_message(buffer, RTM_DELRULE, 0, entry);
	return route_message(buffer, RTM_DELROUTE, 0, entry);
}

struct nlmsghdr *rtmsg_list_rules(char buffer[RTNL_REQUEST_MAX], enum family family)
{
	struct fib_rule_hdr *rule;
	struct nlmsghdr *request = rtnl_begin(buffer, RTM_GETRULE, 0, sizeof *rule, &rule);

	rule->family = families[family];
	return request;
}

struct nlmsghdr *rtmsg_list_routes(char buffer[RTNL_REQUEST_MAX], enum family family, uint32_t table,
				   uint8_t protocol)
{
	struct rtmsg *route;
	struct nlmsghdr *request = rtnl_begin(buffer, RTM_GETROUTE, 0, sizeof *route, &route);

	route->rtm_family = families[family];
	route->rtm_protocol = protocol;
	if (table)
		mnl_attr_put_u32(request, RTA_TABLE, table);
	return request;
}

/* --- answers and notifications --- */

static uint32_t number(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) >= sizeof(uint32_t) ? mnl_attr_get_u32(attr) : 0;
}

static void route_attribute(struct entry *entry, const struct nlattr *attr)
{
	size_t length = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case RTA_TABLE:
		entry->table = number(attr);
		break;
	case RTA_PRIORITY:
		entry->priority = number(attr);
		break;
	case RTA_OIF:
		entry->device = number(attr);
		break;
	case RTA_GATEWAY:
		entry->has_hop = length == (entry->family == FAMILY_IPV4 ? 4 : 16);
		if (entry->has_hop)
			entry->hop = entry->family == FAMILY_IPV4 ? key_from_ipv4(mnl_attr_get_payload(attr))
								  : key_from_ipv6(mnl_attr_get_payload(attr));
		break;
	case RTA_DST:
		if (length == 16)
			entry->dst = key_from_ipv6(mnl_attr_get_payload(attr));
		break;
	case RTA_METRICS:
		entry->tuned = true;
		break;
	case RTA_MULTIPATH:
	case RTA_VIA:
	case RTA_ENCAP:
		entry->foreign_parts = true;
		break;
	}
}

static bool parse_route(const struct nlmsghdr *message, struct entry *entry)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < sizeof *route || !family_from(route->rtm_family, &entry->family))
		return false;
	if ((route->rtm_dst_len && entry->family == FAMILY_IPV4) || route->rtm_flags & RTM_F_CLONED)
		return false;
	entry->dst_length = route->rtm_dst_len;
	entry->kind = ENTRY_ROUTE;
	entry->protocol = route->rtm_protocol;
	entry->type = route->rtm_type;
	entry->table = route->rtm_table;
	entry->onlink = route->rtm_flags & RTNH_F_ONLINK;
	entry->foreign_parts = route->rtm_tos || route->rtm_src_len;
	mnl_attr_for_each (attr, message, sizeof *route) {
		route_attribute(entry, attr);
	}
	/* By a nexthop object alone, as routes are told without nexthop_compat_mode. */
	entry->foreign_parts |= entry->type == RTN_UNICAST && !entry->device && !entry->has_hop;
	/* IPv6 shows "lo" there. */
	if (entry->type != RTN_UNICAST)
		entry->device = 0;
	return true;
}

/* The route as it would be with this next hop alone. */
static struct entry with_hop(const struct nlmsghdr *message, struct entry entry, const struct rtnexthop *hop)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	entry.foreign_parts = route->rtm_tos || route->rtm_src_len;
	entry.device = (unsigned)hop->rtnh_ifindex;
	entry.onlink = hop->rtnh_flags & RTNH_F_ONLINK;
	mnl_attr_for_each_payload ((const void *)(hop + 1), hop->rtnh_len - sizeof *hop) {
		route_attribute(&entry, attr);
	}
	return entry;
}

static void rule_attribute(struct entry *entry, const struct nlattr *attr)
{
	switch (mnl_attr_get_type(attr)) {
	case FRA_TABLE:
		entry->table = number(attr);
		break;
	case FRA_PRIORITY:
		entry->priority = number(attr);
		break;
	case FRA_FWMARK:
		entry->mark = number(attr);
		break;
	case FRA_FWMASK:
		entry->mask = number(attr);
		break;
	case FRA_PROTOCOL:
		entry->protocol = mnl_attr_get_payload_len(attr) ? mnl_attr_get_u8(attr) : 0;
		break;
	case FRA_SUPPRESS_PREFIXLEN:
		entry->suppress = number(attr) == 0;
		entry->foreign_parts |= number(attr) != 0 && number(attr) != UINT32_MAX;
		break;
	case FRA_SUPPRESS_IFGROUP:
		entry->foreign_parts |= number(attr) != UINT32_MAX;
		break;
	case FRA_UNSPEC:
	case FRA_PAD:
		break;
	default: /* further selectors, of today's kernels and tomorrow's */
		entry->foreign_parts = true;
	}
}

static bool parse_rule(const struct nlmsghdr *message, struct entry *entry)
{
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < sizeof *rule || !family_from(rule->family, &entry->family))
		return false;
	entry->kind = ENTRY_RULE;
	entry->table = rule->table;
	entry->foreign_parts = rule->action != FR_ACT_TO_TBL || rule->src_len || rule->dst_len || rule->tos ||
			       rule->flags & FIB_RULE_INVERT;
	mnl_attr_for_each (attr, message, sizeof *rule) {
		rule_attribute(entry, attr);
	}
	return true;
}

bool rtmsg_parse(const struct nlmsghdr *message, struct entry *entry)
{
	*entry = (struct entry){.gateway = -1};
	switch (message->nlmsg_type) {
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return parse_rule(message, entry);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return parse_route(message, entry);
	}
	return false;
}

void rtmsg_each_hop(const struct nlmsghdr *message, void (*each)(void *ctx, const struct entry *entry), void *ctx)
{
	const struct nlattr *several;
	const struct rtnexthop *hop;
	struct entry entry;
	size_t left;

	if (!rtmsg_parse(message, &entry))
		return;
	several = entry.kind == ENTRY_ROUTE ? netlink_attr(message, sizeof(struct rtmsg), RTA_MULTIPATH) : NULL;
	if (!several) {
		each(ctx, &entry);
		return;
	}
	hop = mnl_attr_get_payload(several);
	left = mnl_attr_get_payload_len(several);
	while (left >= sizeof *hop && hop->rtnh_len >= sizeof *hop && hop->rtnh_len <= left) {
		size_t length = RTNH_ALIGN(hop->rtnh_len);
		struct entry one = with_hop(message, entry, hop);

		each(ctx, &one);
		left -= length < left ? length : left;
		hop = (const struct rtnexthop *)((const char *)hop + length);
	}
}
