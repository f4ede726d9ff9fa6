/* SPDX-License-Identifier: GPL-2.0-or-later
 * smpp.c - the Short Message Peer-to-Peer protocol, by its bind
 */
#include "line.h"

static const struct app smpp = {
	.name = "smpp",
	.brief = "Short Message Peer-to-Peer",
	.source = "SMPP 3.4 sections 3.2 and 4.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&smpp, NULL};

enum { BIND_RECEIVER = 1, BIND_TRANSMITTER = 2, BIND_TRANSCEIVER = 9 };

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t binds[] = {BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER, 0};
	struct reader r = view->client;

	reader_within(&r, 4, 23, 128); /* size */
	reader_require(&r, signature_among(reader_u32(&r), binds));
	reader_require(&r, reader_u32(&r) == 0); /* status */
	reader_skip(&r, 4);
	line_until(&r, 0, 16); /* the system's name, password and type */
	line_until(&r, 0, 9);
	line_until(&r, 0, 13);
	return signature_answer(&r, facts, &smpp);
}

const struct classifier classifier_smpp = {
	.name = "smpp",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
