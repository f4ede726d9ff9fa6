/* SPDX-License-Identifier: GPL-2.0-or-later
 * netflow.c - NetFlow and IPFIX, by counts and lengths that must agree
 */
#include "signature.h"

static const struct app netflow = {
	.name = "netflow",
	.brief = "NetFlow and IPFIX",
	.source = "RFC 3954 section 5, RFC 7011 section 3, Cisco NetFlow export formats",
	.decided = "first packet",
};
static const struct app *const apps[] = {&netflow, NULL};

/* A fixed number of bytes for each record behind a header. */
static void fixed_records(struct reader *r, size_t header, size_t record)
{
	uint16_t count = reader_u16(r);

	reader_require(r, count >= 1 && count <= 30 && reader_left(r) == header - 4 + count * record);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);
	uint32_t version = reader_within(&r, 2, 1, 10);

	switch (version) {
	case 1:
		fixed_records(&r, 16, 52);
		break;
	case 5:
		fixed_records(&r, 24, 48);
		break;
	case 7:
		fixed_records(&r, 24, 52);
		break;
	case 9:
		reader_skip(&r, 2 + 4);
		reader_require(&r, reader_u32(&r) > 900000000); /* seconds since 1970 */
		reader_skip(&r, 8);
		reader_require(&r, reader_left(&r) > 0);
		signature_elements(&r, 2, 2, 4);
		break;
	case 10:
		reader_require(&r, reader_u16(&r) == size);
		reader_require(&r, reader_u32(&r) > 900000000);
		reader_skip(&r, 8);
		signature_elements(&r, 2, 2, 4);
		break;
	default:
		reader_require(&r, false);
	}
	return signature_answer(&r, facts, &netflow);
}

const struct classifier classifier_netflow = {
	.name = "netflow",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
