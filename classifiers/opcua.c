/* SPDX-License-Identifier: GPL-2.0-or-later
 * opcua.c - OPC UA over TCP, by its hello
 */
#include "signature.h"

static const struct app opcua = {
	.name = "opcua",
	.brief = "OPC Unified Architecture",
	.source = "OPC 10000-6 section 7.1.2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&opcua, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint64_t size;

	reader_expect(&r, "HELF", 4);
	size = reader_le(&r, 4);
	reader_require(&r, size >= 28 && size <= 4200);
	reader_require(&r, reader_le(&r, 4) <= 16); /* version */
	return signature_answer(&r, facts, &opcua);
}

const struct classifier classifier_opcua = {
	.name = "opcua",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
