/* SPDX-License-Identifier: GPL-2.0-or-later
 * nano.c - the Nano cryptocurrency, by its message header
 */
#include "signature.h"

static const struct app nano = {
	.name = "nano",
	.brief = "Nano cryptocurrency",
	.source = "Nano protocol documentation, message header",
	.decided = "first packet",
};
static const struct app *const apps[] = {&nano, NULL};

enum { TYPE_FIRST = 2, TYPE_LAST = 15 };

/* R, the network, three versions in falling order, a type. */
static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t networks[] = {'A', 'B', 'C', 'X', 0};
	struct reader r = view->client;
	uint8_t newest, used, oldest, type;

	reader_expect(&r, "R", 1);
	reader_require(&r, signature_among(reader_u8(&r), networks));
	newest = reader_u8(&r);
	used = reader_u8(&r);
	oldest = reader_u8(&r);
	type = reader_u8(&r);
	reader_require(&r, newest <= 0x40 && used <= newest && oldest <= used && oldest >= 1);
	reader_require(&r, type >= TYPE_FIRST && type <= TYPE_LAST);
	return signature_answer(&r, facts, &nano);
}

const struct classifier classifier_nano = {
	.name = "nano",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
