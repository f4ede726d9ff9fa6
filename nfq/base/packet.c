/* SPDX-License-Identifier: GPL-2.0-or-later
 * packet.c - from the bytes of an IP datagram to struct packet
 *
 * This runs for every queued packet, so a header is checked once as a whole and then loaded field by field,
 * instead of read by read as a classifier would. The check is always have(): that many bytes, at that offset, are
 * both here and part of the datagram. What a field says is believed only as far as the kernel would believe it: a
 * datagram that conntrack would call invalid is a fault here.
 *
 * RFC 791 (IPv4), 8200 (IPv6), 2675 (jumbograms), 6946 (atomic fragments), 4302 (AH), 9293 (TCP), 768 (UDP),
 * 3828 (UDP-Lite), 9260 (SCTP), 4340 (DCCP), 792 and 4443 (ICMP).
 */
#include "packet.h"

#include <sys/socket.h>

#include "clear.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define EXTENSIONS_MAX 16 /* more than any sender has a use for; each takes a walk over hostile bytes */

#define OPTION_PAD1 0x00
#define OPTION_JUMBO 0xc2

static inline uint16_t load16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t load32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The n bytes at offset are here. length never exceeds wire_length, so they are the datagram's own. */
static inline bool have(const struct packet *p, uint32_t offset, uint32_t n)
{
	return offset <= p->length && n <= p->length - offset;
}

/* Sets how long the datagram is and how much of it is here. Bytes behind it are the link layer's padding. */
static enum packet_fault set_length(struct packet *p, size_t declared, size_t minimum, size_t wire)
{
	if (declared < minimum || declared > UINT32_MAX || (wire && declared > wire))
		return PACKET_HEADER;
	p->wire_length = (uint32_t)declared;
	p->length = smaller(p->length, p->wire_length);
	return PACKET_OK;
}

/* The rest of the datagram from offset on is what the transport carries. Bytes of a header that were not copied
 * are none of the payload either. */
static void set_payload(struct packet *p, uint32_t offset)
{
	uint32_t here = smaller(offset, p->length);

	p->payload = p->data + here;
	p->payload_length = p->length - here;
	p->payload_wire_length = p->wire_length - offset;
}

/* Takes the bytes behind the first n of the payload away: they are padding of the transport. */
static void cut_payload(struct packet *p, uint32_t n)
{
	p->payload_wire_length = smaller(p->payload_wire_length, n);
	p->payload_length = smaller(p->payload_length, n);
}

static void set_ports(struct packet *p)
{
	p->has_ports = true;
	p->sport = load16(p->transport);
	p->dport = load16(p->transport + 2);
}

/* A header that says its own length: at least minimum, and within the datagram. Its options may be cut off by a
 * short copy, ports and flags are good all the same. */
static enum packet_fault set_header(struct packet *p, uint32_t offset, uint32_t length, uint32_t minimum)
{
	if (length < minimum || length > p->wire_length - offset)
		return PACKET_TRANSPORT;
	set_payload(p, offset + length);
	return PACKET_OK;
}

static enum packet_fault parse_tcp(struct packet *p, uint32_t offset)
{
	const uint8_t *tcp = p->transport;

	if (!have(p, offset, 20))
		return PACKET_TRANSPORT;
	set_ports(p);
	p->seq = load32(tcp + 4);
	p->ack = load32(tcp + 8);
	p->tcp_flags = tcp[13];
	p->window = load16(tcp + 14);
	return set_header(p, offset, (tcp[12] >> 4) * 4U, 20);
}

static enum packet_fault parse_udp(struct packet *p, uint32_t offset)
{
	uint32_t rest = p->wire_length - offset, length;

	if (!have(p, offset, 8))
		return PACKET_TRANSPORT;
	set_ports(p);
	set_payload(p, offset + 8);
	length = load16(p->transport + 4);
	if (length == 0 && rest > UINT16_MAX)
		return PACKET_OK; /* a jumbogram's, RFC 2675 section 4 */
	if (length < 8 || (length > rest && !p->fragment))
		return PACKET_TRANSPORT;
	cut_payload(p, length - 8);
	return PACKET_OK;
}

static enum packet_fault parse_udplite(struct packet *p, uint32_t offset)
{
	uint32_t coverage;

	if (!have(p, offset, 8))
		return PACKET_TRANSPORT;
	set_ports(p);
	set_payload(p, offset + 8);
	coverage = load16(p->transport + 4);
	if (coverage == 0)
		return PACKET_OK;
	if (coverage < 8 || (coverage > p->wire_length - offset && !p->fragment))
		return PACKET_TRANSPORT;
	return PACKET_OK;
}

