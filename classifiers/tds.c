/* SPDX-License-Identifier: GPL-2.0-or-later
 * tds.c - Tabular Data Stream of Microsoft's and Sybase's SQL servers, by its first message
 */
#include "signature.h"

static const struct app tds = {
	.name = "tds",
	.brief = "Tabular Data Stream (SQL Server)",
	.source = "MS-TDS sections 2.2.3.1, 2.2.6.4 and 2.2.6.5; TDS 5.0",
	.decided = "first packet",
};
static const struct app *const apps[] = {&tds, NULL};

enum { LOGIN_SYBASE = 2, LOGIN = 16, PRELOGIN = 18, STATUS_LAST = 1, LOGIN_SYBASE_SIZE = 512, HEADER_SIZE = 8 };

/* Options: the first says the version, at an offset behind all of them. */
static void prelogin(struct reader *r)
{
	uint16_t offset;

	reader_require(r, reader_u8(r) == 0);
	offset = reader_u16(r);
	reader_require(r, offset >= 6 && offset % 5 == 1);
	reader_require(r, reader_u16(r) == 6);
}

static void login(struct reader *r, uint16_t size)
{
	uint64_t version;

	reader_require(r, reader_le(r, 4) + HEADER_SIZE == size);
	version = reader_le(r, 4);
	reader_require(r, version >> 28 == 7 || version == 0x00000070 || (version & 0xff) >= 0x70);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t type = reader_u8(&r), status;
	uint16_t size;

	reader_require(&r, type == PRELOGIN || type == LOGIN || type == LOGIN_SYBASE);
	status = (uint8_t)reader_within(&r, 1, 0, STATUS_LAST);
	size = reader_u16(&r);
	reader_require(&r, size > HEADER_SIZE && reader_u16(&r) == 0);
	reader_require(&r, reader_u8(&r) <= 1); /* number of the packet */
	reader_require(&r, reader_u8(&r) == 0);
	if (type == PRELOGIN)
		prelogin(&r);
	else if (type == LOGIN)
		login(&r, size);
	else
		reader_require(&r, status == 0 && size == LOGIN_SYBASE_SIZE);
	return signature_answer(&r, facts, &tds);
}

const struct classifier classifier_tds = {
	.name = "tds",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
