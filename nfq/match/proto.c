/* SPDX-License-Identifier: GPL-2.0-or-later
 * proto.c - proto, and tcp, udp, sctp, icmp, icmpv6 by themselves: the transport protocol
 */
#include <netdb.h>
#include <netinet/in.h>

#include "keywords.h"
#include "value.h"

/* The usual ones by themselves: a small system may have no /etc/protocols. */
static const struct number_name protocols[] = {
	{"tcp", IPPROTO_TCP},
	{"udp", IPPROTO_UDP},
	{"icmp", IPPROTO_ICMP},
	{"icmpv6", IPPROTO_ICMPV6},
	{"ipv6-icmp", IPPROTO_ICMPV6},
	{"sctp", IPPROTO_SCTP},
	{"dccp", IPPROTO_DCCP},
	{"udplite", IPPROTO_UDPLITE},
	{"gre", IPPROTO_GRE},
	{"esp", IPPROTO_ESP},
	{"ah", IPPROTO_AH},
	{"igmp", IPPROTO_IGMP},
	{"ipip", IPPROTO_IPIP},
	{"ipv6", IPPROTO_IPV6},
	{"ospf", 89},
	{"vrrp", 112},
	{"l2tp", 115},
	{"pim", IPPROTO_PIM},
};

static bool protocol_by_name(const char *name, uint64_t *number)
{
	struct protoent entry, *found = NULL;
	char buffer[1024];

	if (getprotobyname_r(name, &entry, buffer, sizeof buffer, &found) != 0 || !found)
		return false;
	*number = (uint64_t)found->p_proto;
	return true;
}

static bool proto_add(void *building, const char *word, size_t len, struct value_error *error)
{
	static const struct number_notation notation = {
		.noun = "protocol number",
		.max = 255,
		.unknown = "protocol",
		.hint = "a protocol is 0 to 255 or a name from /etc/protocols",
		.names = protocols,
		.name_count = sizeof protocols / sizeof *protocols,
		.by_name = protocol_by_name,
	};

	return number_add(building, &notation, word, len, error);
}

const struct value_type proto_type = {
	.name = "proto",
	.expects = "a transport protocol by name (tcp) or number (6)",
	.add = proto_add,
	INTERVAL_TYPE,
};

static bool proto_key(const struct subject *subject, struct key *key)
{
	*key = key_of(subject->packet->proto);
	return true;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): initialisers take none */
#define PROTO_KEYWORD(word, number, text)                                                                         \
	const struct keyword word##_keyword = {.name = #word,                                                     \
					       .value = &proto_type,                                              \
					       .implied = number,                                                 \
					       .brief = text,                                                     \
					       .available = true,                                                 \
					       .key = proto_key}
/* NOLINTEND(bugprone-macro-parentheses) */

PROTO_KEYWORD(tcp, "6", "TCP (RFC 9293)");
PROTO_KEYWORD(udp, "17", "UDP (RFC 768)");
PROTO_KEYWORD(sctp, "132", "SCTP (RFC 9260)");
PROTO_KEYWORD(icmp, "1", "ICMP of IPv4 (RFC 792)");
PROTO_KEYWORD(icmpv6, "58", "ICMP of IPv6 (RFC 4443)");
PROTO_KEYWORD(proto, NULL, "the transport protocol, by name or number");
