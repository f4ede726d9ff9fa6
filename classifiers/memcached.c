/* SPDX-License-Identifier: GPL-2.0-or-later
 * memcached.c - memcached, by its text commands with the server's answer, or its binary header
 */
#include "line.h"

static const struct app memcached = {
	.name = "memcached",
	.brief = "memcached",
	.source = "memcached doc/protocol.txt and BinaryProtocolRevamped",
	.decided = "first packet of the server",
};
static const struct app *const apps[] = {&memcached, NULL};

static const char *const commands[] = {"get ",      "gets ",      "set ",    "add ",        "replace ", "append ",
				       "prepend ",  "cas ",       "delete ", "incr ",       "decr ",    "touch ",
				       "gat ",      "stats\r\n",  "stats ",  "version\r\n", "mg ",      "ms ",
				       "flush_all", "verbosity ", "mn\r\n",  NULL};
static const char *const answers[] = {
	"STAT ",      "VALUE ",        "END\r\n",       "STORED\r\n",    "NOT_STORED\r\n",
	"EXISTS\r\n", "NOT_FOUND\r\n", "DELETED\r\n",   "TOUCHED\r\n",   "VERSION ",
	"OK\r\n",     "ERROR\r\n",     "CLIENT_ERROR ", "SERVER_ERROR ", "HD\r\n",
	"EN\r\n",     "HD ",           "VA ",           "MN\r\n",        NULL};

/* Datagrams begin with a number, their place in the answer, how many there are, and a reserved field. */
static void frame_header(struct reader *r)
{
	reader_skip(r, 2);
	reader_require(r, reader_u16(r) == 0);
	reader_require(r, reader_u16(r) >= 1);
	reader_require(r, reader_u16(r) == 0);
}

/* A request: magic, operation, lengths of key and extras within the body's. */
static enum tri binary(struct reader r)
{
	uint16_t key;
	uint8_t extras;

	reader_require(&r, reader_u8(&r) == 0x80);
	reader_require(&r, reader_u8(&r) <= 0x48);
	key = reader_u16(&r);
	extras = reader_u8(&r);
	reader_require(&r, key <= 250 && (extras % 4 == 0 && extras <= 20));
	reader_require(&r, reader_u8(&r) == 0); /* data type */
	reader_skip(&r, 2);
	reader_require(&r, reader_u32(&r) >= (uint32_t)key + extras);
	return reader_state(&r);
}

/* The same numbers (operation, opaque) come back. */
static enum tri binary_answer(struct reader request, struct reader r)
{
	reader_require(&r, reader_u8(&r) == 0x81);
	reader_skip(&request, 1);
	reader_require(&r, reader_u8(&r) == reader_u8(&request));
	reader_skip(&r, 10);
	reader_skip(&request, 10);
	reader_require(&r, reader_u32(&r) == reader_u32(&request));
	return tri_and(reader_state(&r), reader_state(&request));
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader client = view->client, server = view->server;
	enum tri text, numbers = binary(client);

	if (numbers != TRI_NO)
		numbers = tri_and(numbers, binary_answer(client, server));
	if (view->transport == IPPROTO_UDP) {
		frame_header(&client);
		frame_header(&server);
		numbers = TRI_NO;
		if (reader_state(&client) == TRI_NO)
			return TRI_NO;
	}
	text = tri_and(line_opens(client, commands, NULL), line_opens(server, answers, NULL));
	return signature_conclude(tri_or(text, numbers), facts, &memcached);
}

const struct classifier classifier_memcached = {
	.name = "memcached",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.udp = {.offset = 2, .mask = 0xffff0000, .value = 0},
	.look = look,
};
