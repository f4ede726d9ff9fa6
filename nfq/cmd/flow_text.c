/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_text.c - what is said of a flow in a table and in JSON alike
 */
#include "flow_text.h"

#include <stdio.h>

static const struct {
	uint8_t proto;
	const char *name;
} protos[] = {
	{IPPROTO_TCP, "tcp"},         {IPPROTO_UDP, "udp"},   {IPPROTO_ICMP, "icmp"},
	{IPPROTO_ICMPV6, "icmpv6"},   {IPPROTO_SCTP, "sctp"}, {IPPROTO_DCCP, "dccp"},
	{IPPROTO_UDPLITE, "udplite"}, {IPPROTO_GRE, "gre"},   {IPPROTO_ESP, "esp"},
	{IPPROTO_AH, "ah"},           {IPPROTO_IGMP, "igmp"}, {IPPROTO_IPIP, "ipip"},
	{IPPROTO_IPV6, "ipv6"},       {89, "ospf"},           {112, "vrrp"},
	{IPPROTO_PIM, "pim"},
};

const char *proto_text(uint8_t proto, char buffer[4])
{
	for (size_t i = 0; i < sizeof protos / sizeof *protos; i++)
		if (protos[i].proto == proto)
			return protos[i].name;
	snprintf(buffer, 4, "%u", proto);
	return buffer;
}

const char *flow_late_text(const struct decision *decision)
{
	if (decision->moved)
		return "moved";
	if (decision->reset)
		return "reset";
	if (decision->switched)
		return "switched";
	return decision->late ? "too late" : NULL;
}
