/* SPDX-License-Identifier: GPL-2.0-or-later
 * enip.c - EtherNet/IP of industrial automation, by its encapsulation header
 */
#include "signature.h"

static const struct app enip = {
	.name = "enip",
	.brief = "EtherNet/IP",
	.source = "ODVA CIP volume 2, section 2-3",
	.decided = "first packet",
};
static const struct app *const apps[] = {&enip, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t commands[] = {0x04, 0x63, 0x64, 0x65, 0}; /* the lists, and the session's begin */
	struct reader r = view->client;
	uint8_t command = reader_u8(&r);
	uint64_t size;

	reader_require(&r, signature_among(command, commands));
	reader_require(&r, reader_u8(&r) == 0); /* numbers are little-endian */
	size = reader_le(&r, 2);
	reader_require(&r, size == (command == 0x65 ? 4 : 0));
	reader_require(&r, reader_u64(&r) == 0); /* no session yet; status */
	reader_skip(&r, 8);
	reader_require(&r, reader_u32(&r) == 0); /* options */
	return signature_answer(&r, facts, &enip);
}

const struct classifier classifier_enip = {
	.name = "enip",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
