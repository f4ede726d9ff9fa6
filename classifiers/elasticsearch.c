/* SPDX-License-Identifier: GPL-2.0-or-later
 * elasticsearch.c - Elasticsearch's transport between nodes
 */
#include "signature.h"

static const struct app elasticsearch = {
	.name = "elasticsearch",
	.brief = "Elasticsearch transport",
	.source = "Elasticsearch source, TcpHeader.java",
	.decided = "first packet",
};
static const struct app *const apps[] = {&elasticsearch, NULL};

enum { STATUS_MAX = 0x1f };

/* ES, a length, the number of the request, its status, a version as a number of up to eight decimal digits. */
static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint32_t size, version;

	reader_expect(&r, "ES", 2);
	size = reader_u32(&r);
	reader_require(&r, size >= 13 && size < 1 << 28);
	reader_skip(&r, 8);
	reader_require(&r, reader_u8(&r) <= STATUS_MAX);
	version = reader_u32(&r);
	reader_require(&r, version >= 1000000 && version < 100000000);
	return signature_answer(&r, facts, &elasticsearch);
}

const struct classifier classifier_elasticsearch = {
	.name = "elasticsearch",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
