/* SPDX-License-Identifier: GPL-2.0-or-later
 * clienthello.c - the ClientHello as TLS, DTLS and QUIC carry it, and putting its pieces together
 *
 * Sources: RFC 8446 4.1.2, RFC 9147 5.3 (cookie), RFC 6066 3 (server_name), RFC 7301 3.1 (ALPN), RFC 9849
 * (Encrypted Client Hello), RFC 8701 (GREASE).
 *
 * On ECH. A client that knows no ECHConfig sends a GREASE extension that is made to look like a real one, lengths
 * included, so no single ClientHello betrays it by its form. What differs is the name: with real ECH the outer
 * server_name is the public name of the client-facing provider, with GREASE it is the name that the user asked
 * for. So real is what carries a well-formed extension under a name that is only ever a public name (the table
 * below); all else counts as GREASE, which it nearly always is. An outer hello without a server_name cannot be
 * real.
 */
#include "clienthello.h"

enum {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ALPN = 16,
	EXTENSION_ECH = 0xfe0d,
	EXTENSION_ESNI = 0xffce, /* draft-ietf-tls-esni-01 to -06: the name is there, but encrypted; nobody made
				    GREASE of it */
	SERVER_NAME_HOST = 0,
	ECH_OUTER = 0,
	RANDOM_LENGTH = 32,
	SESSION_ID_MAX = 32,
	ALPN_TEXT_MAX = 256, /* keeps room for the host in struct facts, whatever a hostile client offers */
};

/* Public names of ECH providers under which there is nothing else to be had. */
static const char *const public_names[] = {"cloudflare-ech.com", "cover.defo.ie", "public.tls-ech.dev", NULL};

/* What is known of ECH while the extensions are read. */
struct hello {
	bool ech; /* a well-formed outer extension was seen */
	bool esni;
};

static bool public_name(const struct facts *facts)
{
	size_t len;
	const char *host = facts_text(facts, FACT_HOST, &len);

	for (const char *const *name = public_names; *name; name++)
		if (strlen(*name) == len && memcmp(*name, host, len) == 0)
			return true;
	return false;
}

static void read_server_name(struct reader data, struct facts *facts)
{
	struct reader list = reader_sub(&data, reader_u16(&data));

	while (reader_left(&list)) {
		uint8_t type = reader_u8(&list);
		uint16_t len = reader_u16(&list);
		const uint8_t *name = reader_bytes(&list, len);

		if (name && type == SERVER_NAME_HOST) {
			facts_set_host(facts, name, len);
			return;
		}
	}
}

/* Both bytes alike and of the form 0x?a: a placeholder, no protocol. */
static bool grease(const uint8_t *name, size_t len)
{
	return len == 2 && name[0] == name[1] && (name[0] & 0x0f) == 0x0a;
}

static void read_alpn(struct reader data, struct facts *facts)
{
	struct reader list = reader_sub(&data, reader_u16(&data));
	char text[ALPN_TEXT_MAX];
	size_t used = 0;

	while (reader_left(&list)) {
		uint8_t len = reader_u8(&list);
		const uint8_t *name = reader_bytes(&list, len);

		if (!name || !len || grease(name, len) || memchr(name, ',', len))
			continue;
		if (used + len + 1 > sizeof text)
			break;
		if (used)
			text[used++] = ',';
		memcpy(text + used, name, len);
		used += len;
	}
	if (used)
		facts_set_text(facts, FACT_ALPN, text, used);
	else
		fact_close(facts, FACT_ALPN);
}

/* ECHClientHello of type outer: cipher suite (KDF, AEAD), config_id, enc, payload. */
static bool outer_ech(struct reader data)
{
	reader_require(&data, reader_u8(&data) == ECH_OUTER);
	reader_skip(&data, 2 + 2 + 1);
	reader_skip(&data, reader_u16(&data));
	reader_rest_is(&data, reader_u16(&data));
	return reader_ok(&data) && reader_left(&data);
}

