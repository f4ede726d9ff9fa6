/* SPDX-License-Identifier: GPL-2.0-or-later
 * wireguard.c - the WireGuard tunnel, by its handshake
 *
 *
 * The first four bytes are a type and zeros, common enough in little-endian protocols. The length is fixed, and
 * either no cookie is sent (the second MAC is zero) or the answer carries the sender's index.
 */
#include "signature.h"

static const struct app wireguard = {
	.name = "wireguard",
	.brief = "WireGuard tunnel",
	.source = "WireGuard whitepaper, section 5.4",
	.decided = "first packet",
};
static const struct app *const apps[] = {&wireguard, NULL};

#define INITIATION_SIZE 148
#define RESPONSE_SIZE 92
#define COOKIE_SIZE 64

static enum tri initiation(const struct view *view, struct reader r)
{
	struct reader answer = view->server;
	size_t size = reader_left(&r);
	uint32_t index, type;
	uint64_t cookie;

	reader_expect(&r, "\1\0\0\0", 4);
	signature_whole(&r);
	reader_require(&r, size == INITIATION_SIZE);
	if (!reader_ok(&r))
		return reader_state(&r);
	index = (uint32_t)reader_le(&r, 4);
	reader_skip(&r, INITIATION_SIZE - 8 - 16);
	cookie = reader_u64(&r); /* the second MAC */
	cookie |= reader_u64(&r);
	if (!reader_ok(&r) || cookie == 0)
		return reader_state(&r);
	type = (uint32_t)reader_le(&answer, 4);
	reader_require(&answer, type == 2 || type == 3);
	reader_require(&answer, reader_left(&answer) + 4 == (type == 2 ? RESPONSE_SIZE : COOKIE_SIZE));
	if (type == 2)
		reader_skip(&answer, 4);
	reader_require(&answer, reader_le(&answer, 4) == index);
	return reader_state(&answer);
}

/* A session from before: type 4 both ways, a small counter, padded to 16 bytes. */
static enum tri transport(struct reader r)
{
	reader_expect(&r, "\4\0\0\0", 4);
	reader_require(&r, reader_le(&r, 4) > UINT16_MAX);
	reader_require(&r, reader_le(&r, 8) <= UINT32_MAX);
	reader_require(&r, reader_left(&r) >= 16 && reader_left(&r) % 16 == 0);
	return reader_state(&r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	enum tri answer =
		tri_or(initiation(view, view->client), tri_and(transport(view->client), transport(view->server)));

	return signature_conclude(answer, facts, &wireguard);
}

const struct classifier classifier_wireguard = {
	.name = "wireguard",
	.transports = CLASSIFY_UDP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.udp = {.offset = 0, .mask = 0x00ffffff, .value = 0},
	.look = look,
};
