/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_text.c - what is said of a flow in a table and in JSON alike
 */
#include "flow_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The length of the well-formed UTF-8 character (RFC 3629) at text, 0 if there is none. */
static size_t utf8_length(const uint8_t *text, size_t left)
{
	static const struct {
		uint8_t first, last, second_first, second_last, length;
	} forms[] = {
		{0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i = 0;

	while (i < sizeof forms / sizeof *forms && !(text[0] >= forms[i].first && text[0] <= forms[i].last))
		i++;
	if (i == sizeof forms / sizeof *forms || forms[i].length > left)
		return 0;
	if (forms[i].length > 1 && (text[1] < forms[i].second_first || text[1] > forms[i].second_last))
		return 0;
	for (size_t k = 2; k < forms[i].length; k++)
		if (text[k] >> 6 != 2)
			return 0;
	return forms[i].length;
}

/* Control characters, of both the ASCII and the Latin-1 range, can drive a terminal. */
static bool is_control(const uint8_t *text)
{
	return text[0] < 0x20 || text[0] == 0x7f || (text[0] == 0xc2 && text[1] < 0xa0);
}

char *flow_printable(struct replay_text bytes)
{
	char *safe = malloc(bytes.length * 4 + 1);
	size_t used = 0, i = 0;

	while (safe && i < bytes.length) {
		const uint8_t *at = (const uint8_t *)bytes.text + i;
		size_t length = utf8_length(at, bytes.length - i);

		if (length && !is_control(at)) {
			memcpy(safe + used, at, length);
			used += length;
			i += length;
		} else {
			used += (size_t)sprintf(safe + used, "\\x%02x", *at);
			i++;
		}
	}
	if (safe)
		safe[used] = '\0';
	return safe;
}

const char *flow_late_text(const struct replay_flow *flow)
{
	if (flow->moved)
		return "moved";
	if (flow->reset)
		return "reset";
	if (flow->switched)
		return "switched";
	return flow->late ? "too late" : NULL;
}
