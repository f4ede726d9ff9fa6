/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_packet.c - packet_parse() over vectors, over every truncation of each, and over every changed byte of each
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "packet.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Headers in hexadecimal; lengths, fragment field and protocol are the vector's business. */
#define IP4(total, fragment, proto) "4500" total "0001" fragment "40" proto "0000 0a000001 0a000002 "
#define IP6(payload, next)                                                                                        \
	"60000000" payload next "40 fd000000000000000000000000000001 fd000000000000000000000000000002 "
#define TCP(offset_flags) "3039 0050 00000001 00000002 " offset_flags "7210 0000 0000 "
#define UDP(length) "3039 0035" length "0000 "

struct vector {
	const char *name;
	const char *hex;
	size_t wire; /* packet_parse()'s wire_length */
	enum packet_fault fault;
	const char *seen; /* see describe() */
};

#define TCP_SEEN "12345>80 seq 1 ack 2 win 29200 "

/* clang-format off: a vector a line */
static const struct vector vectors[] = {
	/* IPv4 */
	{"tcp syn", IP4("0028", "4000", "06") TCP("5002"), 0, PACKET_OK, "4 6 " TCP_SEEN "flags 02 payload 0/0"},
	{"tcp data", IP4("002b", "4000", "06") TCP("5018") "616263", 0, PACKET_OK,
	 "4 6 " TCP_SEEN "flags 18 payload 3/3 61"},
	{"tcp options", IP4("0030", "4000", "06") TCP("6018") "020405b4 78797a7a", 0, PACKET_OK,
	 "4 6 " TCP_SEEN "flags 18 payload 4/4 78"},
	{"ethernet padding", IP4("0028", "4000", "06") TCP("5010") "000000000000", 0, PACKET_OK,
	 "4 6 " TCP_SEEN "flags 10 payload 0/0"},
	{"ip options", "4600 002c 0001 4000 4006 0000 0a000001 0a000002 01010100" TCP("5002"), 0, PACKET_OK,
	 "4 6 " TCP_SEEN "flags 02 payload 0/0"},
	{"total length zero", IP4("0000", "4000", "06") TCP("5018") "616263", 0, PACKET_OK,
	 "4 6 " TCP_SEEN "flags 18 payload 3/3 61"},
	{"total length zero, cut copy", IP4("0000", "4000", "06") TCP("5018") "616263", 70000, PACKET_OK,
	 "4 6 " TCP_SEEN "flags 18 payload 3/69960 61"},
	{"gso, cut copy", IP4("ffff", "4000", "06") TCP("5018") "616263", 65535, PACKET_OK,
	 "4 6 " TCP_SEEN "flags 18 payload 3/65495 61"},
	{"cut copy, length from the header", IP4("0400", "4000", "06") TCP("5018") "616263", 0, PACKET_OK,
	 "4 6 " TCP_SEEN "flags 18 payload 3/984 61"},
	{"tcp options cut off", IP4("0400", "4000", "06") TCP("f018") "616263", 1024, PACKET_OK,
	 "4 6 " TCP_SEEN "flags 18 payload 0/944"},
	{"dscp ef", "45b8 001c 0001 0000 4011 0000 0a000001 0a000002" UDP("0008"), 0, PACKET_OK,
	 "4 17 12345>53 dscp 46 payload 0/0"},
	{"udp", IP4("001e", "0000", "11") UDP("000a") "6869", 0, PACKET_OK, "4 17 12345>53 payload 2/2 68"},
	{"udp shorter than ip", IP4("0020", "0000", "11") UDP("000a") "6869 0000", 0, PACKET_OK,
	 "4 17 12345>53 payload 2/2 68"},
	{"udp first fragment", IP4("0024", "2000", "11") UDP("0800") "6869707172737475", 0, PACKET_OK,
	 "4 17 12345>53 fragment payload 8/8 68"},
	{"udplite", IP4("001e", "0000", "88") UDP("0008") "6869", 0, PACKET_OK, "4 136 12345>53 payload 2/2 68"},
	{"udplite full coverage", IP4("001e", "0000", "88") UDP("0000") "6869", 0, PACKET_OK,
	 "4 136 12345>53 payload 2/2 68"},
	{"sctp", IP4("0024", "0000", "84") "0b80 0b81 00000000 00000000 0100 0004", 0, PACKET_OK,
	 "4 132 2944>2945 payload 4/4 01"},
	{"dccp long", IP4("0028", "0000", "21") "0001 0002 05000000 01000000 00000000 aabbccdd", 0, PACKET_OK,
	 "4 33 1>2 payload 0/0"},
	{"dccp short", IP4("0024", "0000", "21") "0001 0002 03000000 04000000 aabbccdd", 0, PACKET_OK,
	 "4 33 1>2 payload 4/4 aa"},
	{"icmp echo", IP4("0020", "0000", "01") "0800 0000 1234 0001 61626364", 0, PACKET_OK,
	 "4 1 icmp 8.0 id 4660 payload 4/4 61"},
	{"icmp echo reply", IP4("001c", "0000", "01") "0000 0000 1234 0001", 0, PACKET_OK,
	 "4 1 icmp 0.0 id 4660 payload 0/0"},
	{"icmp port unreachable", IP4("0020", "0000", "01") "0303 0000 1234 0001 45000000", 0, PACKET_OK,
	 "4 1 icmp 3.3 payload 4/4 45"},
	{"icmpv6 in ipv4", IP4("001c", "0000", "3a") "8000 0000 1234 0001", 0, PACKET_OK, "4 58 payload 8/8 80"},
	{"gre", IP4("0018", "0000", "2f") "00000800", 0, PACKET_OK, "4 47 payload 4/4 00"},
	{"no payload at all", IP4("0014", "0000", "fd"), 0, PACKET_OK, "4 253 payload 0/0"},
	/* IPv6 */
	{"tcp syn", IP6("0014", "06") TCP("5002"), 0, PACKET_OK, "6 6 " TCP_SEEN "flags 02 payload 0/0"},
	{"tcp data", IP6("0017", "06") TCP("5018") "616263", 0, PACKET_OK,
	 "6 6 " TCP_SEEN "flags 18 payload 3/3 61"},
	{"ethernet padding", IP6("0008", "11") UDP("0008") "00000000", 0, PACKET_OK, "6 17 12345>53 payload 0/0"},
	{"dscp af11",
	 "628abcde 0008 1140 fd000000000000000000000000000001 fd000000000000000000000000000002" UDP("0008"), 0,
	 PACKET_OK, "6 17 12345>53 dscp 10 payload 0/0"},
	{"hop-by-hop", IP6("0010", "00") "1100 010400000000" UDP("0008"), 0, PACKET_OK,
	 "6 17 12345>53 payload 0/0"},
	{"routing, destination options",
	 IP6("0028", "2b") "3c02 0000 00000000 fd000000000000000000000000000003"
			   "1100 010400000000" UDP("0008"),
	 0, PACKET_OK, "6 17 12345>53 payload 0/0"},
	{"ah", IP6("0020", "33") "1104 0000 00000001 00000001 aaaaaaaa bbbbbbbb cccccccc" UDP("0008"), 0,
	 PACKET_OK, "6 17 12345>53 payload 0/0"},
	{"esp", IP6("000c", "32") "00000001 00000002 aabbccdd", 0, PACKET_OK, "6 50 payload 12/12 00"},
	{"mobility", IP6("0008", "87") "3b00 0000 00000000", 0, PACKET_OK, "6 135 payload 8/8 3b"},
	{"first fragment", IP6("0018", "2c") "1100 0001 00000007" UDP("0800") "6869707172737475", 0, PACKET_OK,
	 "6 17 12345>53 fragment payload 8/8 68"},
	{"atomic fragment", IP6("0010", "2c") "1100 0000 00000007" UDP("0008"), 0, PACKET_OK,
	 "6 17 12345>53 payload 0/0"},
	{"icmpv6 echo", IP6("0008", "3a") "8000 0000 1234 0001", 0, PACKET_OK,
	 "6 58 icmp 128.0 id 4660 payload 0/0"},
	{"icmpv6 neighbour solicitation", IP6("0008", "3a") "8700 0000 0000 0000", 0, PACKET_OK,
	 "6 58 icmp 135.0 payload 0/0"},
	{"icmp in ipv6", IP6("0008", "01") "0800 0000 1234 0001", 0, PACKET_OK, "6 1 payload 8/8 08"},
	{"no next header", IP6("0000", "3b") "000000000000", 0, PACKET_OK, "6 59 payload 0/0"},
	{"payload length zero, cut copy", IP6("0000", "06") TCP("5018") "616263", 70000, PACKET_OK,
	 "6 6 " TCP_SEEN "flags 18 payload 3/69940 61"},
	{"jumbogram, cut copy", IP6("0000", "00") "0600 c2040001 1170" TCP("5018") "616263", 70040, PACKET_OK,
	 "6 6 " TCP_SEEN "flags 18 payload 3/69972 61"},
	{"jumbogram of udp", IP6("0000", "00") "1100 c2040001 1170" UDP("0000") "616263", 70040, PACKET_OK,
	 "6 17 12345>53 payload 3/69984 61"},
	{"jumbo option behind padding",
	 IP6("0000", "00") "0601 0000 0102 0000 c2040001 1170 0000" TCP("5018") "61", 70040, PACKET_OK,
	 "6 6 " TCP_SEEN "flags 18 payload 1/69964 61"},

	/* faults */
	{"no byte", "", 0, PACKET_EMPTY, "0 0 payload 0/0"},
	{"version 0", "00000000", 0, PACKET_VERSION, "0 0 payload 0/0"},
	{"version 5", "55000014 00000000 40060000 0a000001 0a000002", 0, PACKET_VERSION, "0 0 payload 0/0"},
	{"ipv4 header cut off", "45000028 00010000 40060000 0a0000", 0, PACKET_HEADER, NULL},
	{"ipv4 header length 4", "4400 0028 0001 4000 4006 0000 0a000001 0a000002" TCP("5002"), 0, PACKET_HEADER,
	 NULL},
	{"ipv4 options cut off", "4f00 0064 0001 4000 4006 0000 0a000001 0a000002 01010101", 0, PACKET_HEADER,
	 NULL},
	{"ipv4 total length 19", IP4("0013", "4000", "06") TCP("5002"), 0, PACKET_HEADER, NULL},
	{"ipv4 longer than it was", IP4("0029", "4000", "06") TCP("5002"), 40, PACKET_HEADER, NULL},
	{"ipv4 later fragment", IP4("0024", "20b9", "11") UDP("0800") "6869707172737475", 0, PACKET_FRAGMENT,
	 NULL},
	{"ipv4 last fragment", IP4("001c", "00b9", "11") UDP("0800"), 0, PACKET_FRAGMENT, NULL},
	{"tcp cut off", IP4("0027", "4000", "06") "3039 0050 00000001 00000002 5002 7210 0000 00", 0,
	 PACKET_TRANSPORT, NULL},
	{"tcp header length 16", IP4("0028", "4000", "06") TCP("4002"), 0, PACKET_TRANSPORT, NULL},
	{"tcp header longer than the packet", IP4("0028", "4000", "06") TCP("6002"), 0, PACKET_TRANSPORT, NULL},
	{"udp cut off", IP4("001b", "0000", "11") "3039 0035 0008 00", 0, PACKET_TRANSPORT, NULL},
	{"udp length 7", IP4("001c", "0000", "11") UDP("0007"), 0, PACKET_TRANSPORT, NULL},
	{"udp length 0", IP4("001c", "0000", "11") UDP("0000"), 0, PACKET_TRANSPORT, NULL},
	{"udp longer than ip", IP4("001c", "0000", "11") UDP("0009"), 0, PACKET_TRANSPORT, NULL},
	{"udplite coverage 7", IP4("001e", "0000", "88") UDP("0007") "6869", 0, PACKET_TRANSPORT, NULL},
	{"udplite coverage beyond", IP4("001e", "0000", "88") UDP("000b") "6869", 0, PACKET_TRANSPORT, NULL},
	{"sctp cut off", IP4("001c", "0000", "84") "0b80 0b81 00000000", 0, PACKET_TRANSPORT, NULL},
	{"dccp header too short", IP4("0024", "0000", "21") "0001 0002 03000000 01000000 00000000", 0,
	 PACKET_TRANSPORT, NULL},
	{"icmp cut off", IP4("0018", "0000", "01") "0800 0000", 0, PACKET_TRANSPORT, NULL},
	{"ipv6 header cut off", "60000000 0014 0640 fd00000000000000000000000000000100", 0, PACKET_HEADER, NULL},
	{"ipv6 longer than it was", IP6("0015", "06") TCP("5002"), 60, PACKET_HEADER, NULL},
	{"ipv6 mapped source",
	 "60000000 0014 0640 00000000000000000000ffff0a000001"
	 "fd000000000000000000000000000002" TCP("5002"),
	 0, PACKET_HEADER, NULL},
	{"ipv6 mapped destination",
	 "60000000 0014 0640 fd000000000000000000000000000002"
	 "00000000000000000000ffff0a000001" TCP("5002"),
	 0, PACKET_HEADER, NULL},
	{"ipv6 later fragment", IP6("0010", "2c") "1100 0009 00000007" UDP("0008"), 0, PACKET_FRAGMENT, NULL},
	{"extension cut off", IP6("0008", "3c") "0601 0104 00000000", 0, PACKET_EXTENSION, NULL},
	{"extension header cut off", IP6("0004", "3c") "06000104", 0, PACKET_EXTENSION, NULL},
	{"extensions without end",
	 IP6("0088", "3c") "3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 "
			   "3c00010400000000"
			   "3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 "
			   "3c00010400000000"
			   "3c00010400000000 3c00010400000000 3c00010400000000 3c00010400000000 3b00010400000000",
	 0, PACKET_EXTENSION, NULL},
	{"jumbo length missing", IP6("0000", "00") "0600 010400000000" TCP("5018") "616263", 70040, PACKET_HEADER,
	 NULL},
	{"jumbo length too small", IP6("0000", "00") "0600 c2040000 ffff" TCP("5018") "616263", 70040,
	 PACKET_HEADER, NULL},
	{"jumbo longer than it was", IP6("0000", "00") "0600 c2040001 1171" TCP("5018") "616263", 70040,
	 PACKET_HEADER, NULL},
	{"jumbo option of 3 bytes", IP6("0000", "00") "0600 c2030001 1100" TCP("5018") "616263", 70040,
	 PACKET_HEADER, NULL},
	{"jumbo longer than a length can be", IP6("0000", "00") "0600 c204ffff ffff" TCP("5018") "616263", 0,
	 PACKET_HEADER, NULL},
};
/* clang-format on */

