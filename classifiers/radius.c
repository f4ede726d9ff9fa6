/* SPDX-License-Identifier: GPL-2.0-or-later
 * radius.c - RADIUS, by attributes that fill the packet
 */
#include "signature.h"

static const struct app radius = {
	.name = "radius",
	.brief = "RADIUS",
	.source = "RFC 2865 section 3, RFC 2866, RFC 5176",
	.decided = "first packet",
};
static const struct app *const apps[] = {&radius, NULL};
static const uint16_t ports[] = {1645, 1646, 1812, 1813, 3799, 0};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t codes[] = {1, 2, 3, 4, 5, 11, 12, 13, 40, 41, 42, 43, 44, 45, 0};
	struct reader r = view->client;
	size_t size = reader_left(&r);

	reader_require(&r, signature_among(reader_u8(&r), codes));
	reader_skip(&r, 1);
	reader_require(&r, reader_u16(&r) == size);
	reader_skip(&r, 16);
	reader_require(&r, reader_left(&r) > 0 || signature_ports(view, ports));
	signature_elements(&r, 1, 1, 2);
	return signature_answer(&r, facts, &radius);
}

const struct classifier classifier_radius = {
	.name = "radius",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = ports,
	.look = look,
};
