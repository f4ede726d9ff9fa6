/* SPDX-License-Identifier: GPL-2.0-or-later
 * skinny.c - Cisco's Skinny Client Control Protocol, by what a phone says first
 */
#include "signature.h"

static const struct app skinny = {
	.name = "skinny",
	.brief = "Skinny Client Control Protocol",
	.source = "Wireshark's SKINNY notes; Cisco Unified Communications Manager",
	.decided = "first packet",
};
static const struct app *const apps[] = {&skinny, NULL};

enum { PORT = 2000, KEEP_ALIVE = 0, REGISTER = 1, ALARM = 0x20, VERSION_MAX = 22 };

/* Length, version, kind of the message; little-endian. */
static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint64_t size = reader_le(&r, 4), version, message;

	reader_require(&r, size >= 4 && size <= 1000 && signature_port(view, PORT));
	version = reader_le(&r, 4);
	message = reader_le(&r, 4);
	reader_require(&r, version <= VERSION_MAX && (message <= REGISTER || message == ALARM));
	reader_require(&r, message != KEEP_ALIVE || size == 4);
	return signature_answer(&r, facts, &skinny);
}

const struct classifier classifier_skinny = {
	.name = "skinny",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.bound = true,
	.look = look,
};