struct bytes {
	uint8_t *at; /* a block of exactly length bytes, so that a sanitizer sees the first byte read too far */
	size_t length;
};

static struct bytes from_hex(const char *hex)
{
	struct bytes b = {.at = malloc(strlen(hex) / 2 + 1)};
	unsigned value;
	uint8_t *fit;

	for (int used; sscanf(hex, " %2x%n", &value, &used) == 1; hex += used)
		b.at[b.length++] = (uint8_t)value;
	fit = malloc(b.length ? b.length : 1);
	memcpy(fit, b.at, b.length);
	free(b.at);
	b.at = fit;
	return b;
}

/* Everything a rule can see of the packet, as text. */
static void describe(const struct packet *p, char *text, size_t size)
{
	size_t n = (size_t)snprintf(text, size, "%d %u ",
				    p->family == AF_INET    ? 4
				    : p->family == AF_INET6 ? 6
							    : 0,
				    p->proto);

	if (p->has_ports)
		n += (size_t)snprintf(text + n, size - n, "%u>%u ", p->sport, p->dport);
	if (p->has_ports && p->proto == IPPROTO_TCP)
		n += (size_t)snprintf(text + n, size - n, "seq %u ack %u win %u flags %02x ", p->seq, p->ack,
				      p->window, p->tcp_flags);
	if (!p->has_ports && (p->icmp_type || p->sport))
		n += (size_t)snprintf(text + n, size - n, "icmp %u.%u ", p->icmp_type, p->icmp_code);
	if (!p->has_ports && p->sport)
		n += (size_t)snprintf(text + n, size - n, "id %u ", p->sport);
	if (p->origin.dscp)
		n += (size_t)snprintf(text + n, size - n, "dscp %u ", p->origin.dscp);
	if (p->fragment)
		n += (size_t)snprintf(text + n, size - n, "fragment ");
	n += (size_t)snprintf(text + n, size - n, "payload %u/%u", p->payload_length, p->payload_wire_length);
	if (p->payload_length)
		snprintf(text + n, size - n, " %02x", p->payload[0]);
}

