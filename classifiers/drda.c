/* SPDX-License-Identifier: GPL-2.0-or-later
 * drda.c - IBM's Distributed Relational Database Architecture, by its first command
 */
#include "signature.h"

static const struct app drda = {
	.name = "drda",
	.brief = "DRDA (DB2)",
	.source = "Open Group DRDA version 5 volume 3, DDM: EXCSAT, ACCSEC",
	.decided = "first packet",
};
static const struct app *const apps[] = {&drda, NULL};

enum { DDM_MAGIC = 0xd0, EXCSAT = 0x1041, ACCSEC = 0x106d };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint16_t outer = reader_u16(&r), inner, code;

	reader_require(&r, reader_u8(&r) == DDM_MAGIC);
	reader_require(&r, (reader_u8(&r) & 15) == 1); /* a request */
	reader_skip(&r, 2);
	inner = reader_u16(&r);
	code = reader_u16(&r);
	reader_require(&r, outer == inner + 6 && (code == EXCSAT || code == ACCSEC));
	return signature_answer(&r, facts, &drda);
}

const struct classifier classifier_drda = {
	.name = "drda",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.tcp = {.offset = 2, .mask = 0xff0f0000, .value = (uint32_t)DDM_MAGIC << 24 | 1 << 16},
	.look = look,
};
