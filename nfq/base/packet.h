/* SPDX-License-Identifier: GPL-2.0-or-later
 * packet.h - a borrowed view of one IP datagram
 */
#ifndef NFQROUTE_PACKET_H
#define NFQROUTE_PACKET_H

#include <netinet/in.h>

#include "interval.h"
#include "reader.h"

/* Why a packet could not be taken apart. Such packets are accepted unmarked and counted by reason. */
enum packet_fault {
	PACKET_OK,
	PACKET_EMPTY,        /* no byte */
	PACKET_VERSION,      /* neither IPv4 nor IPv6 */
	PACKET_HEADER,       /* IP header cut off, absurd lengths, IPv4-mapped IPv6 address */
	PACKET_EXTENSION,    /* IPv6 extension header chain cut off, too long or absurd */
	PACKET_FRAGMENT,     /* a later fragment: no transport header */
	PACKET_TRANSPORT,    /* transport header cut off or absurd */
	PACKET_FAULTS
};

/* Text for counters and logs: "ip-header", "later-fragment", ... */
const char *packet_fault_name(enum packet_fault fault);

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10

/* The longest packet that may be changed. */
#define PACKET_CHANGED_MAX 128

/* Where a packet comes from, and by whom. Packets of the answering side do not carry it, so a connection keeps that of its
 * first packet, for rules that are asked when the other side has sent one (core/flow.h). From the carrier but for dscp. */
struct packet_origin {
	struct key iif, oif;      /* device names, key_from_device(); zero: none */
	uint64_t mac : 48;        /* source hardware address, first byte most significant */
	uint8_t dscp;             /* RFC 2474, 0-63 */
	bool has_mac : 1, has_uid : 1, has_gid : 1;
	bool local : 1;           /* made by a program of this machine, or for one */
	uint32_t uid, gid;        /* owner of the local socket */
};

/* What the packet itself says, and what only its carrier (queue, capture) knows. Numbers in host order. */
struct packet {
	/* from the bytes, by packet_parse() */
	const uint8_t *data;      /* the IP header */
	uint32_t length;          /* bytes here */
	uint32_t wire_length;     /* bytes the datagram had; more than length where the copy was cut */
	uint8_t family;           /* AF_INET or AF_INET6 */
	uint8_t proto;            /* the transport's protocol number, behind all extension headers netfilter walks over */
	bool fragment;            /* a first fragment */
	struct key src, dst;      /* addresses, see interval.h */
	bool has_ports;           /* tcp, udp, udplite, sctp, dccp */
	uint16_t sport, dport;    /* 0 without has_ports; ICMP queries: the identifier in both, so that flows have keys */
	uint32_t seq, ack;        /* TCP */
	uint16_t window;          /* TCP, not scaled */
	uint8_t tcp_flags;        /* TCP_* */
	uint8_t icmp_type, icmp_code; /* ICMP, ICMPv6 */
	const uint8_t *transport; /* the transport header */
	const uint8_t *payload;   /* behind the transport header; never NULL */
	uint32_t payload_length;  /* bytes here */
	uint32_t payload_wire_length; /* bytes the segment or datagram carried */

	/* from the carrier; zero where it does not know */
	uint32_t id;              /* the queue's packet id */
	uint32_t mark;            /* the packet mark on arrival */
	struct packet_origin origin;
	bool reply;               /* in its connection's reply direction */
	bool continued;           /* known not to be the connection's first packet */
	bool probe;               /* a reply to a probe of the engine's, see core/rehome.h */
	uint8_t *writable;        /* data, where the carrier lets it be changed and sends what it has become; or NULL */
	bool changed;             /* it has been */
	uint64_t hash;            /* of its connection; 0: engine_expect() has not been called */
	uint32_t expected;        /* engine_expect()'s number for what it has looked up; 0: nothing */
};

/* Takes apart the length bytes at data (an IP header first), of a datagram of wire_length bytes (at least length;
 * 0: as the IP header says). Sets every field of the first group, clears those of the second. On a fault, what
 * was read before it is set, and src, dst and proto if the IP header was whole. Never reads outside. */
enum packet_fault packet_parse(struct packet *packet, const uint8_t *data, size_t length, size_t wire_length);

#endif
