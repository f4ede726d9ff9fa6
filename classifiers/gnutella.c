/* SPDX-License-Identifier: GPL-2.0-or-later
 * gnutella.c - Gnutella, by its greeting
 */
#include "signature.h"

static const struct app gnutella = {
	.name = "gnutella",
	.brief = "Gnutella",
	.source = "Gnutella 0.6 RFC draft, section 2.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&gnutella, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	reader_expect(&r, "GNUTELLA CONNECT/0.", 19);
	return signature_answer(&r, facts, &gnutella);
}

const struct classifier classifier_gnutella = {
	.name = "gnutella",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
