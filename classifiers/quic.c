/* SPDX-License-Identifier: GPL-2.0-or-later
 * quic.c - QUIC, by its versions' Initial packets and the ClientHello in them
 *
 * Sources: RFC 9000 (17.2 long headers, 12.2 coalescing, 19.6 CRYPTO frames), RFC 8999 (what all versions have in
 * common), RFC 9001, RFC 9369 (version 2), drafts 22 to 34.
 *
 * The ClientHello may be cut over several CRYPTO frames, packets and datagrams in any order (Chromium scrambles it
 * on purpose), so all client datagrams are gone through and the pieces are put together by offset. Keys come from
 * the destination connection id of the client's first Initial and stay when the server chooses another; only after
 * a Retry, or if the first datagram was lost on its way here, do they come from a later one. A packet that does
 * not open with either is ignored: anybody could have sent it. The work is bounded by PACKETS_MAX and KEYS_MAX.
 */
#include "classifier.h"
#include "clienthello.h"
#include "gquic.h"
#include "quic_crypto.h"

enum {
	LONG_HEADER = 0x80,
	FIXED_BIT = 0x40,
	CONNECTION_ID_MAX = 20,
	CLIENT_DCID_MIN = 8,     /* RFC 9000 7.2 */
	INITIAL_DATAGRAM = 1200, /* RFC 9000 14.1 */
	PACKETS_MAX = 48,        /* long packets looked at in all, */
	KEYS_MAX = 4,            /* and derivations of keys */
	FRAME_PADDING = 0x00,
	FRAME_PING = 0x01,
	FRAME_ACK = 0x02,
	FRAME_ACK_ECN = 0x03,
	FRAME_CRYPTO = 0x06,
	FRAME_CRYPTO_Q050 = 0x08,
	ACK_RANGES_MAX = 256,
	GQUIC_DATAGRAMS = 4, /* of the client's, that may pass before a CHLO */
};

static const struct app app_quic = {
	.name = "quic",
	.brief = "QUIC versions 1 and 2, drafts 22 to 34, Google QUIC",
	.source = "RFC 9000, RFC 9001, RFC 9369",
	.decided = "client's first datagram; the name when the ClientHello is complete, often at the second",
};
static const struct app *const apps[] = {&app_quic, NULL};

struct connection_id {
	const uint8_t *data; /* NULL: none yet */
	uint8_t len;
};

struct long_packet {
	const uint8_t *start;
	const struct quic_version *version;
	struct connection_id dcid;
	uint8_t type;
	bool headed;          /* the header is all there, be the rest cut off or not */
	size_t pn_at, length; /* where the packet number stands; of all */
};

/* What is kept while the datagrams are gone through. */
struct session {
	struct facts *facts;
	const struct quic_version *version; /* of the first packet that opened */
	unsigned packets, derived;
	bool beyond; /* the client has sent what it can only send after the whole ClientHello arrived */
	struct {
		const struct quic_version *version;
		struct connection_id dcid;
		struct quic_keys keys;
	} slot[2]; /* of the first Initial, of the one now used */
	struct assembly hello;
	uint8_t plain[QUIC_PACKET_MAX];
};

static uint64_t read_varint(struct reader *r)
{
	struct reader first = *r;
	uint8_t prefix = reader_u8(&first) >> 6;

	return reader_uint(r, (size_t)1 << prefix) & (UINT64_MAX >> (64 - (8U << prefix) + 2));
}

static struct connection_id read_connection_id(struct reader *r)
{
	struct connection_id id = {.len = reader_u8(r)};

	reader_require(r, id.len <= CONNECTION_ID_MAX);
	id.data = reader_bytes(r, id.len);
	return id;
}

