/* SPDX-License-Identifier: GPL-2.0-or-later
 * dnp3.c - DNP3 of the power grid, by the header of its link layer, which has a checksum
 */
#include "signature.h"

static const struct app dnp3 = {
	.name = "dnp3",
	.brief = "DNP3",
	.source = "IEEE 1815-2012 section 9.2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&dnp3, NULL};

#define HEADER_SIZE 8

/* CRC with the polynomial 0x3d65, bits reversed, and inverted at the end. */
static uint16_t checksum(const uint8_t *bytes, size_t length)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa6bc : crc >> 1);
	}
	return (uint16_t)~crc;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint8_t start[] = {0x05, 0x64};
	struct reader r = view->client, magic = view->client;
	const uint8_t *header;

	reader_expect(&magic, start, sizeof start);
	reader_require(&magic, reader_u8(&magic) >= 5);
	if (!reader_ok(&magic))
		return reader_state(&magic);
	header = reader_bytes(&r, HEADER_SIZE);
	reader_require(&r, header && reader_le(&r, 2) == checksum(header, HEADER_SIZE));
	return signature_answer(&r, facts, &dnp3);
}

const struct classifier classifier_dnp3 = {
	.name = "dnp3",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