/* What must hold whatever the bytes were. */
static void check_bounds(const struct packet *p, const uint8_t *data, size_t length)
{
	assert_non_null(p->payload);
	assert_true(p->length <= length);
	assert_true(p->length <= p->wire_length);
	assert_true(p->payload_length <= p->payload_wire_length);
	assert_true(p->payload_wire_length <= p->wire_length);
	if (length) {
		assert_ptr_equal(p->data, data);
		assert_true(p->payload >= data && p->payload + p->payload_length <= data + p->length);
		assert_true(p->transport >= data && p->transport <= data + p->length);
	}
	assert_int_equal(p->mark, 0);
	assert_false(p->origin.has_mac || p->origin.has_uid || p->origin.has_gid || p->reply || p->continued);
}

static void vectors_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct bytes b = from_hex(v->hex);
		struct packet p;
		char seen[200];

		enum packet_fault fault = packet_parse(&p, b.at, b.length, v->wire);

		check_bounds(&p, b.at, b.length);
		describe(&p, seen, sizeof seen);
		if (fault != v->fault || (v->seen && strcmp(seen, v->seen)))
			fail_msg("%s: %s: %s, not %s: %s", v->name, packet_fault_name(fault), seen,
				 packet_fault_name(v->fault), v->seen);
		free(b.at);
	}
}

