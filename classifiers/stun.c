/* SPDX-License-Identifier: GPL-2.0-or-later
 * stun.c - STUN and TURN, by the magic cookie; the older STUN by its attributes
 *
 *
 * What follows on the same ports once the peers have found each other (DTLS, SRTP) stays with this name.
 */
#include "signature.h"

static const struct app stun = {
	.name = "stun",
	.brief = "STUN, TURN and what they connect",
	.source = "RFC 8489 section 5, RFC 8656, RFC 3489, RFC 4571",
	.decided = "first packet",
};
static const struct app *const apps[] = {&stun, NULL};

#define COOKIE 0x2112a442
#define STUN_PORT 3478
#define FRAMED_MAX 0x0fff /* no message is nearly that long */

/* Of messages that clients send. The methods of RFC 8489 end far below, WhatsApp's begin at 0x0800. */
#define TYPE_MAX 0x0fff

static struct reader message(const struct view *view, struct reader r)
{
	uint32_t type = reader_within(&r, 2, 0, TYPE_MAX), size = reader_u16(&r);
	bool cookie = reader_u32(&r) == COOKIE;

	reader_skip(&r, 12);
	reader_require(&r, view->transport == IPPROTO_TCP ? cookie && size % 4 == 0 : reader_left(&r) == size);
	if (cookie)
		return r;
	reader_require(&r, type == 1 && (size > 0 || signature_port(view, STUN_PORT)));
	signature_elements(&r, 2, 2, 0);
	return r;
}

/* ICE over TCP puts a length before each message (RFC 4571). */
static struct reader framed(const struct view *view)
{
	struct reader r = view->client, sub;

	reader_require(&r, view->transport == IPPROTO_TCP);
	sub = reader_sub(&r, reader_within(&r, 2, 20, FRAMED_MAX));
	return reader_ok(&r) ? message(view, sub) : r;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader bare = message(view, view->client), frame = framed(view);
	enum tri answer = signature_answer(&bare, facts, &stun);

	return answer == TRI_YES ? answer : tri_or(answer, signature_answer(&frame, facts, &stun));
}

const struct classifier classifier_stun = {
	.name = "stun",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){STUN_PORT, 0},
	.look = look,
};
