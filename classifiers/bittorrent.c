/* SPDX-License-Identifier: GPL-2.0-or-later
 * bittorrent.c - BitTorrent: peers over TCP and uTP, the DHT, UDP trackers, local discovery
 *
 *
 * Obfuscated connections (MSE) are random bytes by design and are not guessed.
 */
#include "line.h"

static const struct app bittorrent = {
	.name = "bittorrent",
	.brief = "BitTorrent",
	.source = "BEP 3, 5, 14, 15, 29",
	.decided = "first packet",
};
static const struct app *const apps[] = {&bittorrent, NULL};

static void peer_handshake(struct reader *r)
{
	static const char protocol[] = "\x13"
				       "BitTorrent protocol";

	reader_expect(r, protocol, sizeof protocol - 1);
}

/* BEP 5: a dictionary with the kind of message ("y") and one of the keys of such messages. */
static void dht_message(struct reader *r)
{
	reader_require(r, reader_left(r) >= 16 && r->at[0] == 'd' && r->end[-1] == 'e');
	reader_require(r, line_has(r, "1:y1:q") || line_has(r, "1:y1:r") || line_has(r, "1:y1:e"));
	reader_require(r, line_has(r, "2:id20:") || line_has(r, "1:eli20"));
}

/* BEP 15: connect, with the protocol's number. */
static void tracker_connect(struct reader *r)
{
	reader_require(r, reader_left(r) == 16 && reader_u64(r) == 0x41727101980);
	reader_require(r, reader_u32(r) == 0);
}

/* BEP 29: a SYN carries no data, acknowledges nothing and has measured no delay. */
static void utp_syn(struct reader *r)
{
	uint8_t extension;

	reader_require(r, reader_u8(r) == 0x41);
	extension = reader_u8(r);
	reader_skip(r, 2);
	reader_require(r, reader_u32(r) != 0);
	reader_require(r, reader_u32(r) == 0);
	reader_require(r, reader_u32(r) != 0);
	reader_skip(r, 2);
	reader_require(r, reader_u16(r) == 0);
	if (extension == 2) { /* extension bits: the next extension, a length, 8 bytes */
		reader_require(r, reader_u16(r) == 8);
		reader_skip(r, 8);
	}
	reader_require(r, (extension == 0 || extension == 2) && reader_left(r) == 0);
}

/* BEP 14 */
static void local_discovery(struct reader *r)
{
	reader_expect(r, "BT-SEARCH * HTTP/1.1\r\n", 22);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	static const struct {
		uint8_t first; /* byte, by which they differ */
		void (*read)(struct reader *r);
	} messages[] = {{'d', dht_message}, {0, tracker_connect}, {0x41, utp_syn}, {'B', local_discovery}};
	struct reader r = view->client;

	if (view->transport == IPPROTO_TCP) {
		peer_handshake(&r);
		return signature_answer(&r, facts, &bittorrent);
	}
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		if (!reader_left(&r) || *r.at != messages[i].first)
			continue;
		signature_whole(&r);
		messages[i].read(&r);
		return signature_answer(&r, facts, &bittorrent);
	}
	reader_require(&r, !reader_left(&r));
	reader_skip(&r, 1);
	return reader_state(&r);
}

const struct classifier classifier_bittorrent = {
	.name = "bittorrent",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
