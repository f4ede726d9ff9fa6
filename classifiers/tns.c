/* SPDX-License-Identifier: GPL-2.0-or-later
 * tns.c - Oracle's Transparent Network Substrate, by its connect packet
 */
#include "signature.h"

static const struct app tns = {
	.name = "tns",
	.brief = "Oracle TNS",
	.source = "Oracle Net protocol notes (Wireshark, nmap oracle-tns)",
	.decided = "first packet",
};
static const struct app *const apps[] = {&tns, NULL};

enum { CONNECT = 1, HEADER_SIZE = 8 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint16_t size = reader_u16(&r), version, compatible;

	reader_require(&r, size >= 34 && reader_u16(&r) == 0);
	reader_require(&r, reader_u8(&r) == CONNECT);
	reader_skip(&r, 1);
	reader_require(&r, reader_u16(&r) == 0);
	version = reader_u16(&r);
	compatible = reader_u16(&r);
	reader_require(&r, version >= 300 && version <= 330 && compatible >= 100 && compatible <= version);
	return signature_answer(&r, facts, &tns);
}

const struct classifier classifier_tns = {
	.name = "tns",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.tcp = {.offset = 2, .mask = 0xffffff00, .value = CONNECT << 8},
	.look = look,
};
