/* SPDX-License-Identifier: GPL-2.0-or-later
 * rtps.c - the Real-Time Publish-Subscribe protocol of DDS
 */
#include "signature.h"

static const struct app rtps = {
	.name = "rtps",
	.brief = "Real-Time Publish-Subscribe (DDS)",
	.source = "OMG DDSI-RTPS 2.3 section 9.4.4",
	.decided = "first packet",
};
static const struct app *const apps[] = {&rtps, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t version;

	reader_expect(&r, "RTPS", 4);
	version = reader_u8(&r);
	reader_require(&r, version == 1 || version == 2);
	return signature_answer(&r, facts, &rtps);
}

const struct classifier classifier_rtps = {
	.name = "rtps",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
