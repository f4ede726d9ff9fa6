/* SPDX-License-Identifier: GPL-2.0-or-later
 * mongo.c - MongoDB, by the header of its messages
 */
#include "line.h"

static const struct app mongo = {
	.name = "mongo",
	.brief = "MongoDB",
	.source = "MongoDB Wire Protocol",
	.decided = "first packet",
};
static const struct app *const apps[] = {&mongo, NULL};

enum { QUERY = 2004, COMPRESSED = 2012, MESSAGE = 2013 };

static void query(struct reader *r)
{
	struct reader name;

	reader_require(r, reader_le(r, 4) <= 0xff);
	name = line_until(r, 0, 128);
	reader_require(r, line_has(&name, "."));
}

static void message(struct reader *r)
{
	reader_require(r, (reader_le(r, 4) & 0xfffc) == 0);
	reader_require(r, reader_u8(r) <= 1);
	reader_require(r, reader_le(r, 4) <= 48000000);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint64_t size = reader_le(&r, 4), answered, operation;

	reader_require(&r, size >= 21 && size <= 48000000);
	reader_skip(&r, 4);
	answered = reader_le(&r, 4);
	operation = reader_le(&r, 4);
	reader_require(&r, answered == 0 || answered == UINT32_MAX);
	if (operation == QUERY)
		query(&r);
	else if (operation == MESSAGE)
		message(&r);
	else
		reader_require(&r, operation == COMPRESSED && reader_le(&r, 4) == QUERY);
	return signature_answer(&r, facts, &mongo);
}

const struct classifier classifier_mongo = {
	.name = "mongo",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.tcp = {.offset = 12, .mask = 0x00ffffff, .value = 0x00070000}, /* QUERY, COMPRESSED, MESSAGE */
	.look = look,
};
