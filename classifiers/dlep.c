/* SPDX-License-Identifier: GPL-2.0-or-later
 * dlep.c - the Dynamic Link Exchange Protocol, by its signals
 */
#include "signature.h"

static const struct app dlep = {
	.name = "dlep",
	.brief = "Dynamic Link Exchange Protocol",
	.source = "RFC 8175 section 11.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&dlep, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint16_t signal;

	reader_expect(&r, "DLEP", 4);
	signal = reader_u16(&r);
	reader_require(&r, signal == 1 || signal == 2);
	return signature_answer(&r, facts, &dlep);
}

const struct classifier classifier_dlep = {
	.name = "dlep",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