static enum packet_fault parse_sctp(struct packet *p, uint32_t offset)
{
	if (!have(p, offset, 12))
		return PACKET_TRANSPORT;
	set_ports(p);
	set_payload(p, offset + 12);
	return PACKET_OK;
}

static enum packet_fault parse_dccp(struct packet *p, uint32_t offset)
{
	bool long_sequence;

	if (!have(p, offset, 12))
		return PACKET_TRANSPORT;
	set_ports(p);
	long_sequence = p->transport[8] & 1;
	return set_header(p, offset, p->transport[4] * 4U, long_sequence ? 16 : 12);
}

/* Queries and their answers carry an identifier, which conntrack tells flows apart by. */
static bool icmp_has_id(uint8_t family, uint8_t type)
{
	if (family == AF_INET)
		return type == 0 || type == 8 || (type >= 13 && type <= 18);
	return type == 128 || type == 129 || type == 139 || type == 140;
}

static enum packet_fault parse_icmp(struct packet *p, uint32_t offset)
{
	if (!have(p, offset, 8))
		return PACKET_TRANSPORT;
	p->icmp_type = p->transport[0];
	p->icmp_code = p->transport[1];
	if (icmp_has_id(p->family, p->icmp_type))
		p->sport = p->dport = load16(p->transport + 4);
	set_payload(p, offset + 8);
	return PACKET_OK;
}

static const struct {
	enum packet_fault (*parse)(struct packet *p, uint32_t offset);
	uint8_t family; /* the only one it belongs to; 0: both */
} transports[256] = {
	[IPPROTO_TCP] = {parse_tcp, 0},
	[IPPROTO_UDP] = {parse_udp, 0},
	[IPPROTO_UDPLITE] = {parse_udplite, 0},
	[IPPROTO_SCTP] = {parse_sctp, 0},
	[IPPROTO_DCCP] = {parse_dccp, 0},
	[IPPROTO_ICMP] = {parse_icmp, AF_INET},
	[IPPROTO_ICMPV6] = {parse_icmp, AF_INET6},
};

static enum packet_fault parse_transport(struct packet *p, uint32_t offset)
{
	uint8_t family = transports[p->proto].family;

	p->transport = p->data + smaller(offset, p->length);
	if (offset > p->wire_length)
		return PACKET_TRANSPORT;
	set_payload(p, offset);
	if (!transports[p->proto].parse || (family && family != p->family))
		return PACKET_OK;
	return transports[p->proto].parse(p, offset);
}

static enum packet_fault parse_ipv4(struct packet *p, size_t wire)
{
	const uint8_t *ip = p->data;
	enum packet_fault fault;
	uint32_t header, total;
	uint16_t fragment;

	p->family = AF_INET;
	if (!have(p, 0, IPV4_HEADER))
		return PACKET_HEADER;
	header = (ip[0] & 15) * 4U;
	if (header < IPV4_HEADER || !have(p, 0, header))
		return PACKET_HEADER;
	p->origin.dscp = ip[1] >> 2;
	p->proto = ip[9];
	p->src = key_from_ipv4(ip + 12);
	p->dst = key_from_ipv4(ip + 16);
	/* zero: handed down for segmentation, longer than the field can say */
	total = load16(ip + 2);
	fault = set_length(p, total ? total : wire ? wire : p->length, header, wire);
	if (fault)
		return fault;
	fragment = load16(ip + 6);
	if (fragment & 0x1fff)
		return PACKET_FRAGMENT;
	p->fragment = fragment & 0x2000;
	return parse_transport(p, header);
}

/* The length of a jumbogram from the option in its hop-by-hop header, whose length bytes start at options; 0: the
 * header is absurd or has no such option. */
static size_t jumbo_length(const uint8_t *options, uint32_t length)
{
	struct reader r = reader_over(options, length, false);

	reader_skip(&r, 2);
	while (reader_left(&r)) {
		uint8_t type = reader_u8(&r);

		if (type == OPTION_PAD1)
			continue;
		struct reader value = reader_sub(&r, reader_u8(&r));

		if (type != OPTION_JUMBO)
			continue;
		size_t jumbo = reader_u32(&value);

		return reader_at_end(&value) && jumbo > UINT16_MAX ? IPV6_HEADER + jumbo : 0;
	}
	return 0;
}

