/* SPDX-License-Identifier: GPL-2.0-or-later
 * link.h - from a captured frame to the IP datagram in it
 */
#ifndef NFQROUTE_LINK_H
#define NFQROUTE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes as they were captured. */
struct frame {
	const uint8_t *data;
	size_t length;      /* bytes here */
	size_t wire_length; /* bytes it had, at least length */
	uint64_t time;      /* nanoseconds since 1970 */
	int link_type;      /* DLT_*, pcap-linktype(7) */
};

/* What the stack above a device would be given. Borrowed from the frame. */
struct link_payload {
	const uint8_t *data;        /* an IP header first, or so the link layer says */
	size_t length, wire_length; /* padding of short Ethernet frames included */
	bool has_mac;
	uint64_t mac; /* the sender's hardware address, first byte most significant of 48 bits */
};

enum link_result {
	LINK_IP,      /* payload is set */
	LINK_OTHER,   /* ARP, PPPoE, MPLS, ...: what a firewall hook for IP never sees */
	LINK_BROKEN,  /* its headers are cut off or absurd */
	LINK_UNKNOWN, /* this link type is not understood */
};

enum link_result link_strip(const struct frame *frame, struct link_payload *payload);

#endif
