/* SPDX-License-Identifier: GPL-2.0-or-later
 * thrift.c - Apache Thrift's binary protocol, with or without frames
 */
#include "signature.h"

static const struct app thrift = {
	.name = "thrift",
	.brief = "Apache Thrift",
	.source = "Thrift binary protocol and framed transport specification",
	.decided = "first packet",
};
static const struct app *const apps[] = {&thrift, NULL};

enum { CALL = 1, ONE_WAY = 4, NAME_MAX_SIZE = 128 };

static void name_byte(struct reader *r)
{
	uint8_t c = reader_u8(r);

	reader_require(r, (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
				  c == '.' || c == ':');
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, first = r;
	uint8_t byte = reader_u8(&first);
	uint32_t word, size;

	reader_require(&r, !reader_ok(&first) || byte == 0 || byte == 0x80);
	word = reader_u32(&r);
	if (word < 1 << 24)
		word = reader_u32(&r);
	reader_require(&r, word == (0x80010000 | CALL) || word == (0x80010000 | ONE_WAY));
	size = reader_u32(&r);
	reader_require(&r, size >= 1 && size <= NAME_MAX_SIZE);
	for (uint32_t i = 0; i < size && reader_ok(&r); i++)
		name_byte(&r);
	reader_skip(&r, 4);
	return signature_answer(&r, facts, &thrift);
}

const struct classifier classifier_thrift = {
	.name = "thrift",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
