/* SPDX-License-Identifier: GPL-2.0-or-later
 * openwire.c - OpenWire of ActiveMQ, by its wire format
 */
#include "signature.h"

static const struct app openwire = {
	.name = "openwire",
	.brief = "OpenWire (ActiveMQ)",
	.source = "ActiveMQ OpenWire 2 specification",
	.decided = "first packet",
};
static const struct app *const apps[] = {&openwire, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint8_t magic[] = {1, 'A', 'c', 't', 'i', 'v', 'e', 'M', 'Q'};
	struct reader r = view->client;

	reader_within(&r, 4, 0, UINT16_MAX); /* size */
	reader_expect(&r, magic, sizeof magic);
	return signature_answer(&r, facts, &openwire);
}

const struct classifier classifier_openwire = {
	.name = "openwire",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
