/* SPDX-License-Identifier: GPL-2.0-or-later
 * iec104.c - IEC 60870-5-104 telecontrol, by the control functions a session begins with
 */
#include "signature.h"

static const struct app iec104 = {
	.name = "iec104",
	.brief = "IEC 60870-5-104",
	.source = "IEC 60870-5-104 section 5",
	.decided = "first packet",
};
static const struct app *const apps[] = {&iec104, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t functions[] = {0x07, 0x0b, 0x13, 0x23, 0x43, 0x83, 0}; /* STARTDT, STOPDT, TESTFR */
	static const uint8_t start[] = {0x68, 4};
	struct reader r = view->client;

	reader_expect(&r, start, sizeof start);
	reader_require(&r, signature_among(reader_u8(&r), functions));
	reader_require(&r, reader_u24(&r) == 0);
	return signature_answer(&r, facts, &iec104);
}

const struct classifier classifier_iec104 = {
	.name = "iec104",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