static void addresses(void **state)
{
	struct bytes b4 = from_hex(IP4("0024", "20b9", "11") UDP("0800") "6869707172737475");
	struct bytes b6 = from_hex(IP6("0010", "2c") "1100 0009 00000007" UDP("0008"));
	struct packet p;
	char text[46];

	(void)state;
	/* a later fragment has no ports, but its addresses and protocol are known */
	assert_int_equal(packet_parse(&p, b4.at, b4.length, 0), PACKET_FRAGMENT);
	assert_string_equal(key_address_text(p.src, text), "10.0.0.1");
	assert_string_equal(key_address_text(p.dst, text), "10.0.0.2");
	assert_int_equal(p.proto, IPPROTO_UDP);
	assert_int_equal(packet_parse(&p, b6.at, b6.length, 0), PACKET_FRAGMENT);
	assert_string_equal(key_address_text(p.src, text), "fd00::1");
	assert_string_equal(key_address_text(p.dst, text), "fd00::2");
	assert_int_equal(p.proto, IPPROTO_UDP);
	free(b4.at);
	free(b6.at);
}

/* The copy ends early; the datagram does not. What is still said must be what the whole says. */
static void check_cut_copy(const struct vector *v, const struct bytes *whole, size_t length)
{
	struct bytes cut = {.at = malloc(length ? length : 1), .length = length};
	struct packet full, part;
	enum packet_fault fault;

	memcpy(cut.at, whole->at, length);
	packet_parse(&full, whole->at, whole->length, v->wire ? v->wire : whole->length);
	fault = packet_parse(&part, cut.at, length, v->wire ? v->wire : whole->length);
	check_bounds(&part, cut.at, length);
	if (fault == PACKET_OK) {
		if (v->fault != PACKET_OK)
			fail_msg("%s: good when cut to %zu", v->name, length);
		assert_int_equal(part.proto, full.proto);
		assert_int_equal(part.sport, full.sport);
		assert_int_equal(part.dport, full.dport);
		assert_int_equal(part.tcp_flags, full.tcp_flags);
		assert_int_equal(part.wire_length, full.wire_length);
		assert_int_equal(part.payload_wire_length, full.payload_wire_length);
		assert_true(part.payload_length <= full.payload_length);
	}
	/* now the datagram itself is as short */
	packet_parse(&part, cut.at, length, length);
	check_bounds(&part, cut.at, length);
	packet_parse(&part, cut.at, length, 0);
	check_bounds(&part, cut.at, length);
	free(cut.at);
}

