/* SPDX-License-Identifier: GPL-2.0-or-later
 * iax.c - Inter-Asterisk eXchange, by the frame that begins a call
 */
#include "signature.h"

static const struct app iax = {
	.name = "iax",
	.brief = "Inter-Asterisk eXchange 2",
	.source = "RFC 5456 sections 8.1.1 and 8.6",
	.decided = "first packet",
};
static const struct app *const apps[] = {&iax, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t beginnings[] = {0x01, 0x0d, 0x0f, 0x1e, 0x26, 0x28, 0}; /* NEW, REGREQ, ..., POKE */
	struct reader r = view->client;
	uint8_t subclass;

	reader_within(&r, 2, 0x8000, UINT16_MAX);
	reader_require(&r, reader_u16(&r) == 0); /* no call of the other side yet */
	reader_skip(&r, 4);
	reader_require(&r, reader_u16(&r) == 0); /* sequence numbers */
	reader_require(&r, reader_u8(&r) == 6);  /* a control frame of IAX */
	subclass = reader_u8(&r);
	reader_require(&r, signature_among(subclass, beginnings) && (reader_left(&r) || subclass == 0x1e));
	signature_elements(&r, 1, 1, 0);
	return signature_answer(&r, facts, &iax);
}

const struct classifier classifier_iax = {
	.name = "iax",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.udp = {.offset = 8, .mask = 0xffffff00, .value = 0x00000600},
	.look = look,
};
