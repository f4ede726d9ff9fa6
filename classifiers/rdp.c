/* SPDX-License-Identifier: GPL-2.0-or-later
 * rdp.c - the Remote Desktop Protocol, by its connection request or the SYN of its UDP transport
 */
#include "line.h"
#include "starttls.h"

static const struct app rdp = {
	.name = "rdp",
	.brief = "Remote Desktop Protocol",
	.source = "MS-RDPBCGR section 2.2.1.1, MS-RDPEUDP section 2.2.2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&rdp, NULL};

enum { TPKT_VERSION = 3, CONNECTION_REQUEST = 0xe0, NEGOTIATION_REQUEST = 1, CORRELATION = 6 };

static void negotiation(struct reader *r)
{
	reader_require(r, reader_u8(r) == NEGOTIATION_REQUEST);
	reader_require(r, (reader_u8(r) & ~0x0bU) == 0);
	reader_require(r, reader_le(r, 2) == 8);
	reader_require(r, reader_le(r, 4) <= 0x1f);
}

/* TPKT, X.224 connection request, then a routing token or cookie, the negotiation, or both. Moves r behind it. */
static struct reader connection_request(struct reader *r)
{
	static const char *const cookies[] = {"Cookie: mstshash=", "Cookie: msts=", "tsv://", NULL};
	struct reader request, cookie;
	uint16_t size;

	reader_require(r, reader_u8(r) == TPKT_VERSION);
	reader_require(r, reader_u8(r) == 0);
	size = reader_u16(r);
	reader_require(r, size >= 11);
	if (!reader_ok(r))
		return *r;
	request = reader_sub(r, size - 4U);
	reader_require(&request, reader_u8(&request) == size - 5);
	reader_require(&request, reader_u8(&request) == CONNECTION_REQUEST);
	reader_skip(&request, 5);
	cookie = request;
	line_keyword(&cookie, cookies);
	if (reader_state(&cookie) != TRI_NO)
		return cookie;
	negotiation(&request);
	return request;
}

/* FEC header of a SYN: nothing acknowledged, a window, the flags, padded to 1232 bytes. */
static struct reader datagram_syn(struct reader r)
{
	size_t size = reader_left(&r);
	uint16_t window, flags;

	reader_expect(&r, "\xff\xff\xff\xff", 4);
	signature_whole(&r);
	reader_require(&r, size == 1232);
	window = reader_u16(&r);
	flags = reader_u16(&r);
	reader_require(&r, window > 0 && window <= 4096 && (flags & 1) && (flags & 0xe004) == 0);
	reader_skip(&r, 4);
	for (int i = 0; i < 2; i++) { /* the largest datagrams up and down */
		uint16_t mtu = reader_u16(&r);

		reader_require(&r, mtu >= 1132 && mtu <= 1232);
	}
	return r;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, request = r;

	if (view->transport == IPPROTO_UDP)
		request = datagram_syn(r);
	else
		request = connection_request(&r);
	if (signature_answer(&request, facts, &rdp) != TRI_YES)
		return reader_state(&request);
	return view->transport == IPPROTO_UDP ? starttls_none(facts) : starttls_hello(r, facts);
}

const struct classifier classifier_rdp = {
	.name = "rdp",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
