/* SPDX-License-Identifier: GPL-2.0-or-later
 * protocols.c - names of transport protocols
 */
#include "protocols.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>

const struct number_name protocols[PROTOCOLS] = {
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

const char *protocol_name(uint8_t number)
{
	for (size_t i = 0; i < PROTOCOLS; i++)
		if (protocols[i].number == number)
			return protocols[i].name;
	return NULL;
}

const char *protocol_text(uint8_t number, char buffer[PROTOCOL_TEXT_MAX])
{
	const char *name = protocol_name(number);

	snprintf(buffer, PROTOCOL_TEXT_MAX, "%u", number);
	return name ? name : buffer;
}
