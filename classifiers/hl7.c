/* SPDX-License-Identifier: GPL-2.0-or-later
 * hl7.c - HL7 of hospitals, by the start of a block and its header segment
 */
#include "signature.h"

static const struct app hl7 = {
	.name = "hl7",
	.brief = "HL7 version 2",
	.source = "HL7 Minimal Lower Layer Protocol; HL7 2.x chapter 2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&hl7, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	reader_expect(&r, "\x0bMSH", 4);
	reader_require(&r, reader_u8(&r) > ' ');
	reader_require(&r, reader_u8(&r) > ' ');
	return signature_answer(&r, facts, &hl7);
}

const struct classifier classifier_hl7 = {
	.name = "hl7",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
