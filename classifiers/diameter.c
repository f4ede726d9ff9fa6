/* SPDX-License-Identifier: GPL-2.0-or-later
 * diameter.c - Diameter, by the exchange of capabilities it begins with
 */
#include "signature.h"

static const struct app diameter = {
	.name = "diameter",
	.brief = "Diameter",
	.source = "RFC 6733 sections 3 and 5.3",
	.decided = "first packet",
};
static const struct app *const apps[] = {&diameter, NULL};

enum { VERSION = 1, CAPABILITIES_EXCHANGE = 257, HEADER_SIZE = 20 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint32_t size;

	reader_require(&r, reader_u8(&r) == VERSION);
	size = reader_u24(&r);
	reader_require(&r, size > HEADER_SIZE && size % 4 == 0);
	reader_require(&r, (reader_u8(&r) & 0x0f) == 0); /* reserved flags */
	reader_require(&r, reader_u24(&r) == CAPABILITIES_EXCHANGE);
	reader_require(&r, reader_u32(&r) == 0); /* the base protocol */
	return signature_answer(&r, facts, &diameter);
}

const struct classifier classifier_diameter = {
	.name = "diameter",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
