/* SPDX-License-Identifier: GPL-2.0-or-later
 * socks.c - SOCKS proxies, versions 4, 4a and 5; the host is the one asked of the proxy
 */
#include "line.h"

static const struct app socks = {
	.name = "socks",
	.brief = "SOCKS proxy",
	.source = "RFC 1928 sections 3 and 4, SOCKS 4 (Y. Lee), SOCKS 4A, RFC 1929",
	.decided = "second packet of the client",
};
static const struct app *const apps[] = {&socks, NULL};

enum {
	NO_AUTHENTICATION = 0,
	PASSWORD = 2,
	CONNECT = 1,
	UDP_ASSOCIATE = 3,
	ADDRESS_V4 = 1,
	ADDRESS_NAME = 3,
	ADDRESS_V6 = 4
};

/* RFC 1929, behind its version: two strings, each behind its length. */
static void password(struct reader *r)
{
	reader_skip(r, reader_u8(r));
	reader_skip(r, reader_u8(r));
}

static void request_address(struct reader *r, struct reader *name)
{
	uint8_t type = reader_u8(r);

	*name = reader_over(NULL, 0, false);
	switch (type) {
	case ADDRESS_V4:
		return reader_skip(r, 4 + 2);
	case ADDRESS_V6:
		return reader_skip(r, 16 + 2);
	case ADDRESS_NAME:
		*name = reader_sub(r, reader_u8(r));
		return reader_skip(r, 2);
	default:
		reader_require(r, false);
	}
}

/* Behind the methods offered comes the request, or first the password if the server chose so; the client knows
 * which. */
static struct reader version5(struct reader r, struct reader *name)
{
	uint8_t command;

	reader_require(&r, reader_u8(&r) == 5);
	reader_skip(&r, reader_u8(&r));
	command = reader_u8(&r);
	if (command == 1) {
		password(&r);
		command = reader_u8(&r);
	}
	reader_require(&r, command == 5);
	command = reader_u8(&r);
	reader_require(&r, command >= CONNECT && command <= UDP_ASSOCIATE);
	reader_require(&r, reader_u8(&r) == 0);
	request_address(&r, name);
	return r;
}

/* Version, command, port, address, user as text; 4a puts a name behind an address of 0.0.0.x. */
static struct reader version4(struct reader r, struct reader *name)
{
	uint32_t address;
	uint8_t command;

	reader_require(&r, reader_u8(&r) == 4);
	command = reader_u8(&r);
	reader_require(&r, command == 1 || command == 2);
	reader_require(&r, reader_u16(&r) != 0);
	address = reader_u32(&r);
	reader_require(&r, address != 0);
	line_until(&r, 0, 256);
	*name = address < 256 ? line_until(&r, 0, 256) : reader_over(NULL, 0, false);
	return r;
}

/* Eight bytes: 0, a code from 90 to 93. */
static enum tri version4_answer(struct reader r)
{
	uint8_t code;

	reader_require(&r, reader_u8(&r) == 0);
	code = reader_u8(&r);
	reader_require(&r, code >= 90 && code <= 93);
	reader_skip(&r, 6);
	return reader_state(&r);
}

/* The method chosen, or 255 if none suits. */
static enum tri version5_answer(struct reader r)
{
	uint8_t method;

	reader_require(&r, reader_u8(&r) == 5);
	method = reader_u8(&r);
	reader_require(&r, method <= 9 || method >= 0x80);
	return reader_state(&r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader name4, name5, r4 = version4(view->client, &name4), r5 = version5(view->client, &name5);
	enum tri four = tri_and(reader_state(&r4), version4_answer(view->server));
	enum tri five = tri_and(reader_state(&r5), version5_answer(view->server));
	struct reader *name = five == TRI_YES ? &name5 : &name4;

	if (signature_conclude(tri_or(four, five), facts, &socks) != TRI_YES)
		return tri_or(four, five);
	if (reader_left(name))
		facts_set_host(facts, name->at, reader_left(name));
	fact_close(facts, FACT_HOST);
	return TRI_YES;
}

const struct classifier classifier_socks = {
	.name = "socks",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST),
	.apps = apps,
	.look = look,
};
