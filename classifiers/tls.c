/* SPDX-License-Identifier: GPL-2.0-or-later
 * tls.c - TLS and SSL by the client's first flight: server name, ALPN, ECH
 *
 * Sources: RFC 8446 5.1 (records, and that a handshake message may be cut over any number of them), RFC 5246 E.2
 * (the version 2 CLIENT-HELLO), RFC 6101 (SSL 3.0), draft-hickman-netscape-ssl-00 (SSL 2.0).
 *
 * It is TLS once a record header, the handshake type and a version make sense together: eleven bytes. From
 * there on a broken hello is TLS without a name. Of several hellos (HelloRetryRequest) the first one counts: the
 * second must not change the name (RFC 8446 4.1.2).
 *
 * RTMP within TLS shows nothing of itself: it is told by RTMP's own port, and is TLS at any other.
 */
#include "classifier.h"
#include "clienthello.h"

enum {
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_MAX = 16384 + 2048, /* a plaintext record has at most 2^14; generous to those that count badly */
	VERSION_MAJOR = 3,
	VERSION_MINOR_MAX = 4,
	SSL2_CLIENT_HELLO = 1,
	RTMP_PORT = 1935,
	HELLO_LENGTH_MIN = 2 + 32 + 1 + 4 + 2, /* version, random, empty session id, one suite, one method */
};

static const struct app app_tls = {
	.name = "tls",
	.brief = "Transport Layer Security, SSL 2.0 to TLS 1.3",
	.source = "RFC 8446, RFC 5246, RFC 6101",
	.decided = "client's first packet",
};
static const struct app app_rtmps = {
	.name = "rtmps",
	.brief = "RTMP in TLS, as far as its port tells",
	.source = "Adobe Flash Media Server documentation; port 1935: IANA, macromedia-fcs",
	.decided = "client's first packet",
	.within = &app_tls,
	.use = true,
};
static const struct app *const apps[] = {&app_tls, &app_rtmps, NULL};

/* The header of the next record if it is one of this type; its length, 0 on a fault. */
static uint16_t read_header(struct reader *r, uint8_t type)
{
	uint16_t len;

	reader_require(r, reader_u8(r) == type);
	reader_require(r, reader_u8(r) == VERSION_MAJOR);
	reader_require(r, reader_u8(r) <= VERSION_MINOR_MAX);
	len = reader_u16(r);
	reader_require(r, len && len <= RECORD_MAX);
	return len;
}

/* A handshake message that is a ClientHello; its body goes to *body. Sets the app when that is certain. */
static enum tri read_handshake(struct reader r, struct reader *body, struct facts *facts)
{
	struct reader peek;
	uint32_t len;

	reader_require(&r, reader_u8(&r) == HANDSHAKE_CLIENT_HELLO);
	len = reader_u24(&r);
	reader_require(&r, len >= HELLO_LENGTH_MIN);
	*body = reader_sub(&r, len);
	peek = *body;
	reader_require(&peek, reader_u8(&peek) == VERSION_MAJOR);
	reader_require(&peek, reader_u8(&peek) <= VERSION_MINOR_MAX);
	if (reader_ok(&peek))
		facts_set_app(facts, &app_tls);
	return reader_state(&peek);
}

/* The hello is cut over several records. Kept apart for its large frame. */
static __attribute__((noinline)) enum tri look_pieces(struct reader r, struct facts *facts)
{
	struct assembly pieces;
	struct reader body;
	uint32_t at = 0;
	enum tri answer;

	pieces.count = 0;
	while (reader_ok(&r) && at < ASSEMBLY_MAX) {
		struct reader part = reader_sub(&r, read_header(&r, RECORD_HANDSHAKE));
		size_t len = reader_left(&part);

		assembly_add(&pieces, at, reader_bytes(&part, len), len);
		at += (uint32_t)len;
	}
	answer = read_handshake(assembly_prefix(&pieces), &body, facts);
	if (answer == TRI_YES)
		answer = clienthello_read(body, false, facts);
	if (answer != TRI_MORE || reader_state(&r) != TRI_NO)
		return answer;
	/* a record of another kind ends the hello, however much of it was promised */
	if (!fact_known(facts, FACT_APP))
		return TRI_NO;
	clienthello_close(facts);
	return TRI_YES;
}

static enum tri look_records(struct reader r, struct facts *facts)
{
	struct reader rest = r, record = reader_sub(&rest, read_header(&rest, RECORD_HANDSHAKE)), body;
	enum tri answer;

	if (!reader_ok(&record))
		return reader_state(&record);
	if (!record.open) {
		struct reader header = record;

		reader_skip(&header, 1);
		reader_rest_has(&header, reader_u24(&header));
		if (!reader_ok(&header))
			return look_pieces(r, facts);
	}
	answer = read_handshake(record, &body, facts);
	return answer == TRI_YES ? clienthello_read(body, false, facts) : answer;
}

static enum tri found_bare(const struct reader *r, struct facts *facts)
{
	if (reader_ok(r)) {
		facts_set_app(facts, &app_tls);
		clienthello_close(facts);
	}
	return reader_state(r);
}

/* Nothing but an alert: a client that gives up at once, or answers a server that spoke first. */
static enum tri look_alert(struct reader r, struct facts *facts)
{
	uint8_t level;

	reader_require(&r, read_header(&r, RECORD_ALERT) == 2);
	level = reader_u8(&r);
	reader_require(&r, level == 1 || level == 2);
	reader_skip(&r, 1);
	return found_bare(&r, facts);
}

/* The version 2 form has no room for a name. */
static enum tri look_ssl2(struct reader r, struct facts *facts)
{
	uint16_t len = reader_u16(&r) & 0x7fff, version, suites, session, challenge;

	reader_require(&r, reader_u8(&r) == SSL2_CLIENT_HELLO);
	version = reader_u16(&r);
	reader_require(&r,
		       version == 2 || (version >> 8 == VERSION_MAJOR && (version & 0xff) <= VERSION_MINOR_MAX));
	suites = reader_u16(&r);
	reader_require(&r, suites && suites % 3 == 0);
	session = reader_u16(&r);
	reader_require(&r, session == 0 || session == 16 || session == 32);
	challenge = reader_u16(&r);
	reader_require(&r, challenge >= 16 && challenge <= 32);
	reader_require(&r, len == 9 + suites + session + challenge);
	return found_bare(&r, facts);
}

static enum tri look_first(const struct view *view, struct facts *facts)
{
	struct reader first = view->client;
	uint8_t type = reader_u8(&first);

	if (!reader_ok(&first))
		return reader_state(&first);
	switch (type) {
	case RECORD_HANDSHAKE:
		return look_records(view->client, facts);
	case RECORD_ALERT:
		return look_alert(view->client, facts);
	}
	return type & 0x80 ? look_ssl2(view->client, facts) : TRI_NO;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	enum tri answer = look_first(view, facts);

	if (view->dport == RTMP_PORT && fact_known(facts, FACT_APP) && facts->app == &app_tls)
		facts_set_app(facts, &app_rtmps);
	return answer;
}

const struct classifier classifier_tls = {
	.name = "tls",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
