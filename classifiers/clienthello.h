/* SPDX-License-Identifier: GPL-2.0-or-later
 * clienthello.h - the ClientHello as TLS, DTLS and QUIC carry it, and putting its pieces together
 */
#ifndef NFQROUTE_CLIENTHELLO_H
#define NFQROUTE_CLIENTHELLO_H

#include "facts.h"
#include "reader.h"

enum { HANDSHAKE_CLIENT_HELLO = 1 };

/* What clienthello_read() can find out. */
#define CLIENTHELLO_FACTS (FACT_BIT(FACT_HOST) | FACT_BIT(FACT_ALPN) | FACT_BIT(FACT_ECH))

/* Reads the body of a ClientHello (behind the handshake header) as far as it is here, and sets each of
 * CLIENTHELLO_FACTS as soon as it is seen. dtls: the body has a cookie. TRI_YES: all of them are set or closed, be
 * it because the hello is broken from some byte on; else TRI_MORE. */
enum tri clienthello_read(struct reader body, bool dtls, struct facts *facts);

/* Nothing more can be learned: closes what is open of CLIENTHELLO_FACTS. */
void clienthello_close(struct facts *facts);

/* Bytes that come in pieces, each with its offset: out of order, repeated, overlapping. For the stack: only
 * count needs to be set (to 0). */
#define ASSEMBLY_MAX 32768
#define ASSEMBLY_EXTENTS 128

struct assembly {
	unsigned count;
	struct extent {
		uint32_t begin, end;
	} extents[ASSEMBLY_EXTENTS]; /* what is here: sorted, apart */
	uint8_t bytes[ASSEMBLY_MAX];
};

/* Takes over len bytes at data. What is here already stays as it is; what lies beyond ASSEMBLY_MAX, or would make
 * too many holes, is not taken. data may be NULL if len is 0. */
void assembly_add(struct assembly *a, uint64_t offset, const uint8_t *data, size_t len);

/* The bytes from offset 0 up to the first hole, and there may be more. */
struct reader assembly_prefix(const struct assembly *a);

#endif
