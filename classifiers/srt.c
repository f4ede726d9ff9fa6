/* SPDX-License-Identifier: GPL-2.0-or-later
 * srt.c - Secure Reliable Transport, by the handshake of the caller
 */
#include "signature.h"

static const struct app srt = {
	.name = "srt",
	.brief = "Secure Reliable Transport",
	.source = "draft-sharabayko-srt-01 sections 3.2.1 and 4.3.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&srt, NULL};

enum { HANDSHAKE_SIZE = 64, TYPE_DATAGRAM = 2, INDUCTION = 1, MTU_MAX = 9000 };

/* Induction goes out as version 4 with the socket's type (UDT's, which had streams); the rendezvous as version 5.
 */
static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);
	uint32_t version, extension, mtu;

	reader_expect(&r, "\x80\0\0\0", 4); /* a control packet: handshake */
	signature_whole(&r);
	reader_require(&r, size >= HANDSHAKE_SIZE);
	reader_require(&r, reader_u32(&r) == 0);
	reader_skip(&r, 4);                      /* time */
	reader_require(&r, reader_u32(&r) == 0); /* no destination yet */
	version = reader_u32(&r);
	extension = reader_u32(&r);
	reader_require(&r, version == 5 || (version == 4 && extension == TYPE_DATAGRAM));
	reader_skip(&r, 4); /* first sequence number */
	mtu = reader_u32(&r);
	reader_require(&r, mtu >= 64 && mtu <= MTU_MAX);
	reader_skip(&r, 4); /* flow window */
	reader_require(&r, reader_u32(&r) == INDUCTION || version == 5);
	return signature_answer(&r, facts, &srt);
}

const struct classifier classifier_srt = {
	.name = "srt",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
