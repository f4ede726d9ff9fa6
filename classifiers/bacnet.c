/* SPDX-License-Identifier: GPL-2.0-or-later
 * bacnet.c - BACnet of building automation, by its length and version
 */
#include "signature.h"

static const struct app bacnet = {
	.name = "bacnet",
	.brief = "BACnet/IP",
	.source = "ASHRAE 135 annex J and section 6.2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&bacnet, NULL};

enum {
	BVLC = 0x81,
	FORWARDED = 4,
	DISTRIBUTE = 9,
	UNICAST = 10,
	BROADCAST = 11,
	NETWORK_VERSION = 1,
	FUNCTION_MAX = 12
};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);
	uint8_t function;

	reader_require(&r, reader_u8(&r) == BVLC);
	function = reader_u8(&r);
	reader_require(&r, function <= FUNCTION_MAX && reader_u16(&r) == size);
	if (function == FORWARDED)
		reader_skip(&r, 6);
	if (function == FORWARDED || (function >= DISTRIBUTE && function <= BROADCAST))
		reader_require(&r, reader_u8(&r) == NETWORK_VERSION);
	else
		reader_require(&r, signature_port(view, 47808));
	return signature_answer(&r, facts, &bacnet);
}

const struct classifier classifier_bacnet = {
	.name = "bacnet",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){47808, 0},
	.look = look,
};
