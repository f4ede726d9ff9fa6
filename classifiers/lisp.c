/* SPDX-License-Identifier: GPL-2.0-or-later
 * lisp.c - the Locator/ID Separation Protocol's control messages
 */
#include "signature.h"

static const struct app lisp = {
	.name = "lisp",
	.brief = "Locator/ID Separation Protocol",
	.source = "RFC 9301 section 5",
	.decided = "first packet",
};
static const struct app *const apps[] = {&lisp, NULL};

enum { PORT = 4342, MAP_REQUEST = 1, MAP_REPLY = 2, MAP_REGISTER = 3, MAP_NOTIFY = 4, ENCAPSULATED = 8 };

/* Families of addresses that identify endpoints: none, IPv4, IPv6, LISP's canonical format, Ethernet. */
static void family(struct reader *r)
{
	uint16_t number = reader_u16(r);

	reader_require(r, number <= 2 || number == 16387 || number == 16389);
}

/* Time to live, number of locators, length of the prefix, flags, version, family. */
static void record(struct reader *r)
{
	reader_skip(r, 4);
	reader_require(r, reader_u8(r) <= 32);
	reader_require(r, reader_u8(r) <= 128);
	reader_skip(r, 4);
	family(r);
}

/* A key's number, and a code behind its length. */
static void authentication(struct reader *r)
{
	uint16_t size;

	reader_require(r, reader_u8(r) <= 8);
	reader_require(r, reader_u8(r) <= 4);
	size = reader_u16(r);
	reader_require(r, size == 0 || size == 16 || size == 20 || size == 32);
	reader_skip(r, size);
}

/* An IP datagram with UDP in it. */
static void encapsulated(struct reader *r)
{
	uint8_t version;

	reader_require(r, (reader_u24(r) & 0xffff) == 0);
	version = reader_u8(r) >> 4;
	reader_skip(r, version == 4 ? 8 : 5);
	reader_require(r, (version == 4 || version == 6) && reader_u8(r) == IPPROTO_UDP);
	reader_require(r, reader_left(r) >= 18);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t type = reader_u8(&r) >> 4, records;

	reader_require(&r, signature_port(view, PORT));
	reader_require(&r, (type >= MAP_REQUEST && type <= MAP_NOTIFY) || type == ENCAPSULATED);
	if (type == ENCAPSULATED) {
		encapsulated(&r);
		return signature_answer(&r, facts, &lisp);
	}
	reader_skip(&r, 2);
	records = reader_u8(&r);
	reader_require(&r, records >= 1 && records <= 32);
	reader_skip(&r, 8); /* nonce */
	if (type == MAP_REGISTER || type == MAP_NOTIFY)
		authentication(&r);
	if (type == MAP_REQUEST)
		family(&r);
	else
		record(&r);
	return signature_answer(&r, facts, &lisp);
}

const struct classifier classifier_lisp = {
	.name = "lisp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.bound = true,
	.look = look,
};
