/* SPDX-License-Identifier: GPL-2.0-or-later
 * megaco.c - Megaco (H.248), by its header as text
 */
#include "line.h"

static const struct app megaco = {
	.name = "megaco",
	.brief = "Megaco (H.248)",
	.source = "RFC 3525 annex B",
	.decided = "first packet",
};
static const struct app *const apps[] = {&megaco, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const headers[] = {"MEGACO/1 ", "MEGACO/2 ", "MEGACO/3 ", "!/1 ", "!/2 ", "!/3 ", NULL};
	struct reader r = view->client;
	uint8_t first;

	line_keyword(&r, headers);
	first = reader_u8(&r);
	reader_require(&r, first == '[' || first == '<' || line_fold(first) >= 'a');
	return signature_answer(&r, facts, &megaco);
}

const struct classifier classifier_megaco = {
	.name = "megaco",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
