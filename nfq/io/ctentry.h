/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctentry.h - a tracked connection as the kernel tells it: linux/netfilter/nfnetlink_conntrack.h
 */
#ifndef NFQROUTE_CTENTRY_H
#define NFQROUTE_CTENTRY_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "flow_key.h"

enum { CT_ORIGINAL, CT_REPLY, CT_DIRECTIONS };

struct ct_entry {
	struct flow_key key; /* of the initiator's packets as they come; ICMP: the identifier in both ports */
	struct key answers_from, answers_to; /* addresses of the answers as they come */
	uint16_t answers_port;               /* that they come to */
	uint16_t zone;
	uint32_t mark;
	uint32_t timeout; /* seconds until it is forgotten */
	uint32_t status;  /* IPS_*, linux/netfilter/nf_conntrack_common.h */
	bool counted;     /* net.netfilter.nf_conntrack_acct was on when it began: */
	uint64_t packets[CT_DIRECTIONS], bytes[CT_DIRECTIONS];
	uint64_t start; /* nanoseconds since 1970; 0: net.netfilter.nf_conntrack_timestamp is off */
	uint8_t tcp_flags[CT_DIRECTIONS]; /* IP_CT_TCP_FLAG_*, linux/netfilter/nf_conntrack_tcp.h */
	bool moved;            /* to another path, core/rehome.h: the server's sequence numbers are adjusted */
	uint32_t reply_offset; /* moved: what is added to them, modulo 2^32 */
	bool synproxy; /* it has the SYN proxy's extension, as all have that are made by ctnetlink */
	bool special;  /* a helper, an expectation's, or the client's sequence numbers are adjusted */
	uint8_t tcp_state; /* TCP_CONNTRACK_*, linux/netfilter/nf_conntrack_tcp.h; 0: none, or not told */
};

/* Takes apart a message of ctnl_dump(). false: it has no whole tuple. */
bool ct_entry_parse(struct ct_entry *entry, const struct nlmsghdr *message);

#endif
