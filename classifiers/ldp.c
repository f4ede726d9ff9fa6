/* SPDX-License-Identifier: GPL-2.0-or-later
 * ldp.c - the Label Distribution Protocol, by its hello
 */
#include "signature.h"

static const struct app ldp = {
	.name = "ldp",
	.brief = "Label Distribution Protocol",
	.source = "RFC 5036 sections 3.1 and 3.5.2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&ldp, NULL};

enum { VERSION = 1, HELLO = 0x0100, COMMON_HELLO_PARAMETERS = 0x0400 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	reader_within(&r, 2, VERSION, VERSION);
	reader_rest_is(&r, reader_u16(&r));
	reader_skip(&r, 6);
	reader_require(&r, reader_u16(&r) == HELLO);
	reader_skip(&r, 2 + 4);
	reader_require(&r, reader_u16(&r) == COMMON_HELLO_PARAMETERS);
	return signature_answer(&r, facts, &ldp);
}

const struct classifier classifier_ldp = {
	.name = "ldp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.udp = {.offset = 10, .mask = 0xffff0000, .value = HELLO << 16},
	.look = look,
};
