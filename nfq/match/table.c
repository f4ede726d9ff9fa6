/* SPDX-License-Identifier: GPL-2.0-or-later
 * table.c - every match keyword and every type of value
 */
#include "keywords.h"

const struct keyword *const keywords[] = {
	&tcp_keyword,   &udp_keyword,     &sctp_keyword,  &icmp_keyword,  &icmpv6_keyword,
	&proto_keyword, &saddr_keyword,   &daddr_keyword, &sport_keyword, &dport_keyword,
	&iif_keyword,   &oif_keyword,     &mac_keyword,   &dscp_keyword,  &user_keyword,
	&group_keyword, &app_keyword,     &host_keyword,  &alpn_keyword,  &path_keyword,
	&ech_keyword,   &payload_keyword, NULL,
};

const struct value_type *const value_types[] = {
	&address_type, &port_type, &device_type, &mac_type,  &proto_type, &dscp_type,    &user_type, &group_type,
	&app_type,     &host_type, &alpn_type,   &path_type, &ech_type,   &payload_type, NULL,
};
