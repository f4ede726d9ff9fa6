/* SPDX-License-Identifier: GPL-2.0-or-later
 * steam.c - Steam's own connections and its discovery in the local network
 */
#include "signature.h"

static const struct app steam = {
	.name = "steam",
	.brief = "Steam",
	.source = "SteamKit source (NetFilterEncryption, UdpConnection), Steam Remote Play discovery",
	.decided = "first packet",
};
static const struct app *const apps[] = {&steam, NULL};

/* A length, then VT01 (TCP); VS01 (UDP); a signature of eight bytes (discovery). */
static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint8_t discovery[] = {0xff, 0xff, 0xff, 0xff, 0x21, 0x4c, 0x5f, 0xa0};
	struct reader r = view->client, other = view->client;

	if (view->transport == IPPROTO_TCP) {
		reader_require(&r, reader_le(&r, 4) <= 1 << 20);
		reader_expect(&r, "VT01", 4);
		return signature_answer(&r, facts, &steam);
	}
	reader_expect(&r, "VS01", 4);
	reader_expect(&other, discovery, sizeof discovery);
	return signature_conclude(tri_or(reader_state(&r), reader_state(&other)), facts, &steam);
}

const struct classifier classifier_steam = {
	.name = "steam",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.tcp = {.offset = 4, .mask = 0xffffffff, .value = 0x56543031}, /* VT01 */
	.look = look,
};
