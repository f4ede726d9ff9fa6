/* SPDX-License-Identifier: GPL-2.0-or-later
 * mysql.c - MySQL and MariaDB, by the server's greeting or the client's answer
 */
#include "line.h"

static const struct app mysql = {
	.name = "mysql",
	.brief = "MySQL and MariaDB",
	.source = "MySQL Client/Server Protocol, Connection Phase",
	.decided = "first packet of the server",
};
static const struct app *const apps[] = {&mysql, NULL};

enum { HANDSHAKE_V10 = 10, PROTOCOL_41 = 0x200, RESERVED_SIZE = 23 };

/* The version as text, the thread, eight bytes of challenge, a zero. */
static enum tri greeting(struct reader r)
{
	uint32_t size = (uint32_t)reader_le(&r, 3);

	reader_require(&r, size >= 30 && size <= 512);
	reader_require(&r, reader_u8(&r) == 0); /* packet number */
	reader_require(&r, reader_u8(&r) == HANDSHAKE_V10);
	line_until(&r, 0, 64);
	reader_skip(&r, 12);
	reader_require(&r, reader_u8(&r) == 0);
	return reader_state(&r);
}

/* Capabilities, largest packet, character set, and reserved bytes (MariaDB uses the last four). */
static enum tri response(struct reader r)
{
	uint32_t size = (uint32_t)reader_le(&r, 3), capabilities;

	reader_require(&r, size >= 32 && size <= 4096);
	reader_require(&r, reader_u8(&r) == 1);
	capabilities = (uint32_t)reader_le(&r, 4);
	reader_require(&r, capabilities & PROTOCOL_41);
	reader_skip(&r, 5);
	for (int i = 0; i < RESERVED_SIZE - 4; i++)
		reader_require(&r, reader_u8(&r) == 0);
	return reader_state(&r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	return signature_conclude(tri_or(greeting(view->server), response(view->client)), facts, &mysql);
}

const struct classifier classifier_mysql = {
	.name = "mysql",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
