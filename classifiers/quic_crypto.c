/* SPDX-License-Identifier: GPL-2.0-or-later
 * quic_crypto.c - opening the client's Initial packets, whose keys everybody can know
 *
 * Sources: RFC 9001 5 (keys and protection of version 1), RFC 9369 3 (version 2), the drafts of
 * draft-ietf-quic-tls for their salts, Chromium's net/third_party/quiche for those of Google's versions.
 * All state is on the stack of the caller.
 */
#include "quic_crypto.h"

#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>

enum {
	SECRET_LENGTH = SHA256_DIGEST_SIZE,
	SAMPLE_LENGTH = 16,
	PN_LENGTH_MAX = 4,
	PREFIX_LENGTH = 6,
	LABEL_MAX = 24,
};

static const uint8_t salt_v1[] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
				  0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
static const uint8_t salt_v2[] = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
				  0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9};
static const uint8_t salt_v2_draft[] = {0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
					0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3};
static const uint8_t salt_22[] = {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
				  0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a};
static const uint8_t salt_23[] = {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
				  0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02};
static const uint8_t salt_29[] = {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
				  0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99};
static const uint8_t salt_q050[] = {0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
				    0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45};
static const uint8_t salt_t050[] = {0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
				    0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10};
static const uint8_t salt_t051[] = {0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
				    0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d};

#define LIKE_V1 "quic key", "quic iv", "quic hp", 0, 1, 2, 3
#define LIKE_V2 "quicv2 key", "quicv2 iv", "quicv2 hp", 1, 2, 3, 0

static const struct quic_version versions[] = {
	{0x00000001, 0x00000001, salt_v1, LIKE_V1, true},
	{0x6b3343cf, 0x6b3343cf, salt_v2, LIKE_V2, true},
	{0x709a50c4, 0x709a50c4, salt_v2_draft, LIKE_V2, true},
	{0xff000021, 0xff000022, salt_v1, LIKE_V1, true}, /* drafts 33, 34 */
	{0xff00001d, 0xff000020, salt_29, LIKE_V1, true}, /* drafts 29 to 32 */
	{0xff000017, 0xff00001c, salt_23, LIKE_V1, true}, /* drafts 23 to 28 */
	{0xff000016, 0xff000016, salt_22, LIKE_V1, true}, /* draft 22 */
	{0xfaceb001, 0xfaceb001, salt_22, LIKE_V1, true}, /* Facebook's mvfst */
	{0xfaceb002, 0xfaceb00e, salt_23, LIKE_V1, true},
	{0x51303530, 0x51303530, salt_q050, LIKE_V1, false}, /* Q050 */
	{0x54303530, 0x54303530, salt_t050, LIKE_V1, true},  /* T050 */
	{0x54303531, 0x54303531, salt_t051, LIKE_V1, true},  /* T051 */
};

const struct quic_version *quic_version_find(uint32_t version)
{
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (version >= versions[i].first && version <= versions[i].last)
			return &versions[i];
	return NULL;
}

static void encrypt(const void *key, size_t len, uint8_t *out, const uint8_t *in)
{
	aes128_encrypt(key, len, out, in);
}

static void update(void *ctx, size_t len, const uint8_t *data)
{
	hmac_sha256_update(ctx, len, data);
}

static void digest(void *ctx, size_t len, uint8_t *out)
{
	hmac_sha256_digest(ctx, len, out);
}

/* HKDF-Expand-Label of RFC 8446 7.1 with an empty context; hmac has the secret as its key, and keeps it. */
static void expand_label(struct hmac_sha256_ctx *hmac, const char *label, uint8_t *out, size_t len)
{
	uint8_t info[2 + 1 + PREFIX_LENGTH + LABEL_MAX + 1] = {0, (uint8_t)len};
	size_t n = strlen(label);

	info[2] = (uint8_t)(PREFIX_LENGTH + n);
	memcpy(info + 3, "tls13 ", PREFIX_LENGTH);
	memcpy(info + 3 + PREFIX_LENGTH, label, n); /* and behind it a 0: no context */
	hkdf_expand(hmac, update, digest, SHA256_DIGEST_SIZE, 3 + PREFIX_LENGTH + n + 1, info, len, out);
}

void quic_keys_derive(struct quic_keys *keys, const struct quic_version *version, const uint8_t *dcid, size_t len)
{
	uint8_t initial[SECRET_LENGTH], client[SECRET_LENGTH], key[AES128_KEY_SIZE];
	struct hmac_sha256_ctx hmac;

	hmac_sha256_set_key(&hmac, QUIC_SALT_LENGTH, version->salt);
	hkdf_extract(&hmac, update, digest, SHA256_DIGEST_SIZE, len, dcid, initial);
	hmac_sha256_set_key(&hmac, sizeof initial, initial);
	expand_label(&hmac, "client in", client, sizeof client);
	hmac_sha256_set_key(&hmac, sizeof client, client);
	expand_label(&hmac, version->key, key, sizeof key);
	aes128_set_encrypt_key(&keys->key, key);
	gcm_set_key(&keys->gcm, &keys->key, encrypt);
	expand_label(&hmac, version->hp, key, sizeof key);
	aes128_set_encrypt_key(&keys->hp, key);
	expand_label(&hmac, version->iv, keys->iv, sizeof keys->iv);
}

/* The packet's own nonce and its header as it was before header protection; returns the header's length. */
static size_t unmask(const struct quic_keys *keys, const uint8_t *packet, size_t pn_at, uint8_t *header,
		     uint8_t nonce[GCM_IV_SIZE])
{
	uint8_t mask[SAMPLE_LENGTH];
	size_t pn_length;

	aes128_encrypt(&keys->hp, sizeof mask, mask, packet + pn_at + PN_LENGTH_MAX);
	memcpy(header, packet, pn_at + PN_LENGTH_MAX);
	header[0] ^= mask[0] & 0x0f;
	pn_length = (header[0] & 0x03) + 1U;
	memcpy(nonce, keys->iv, GCM_IV_SIZE);
	for (size_t i = 0; i < pn_length; i++) {
		/* the first flight's numbers are small: what is sent is the whole number */
		header[pn_at + i] ^= mask[1 + i];
		nonce[GCM_IV_SIZE - pn_length + i] ^= header[pn_at + i];
	}
	return pn_at + pn_length;
}

size_t quic_open(const struct quic_keys *keys, const uint8_t *packet, size_t pn_at, size_t len, uint8_t *plain)
{
	uint8_t header[QUIC_PACKET_MAX], nonce[GCM_IV_SIZE], tag[GCM_DIGEST_SIZE];
	struct gcm_ctx gcm;
	size_t header_length, plain_length;

	if (len > QUIC_PACKET_MAX || len < pn_at + PN_LENGTH_MAX + SAMPLE_LENGTH)
		return 0;
	header_length = unmask(keys, packet, pn_at, header, nonce);
	if (len < header_length + sizeof tag)
		return 0;
	plain_length = len - header_length - sizeof tag;
	gcm_set_iv(&gcm, &keys->gcm, sizeof nonce, nonce);
	gcm_update(&gcm, &keys->gcm, header_length, header);
	gcm_decrypt(&gcm, &keys->gcm, &keys->key, encrypt, plain_length, plain, packet + header_length);
	gcm_digest(&gcm, &keys->gcm, &keys->key, encrypt, sizeof tag, tag);
	return memeql_sec(tag, packet + len - sizeof tag, sizeof tag) ? plain_length : 0;
}
