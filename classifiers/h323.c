/* SPDX-License-Identifier: GPL-2.0-or-later
 * h323.c - H.323: call signalling (Q.931 with H.225.0) over TCP, registration over UDP, by the object identifier
 * both carry
 */
#include "signature.h"

static const struct app h323 = {
	.name = "h323",
	.brief = "H.323 (H.225.0)",
	.source = "ITU-T H.225.0 section 7, Q.931 section 4, RFC 1006 section 6",
	.decided = "first packet",
};
static const struct app *const apps[] = {&h323, NULL};

enum { TPKT_VERSION = 3, Q931 = 8, USER_USER = 0x7e, LAST_CHOICE = 5 };

/* itu-t recommendation h 2250 0, without its last number, the version. */
static const uint8_t identifier[] = {0x00, 0x08, 0x91, 0x4a, 0x00};

/* The identifier starts within the first max bytes. */
static void find_identifier(struct reader *r, size_t max)
{
	for (size_t i = 0; i < max && reader_left(r) >= sizeof identifier; i++) {
		/* most bytes are not its third */
		if (r->at[2] == identifier[2] && memcmp(r->at, identifier, sizeof identifier) == 0)
			return;
		r->at++;
	}
	reader_skip(r, sizeof identifier);
	reader_require(r, false);
}

/* Elements of a type and a length up to the one for users, which has a longer length and a byte before its
 * contents. */
static void signalling(struct reader *r)
{
	struct reader packet;
	uint16_t size;
	uint8_t type = 0;

	reader_require(r, reader_u8(r) == TPKT_VERSION);
	reader_require(r, reader_u8(r) == 0);
	size = reader_u16(r);
	reader_require(r, size >= 16);
	packet = reader_sub(r, size - 4U);
	reader_require(&packet, reader_u8(&packet) == Q931);
	reader_require(&packet, reader_u8(&packet) == 2); /* length of the call reference */
	reader_skip(&packet, 3);
	for (int i = 0; i < 16 && reader_ok(&packet) && (type = reader_u8(&packet)) != USER_USER; i++)
		if (type < 0x80)
			reader_skip(&packet, reader_u8(&packet));
	reader_require(&packet, type == USER_USER);
	reader_skip(&packet, 3);
	find_identifier(&packet, 8);
	*r = packet;
}

/* The messages that carry the identifier are the first six of the choice, to find a gatekeeper and to register
 * with it: an extension bit, five bits for which, and two of what follows. */
static void registration(struct reader *r)
{
	struct reader choice = *r;

	reader_within(&choice, 1, 0, LAST_CHOICE << 2 | 3);
	if (!reader_ok(&choice))
		*r = choice;
	find_identifier(r, 16);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	if (view->transport == IPPROTO_TCP)
		signalling(&r);
	else
		registration(&r);
	return signature_answer(&r, facts, &h323);
}

const struct classifier classifier_h323 = {
	.name = "h323",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
