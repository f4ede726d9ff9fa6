/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctentry.c - a tracked connection as the kernel tells it
 *
 * Attributes are taken by tables of type and place; one of another size than the kernel's is as if it were not
 * there.
 */
#include "ctentry.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

static uint64_t number(const struct nlattr *attr)
{
	const void *payload = mnl_attr_get_payload(attr);
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (mnl_attr_get_payload_len(attr)) {
	case sizeof(uint8_t):
		return *(const uint8_t *)payload;
	case sizeof two:
		memcpy(&two, payload, sizeof two);
		return ntohs(two);
	case sizeof four:
		memcpy(&four, payload, sizeof four);
		return ntohl(four);
	case sizeof eight:
		memcpy(&eight, payload, sizeof eight);
		return be64toh(eight);
	default:
		return 0;
	}
}

static void take_address(const struct nlattr *attr, struct flow_key *key)
{
	uint16_t length = mnl_attr_get_payload_len(attr);
	const void *bytes = mnl_attr_get_payload(attr);

	switch (mnl_attr_get_type(attr)) {
	case CTA_IP_V4_SRC:
		if (length == 4)
			key->src = key_from_ipv4(bytes);
		break;
	case CTA_IP_V4_DST:
		if (length == 4)
			key->dst = key_from_ipv4(bytes);
		break;
	case CTA_IP_V6_SRC:
		if (length == 16)
			key->src = key_from_ipv6(bytes);
		break;
	case CTA_IP_V6_DST:
		if (length == 16)
			key->dst = key_from_ipv6(bytes);
		break;
	default:
		break;
	}
}

static void take_proto(const struct nlattr *attr, struct flow_key *key)
{
	switch (mnl_attr_get_type(attr)) {
	case CTA_PROTO_NUM:
		key->proto = (uint8_t)number(attr);
		break;
	case CTA_PROTO_SRC_PORT:
		key->sport = (uint16_t)number(attr);
		break;
	case CTA_PROTO_DST_PORT:
		key->dport = (uint16_t)number(attr);
		break;
	case CTA_PROTO_ICMP_ID:
	case CTA_PROTO_ICMPV6_ID:
		key->sport = key->dport = (uint16_t)number(attr);
		break;
	default:
		break;
	}
}

static void take_tuple(const struct nlattr *tuple, struct flow_key *key)
{
	const struct nlattr *part, *attr;

	mnl_attr_for_each_nested (part, tuple) {
		uint16_t type = mnl_attr_get_type(part);

		mnl_attr_for_each_nested (attr, part) {
			if (type == CTA_TUPLE_IP)
				take_address(attr, key);
			else if (type == CTA_TUPLE_PROTO)
				take_proto(attr, key);
		}
	}
}

static void take_counters(const struct nlattr *counters, struct ct_entry *entry, unsigned direction)
{
	const struct nlattr *attr;

	entry->counted = true;
	mnl_attr_for_each_nested (attr, counters) {
		if (mnl_attr_get_type(attr) == CTA_COUNTERS_PACKETS)
			entry->packets[direction] = number(attr);
		else if (mnl_attr_get_type(attr) == CTA_COUNTERS_BYTES)
			entry->bytes[direction] = number(attr);
	}
}

static void take_timestamp(const struct nlattr *timestamp, struct ct_entry *entry)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, timestamp)
		if (mnl_attr_get_type(attr) == CTA_TIMESTAMP_START)
			entry->start = number(attr);
}

static void take_tcp(const struct nlattr *attr, struct ct_entry *entry)
{
	uint16_t type = mnl_attr_get_type(attr);
	struct nf_ct_tcp_flags flags;

	if (type == CTA_PROTOINFO_TCP_STATE)
		entry->tcp_state = (uint8_t)number(attr);
	if ((type != CTA_PROTOINFO_TCP_FLAGS_ORIGINAL && type != CTA_PROTOINFO_TCP_FLAGS_REPLY) ||
	    mnl_attr_get_payload_len(attr) != sizeof flags)
		return;
	memcpy(&flags, mnl_attr_get_payload(attr), sizeof flags);
	entry->tcp_flags[type == CTA_PROTOINFO_TCP_FLAGS_REPLY ? CT_REPLY : CT_ORIGINAL] = flags.flags;
}

static void take_protoinfo(const struct nlattr *protoinfo, struct ct_entry *entry)
{
	const struct nlattr *tcp, *attr;

	mnl_attr_for_each_nested (tcp, protoinfo) {
		if (mnl_attr_get_type(tcp) != CTA_PROTOINFO_TCP)
			continue;
		mnl_attr_for_each_nested (attr, tcp)
			take_tcp(attr, entry);
	}
}

static void take_adjustment(const struct nlattr *adjustment, struct ct_entry *entry)
{
	const struct nlattr *attr;

	entry->moved = true;
	mnl_attr_for_each_nested (attr, adjustment)
		if (mnl_attr_get_type(attr) == CTA_SEQADJ_OFFSET_AFTER)
			entry->reply_offset = (uint32_t)number(attr);
}

static void take_attr(const struct nlattr *attr, struct ct_entry *entry, struct flow_key *answers)
{
	switch (mnl_attr_get_type(attr)) {
	case CTA_TUPLE_ORIG:
		take_tuple(attr, &entry->key);
		break;
	case CTA_TUPLE_REPLY:
		take_tuple(attr, answers);
		break;
	case CTA_ZONE:
		entry->zone = (uint16_t)number(attr);
		break;
	case CTA_MARK:
		entry->mark = (uint32_t)number(attr);
		break;
	case CTA_TIMEOUT:
		entry->timeout = (uint32_t)number(attr);
		break;
	case CTA_STATUS:
		entry->status = (uint32_t)number(attr);
		break;
	case CTA_COUNTERS_ORIG:
		take_counters(attr, entry, CT_ORIGINAL);
		break;
	case CTA_COUNTERS_REPLY:
		take_counters(attr, entry, CT_REPLY);
		break;
	case CTA_TIMESTAMP:
		take_timestamp(attr, entry);
		break;
	case CTA_PROTOINFO:
		take_protoinfo(attr, entry);
		break;
	case CTA_SEQ_ADJ_REPLY:
		take_adjustment(attr, entry);
		break;
	case CTA_SYNPROXY:
		entry->synproxy = true;
		break;
	case CTA_HELP:
	case CTA_TUPLE_MASTER:
	case CTA_SEQ_ADJ_ORIG:
		entry->special = true;
		break;
	default:
		break;
	}
}

bool ct_entry_parse(struct ct_entry *entry, const struct nlmsghdr *message)
{
	struct flow_key answers;
	const struct nlattr *attr;

	memset(entry, 0, sizeof *entry);
	memset(&answers, 0, sizeof answers);
	if (message->nlmsg_len < mnl_nlmsg_size(sizeof(struct nfgenmsg)))
		return false;
	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg))
		take_attr(attr, entry, &answers);
	entry->answers_from = answers.src;
	entry->answers_to = answers.dst;
	entry->answers_port = answers.dport;
	return entry->key.proto && (entry->key.src.high | entry->key.src.low);
}
