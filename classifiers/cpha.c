/* SPDX-License-Identifier: GPL-2.0-or-later
 * cpha.c - Check Point's cluster protocol
 */
#include "signature.h"

static const struct app cpha = {
	.name = "cpha",
	.brief = "Check Point High Availability",
	.source = "Wireshark's CPHA notes",
	.decided = "first packet",
};
static const struct app *const apps[] = {&cpha, NULL};

enum { MAGIC = 0x1a90, PORT = 8116 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	reader_require(&r, reader_within(&r, 2, MAGIC, MAGIC) && signature_port(view, PORT));
	reader_skip(&r, 2 + 4);
	reader_require(&r, reader_left(&r) >= 12);
	return signature_answer(&r, facts, &cpha);
}

const struct classifier classifier_cpha = {
	.name = "cpha",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.bound = true,
	.look = look,
};
