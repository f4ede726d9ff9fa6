/* SPDX-License-Identifier: GPL-2.0-or-later
 * pptp.c - the Point-to-Point Tunneling Protocol, by its magic cookie
 */
#include "signature.h"

static const struct app pptp = {
	.name = "pptp",
	.brief = "Point-to-Point Tunneling Protocol",
	.source = "RFC 2637 section 2.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&pptp, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint8_t start[] = {0, 156, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0};
	struct reader r = view->client;

	reader_expect(&r, start, sizeof start);
	return signature_answer(&r, facts, &pptp);
}

const struct classifier classifier_pptp = {
	.name = "pptp",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
