/* SPDX-License-Identifier: GPL-2.0-or-later
 * ptp.c - the Precision Time Protocol, by its header and ports
 */
#include "signature.h"

static const struct app ptp = {
	.name = "ptp",
	.brief = "Precision Time Protocol",
	.source = "IEEE 1588-2008 section 13.3",
	.decided = "first packet",
};
static const struct app *const apps[] = {&ptp, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);
	uint8_t type = reader_u8(&r) & 15;
	uint16_t length;

	reader_require(&r, view->dport == 319 || view->dport == 320);
	reader_require(&r, type <= 3 || (type >= 8 && type <= 13));
	reader_require(&r, (reader_u8(&r) & 15) == 2);
	length = reader_u16(&r);
	reader_require(&r, length >= 34 && length <= size);
	return signature_answer(&r, facts, &ptp);
}

const struct classifier classifier_ptp = {
	.name = "ptp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
