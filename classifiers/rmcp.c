/* SPDX-License-Identifier: GPL-2.0-or-later
 * rmcp.c - the remote control of management controllers (IPMI, ASF)
 */
#include "signature.h"

static const struct app rmcp = {
	.name = "rmcp",
	.brief = "RMCP (IPMI, ASF)",
	.source = "DMTF DSP0136 section 3.2.1, IPMI 2.0 section 13.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&rmcp, NULL};

enum { VERSION = 6, CLASS_ASF = 6, CLASS_IPMI = 7, ASF_ENTERPRISE = 4542, FORMAT_RMCP_PLUS = 6 };

/* IPMI 1.5: authentication, sequence, session, perhaps a code of 16 bytes, and the length of the rest. */
static void session_header(struct reader *r)
{
	uint8_t format = reader_u8(r);

	reader_require(r, format <= FORMAT_RMCP_PLUS && format != 3);
	if (format == FORMAT_RMCP_PLUS) {
		reader_skip(r, 9);
		reader_rest_has(r, reader_le(r, 2));
		return;
	}
	reader_skip(r, 8 + (format ? 16 : 0));
	reader_rest_has(r, reader_u8(r));
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t class;

	reader_require(&r, reader_u8(&r) == VERSION);
	reader_require(&r, reader_u8(&r) == 0);
	reader_require(&r, reader_u8(&r) == 0xff || signature_port(view, 623));
	class = reader_u8(&r);
	reader_require(&r, class == CLASS_ASF || class == CLASS_IPMI);
	if (class == CLASS_ASF)
		reader_require(&r, reader_u32(&r) == ASF_ENTERPRISE);
	else
		session_header(&r);
	return signature_answer(&r, facts, &rmcp);
}

const struct classifier classifier_rmcp = {
	.name = "rmcp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){623, 0},
	.look = look,
};
