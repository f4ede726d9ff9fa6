/* SPDX-License-Identifier: GPL-2.0-or-later
 * kafka.c - Apache Kafka, by the header of a request and the number in its answer
 */
#include "signature.h"

static const struct app kafka = {
	.name = "kafka",
	.brief = "Apache Kafka",
	.source = "Kafka protocol guide, Request Header v1 and v2",
	.decided = "first packet on port 9092, else the server's first",
};
static const struct app *const apps[] = {&kafka, NULL};

enum { PORT = 9092, API_MAX = 92, VERSION_MAX = 20, HEADER_SIZE = 10, NAME_MAX_SIZE = 256 };

/* Size, kind and version of the request, its number, the name of the client (none: -1). Gives the number. */
static uint32_t request(struct reader *r)
{
	uint32_t size = reader_within(r, 4, HEADER_SIZE, (1 << 26) - 1), number;
	uint16_t name;

	reader_require(r, reader_u16(r) <= API_MAX);
	reader_require(r, reader_u16(r) <= VERSION_MAX);
	number = reader_u32(r);
	name = reader_u16(r);
	if (name == UINT16_MAX)
		name = 0;
	reader_require(r, name <= NAME_MAX_SIZE && size >= (uint32_t)HEADER_SIZE + name);
	for (uint16_t i = 0; i < name && reader_ok(r); i++) {
		uint8_t c = reader_u8(r);

		reader_require(r, c > ' ' && c < 0x7f);
	}
	return number;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader client = view->client, server = view->server;
	uint32_t number = request(&client);
	enum tri answer = reader_state(&client);

	if (answer != TRI_YES) /* the number is not known yet */
		return answer;
	reader_require(&server, reader_u32(&server) >= 4);
	reader_require(&server, reader_u32(&server) == number);
	if (!signature_port(view, PORT) || number > UINT16_MAX)
		answer = tri_and(answer, reader_state(&server));
	return signature_conclude(answer, facts, &kafka);
}

const struct classifier classifier_kafka = {
	.name = "kafka",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.look = look,
};
