/* SPDX-License-Identifier: GPL-2.0-or-later
 * bjnp.c - Canon's printer and scanner protocol
 */
#include "signature.h"

static const struct app bjnp = {
	.name = "bjnp",
	.brief = "Canon BJNP",
	.source = "SANE project, pixma BJNP notes",
	.decided = "first packet",
};
static const struct app *const apps[] = {&bjnp, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t magics[] = {0x424a4e50 /* BJNP */, 0x424a4e42 /* BJNB */, 0x4d464e50 /* MFNP */, 0};
	struct reader r = view->client;

	reader_require(&r, signature_among(reader_within(&r, 4, magics[1], magics[2]), magics));
	reader_skip(&r, 8);
	reader_rest_is(&r, reader_u32(&r));
	return signature_answer(&r, facts, &bjnp);
}

const struct classifier classifier_bjnp = {
	.name = "bjnp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
