/* SPDX-License-Identifier: GPL-2.0-or-later
 * hart_ip.c - HART over IP, by its header
 */
#include "signature.h"

static const struct app hart_ip = {
	.name = "hart_ip",
	.brief = "HART-IP",
	.source = "FieldComm Group, HART-IP (HCF_SPEC-085)",
	.decided = "first packet",
};
static const struct app *const apps[] = {&hart_ip, NULL};

enum { VERSION = 1, TYPE_MAX = 3, IDENTIFIER_MAX = 3, HEADER_SIZE = 8, INITIATE_SIZE = 13 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t here = reader_left(&r);
	uint8_t identifier;
	uint16_t size;

	reader_require(&r, reader_u8(&r) == VERSION);
	reader_require(&r, reader_u8(&r) <= TYPE_MAX);
	identifier = reader_u8(&r);
	reader_require(&r, identifier <= IDENTIFIER_MAX);
	reader_require(&r, reader_u8(&r) == 0); /* status */
	reader_skip(&r, 2);
	size = reader_u16(&r);
	reader_require(&r, view->transport == IPPROTO_UDP ? size == here : size == INITIATE_SIZE);
	reader_require(&r, (identifier == 0 && size == INITIATE_SIZE) ||
				   (signature_port(view, 5094) && size >= HEADER_SIZE));
	if (identifier == 0)
		reader_require(&r, reader_u8(&r) <= 1); /* primary or secondary */
	return signature_answer(&r, facts, &hart_ip);
}

const struct classifier classifier_hart_ip = {
	.name = "hart_ip",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){5094, 0},
	.look = look,
};
