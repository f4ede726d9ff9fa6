/* SPDX-License-Identifier: GPL-2.0-or-later
 * s7comm.c - Siemens S7 over ISO transport, by its protocol number behind the connection request
 */
#include "signature.h"

static const struct app s7comm = {
	.name = "s7comm",
	.brief = "Siemens S7",
	.source = "RFC 1006 section 6, ISO 8073 section 13, Wireshark's S7 notes",
	.decided = "second packet of the client",
};
static const struct app *const apps[] = {&s7comm, NULL};

enum {
	TPKT_VERSION = 3,
	CONNECTION_REQUEST = 0xe0,
	DATA = 0xf0,
	END_OF_TRANSMISSION = 0x80,
	S7 = 0x32,
	S7_PLUS = 0x72
};

/* Reads a packet's headers; gives the kind of the packet and leaves r at its data, or behind it for a request. */
static uint8_t transport_packet(struct reader *r)
{
	uint16_t size;
	uint8_t length, type;

	reader_require(r, reader_u8(r) == TPKT_VERSION);
	reader_require(r, reader_u8(r) == 0);
	size = reader_u16(r);
	length = reader_u8(r);
	type = reader_u8(r);
	reader_require(r, type == CONNECTION_REQUEST ? length == size - 5 && length >= 6
						     : type == DATA && length == 2);
	reader_skip(r, length - 1U);
	return type;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t protocol;

	if (transport_packet(&r) == CONNECTION_REQUEST)
		reader_require(&r, transport_packet(&r) == DATA);
	protocol = reader_u8(&r);
	reader_require(&r, protocol == S7 || protocol == S7_PLUS);
	return signature_answer(&r, facts, &s7comm);
}

const struct classifier classifier_s7comm = {
	.name = "s7comm",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
