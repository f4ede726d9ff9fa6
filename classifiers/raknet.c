/* SPDX-License-Identifier: GPL-2.0-or-later
 * raknet.c - RakNet, the transport of many games, by its magic number
 */
#include "signature.h"

static const struct app raknet = {
	.name = "raknet",
	.brief = "RakNet (games)",
	.source = "RakNet source, RakPeer.cpp (OFFLINE_MESSAGE_DATA_ID)",
	.decided = "first packet",
};
static const struct app *const apps[] = {&raknet, NULL};

enum { PING = 1, PING_OPEN = 2, REQUEST_1 = 5, REPLY_2 = 8, PONG = 0x1c };

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint8_t magic[] = {0x00, 0xff, 0xff, 0x00, 0xfe, 0xfe, 0xfe, 0xfe,
					0xfd, 0xfd, 0xfd, 0xfd, 0x12, 0x34, 0x56, 0x78};
	struct reader r = view->client;
	uint8_t type = reader_u8(&r);
	bool ping = type == PING || type == PING_OPEN || type == PONG;

	reader_require(&r, ping || (type >= REQUEST_1 && type <= REPLY_2));
	if (ping)
		reader_skip(&r, type == PONG ? 16 : 8);
	reader_expect(&r, magic, sizeof magic);
	return signature_answer(&r, facts, &raknet);
}

const struct classifier classifier_raknet = {
	.name = "raknet",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