/* The datagram's length where the fixed header says zero; 0: it cannot be. */
static size_t ipv6_zero_length(const struct packet *p, size_t wire)
{
	const uint8_t *options = p->data + IPV6_HEADER;
	uint32_t length;

	if (p->proto == IPPROTO_NONE)
		return IPV6_HEADER;
	if (p->proto != IPPROTO_HOPOPTS)
		return wire ? wire : p->length; /* handed down for segmentation, as with IPv4 */
	if (!have(p, IPV6_HEADER, 8))
		return 0;
	length = (options[1] + 1U) * 8;
	return have(p, IPV6_HEADER, length) ? jumbo_length(options, length) : 0;
}

/* Which headers can be walked over is what netfilter walks over, so that proto is what conntrack takes it for:
 * mobility, HIP and shim6 are upper layers there, and ESP hides what follows. */
static bool is_extension(uint8_t proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_FRAGMENT ||
	       proto == IPPROTO_AH || proto == IPPROTO_DSTOPTS;
}

/* The length of the extension header of that kind whose second byte is given. */
static uint32_t extension_length(uint8_t proto, uint8_t second)
{
	if (proto == IPPROTO_FRAGMENT)
		return 8;
	if (proto == IPPROTO_AH)
		return (second + 2U) * 4;
	return (second + 1U) * 8;
}

/* Walks to the upper layer: sets proto and *offset. */
static enum packet_fault parse_extensions(struct packet *p, uint32_t *offset)
{
	for (unsigned count = 0; is_extension(p->proto); count++) {
		const uint8_t *at = p->data + *offset;
		uint8_t proto = p->proto;
		uint16_t fragment;

		if (count == EXTENSIONS_MAX || !have(p, *offset, 8) ||
		    !have(p, *offset, extension_length(proto, at[1])))
			return PACKET_EXTENSION;
		p->proto = at[0];
		*offset += extension_length(proto, at[1]);
		if (proto != IPPROTO_FRAGMENT)
			continue;
		fragment = load16(at + 2);
		if (fragment & 0xfff8)
			return PACKET_FRAGMENT;
		p->fragment = p->fragment || (fragment & 1);
	}
	return PACKET_OK;
}

static bool is_mapped(const uint8_t *address)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address, prefix, sizeof prefix) == 0;
}

static enum packet_fault parse_ipv6(struct packet *p, size_t wire)
{
	const uint8_t *ip = p->data;
	uint32_t offset = IPV6_HEADER;
	enum packet_fault fault;
	uint32_t payload;

	p->family = AF_INET6;
	if (!have(p, 0, IPV6_HEADER))
		return PACKET_HEADER;
	p->origin.dscp = (load16(ip) >> 6) & 63;
	p->proto = ip[6];
	p->src = key_from_ipv6(ip + 8);
	p->dst = key_from_ipv6(ip + 24);
	if (is_mapped(ip + 8) || is_mapped(ip + 24))
		return PACKET_HEADER;
	payload = load16(ip + 4);
	fault = set_length(p, payload ? IPV6_HEADER + payload : ipv6_zero_length(p, wire), IPV6_HEADER, wire);
	if (!fault)
		fault = parse_extensions(p, &offset);
	return fault ? fault : parse_transport(p, offset);
}

enum packet_fault packet_parse(struct packet *packet, const uint8_t *data, size_t length, size_t wire_length)
{
	static const uint8_t nothing[1];

	if (!length)
		data = nothing;
	if (length > UINT32_MAX)
		length = UINT32_MAX;
	if (wire_length && wire_length < length)
		wire_length = length;
	clear_bytes(packet, sizeof *packet);
	packet->data = packet->transport = packet->payload = data;
	packet->length = (uint32_t)length;
	packet->wire_length = (uint32_t)(wire_length ? wire_length : length);
	if (!length)
		return PACKET_EMPTY;
	switch (data[0] >> 4) {
	case 4:
		return parse_ipv4(packet, wire_length);
	case 6:
		return parse_ipv6(packet, wire_length);
	}
	return PACKET_VERSION;
}

const char *packet_fault_name(enum packet_fault fault)
{
	static const char *const names[PACKET_FAULTS] = {
		[PACKET_OK] = "ok",
		[PACKET_EMPTY] = "empty",
		[PACKET_VERSION] = "ip-version",
		[PACKET_HEADER] = "ip-header",
		[PACKET_EXTENSION] = "ipv6-extension",
		[PACKET_FRAGMENT] = "later-fragment",
		[PACKET_TRANSPORT] = "transport-header",
	};

	return fault < PACKET_FAULTS ? names[fault] : "unknown";
}
