/* SPDX-License-Identifier: GPL-2.0-or-later
 * gearman.c - Gearman's job server, by the magic of a request
 */
#include "signature.h"

static const struct app gearman = {
	.name = "gearman",
	.brief = "Gearman",
	.source = "Gearman protocol documentation (PROTOCOL)",
	.decided = "first packet",
};
static const struct app *const apps[] = {&gearman, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint8_t magic[] = {0, 'R', 'E', 'Q', 0, 0, 0};
	struct reader r = view->client;

	reader_expect(&r, magic, sizeof magic);
	reader_require(&r, reader_u8(&r) <= 42);
	return signature_answer(&r, facts, &gearman);
}

const struct classifier classifier_gearman = {
	.name = "gearman",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
