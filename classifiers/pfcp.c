/* SPDX-License-Identifier: GPL-2.0-or-later
 * pfcp.c - the Packet Forwarding Control Protocol, by its length and port
 */
#include "signature.h"

static const struct app pfcp = {
	.name = "pfcp",
	.brief = "Packet Forwarding Control Protocol",
	.source = "3GPP TS 29.244 section 7.2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&pfcp, NULL};

enum { PORT = 8805 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t flags = reader_u8(&r);

	reader_require(&r, (flags & 0xf8) == 0x20 && signature_port(view, PORT)); /* version 1, spare bits */
	reader_require(&r, reader_u8(&r) != 0);
	reader_rest_is(&r, reader_u16(&r));
	return signature_answer(&r, facts, &pfcp);
}

const struct classifier classifier_pfcp = {
	.name = "pfcp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.bound = true,
	.look = look,
};