static bool same_id(const struct connection_id *a, const struct connection_id *b)
{
	return a->data && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* RFC 9000 15: made up to see whether the peer copes. */
static bool greased(uint32_t version)
{
	return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

/* The next packet of a datagram, *r moves behind it. A Retry or a packet of unknown version has no known end; it
 * takes all that is left. */
static struct long_packet read_packet(struct reader *r)
{
	struct long_packet p = {.start = r->at};
	uint8_t flags = reader_u8(r);
	uint32_t version = reader_u32(r);

	reader_require(r, (flags & (LONG_HEADER | FIXED_BIT)) == (LONG_HEADER | FIXED_BIT));
	p.version = quic_version_find(version);
	reader_require(r, p.version || greased(version));
	if (!reader_ok(r)) /* most datagrams are not of this protocol */
		return p;
	p.type = flags >> 4 & 3;
	p.dcid = read_connection_id(r);
	read_connection_id(r);
	if (!p.version || p.type == p.version->retry) {
		p.headed = reader_ok(r);
		reader_skip(r, reader_left(r));
		return p;
	}
	if (p.type == p.version->initial)
		reader_skip(r, read_varint(r));
	p.length = read_varint(r);
	p.pn_at = (size_t)(r->at - p.start);
	p.headed = reader_ok(r);
	reader_skip(r, p.length);
	p.length += p.pn_at;
	return p;
}

static void skip_ack(struct reader *r, bool ecn)
{
	uint64_t ranges;

	read_varint(r); /* largest acknowledged */
	read_varint(r); /* delay */
	ranges = read_varint(r);
	reader_require(r, ranges <= ACK_RANGES_MAX);
	for (uint64_t fields = 1 + 2 * ranges + (ecn ? 3 : 0); reader_ok(r) && fields; fields--)
		read_varint(r);
}

/* There may be a thousand of it, which is most of some packets. */
static void skip_padding(struct reader *r)
{
	uint64_t word = 0;

	while (reader_left(r) >= sizeof word && word == 0) {
		memcpy(&word, r->at, sizeof word);
		if (word == 0)
			reader_skip(r, sizeof word);
	}
}

/* Keeps what the CRYPTO frames of an opened packet carry. */
static void read_frames(struct session *s, size_t len)
{
	struct reader r = reader_over(s->plain, len, false);

	while (reader_left(&r)) {
		uint8_t type = reader_u8(&r);
		uint64_t offset, length;
		const uint8_t *bytes;

		switch (type) {
		case FRAME_PADDING:
			skip_padding(&r);
			break;
		case FRAME_PING:
			break;
		case FRAME_ACK:
		case FRAME_ACK_ECN:
			skip_ack(&r, type == FRAME_ACK_ECN);
			break;
		case FRAME_CRYPTO:
		case FRAME_CRYPTO_Q050:
			offset = read_varint(&r);
			length = read_varint(&r);
			bytes = reader_bytes(&r, length);
			assembly_add(&s->hello, offset, bytes, bytes ? length : 0);
			break;
		default:
			return; /* CONNECTION_CLOSE, or nothing that belongs here */
		}
	}
}

/* Opens a packet with the keys of that slot, deriving them if they are not there yet. */
static bool open_with(struct session *s, unsigned slot, const struct long_packet *p,
		      const struct connection_id *id)
{
	size_t len;

	if (s->slot[slot].version != p->version || !same_id(&s->slot[slot].dcid, id)) {
		if (s->derived++ >= KEYS_MAX)
			return false;
		quic_keys_derive(&s->slot[slot].keys, p->version, id->data, id->len);
		s->slot[slot].dcid = *id;
		s->slot[slot].version = p->version;
	}
	len = quic_open(&s->slot[slot].keys, p->start, p->pn_at, p->length, s->plain);
	if (len && !s->version)
		s->version = p->version;
	if (len)
		read_frames(s, len);
	return len;
}

static void open_initial(struct session *s, const struct long_packet *p)
{
	const struct connection_id *first = s->slot[0].dcid.data ? &s->slot[0].dcid : &p->dcid;

	if (!open_with(s, 0, p, first) && !same_id(first, &p->dcid))
		open_with(s, 1, p, &p->dcid);
}

static void read_datagram(struct session *s, struct reader r)
{
	while (reader_left(&r) && s->packets++ < PACKETS_MAX) {
		struct long_packet p = read_packet(&r);

		if (!reader_ok(&r) || !p.version)
			return;
		if (p.type == p.version->initial)
			open_initial(s, &p);
		else if (p.type == p.version->handshake)
			s->beyond = true;
	}
}

static enum tri read_hello(struct session *s)
{
	struct reader r = assembly_prefix(&s->hello), body;
	uint8_t type;

	if (s->version && !s->version->tls)
		return gquic_hello(r, s->facts);
	type = reader_u8(&r);
	body = reader_sub(&r, reader_u24(&r));
	if (reader_ok(&r) && type != HANDSHAKE_CLIENT_HELLO)
		return TRI_NO;
	return reader_ok(&body) ? clienthello_read(body, false, s->facts) : TRI_MORE;
}

/* Kept apart for its large frame. */
static __attribute__((noinline)) enum tri look_sessions(const struct view *view, struct facts *facts)
{
	struct session s;
	enum tri answer;

	s.facts = facts;
	s.version = NULL;
	s.packets = s.derived = s.hello.count = 0;
	s.slot[0].dcid.data = s.slot[1].dcid.data = NULL;
	s.slot[0].version = s.slot[1].version = NULL;
	s.beyond = false;
	for (unsigned i = 0; i < view->datagram_count && !s.beyond; i++)
		if (!view->datagrams[i].from_server)
			read_datagram(&s, reader_over(view->datagrams[i].data, view->datagrams[i].len, false));
	answer = read_hello(&s);
	if (answer == TRI_MORE && !s.beyond)
		return TRI_MORE;
	clienthello_close(facts);
	return TRI_YES;
}

/* The first datagram begins with a long packet of QUIC whose header holds together. */
static bool is_quic(struct reader r, size_t datagram)
{
	struct long_packet p = read_packet(&r);

	if (!p.headed)
		return false;
	if (!p.version)
		return datagram >= INITIAL_DATAGRAM && p.dcid.len >= CLIENT_DCID_MIN;
	return p.type != p.version->initial || p.dcid.len >= CLIENT_DCID_MIN;
}

static enum tri look_gquic(const struct view *view, struct facts *facts)
{
	unsigned seen = 0;
	bool found = false;

	facts_set_app(facts, &app_quic);
	for (unsigned i = 0; i < view->datagram_count && seen < GQUIC_DATAGRAMS && !found; i++) {
		const struct datagram *d = &view->datagrams[i];

		found = !d->from_server && gquic_datagram(reader_over(d->data, d->len, false), facts);
		seen += !d->from_server;
	}
	if (!found && seen < GQUIC_DATAGRAMS)
		return TRI_MORE;
	clienthello_close(facts);
	return TRI_YES;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	if (!reader_left(&view->client))
		return view->client.open ? TRI_MORE : TRI_NO;
	if (!gquic_flags(*view->client.at))
		return TRI_NO;
	if (view->client.open) /* not a datagram */
		return TRI_MORE;
	if (gquic_header(view->client))
		return look_gquic(view, facts);
	if (!is_quic(view->client, reader_left(&view->client)))
		return TRI_NO;
	facts_set_app(facts, &app_quic);
	return look_sessions(view, facts);
}

const struct classifier classifier_quic = {
	.name = "quic",
	.transports = CLASSIFY_UDP,
	.holds = true,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
