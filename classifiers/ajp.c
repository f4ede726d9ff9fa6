/* SPDX-License-Identifier: GPL-2.0-or-later
 * ajp.c - the Apache JServ Protocol, by its magic
 */
#include "signature.h"

static const struct app ajp = {
	.name = "ajp",
	.brief = "Apache JServ Protocol 1.3",
	.source = "Apache Tomcat Connectors, AJPv13 protocol reference",
	.decided = "first packet",
};
static const struct app *const apps[] = {&ajp, NULL};

enum { FORWARD_REQUEST = 2, SHUTDOWN = 7, PING = 8, CPING = 10, METHOD_MAX = 28 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint16_t size;
	uint8_t code;

	reader_expect(&r, "\x12\x34", 2);
	size = reader_u16(&r);
	code = reader_u8(&r);
	if (code == FORWARD_REQUEST) {
		uint8_t method = reader_u8(&r);

		reader_require(&r, size > 20 && method >= 1 && (method <= METHOD_MAX || method == 0xff));
	} else {
		reader_require(&r, size == 1 && (code == SHUTDOWN || code == PING || code == CPING));
	}
	return signature_answer(&r, facts, &ajp);
}

const struct classifier classifier_ajp = {
	.name = "ajp",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
