/* SPDX-License-Identifier: GPL-2.0-or-later
 * telnet.c - the Telnet terminal, by the negotiation of options
 */
#include "signature.h"

static const struct app telnet = {
	.name = "telnet",
	.brief = "Telnet terminal",
	.source = "RFC 854, RFC 855",
	.decided = "first packet of either side",
};
static const struct app *const apps[] = {&telnet, NULL};

#define OPTION_MAX 49 /* of the IANA registry, without those far above that are seldom negotiated first */
#define IAC 0xff

/* Two commands in a row: IAC, one of WILL to DONT, an option. */
static enum tri negotiation(struct reader r)
{
	for (int i = 0; i < 2; i++) {
		uint8_t verb;

		reader_require(&r, reader_u8(&r) == IAC);
		verb = reader_u8(&r);
		reader_require(&r, verb >= 0xfb && verb <= 0xfe);
		reader_require(&r, reader_u8(&r) <= OPTION_MAX);
	}
	return reader_state(&r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	enum tri answer = tri_or(negotiation(view->client), negotiation(view->server));

	return signature_conclude(answer, facts, &telnet);
}

const struct classifier classifier_telnet = {
	.name = "telnet",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
