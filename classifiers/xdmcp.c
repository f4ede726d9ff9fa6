/* SPDX-License-Identifier: GPL-2.0-or-later
 * xdmcp.c - the X Display Manager Control Protocol
 */
#include "signature.h"

static const struct app xdmcp = {
	.name = "xdmcp",
	.brief = "X Display Manager Control Protocol",
	.source = "XDMCP version 1.1, section 4",
	.decided = "first packet",
};
static const struct app *const apps[] = {&xdmcp, NULL};

enum { VERSION = 1, PORT = 177, OPERATION_MAX = 13 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint16_t operation;

	reader_require(&r, reader_within(&r, 2, VERSION, VERSION) && signature_port(view, PORT));
	operation = reader_u16(&r);
	reader_require(&r, operation >= 1 && operation <= OPERATION_MAX);
	reader_rest_is(&r, reader_u16(&r));
	return signature_answer(&r, facts, &xdmcp);
}

const struct classifier classifier_xdmcp = {
	.name = "xdmcp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.bound = true,
	.look = look,
};
