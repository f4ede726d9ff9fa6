/* SPDX-License-Identifier: GPL-2.0-or-later
 * tivoconnect.c - TiVo's discovery
 */
#include "signature.h"

static const struct app tivoconnect = {
	.name = "tivoconnect",
	.brief = "TiVo discovery",
	.source = "TiVoConnect Automatic Machine Discovery Protocol 1.5.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&tivoconnect, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	reader_expect(&r, "TiVoConnect=", 12);
	return signature_answer(&r, facts, &tivoconnect);
}

const struct classifier classifier_tivoconnect = {
	.name = "tivoconnect",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
