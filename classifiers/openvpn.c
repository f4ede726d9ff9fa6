/* SPDX-License-Identifier: GPL-2.0-or-later
 * openvpn.c - the OpenVPN tunnel, by the client's hard reset
 *
 *
 * Without further protection the reset is 14 bytes long. tls-auth puts an HMAC, a packet number and a time into
 * it, tls-crypt a packet number, a time and a tag, behind which all is encrypted.
 */
#include "signature.h"

static const struct app openvpn = {
	.name = "openvpn",
	.brief = "OpenVPN tunnel",
	.source = "OpenVPN wire protocol, draft-openvpn-wire-protocol-00",
	.decided = "first packet",
};
static const struct app *const apps[] = {&openvpn, NULL};

enum {
	HARD_RESET_CLIENT_V1 = 1 << 3,
	HARD_RESET_CLIENT_V2 = 7 << 3,
	HARD_RESET_CLIENT_V3 = 10 << 3,
	PLAIN_SIZE = 14,
	CRYPT_SIZE = 54,
};

/* The packet number of a first packet, whose upper half announces early negotiation, and a time since 2001. */
static void first_replay_number(struct reader *r)
{
	uint32_t number = reader_u32(r);

	reader_require(r, (number & 0xffff) == 1);
	reader_require(r, reader_u32(r) > 1000000000);
}

/* No acknowledgement, and packet 0 of the control channel. */
static void first_control_packet(struct reader *r)
{
	reader_require(r, reader_u8(r) == 0);
	reader_require(r, reader_u32(r) == 0);
}

/* r: a reset behind its session, of size bytes in all. */
static void protected_reset(struct reader *r, size_t size)
{
	static const uint32_t hmac_sizes[] = {16, 20, 28, 32, 48, 64, 0};
	size_t hmac = size > PLAIN_SIZE + 8 ? size - PLAIN_SIZE - 8 : 0;
	struct reader crypt = *r;

	first_replay_number(&crypt);
	if (reader_ok(&crypt) && size == CRYPT_SIZE)
		return;
	reader_require(r, signature_among((uint32_t)hmac, hmac_sizes));
	reader_skip(r, hmac);
	first_replay_number(r);
	first_control_packet(r);
}

/* r: a packet of size bytes, not all of which need be here. */
static struct reader reset(struct reader r, size_t size)
{
	static const uint32_t resets[] = {HARD_RESET_CLIENT_V1, HARD_RESET_CLIENT_V2, HARD_RESET_CLIENT_V3, 0};
	uint8_t opcode = reader_u8(&r);

	reader_require(&r, signature_among(opcode, resets));
	reader_require(&r, reader_u64(&r) != 0);
	switch (opcode) {
	case HARD_RESET_CLIENT_V1:
	case HARD_RESET_CLIENT_V2:
		if (size == PLAIN_SIZE)
			first_control_packet(&r);
		else
			protected_reset(&r, size);
		break;
	case HARD_RESET_CLIENT_V3: /* tls-crypt with a wrapped client key behind it, which ends with its length */
		first_replay_number(&r);
		reader_require(&r, size > CRYPT_SIZE);
		break;
	}
	return r;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);

	if (view->transport == IPPROTO_TCP) {
		size = reader_within(&r, 2, PLAIN_SIZE, 2048);
		r = reader_sub(&r, size);
	}
	r = reset(r, size);
	return signature_answer(&r, facts, &openvpn);
}

const struct classifier classifier_openvpn = {
	.name = "openvpn",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
