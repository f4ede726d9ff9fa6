/* SPDX-License-Identifier: GPL-2.0-or-later
 * rx.c - the RPC of AFS
 */
#include "signature.h"

static const struct app rx = {
	.name = "rx",
	.brief = "Rx, the RPC of AFS",
	.source = "OpenAFS rx protocol notes, rx_packet.h (struct rx_header)",
	.decided = "first packet",
};
static const struct app *const apps[] = {&rx, NULL};

enum { DATA = 1, CLIENT_INITIATED = 1, SECURITY_MAX = 5 };

/* The first data packet of a call. */
static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint32_t call;

	reader_require(&r, reader_u32(&r) != 0);         /* epoch */
	reader_require(&r, reader_u32(&r) > UINT16_MAX); /* connection */
	call = reader_u32(&r);
	reader_require(&r, call >= 1 && call <= UINT16_MAX);
	reader_require(&r, reader_u32(&r) == 1); /* sequence number */
	call = reader_u32(&r);
	reader_require(&r, call >= 1 && call <= UINT16_MAX); /* serial number */
	reader_require(&r, reader_u8(&r) == DATA);
	call = reader_u8(&r);
	reader_require(&r, (call & CLIENT_INITIATED) && call < 0x40);
	reader_require(&r, reader_u8(&r) == 0); /* status */
	reader_require(&r, reader_u8(&r) <= SECURITY_MAX);
	reader_skip(&r, 4);
	return signature_answer(&r, facts, &rx);
}

const struct classifier classifier_rx = {
	.name = "rx",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.udp = {.offset = 12, .mask = 0xffffffff, .value = 1},
	.look = look,
};
