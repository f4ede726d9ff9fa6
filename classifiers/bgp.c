/* SPDX-License-Identifier: GPL-2.0-or-later
 * bgp.c - the Border Gateway Protocol, by the marker of its messages
 */
#include "signature.h"

static const struct app bgp = {
	.name = "bgp",
	.brief = "Border Gateway Protocol",
	.source = "RFC 4271 section 4.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&bgp, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint8_t marker[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct reader r = view->client;
	uint16_t size;
	uint8_t type;

	reader_expect(&r, marker, sizeof marker);
	size = reader_u16(&r);
	type = reader_u8(&r);
	reader_require(&r, size >= 19 && size <= 4096 && type >= 1 && type <= 5);
	return signature_answer(&r, facts, &bgp);
}

const struct classifier classifier_bgp = {
	.name = "bgp",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
