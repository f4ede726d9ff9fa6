/* SPDX-License-Identifier: GPL-2.0-or-later
 * gquic.c - Google's QUIC before it spoke TLS
 *
 * Source: "QUIC Wire Layout Specification" and "QUIC Crypto" (Google, 2013 to 2018), Chromium's
 * net/third_party/quiche. Up to Q046 the client's hello (CHLO) lies in the clear behind a hash; its tag SNI holds
 * the name. Byte orders and small fields before the hello differ from version to version, so it is looked for
 * where it can begin rather than counted to.
 */
#include "gquic.h"

enum {
	FLAG_VERSION = 0x01,
	FLAG_RESET = 0x02,
	FLAG_CONNECTION_ID = 0x08,
	FLAGS_UNUSED = 0xc0,
	LONG_HEADER = 0x80,
	CONNECTION_ID_LENGTH = 8,
	CHLO_SEARCH = 64, /* packet number, hash, private flags and frame header in front of it */
	TAGS_MAX = 128,
};

/* Three digits behind a 'Q'. */
static bool read_version(struct reader *r)
{
	unsigned digits = 0;

	reader_expect(r, "Q0", 2);
	if (!reader_ok(r))
		return false;
	for (int i = 0; i < 2; i++) {
		uint8_t c = reader_u8(r);

		reader_require(r, c >= '0' && c <= '9');
		digits = digits * 10 + (unsigned)(c - '0');
	}
	reader_require(r, digits > 0 && digits < 50);
	return reader_ok(r);
}

bool gquic_flags(uint8_t flags)
{
	return flags & LONG_HEADER || (flags & (FLAG_VERSION | FLAG_RESET | FLAG_CONNECTION_ID | FLAGS_UNUSED)) ==
					      (FLAG_VERSION | FLAG_CONNECTION_ID);
}

bool gquic_header(struct reader datagram)
{
	uint8_t flags = reader_u8(&datagram);

	reader_require(&datagram, gquic_flags(flags));
	if (!(flags & LONG_HEADER)) /* before Q044 */
		reader_skip(&datagram, CONNECTION_ID_LENGTH);
	return read_version(&datagram);
}

enum tri gquic_hello(struct reader message, struct facts *facts)
{
	static const uint8_t chlo[] = {'C', 'H', 'L', 'O'}, sni[] = {'S', 'N', 'I', 0};
	struct reader tags;
	uint32_t begin = 0;
	uint64_t count;

	reader_expect(&message, chlo, sizeof chlo);
	count = reader_le(&message, 2);
	reader_require(&message, count <= TAGS_MAX);
	reader_skip(&message, 2);
	tags = reader_sub(&message, 8 * (size_t)count);
	for (; count && reader_ok(&tags); count--) { /* counted: those that are still to come are no end */
		const uint8_t *tag = reader_bytes(&tags, sizeof sni);
		uint32_t end = (uint32_t)reader_le(&tags, 4);

		reader_require(&tags, end >= begin);
		if (tag && reader_ok(&tags) && memcmp(tag, sni, sizeof sni) == 0) {
			const uint8_t *name;

			reader_skip(&message, begin);
			name = reader_bytes(&message, end - begin);
			if (name)
				facts_set_host(facts, name, end - begin);
			return reader_state(&message);
		}
		begin = end;
	}
	reader_skip(&tags, tags.open); /* of a hello that is cut between two tags the next may be the name */
	return tri_and(reader_state(&tags), reader_state(&message));
}

bool gquic_datagram(struct reader datagram, struct facts *facts)
{
	reader_skip(&datagram, 1 + 4);
	for (unsigned i = 0; i < CHLO_SEARCH && reader_left(&datagram); i++) {
		if (gquic_hello(datagram, facts) != TRI_NO)
			return true;
		reader_skip(&datagram, 1);
	}
	return false;
}
