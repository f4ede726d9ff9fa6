/* SPDX-License-Identifier: GPL-2.0-or-later
 * mpegts.c - an MPEG transport stream in datagrams, by its sync bytes
 */
#include "signature.h"

static const struct app mpegts = {
	.name = "mpegts",
	.brief = "MPEG transport stream",
	.source = "ISO 13818-1 section 2.4.3",
	.decided = "first packet",
};
static const struct app *const apps[] = {&mpegts, NULL};

enum { PACKET_SIZE = 188, SYNC = 0x47, PACKETS_MIN = 3 };

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);

	reader_require(&r, !size || *r.at == SYNC);
	signature_whole(&r);
	reader_require(&r, size % PACKET_SIZE == 0 && size / PACKET_SIZE >= PACKETS_MIN);
	while (reader_left(&r)) {
		reader_require(&r, reader_u8(&r) == SYNC);
		reader_skip(&r, PACKET_SIZE - 1);
	}
	return signature_answer(&r, facts, &mpegts);
}

const struct classifier classifier_mpegts = {
	.name = "mpegts",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
