/* SPDX-License-Identifier: GPL-2.0-or-later
 * keywords.h - the descriptors that the files of this directory give to the tables in table.c
 */
#ifndef NFQROUTE_KEYWORDS_H
#define NFQROUTE_KEYWORDS_H

#include "match.h"

extern const struct keyword tcp_keyword, udp_keyword, sctp_keyword, icmp_keyword, icmpv6_keyword, proto_keyword;
extern const struct keyword saddr_keyword, daddr_keyword;
extern const struct keyword sport_keyword, dport_keyword;
extern const struct keyword iif_keyword, oif_keyword;
extern const struct keyword mac_keyword;
extern const struct keyword dscp_keyword;
extern const struct keyword user_keyword, group_keyword;
extern const struct keyword app_keyword, host_keyword, alpn_keyword, path_keyword, ech_keyword, payload_keyword;

extern const struct value_type address_type, port_type, device_type, mac_type, proto_type, dscp_type, user_type,
	group_type, app_type, host_type, alpn_type, path_type, ech_type, payload_type;

#endif