static void read_extension(uint16_t type, struct reader data, struct hello *hello, struct facts *facts)
{
	switch (type) {
	case EXTENSION_SERVER_NAME:
		read_server_name(data, facts);
		break;
	case EXTENSION_ALPN:
		read_alpn(data, facts);
		break;
	case EXTENSION_ECH:
		hello->ech = outer_ech(data);
		break;
	case EXTENSION_ESNI:
		hello->esni = true;
		break;
	}
	if (hello->esni || (hello->ech && public_name(facts)))
		facts_set_ech(facts, true);
}

/* Up to the extensions; r stands before their length, or at its end if there are none. */
static void read_fixed(struct reader *r, bool dtls)
{
	uint8_t session_id, methods;
	uint16_t suites;

	reader_skip(r, 2 + RANDOM_LENGTH); /* legacy_version was looked at by the caller */
	session_id = reader_u8(r);
	reader_require(r, session_id <= SESSION_ID_MAX);
	reader_skip(r, session_id);
	if (dtls)
		reader_skip(r, reader_u8(r));
	suites = reader_u16(r);
	reader_require(r, suites && suites % 2 == 0);
	reader_skip(r, suites);
	methods = reader_u8(r);
	reader_require(r, methods);
	reader_skip(r, methods);
}

void clienthello_close(struct facts *facts)
{
	if (fact_open(facts, FACT_ECH))
		facts_set_ech(facts, false);
	if (!fact_known(facts, FACT_HOST))
		fact_close(facts, FACT_HOST);
	if (!fact_known(facts, FACT_ALPN))
		fact_close(facts, FACT_ALPN);
}

enum tri clienthello_read(struct reader body, bool dtls, struct facts *facts)
{
	struct hello hello = {0};
	struct reader list;

	read_fixed(&body, dtls);
	if (!reader_at_end(&body)) {
		size_t len = reader_u16(&body);

		/* what is promised beyond the end of the hello does not take back what is there */
		list = reader_sub(&body, body.open || len < reader_left(&body) ? len : reader_left(&body));
		while (reader_ok(&list) && !reader_at_end(&list)) {
			uint16_t type = reader_u16(&list);
			struct reader data = reader_sub(&list, reader_u16(&list));

			if (reader_ok(&data) && !data.open)
				read_extension(type, data, &hello, facts);
			if (data.open)
				return TRI_MORE;
		}
		if (reader_state(&list) == TRI_MORE)
			return TRI_MORE;
	}
	if (reader_state(&body) == TRI_MORE)
		return TRI_MORE;
	clienthello_close(facts);
	return TRI_YES;
}

/* Makes room for [begin, end) in the list of extents, joining those it touches; false: no room. */
static bool extents_insert(struct assembly *a, uint32_t begin, uint32_t end)
{
	unsigned first = 0, last;

	while (first < a->count && a->extents[first].end < begin)
		first++;
	for (last = first; last < a->count && a->extents[last].begin <= end; last++) {
		begin = a->extents[last].begin < begin ? a->extents[last].begin : begin;
		end = a->extents[last].end > end ? a->extents[last].end : end;
	}
	if (last == first && a->count == ASSEMBLY_EXTENTS)
		return false;
	memmove(a->extents + first + 1, a->extents + last, (a->count - last) * sizeof *a->extents);
	a->extents[first] = (struct extent){begin, end};
	a->count += 1 - (last - first);
	return true;
}

void assembly_add(struct assembly *a, uint64_t offset, const uint8_t *data, size_t len)
{
	uint32_t at, end;

	if (!len || offset >= ASSEMBLY_MAX)
		return;
	at = (uint32_t)offset;
	end = len < ASSEMBLY_MAX - at ? at + (uint32_t)len : ASSEMBLY_MAX;
	for (unsigned i = 0; i < a->count && at < end; i++) {
		const struct extent *here = &a->extents[i];
		uint32_t gap = here->begin < end ? here->begin : end;

		if (here->end <= at)
			continue;
		if (gap > at)
			memcpy(a->bytes + at, data + (at - offset), gap - at);
		at = here->end;
	}
	if (at < end)
		memcpy(a->bytes + at, data + (at - offset), end - at);
	extents_insert(a, (uint32_t)offset, end);
}

struct reader assembly_prefix(const struct assembly *a)
{
	return reader_over(a->bytes, a->count && a->extents[0].begin == 0 ? a->extents[0].end : 0, true);
}
