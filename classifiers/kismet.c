/* SPDX-License-Identifier: GPL-2.0-or-later
 * kismet.c - the server of the Kismet wireless detector
 */
#include "signature.h"

static const struct app kismet = {
	.name = "kismet",
	.brief = "Kismet server",
	.source = "Kismet source, legacy client protocol",
	.decided = "first packet of the server",
};
static const struct app *const apps[] = {&kismet, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->server;

	reader_expect(&r, "*KISMET: ", 9);
	return signature_answer(&r, facts, &kismet);
}

const struct classifier classifier_kismet = {
	.name = "kismet",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
