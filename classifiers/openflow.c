/* SPDX-License-Identifier: GPL-2.0-or-later
 * openflow.c - OpenFlow, by its hello
 */
#include "signature.h"

static const struct app openflow = {
	.name = "openflow",
	.brief = "OpenFlow",
	.source = "OpenFlow 1.5.1 sections 7.1.1 and 7.5.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&openflow, NULL};

enum { HELLO = 0, VERSION_MAX = 6, VERSION_BITMAP = 1, PORT = 6653, OLD_PORT = 6633 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t version = reader_u8(&r);
	uint16_t size;

	reader_require(&r, version >= 1 && version <= VERSION_MAX);
	reader_require(&r, reader_u8(&r) == HELLO);
	size = reader_u16(&r);
	reader_require(&r, size == 8 || size == 16);
	reader_require(&r, size == 16 || signature_port(view, PORT) || signature_port(view, OLD_PORT));
	reader_skip(&r, 4);
	if (size == 16) {
		reader_require(&r, reader_u16(&r) == VERSION_BITMAP);
		reader_require(&r, reader_u16(&r) == 8);
	}
	return signature_answer(&r, facts, &openflow);
}

const struct classifier classifier_openflow = {
	.name = "openflow",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, OLD_PORT, 0},
	.look = look,
};
