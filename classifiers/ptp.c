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

enum { EVENT_PORT = 319, GENERAL_PORT = 320, PADDING_MAX = 16 };

/* The shortest length of each type of message; 0: there is none of this type. */
static const uint8_t lengths[16] = {44, 44, 54, 54, 0, 0, 0, 0, 44, 54, 54, 64, 44, 48, 0, 0};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);
	uint8_t shortest = lengths[reader_u8(&r) & 15];
	uint16_t length;

	reader_require(&r, shortest && (view->dport == EVENT_PORT || view->dport == GENERAL_PORT));
	reader_require(&r, (reader_u8(&r) & 15) == 2);
	length = reader_u16(&r);
	reader_require(&r, length >= shortest && length <= size && size - length <= PADDING_MAX);
	reader_require(&r, reader_u8(&r) < 0x80); /* domain */
	return signature_answer(&r, facts, &ptp);
}

const struct classifier classifier_ptp = {
	.name = "ptp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){EVENT_PORT, GENERAL_PORT, 0},
	.bound = true,
	.look = look,
};
