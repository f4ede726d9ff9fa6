/* SPDX-License-Identifier: GPL-2.0-or-later
 * quic_crypto.h - opening the client's Initial packets, whose keys everybody can know
 */
#ifndef NFQROUTE_QUIC_CRYPTO_H
#define NFQROUTE_QUIC_CRYPTO_H

#include <nettle/aes.h>
#include <nettle/gcm.h>

#include "reader.h"

#define QUIC_SALT_LENGTH 20
#define QUIC_PACKET_MAX                                                                                           \
	4096 /* longer Initial packets are not opened; a client's first ones fit an Ethernet frame */

/* What the versions differ in. */
struct quic_version {
	uint32_t first, last;                        /* version numbers, inclusive */
	const uint8_t *salt;                         /* QUIC_SALT_LENGTH bytes */
	const char *key, *iv, *hp;                   /* labels of HKDF-Expand-Label */
	uint8_t initial, zero_rtt, handshake, retry; /* long packet types */
	bool tls;                                    /* CRYPTO frames carry TLS; else Google's own handshake */
};

/* NULL: not a version that is known. */
const struct quic_version *quic_version_find(uint32_t version);

/* The client's Initial keys. */
struct quic_keys {
	struct gcm_key gcm;
	struct aes128_ctx key, hp;
	uint8_t iv[GCM_IV_SIZE];
};

/* RFC 9001 5.2: from the destination connection id of the client's first Initial. */
void quic_keys_derive(struct quic_keys *keys, const struct quic_version *version, const uint8_t *dcid, size_t len);

/* Removes the protection of one packet (RFC 9001 5.3, 5.4) of len bytes whose packet number stands at pn_at. Its
 * frames go to plain, which has QUIC_PACKET_MAX bytes; returns how many, 0 if the packet is not authentic. */
size_t quic_open(const struct quic_keys *keys, const uint8_t *packet, size_t pn_at, size_t len, uint8_t *plain);

#endif
