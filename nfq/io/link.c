/* SPDX-License-Identifier: GPL-2.0-or-later
 * link.c - link-layer headers, as far as the kernel takes them off by itself before its firewall hooks
 *
 * VLAN tags are taken off: the hooks see the packets of a VLAN device without them. PPPoE and MPLS are not: their
 * packets come to the hooks once more, decapsulated, on another device, and that is where they would be captured.
 * Header layouts: pcap-linktype(7), www.tcpdump.org/linktypes.html.
 */
#include "link.h"

#include <net/ethernet.h>
#include <pcap/dlt.h>

#include "reader.h"

#ifndef DLT_LINUX_SLL2 /* since libpcap 1.9.1 */
#define DLT_LINUX_SLL2 276
#endif

#define ETHERTYPE_QINQ 0x88a8     /* IEEE 802.1ad */
#define ETHERTYPE_QINQ_OLD 0x9100 /* before it */
#define TAGS_MAX 4
#define ARPHRD_ETHER_SLL 1 /* hardware address type of Ethernet, in cooked headers */

/* What stands in front of the payload: r is left at the payload's first byte. */
typedef enum link_result strip(struct reader *r, struct link_payload *payload);

static void set_mac(struct link_payload *payload, uint64_t mac)
{
	payload->has_mac = true;
	payload->mac = mac;
}

/* The payload's kind as Ethernet says it, behind any tags. */
static enum link_result strip_ethertype(struct reader *r, uint16_t type)
{
	for (unsigned tags = 0; tags < TAGS_MAX; tags++) {
		if (type != ETHERTYPE_VLAN && type != ETHERTYPE_QINQ && type != ETHERTYPE_QINQ_OLD)
			break;
		reader_skip(r, 2);
		type = reader_u16(r);
	}
	return type == ETHERTYPE_IP || type == ETHERTYPE_IPV6 ? LINK_IP : LINK_OTHER;
}

static enum link_result strip_ethernet(struct reader *r, struct link_payload *payload)
{
	reader_skip(r, 6);
	set_mac(payload, reader_uint(r, 6));
	return strip_ethertype(r, reader_u16(r));
}

static enum link_result strip_raw(struct reader *r, struct link_payload *payload)
{
	(void)r;
	(void)payload;
	return LINK_IP;
}

/* The address family's number of the system that captured it, in that system's byte order (NULL) or in network
 * byte order (LOOP): 2 is IPv4 everywhere; IPv6 is 10, 24, 28 or 30. */
static enum link_result strip_null(struct reader *r, struct link_payload *payload)
{
	uint32_t family = reader_u32(r);

	(void)payload;
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	return family == 2 || family == 10 || family == 24 || family == 28 || family == 30 ? LINK_IP : LINK_OTHER;
}

/* Linux cooked capture: packet type, hardware type, address length, address, protocol. */
static enum link_result strip_sll(struct reader *r, struct link_payload *payload)
{
	uint16_t hardware, address_length;
	uint64_t address;

	reader_skip(r, 2);
	hardware = reader_u16(r);
	address_length = reader_u16(r);
	address = reader_u64(r);
	if (hardware == ARPHRD_ETHER_SLL && address_length == 6)
		set_mac(payload, address >> 16);
	return strip_ethertype(r, reader_u16(r));
}

/* Version 2: protocol, reserved, interface index, hardware type, packet type, address length, address. */
static enum link_result strip_sll2(struct reader *r, struct link_payload *payload)
{
	uint16_t protocol = reader_u16(r), hardware;
	uint8_t address_length;
	uint64_t address;

	reader_skip(r, 2 + 4);
	hardware = reader_u16(r);
	reader_skip(r, 1);
	address_length = reader_u8(r);
	address = reader_u64(r);
	if (hardware == ARPHRD_ETHER_SLL && address_length == 6)
		set_mac(payload, address >> 16);
	return strip_ethertype(r, protocol);
}

/* PPP (RFC 1661), with or without the address and control bytes of HDLC framing (RFC 1662). */
static enum link_result strip_ppp(struct reader *r, struct link_payload *payload)
{
	uint16_t protocol = reader_u16(r);

	(void)payload;
	if (protocol == 0xff03)
		protocol = reader_u16(r);
	return protocol == 0x0021 || protocol == 0x0057 ? LINK_IP : LINK_OTHER;
}

/* Cisco HDLC (RFC 1547 section 4.3.1): address, control, ethertype. */
static enum link_result strip_chdlc(struct reader *r, struct link_payload *payload)
{
	(void)payload;
	reader_skip(r, 2);
	return strip_ethertype(r, reader_u16(r));
}

/* NFLOG: family, version, resource id, then attributes with length and type in the host's order, which is taken to
 * be little-endian; attribute 9 is the packet. */
static enum link_result strip_nflog(struct reader *r, struct link_payload *payload)
{
	(void)payload;
	reader_skip(r, 4);
	while (reader_left(r)) {
		uint16_t length = (uint16_t)reader_le(r, 2), type = (uint16_t)reader_le(r, 2);

		if (length < 4)
			return LINK_BROKEN;
		if ((type & 0x7fff) == 9)
			return LINK_IP;
		reader_skip(r, (length - 4U + 3) & ~3U);
	}
	return LINK_OTHER;
}

static const struct {
	int type;
	strip *strip;
} links[] = {
	{DLT_EN10MB, strip_ethernet}, {DLT_RAW, strip_raw},      {DLT_LINUX_SLL, strip_sll},
	{DLT_LINUX_SLL2, strip_sll2}, {DLT_NULL, strip_null},    {DLT_LOOP, strip_null},
	{DLT_IPV4, strip_raw},        {DLT_IPV6, strip_raw},     {DLT_PPP, strip_ppp},
	{DLT_PPP_SERIAL, strip_ppp},  {DLT_C_HDLC, strip_chdlc}, {DLT_NFLOG, strip_nflog},
};

enum link_result link_strip(const struct frame *frame, struct link_payload *payload)
{
	struct reader r = reader_over(frame->data, frame->length, false);
	enum link_result result = LINK_UNKNOWN;

	*payload = (struct link_payload){.data = r.at};
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (links[i].type == frame->link_type)
			result = links[i].strip(&r, payload);
	if (!reader_ok(&r))
		return LINK_BROKEN;
	payload->data = r.at;
	payload->length = reader_left(&r);
	payload->wire_length = frame->wire_length - (frame->length - payload->length);
	return result;
}
