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

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t type = reader_u8(&r) >> 4, records;

	reader_require(&r, signature_port(view, PORT));
	reader_require(&r, (type >= MAP_REQUEST && type <= MAP_NOTIFY) || type == ENCAPSULATED);
	if (type == ENCAPSULATED) { /* an IP datagram with UDP in it */
		reader_skip(&r, 3);
		type = reader_u8(&r) >> 4;
		reader_require(&r, (type == 4 || type == 6) && reader_left(&r) >= 28);
		return signature_answer(&r, facts, &lisp);
	}
	reader_skip(&r, 2);
	records = reader_u8(&r);
	reader_require(&r, records >= 1 && records <= 32);
	reader_skip(&r, 8); /* nonce */
	if (type == MAP_REGISTER || type == MAP_NOTIFY) {
		uint16_t size;

		reader_skip(&r, 2);
		size = reader_u16(&r);
		reader_require(&r, size <= 64);
		reader_skip(&r, size);
	}
	reader_require(&r, reader_left(&r) >= 8);
	return signature_answer(&r, facts, &lisp);
}

const struct classifier classifier_lisp = {
	.name = "lisp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
