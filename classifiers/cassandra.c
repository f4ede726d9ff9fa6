/* SPDX-License-Identifier: GPL-2.0-or-later
 * cassandra.c - Cassandra's query protocol, by its first frame
 */
#include "line.h"

static const struct app cassandra = {
	.name = "cassandra",
	.brief = "Cassandra CQL",
	.source = "CQL binary protocol v4 and v5, section 2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&cassandra, NULL};

enum { STARTUP = 1, OPTIONS = 5, VERSION_FIRST = 3, VERSION_LAST = 5 };

/* Version, flags, stream, operation, length; a startup is a map of words. */
static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const keys[] = {"CQL_VERSION", "COMPRESSION", "DRIVER_NAME",      "DRIVER_VERSION",
					   "NO_COMPACT",  "CLIENT_ID",   "APPLICATION_NAME", NULL};
	struct reader r = view->client;
	uint8_t version = reader_u8(&r), operation;
	uint32_t size;

	reader_require(&r, version >= VERSION_FIRST && version <= VERSION_LAST);
	reader_require(&r, (reader_u8(&r) & 0xe0) == 0);
	reader_skip(&r, 2);
	operation = reader_u8(&r);
	size = reader_u32(&r);
	reader_require(&r, operation == OPTIONS ? size == 0 : operation == STARTUP && size >= 22 && size <= 1024);
	if (operation == STARTUP) {
		reader_skip(&r, 2 + 2);
		line_keyword(&r, keys);
	}
	return signature_answer(&r, facts, &cassandra);
}

const struct classifier classifier_cassandra = {
	.name = "cassandra",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
