/* SPDX-License-Identifier: GPL-2.0-or-later
 * mysql.c - MySQL and MariaDB, by the server's greeting or the client's answer
 */
#include "line.h"
#include "starttls.h"

static const struct app mysql = {
	.name = "mysql",
	.brief = "MySQL and MariaDB",
	.source = "MySQL Client/Server Protocol, Connection Phase",
	.decided = "first packet of the server",
};
static const struct app *const apps[] = {&mysql, NULL};

enum { HANDSHAKE_V10 = 10, PROTOCOL_41 = 0x200, USE_TLS = 0x800, REQUEST_SIZE = 32, RESERVED_SIZE = 23 };

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
static uint32_t response(struct reader *r)
{
	uint32_t size = (uint32_t)reader_le(r, 3), capabilities;

	reader_require(r, size >= REQUEST_SIZE && size <= 4096);
	reader_require(r, reader_u8(r) == 1);
	capabilities = (uint32_t)reader_le(r, 4);
	reader_require(r, capabilities & PROTOCOL_41);
	reader_skip(r, 5);
	if (!reader_ok(r))
		return 0;
	for (int i = 0; i < RESERVED_SIZE - 4; i++)
		reader_require(r, reader_u8(r) == 0);
	reader_skip(r, 4);
	return capabilities;
}

/* A request for TLS is the beginning of the response; the whole comes again behind the hello. */
static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint32_t capabilities = response(&r);
	enum tri answer = tri_or(greeting(view->server), reader_state(&r));

	if (signature_conclude(answer, facts, &mysql) != TRI_YES || reader_state(&r) == TRI_MORE)
		return tri_and(answer, TRI_MORE);
	return reader_ok(&r) && capabilities & USE_TLS ? starttls_hello(r, facts) : starttls_none(facts);
}

const struct classifier classifier_mysql = {
	.name = "mysql",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
