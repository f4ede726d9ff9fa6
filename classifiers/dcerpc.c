/* SPDX-License-Identifier: GPL-2.0-or-later
 * dcerpc.c - DCE/RPC over a connection, by the header of the first fragment
 */
#include "signature.h"

static const struct app dcerpc = {
	.name = "dcerpc",
	.brief = "DCE/RPC",
	.source = "C706 (DCE 1.1 RPC) section 12.6, MS-RPCE section 2.2.2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&dcerpc, NULL};

enum { VERSION = 5, REQUEST = 0, BIND = 11, ALTER_CONTEXT = 14, LITTLE_ENDIAN_ASCII = 0x10, HEADER_SIZE = 16 };

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t types[] = {BIND, ALTER_CONTEXT, 0};
	struct reader r = view->client;
	uint64_t fragment, authentication;
	uint8_t type, order;

	reader_require(&r, reader_u8(&r) == VERSION);
	reader_require(&r, reader_u8(&r) <= 1);
	type = reader_u8(&r);
	reader_require(&r, type == REQUEST || signature_among(type, types));
	reader_require(&r, (reader_u8(&r) & 1) || type == BIND); /* the first fragment */
	order = reader_u8(&r);
	reader_require(&r, (order & 0xef) == 0);
	reader_require(&r, reader_u24(&r) == 0);
	fragment = order == LITTLE_ENDIAN_ASCII ? reader_le(&r, 2) : reader_u16(&r);
	authentication = order == LITTLE_ENDIAN_ASCII ? reader_le(&r, 2) : reader_u16(&r);
	reader_require(&r, fragment >= HEADER_SIZE + 8 && authentication < fragment);
	reader_skip(&r, 4 + 8);
	return signature_answer(&r, facts, &dcerpc);
}

const struct classifier classifier_dcerpc = {
	.name = "dcerpc",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
