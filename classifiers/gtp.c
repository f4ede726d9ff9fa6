/* SPDX-License-Identifier: GPL-2.0-or-later
 * gtp.c - the GPRS Tunnelling Protocol, by its length and ports
 */
#include "signature.h"

static const struct app gtp = {
	.name = "gtp",
	.brief = "GPRS Tunnelling Protocol",
	.source = "3GPP TS 29.060 section 6, TS 29.281 section 5, TS 29.274 section 5",
	.decided = "first packet",
};
static const struct app *const apps[] = {&gtp, NULL};
static const uint16_t ports[] = {2123, 2152, 3386, 0};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t flags = reader_u8(&r), version = flags >> 5;

	reader_require(&r, signature_ports(view, ports));
	reader_require(&r, version == 1 ? (flags & 0x18) == 0x10 : version == 2 && (flags & 7) == 0);
	reader_require(&r, reader_u8(&r) != 0);
	reader_rest_is(&r, reader_u16(&r) + (version == 1 ? 4U : 0U));
	return signature_answer(&r, facts, &gtp);
}

const struct classifier classifier_gtp = {
	.name = "gtp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = ports,
	.bound = true,
	.look = look,
};
