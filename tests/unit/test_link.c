/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_link.c - link-layer headers: each kind, each cut at every byte
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/dlt.h>

#include "link.h"

#define MACS "ffffffffffff 020000000001 "

/* clang-format off: a vector a line */
static const struct {
	const char *name;
	int type;
	const char *hex; /* the payload is its last byte, 45 */
	enum link_result result;
	uint64_t mac;
} vectors[] = {
	{"ethernet", DLT_EN10MB, MACS "0800 45", LINK_IP, 0x020000000001},
	{"ethernet, ipv6", DLT_EN10MB, MACS "86dd 45", LINK_IP, 0x020000000001},
	{"vlan", DLT_EN10MB, MACS "8100 0064 0800 45", LINK_IP, 0x020000000001},
	{"qinq", DLT_EN10MB, MACS "88a8 0064 8100 0065 86dd 45", LINK_IP, 0x020000000001},
	{"five tags", DLT_EN10MB, MACS "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 0800 45", LINK_OTHER, 0},
	{"arp", DLT_EN10MB, MACS "0806 45", LINK_OTHER, 0},
	{"pppoe", DLT_EN10MB, MACS "8864 1100 0001 0016 0021 45", LINK_OTHER, 0},
	{"mpls", DLT_EN10MB, MACS "8847 00010140 45", LINK_OTHER, 0},
	{"cooked", DLT_LINUX_SLL, "0000 0001 0006 020000000001 0000 0800 45", LINK_IP, 0x020000000001},
	{"cooked, tunnel", DLT_LINUX_SLL, "0000 fffe 0000 0000000000000000 86dd 45", LINK_IP, 0},
	{"cooked, arp", DLT_LINUX_SLL, "0000 0001 0006 020000000001 0000 0806 45", LINK_OTHER, 0},
	{"cooked 2", DLT_LINUX_SLL2, "0800 0000 00000003 0001 04 06 020000000001 0000 45", LINK_IP,
	 0x020000000001},
	{"raw", DLT_RAW, "45", LINK_IP, 0},
	{"ipv4", DLT_IPV4, "45", LINK_IP, 0},
	{"null, little-endian", DLT_NULL, "02000000 45", LINK_IP, 0},
	{"null, ipv6 of darwin", DLT_NULL, "0000001e 45", LINK_IP, 0},
	{"null, appletalk", DLT_NULL, "10000000 45", LINK_OTHER, 0},
	{"loop", DLT_LOOP, "00000002 45", LINK_IP, 0},
	{"ppp", DLT_PPP, "0021 45", LINK_IP, 0},
	{"ppp with hdlc framing", DLT_PPP, "ff03 0057 45", LINK_IP, 0},
	{"ppp, lcp", DLT_PPP, "ff03 c021 45", LINK_OTHER, 0},
	{"cisco hdlc", DLT_C_HDLC, "0f00 0800 45", LINK_IP, 0},
	{"nflog", DLT_NFLOG, "02000000 0800 0100 08000100 0500 0a00 70000000 0500 0900 45", LINK_IP, 0},
	{"nflog, length 3", DLT_NFLOG, "02000000 0300 0100 45", LINK_BROKEN, 0},
	{"bluetooth", DLT_BLUETOOTH_HCI_H4, "45", LINK_UNKNOWN, 0},
};
/* clang-format on */

static size_t from_hex(const char *hex, uint8_t *bytes)
{
	size_t length = 0;
	unsigned value;

	for (int used; sscanf(hex, " %2x%n", &value, &used) == 1; hex += used)
		bytes[length++] = (uint8_t)value;
	return length;
}

static void vectors_strip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		uint8_t bytes[100];
		size_t length = from_hex(vectors[i].hex, bytes);
		struct frame frame = {.data = bytes,
				      .length = length,
				      .wire_length = length + 7,
				      .link_type = vectors[i].type};
		struct link_payload payload;
		enum link_result result = link_strip(&frame, &payload);

		if (result != vectors[i].result)
			fail_msg("%s: %d, not %d", vectors[i].name, (int)result, (int)vectors[i].result);
		if (result != LINK_IP)
			continue;
		if (payload.length != 1 || payload.data[0] != 0x45 || payload.wire_length != 8)
			fail_msg("%s: a payload of %zu of %zu bytes", vectors[i].name, payload.length,
				 payload.wire_length);
		assert_int_equal(payload.has_mac, vectors[i].mac != 0);
		assert_int_equal(payload.mac, vectors[i].mac);
	}
}

static void every_truncation(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		uint8_t bytes[100];
		size_t length = from_hex(vectors[i].hex, bytes);

		for (size_t n = 0; n < length; n++) {
			uint8_t *cut = malloc(n + !n); /* a sanitizer sees what is read behind it */
			struct frame frame = {.data = cut,
					      .length = n,
					      .wire_length = length,
					      .link_type = vectors[i].type};
			struct link_payload payload;

			memcpy(cut, bytes, n);
			if (link_strip(&frame, &payload) == LINK_IP)
				assert_int_equal(payload.length, 0);
			free(cut);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_strip),
		cmocka_unit_test(every_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
