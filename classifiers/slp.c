/* SPDX-License-Identifier: GPL-2.0-or-later
 * slp.c - the Service Location Protocol, by its length and language
 */
#include "signature.h"

static const struct app slp = {
	.name = "slp",
	.brief = "Service Location Protocol",
	.source = "RFC 2608 section 8, RFC 2165 section 4",
	.decided = "first packet",
};
static const struct app *const apps[] = {&slp, NULL};

enum { FUNCTIONS = 11 };

static bool letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Length of 3 bytes, flags, offset of extensions, number, then a language tag behind its length. */
static void version2(struct reader *r, size_t size)
{
	uint16_t language;

	reader_require(r, reader_u24(r) == size);
	reader_require(r, (reader_u16(r) & 0x1fff) == 0);
	reader_skip(r, 3 + 2);
	language = reader_u16(r);
	reader_require(r, language >= 1 && language <= 16);
	reader_require(r, letter(reader_u8(r)));
}

/* Length of 2 bytes, flags, dialect, a language of two letters. */
static void version1(struct reader *r, size_t size)
{
	reader_require(r, reader_u16(r) == size);
	reader_skip(r, 1);
	reader_require(r, reader_u8(r) == 0);
	reader_require(r, letter(reader_u8(r)));
	reader_require(r, letter(reader_u8(r)));
	reader_skip(r, 4);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);
	uint32_t version = reader_within(&r, 1, 1, 2);

	reader_within(&r, 1, 1, FUNCTIONS);
	if (version == 2)
		version2(&r, size);
	else
		version1(&r, size);
	return signature_answer(&r, facts, &slp);
}

const struct classifier classifier_slp = {
	.name = "slp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
