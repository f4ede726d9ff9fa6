/* SPDX-License-Identifier: GPL-2.0-or-later
 * coap.c - the Constrained Application Protocol, by its options and its port
 */
#include "signature.h"

static const struct app coap = {
	.name = "coap",
	.brief = "Constrained Application Protocol",
	.source = "RFC 7252 section 3",
	.decided = "first packet",
};
static const struct app *const apps[] = {&coap, NULL};

enum { PORT = 5683, PAYLOAD_MARKER = 0xff, OPTION_MAX = 2053 };

/* A difference or length of four bits; 13 and 14 say that one or two bytes follow. */
static uint32_t extended(struct reader *r, uint8_t nibble)
{
	reader_require(r, nibble < 15);
	if (nibble == 13)
		return 13U + reader_u8(r);
	return nibble == 14 ? 269U + reader_u16(r) : nibble;
}

static void options(struct reader *r)
{
	uint32_t number = 0;

	while (reader_ok(r) && !reader_at_end(r)) {
		uint8_t first = reader_u8(r);

		if (first == PAYLOAD_MARKER) {
			reader_require(r, reader_left(r) > 0);
			return;
		}
		number += extended(r, first >> 4);
		reader_require(r, number >= 1 && number <= OPTION_MAX);
		reader_skip(r, extended(r, first & 15));
	}
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t first = reader_u8(&r), code, kind;

	reader_require(&r, first >> 6 == 1 && (first & 15) <= 8 && signature_port(view, PORT));
	code = reader_u8(&r);
	kind = code >> 5;
	reader_require(&r, (kind == 0 && code <= 7) || kind == 2 || kind == 4 || kind == 5);
	reader_skip(&r, 2U + (first & 15));
	options(&r);
	return signature_answer(&r, facts, &coap);
}

const struct classifier classifier_coap = {
	.name = "coap",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.bound = true,
	.look = look,
};
