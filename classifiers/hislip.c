/* SPDX-License-Identifier: GPL-2.0-or-later
 * hislip.c - the High-Speed LAN Instrument Protocol
 */
#include "signature.h"

static const struct app hislip = {
	.name = "hislip",
	.brief = "High-Speed LAN Instrument Protocol",
	.source = "IVI-6.1 section 2.3",
	.decided = "first packet",
};
static const struct app *const apps[] = {&hislip, NULL};

enum { INITIALIZE = 0, ASYNC_INITIALIZE = 17 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t type;

	reader_expect(&r, "HS", 2);
	type = reader_u8(&r);
	reader_require(&r, type == INITIALIZE || type == ASYNC_INITIALIZE);
	reader_require(&r, reader_u8(&r) == 0);
	reader_skip(&r, 4);
	reader_require(&r, reader_u64(&r) <= 256);
	return signature_answer(&r, facts, &hislip);
}

const struct classifier classifier_hislip = {
	.name = "hislip",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
