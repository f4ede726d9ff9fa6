/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_packet.c - any bytes as an IP datagram
 *
 * The first two bytes say how many bytes more the datagram had than are here, as when a copy is cut.
 */
#include <stdlib.h>

#include "packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* What packet.h promises of every packet. */
static void check(const struct packet *p, enum packet_fault fault, const uint8_t *data, size_t size)
{
	require(p->length <= size && p->length <= p->wire_length);
	require(p->payload && p->payload_length <= p->payload_wire_length);
	require(p->payload_wire_length <= p->wire_length);
	if (!size)
		return;
	require(p->payload >= data && p->payload + p->payload_length <= data + p->length);
	require(p->transport >= data && p->transport <= data + p->length);
	require(!p->fragment || fault == PACKET_OK || fault == PACKET_TRANSPORT || fault == PACKET_EXTENSION ||
		fault == PACKET_FRAGMENT);
	require(fault != PACKET_OK || p->family);
	require(!p->has_ports || fault == PACKET_OK || fault == PACKET_TRANSPORT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet whole, unknown, cut;
	enum packet_fault fault;
	size_t more;

	if (size < 2)
		return 0;
	more = (size_t)(data[0] << 8 | data[1]);
	data += 2;
	size -= 2;
	fault = packet_parse(&whole, data, size, size);
	check(&whole, fault, data, size);
	fault = packet_parse(&unknown, data, size, 0);
	check(&unknown, fault, data, size);
	fault = packet_parse(&cut, data, size, size + more);
	check(&cut, fault, data, size);
	return 0;
}
