/* SPDX-License-Identifier: GPL-2.0-or-later
 * rtp.c - RTP by two packets in a row, RTCP by its reports
 */
#include "signature.h"

static const struct app rtp = {
	.name = "rtp",
	.brief = "Real-time Transport Protocol",
	.source = "RFC 3550 section 5.1, RFC 3551 section 6",
	.decided = "second packet",
};
static const struct app rtcp = {
	.name = "rtcp",
	.brief = "RTP Control Protocol",
	.source = "RFC 3550 section 6, RFC 4585",
	.decided = "first packet",
};
static const struct app *const apps[] = {&rtp, &rtcp, NULL};

enum { VERSION = 2, REPORT_FIRST = 200, REPORT_LAST = 207 };

struct packet_header {
	uint8_t type; /* with the marker */
	uint16_t number;
	uint32_t time, source;
};

static struct packet_header rtp_header(struct reader *r)
{
	struct packet_header h;
	uint8_t first = reader_u8(r), contributors = first & 15;

	reader_require(r, first >> 6 == VERSION);
	h.type = reader_u8(r);
	reader_require(r, (h.type & 0x7f) <= 34 || (h.type & 0x7f) >= 96);
	h.number = reader_u16(r);
	h.time = reader_u32(r);
	h.source = reader_u32(r);
	reader_require(r, contributors == 0 || (first & 0x10) == 0);
	reader_skip(r, 4U * contributors);
	if (first & 0x10) { /* extension */
		reader_skip(r, 2);
		reader_skip(r, 4U * reader_u16(r));
	}
	reader_require(r, reader_left(r) >= 1);
	return h;
}

/* The same source and payload, the next number, a time not before and within ten seconds of the fastest usual
 * clock. */
static struct reader rtp_pair(const struct view *view)
{
	struct reader first = view->client, second;
	struct packet_header a = rtp_header(&first), b;

	if (!reader_ok(&first))
		return first;
	second = signature_datagram(view, 1);
	b = rtp_header(&second);
	reader_require(&second, a.source == b.source && a.source != 0 && (uint16_t)(a.number + 1) == b.number);
	reader_require(&second, (a.type & 0x7f) == (b.type & 0x7f) && b.time - a.time <= 900000);
	return second;
}

/* Reports that fill the datagram; the first is a sender's or receiver's, or feedback of reduced size. */
static struct reader rtcp_compound(struct reader r)
{
	uint8_t type = 0;

	for (int i = 0; reader_ok(&r) && (i == 0 || reader_left(&r)); i++) {
		reader_require(&r, reader_u8(&r) >> 6 == VERSION);
		type = reader_u8(&r);
		reader_require(&r, type >= REPORT_FIRST && type <= (i ? REPORT_LAST : REPORT_FIRST + 1));
		reader_skip(&r, 4U * reader_u16(&r));
	}
	return r;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader control = rtcp_compound(view->client), pair;

	if (signature_answer(&control, facts, &rtcp) == TRI_YES)
		return TRI_YES;
	pair = rtp_pair(view);
	return signature_answer(&pair, facts, &rtp);
}

const struct classifier classifier_rtp = {
	.name = "rtp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
