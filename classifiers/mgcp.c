/* SPDX-License-Identifier: GPL-2.0-or-later
 * mgcp.c - the Media Gateway Control Protocol, by its command line
 */
#include "line.h"

static const struct app mgcp = {
	.name = "mgcp",
	.brief = "Media Gateway Control Protocol",
	.source = "RFC 3435 section 3.2.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&mgcp, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const verbs[] = {"EPCF ", "CRCX ", "MDCX ", "DLCX ", "RQNT ",
					    "NTFY ", "AUEP ", "AUCX ", "RSIP ", NULL};
	struct reader r = view->client;

	line_keyword(&r, verbs);
	reader_require(&r, line_number(&r, 9) > 0);
	reader_expect(&r, " ", 1);
	line_until(&r, ' ', 256); /* endpoint */
	reader_expect(&r, "MGCP ", 5);
	return signature_answer(&r, facts, &mgcp);
}

const struct classifier classifier_mgcp = {
	.name = "mgcp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