static void every_truncation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct bytes b = from_hex(vectors[i].hex);

		for (size_t n = 0; n < b.length; n++)
			check_cut_copy(&vectors[i], &b, n);
		free(b.at);
	}
}

static void every_byte_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct bytes b = from_hex(vectors[i].hex);

		for (size_t n = 0; n < b.length * 256; n++) {
			uint8_t kept = b.at[n / 256];
			struct packet p;

			b.at[n / 256] = (uint8_t)n;
			packet_parse(&p, b.at, b.length, vectors[i].wire);
			check_bounds(&p, b.at, b.length);
			packet_parse(&p, b.at, b.length, b.length);
			check_bounds(&p, b.at, b.length);
			b.at[n / 256] = kept;
		}
		free(b.at);
	}
}

static void second_group_is_cleared(void **state)
{
	struct bytes b = from_hex(IP4("001c", "0000", "11") UDP("0008"));
	struct packet p;

	(void)state;
	memset(&p, 0xff, sizeof p);
	assert_int_equal(packet_parse(&p, b.at, b.length, 0), PACKET_OK);
	assert_int_equal(p.id, 0);
	assert_int_equal(p.mark, 0);
	assert_true(key_equal(p.origin.iif, key_of(0)) && key_equal(p.origin.oif, key_of(0)));
	assert_false(p.origin.has_mac || p.origin.has_uid || p.origin.has_gid || p.reply || p.continued || p.fragment);
	assert_int_equal(p.seq, 0);
	free(b.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_parse),           cmocka_unit_test(addresses),
		cmocka_unit_test(every_truncation),        cmocka_unit_test(every_byte_changed),
		cmocka_unit_test(second_group_is_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
