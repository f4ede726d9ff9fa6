/* SPDX-License-Identifier: GPL-2.0-or-later
 * modbus.c - Modbus over TCP, by its header and the answer's
 */
#include "signature.h"

static const struct app modbus = {
	.name = "modbus",
	.brief = "Modbus/TCP",
	.source = "MODBUS Messaging on TCP/IP Implementation Guide V1.0b section 3.1.3",
	.decided = "first packet on port 502, else second",
};
static const struct app *const apps[] = {&modbus, NULL};

#define PORT 502

struct header {
	uint16_t size;
	uint16_t transaction;
	uint8_t unit, function;
};

static struct header header(struct reader *r)
{
	struct header h;

	h.transaction = reader_u16(r);
	reader_require(r, reader_u16(r) == 0);
	h.size = reader_u16(r);
	reader_require(r, h.size >= 2 && h.size <= 254);
	h.unit = reader_u8(r);
	h.function = reader_u8(r);
	reader_require(r, (h.function & 0x7f) >= 1 && (h.function & 0x7f) <= 0x64);
	reader_require(r, (h.function & 0x80) == 0 || h.size <= 4); /* an error: its code */
	reader_skip(r, h.size - 2U);
	return h;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader client = view->client, server = view->server;
	struct header request = header(&client), answer = {0};

	if (!reader_ok(&client) || signature_port(view, PORT))
		return signature_answer(&client, facts, &modbus);
	/* reading and writing of one value: an address and a number */
	reader_require(&server, request.function > 6 || request.size == 6);
	answer = header(&server);
	reader_require(&server, answer.transaction == request.transaction && answer.unit == request.unit &&
					(answer.function & 0x7f) == request.function);
	return signature_answer(&server, facts, &modbus);
}

const struct classifier classifier_modbus = {
	.name = "modbus",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.tcp = {.offset = 2, .mask = 0xffffff00, .value = 0},
	.look = look,
};
