/* SPDX-License-Identifier: GPL-2.0-or-later
 * dtls.c - DTLS by its records and the ClientHello in them
 *
 * Sources: RFC 9147 4 and 5 (1.3), RFC 6347 4.1 and 4.2 (1.2: records, fragments, cookies), RFC 4347 (1.0).
 *
 * A hello may be cut into fragments that come in any order and again. After a HelloVerifyRequest or a
 * HelloRetryRequest the client sends a second hello under the next message number, with the same name; only the
 * first one is put together.
 */
#include "classifier.h"
#include "clienthello.h"

enum {
	CONTENT_CHANGE_CIPHER_SPEC = 20,
	CONTENT_HANDSHAKE = 22,
	CONTENT_APPLICATION_DATA = 23,
	VERSION_1_0 = 0xfeff,
	VERSION_1_2 = 0xfefd,     /* what 1.3 writes as well */
	VERSION_OPENSSL = 0x0100, /* OpenSSL before 0.9.8f, and AnyConnect to this day */
	RECORDS_MAX = 64,
	HANDSHAKE_TYPE_MAX = 24,
};

static const struct app app_dtls = {
	.name = "dtls",
	.brief = "Datagram Transport Layer Security 1.0 to 1.3",
	.source = "RFC 9147, RFC 6347, RFC 4347",
	.decided = "client's first datagram; the name when the ClientHello is complete",
};
static const struct app *const apps[] = {&app_dtls, NULL};

struct session {
	unsigned records;
	bool begun;  /* the first hello's number and length are known */
	bool beyond; /* the client has sent what can only follow its hellos */
	uint16_t sequence;
	uint32_t length;
	struct assembly hello;
};

/* The next record's content; its type and epoch. */
static struct reader read_record(struct reader *r, uint8_t *type, uint16_t *epoch)
{
	uint16_t version, length;

	*type = reader_u8(r);
	version = reader_u16(r);
	*epoch = reader_u16(r);
	reader_skip(r, 6);
	length = reader_u16(r);
	reader_require(r, *type >= CONTENT_CHANGE_CIPHER_SPEC && *type <= CONTENT_APPLICATION_DATA);
	reader_require(r, version == VERSION_1_0 || version == VERSION_1_2 || version == VERSION_OPENSSL);
	reader_require(r, length > 0);
	return reader_sub(r, length);
}

/* The next fragment's data; what it is a part of. */
static struct reader read_fragment(struct reader *r, uint8_t *type, uint32_t *length, uint16_t *sequence,
				   uint32_t *offset)
{
	uint32_t size;

	*type = reader_u8(r);
	*length = reader_u24(r);
	*sequence = reader_u16(r);
	*offset = reader_u24(r);
	size = reader_u24(r);
	reader_require(r, *type <= HANDSHAKE_TYPE_MAX && *offset <= *length && size <= *length - *offset);
	return reader_sub(r, size);
}

static void read_handshake(struct session *s, struct reader r)
{
	while (reader_left(&r)) {
		uint32_t length, offset;
		uint16_t sequence;
		uint8_t type;
		struct reader data = read_fragment(&r, &type, &length, &sequence, &offset);
		size_t size = reader_left(&data);

		if (!reader_ok(&data))
			return;
		s->beyond |= type != HANDSHAKE_CLIENT_HELLO;
		if (!s->begun) {
			s->begun = true;
			s->sequence = sequence;
			s->length = length;
		}
		if (sequence == s->sequence && length == s->length && type == HANDSHAKE_CLIENT_HELLO)
			assembly_add(&s->hello, offset, reader_bytes(&data, size), size);
	}
}

static void read_datagram(struct session *s, struct reader r)
{
	while (reader_left(&r) && s->records++ < RECORDS_MAX) {
		uint16_t epoch;
		uint8_t type;
		struct reader content = read_record(&r, &type, &epoch);

		if (!reader_ok(&content))
			return;
		if (type == CONTENT_HANDSHAKE && epoch == 0)
			read_handshake(s, content);
		else
			s->beyond = true;
	}
}

/* Kept apart for its large frame. */
static __attribute__((noinline)) enum tri look_datagrams(const struct view *view, struct facts *facts)
{
	struct session s;
	struct reader body;

	s.records = 0;
	s.begun = s.beyond = false;
	s.length = s.sequence = 0;
	s.hello.count = 0;
	for (unsigned i = 0; i < view->datagram_count && !s.beyond; i++)
		if (!view->datagrams[i].from_server)
			read_datagram(&s, reader_over(view->datagrams[i].data, view->datagrams[i].len, false));
	body = assembly_prefix(&s.hello);
	body = reader_sub(&body, s.length);
	if (clienthello_read(body, true, facts) == TRI_MORE && !s.beyond)
		return TRI_MORE;
	clienthello_close(facts);
	return TRI_YES;
}

static bool holds_fragment(struct reader content)
{
	uint32_t length, offset;
	uint16_t sequence;
	uint8_t type;

	read_fragment(&content, &type, &length, &sequence, &offset);
	return reader_ok(&content);
}

/* All of the datagram is records, and those in the clear hold handshake messages whose lengths agree. */
static bool is_dtls(struct reader r)
{
	for (unsigned i = 0; i < RECORDS_MAX && reader_left(&r); i++) {
		uint16_t epoch;
		uint8_t type;
		struct reader content = read_record(&r, &type, &epoch);

		reader_require(&r, type != CONTENT_HANDSHAKE || epoch != 0 || holds_fragment(content));
	}
	return reader_at_end(&r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader first = view->client;
	uint8_t type = reader_u8(&first);

	if (!reader_ok(&first))
		return reader_state(&first);
	if (type < CONTENT_CHANGE_CIPHER_SPEC || type > CONTENT_APPLICATION_DATA)
		return TRI_NO;
	if (view->client.open)
		return TRI_MORE;
	if (!is_dtls(view->client))
		return TRI_NO;
	facts_set_app(facts, &app_dtls);
	return look_datagrams(view, facts);
}

const struct classifier classifier_dtls = {
	.name = "dtls",
	.transports = CLASSIFY_UDP,
	.holds = true,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
