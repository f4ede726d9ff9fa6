/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_quic.c - QUIC Initial packets: what opens them, and what is found in them
 *
 * By the first byte the rest is a packet as it comes, of which nothing can be expected, or the frames of one or
 * two packets that are sealed here as a client does it (RFC 9001 5.3, 5.4), so that the fuzzer gets behind the
 * encryption.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "../../classifiers/quic_crypto.h"

enum { ID = 8, PN_LENGTH = 2, TAG = 16, SAMPLE = 16, HEADER = 1 + 4 + 1 + ID + 1 + 1 + 2, PACKETS = 2 };

static const uint8_t id[ID] = {1, 2, 3, 4, 5, 6, 7, 8};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void encrypt(const void *key, size_t len, uint8_t *out, const uint8_t *in)
{
	aes128_encrypt(key, len, out, in);
}

/* --- as it comes --- */

static void open_any(const struct quic_keys *keys, const uint8_t *data, size_t size)
{
	uint8_t plain[QUIC_PACKET_MAX], *packet = malloc(size + !size);

	require(packet);
	memcpy(packet, data, size);
	for (size_t pn_at = 1; pn_at < 64 && pn_at < size; pn_at += 7)
		require(quic_open(keys, packet, pn_at, size, plain) <= QUIC_PACKET_MAX);
	free(packet);
}

/* --- sealed --- */

struct sealed {
	uint8_t bytes[QUIC_PACKET_MAX];
	size_t length;
};

static size_t put_header(uint8_t *at, const struct quic_version *version, size_t payload, uint8_t number)
{
	uint8_t *begin = at;
	size_t length = PN_LENGTH + payload + TAG;

	*at++ = (uint8_t)(0xc0 | version->initial << 4 | (PN_LENGTH - 1));
	for (unsigned shift = 32; shift; shift -= 8)
		*at++ = (uint8_t)(version->first >> (shift - 8));
	*at++ = ID;
	memcpy(at, id, ID);
	at += ID;
	*at++ = 0; /* no source connection id, */
	*at++ = 0; /* no token */
	*at++ = (uint8_t)(0x40 | length >> 8);
	*at++ = (uint8_t)length;
	*at++ = 0;
	*at++ = number;
	return (size_t)(at - begin);
}

static void seal(struct sealed *packet, const struct quic_version *version, const struct quic_keys *keys,
		 const uint8_t *frames, size_t size, uint8_t number)
{
	size_t header = put_header(packet->bytes, version, size, number);
	uint8_t nonce[GCM_IV_SIZE], mask[SAMPLE];
	struct gcm_ctx gcm;

	memcpy(nonce, keys->iv, sizeof nonce);
	nonce[GCM_IV_SIZE - 1] ^= number;
	gcm_set_iv(&gcm, &keys->gcm, sizeof nonce, nonce);
	gcm_update(&gcm, &keys->gcm, header, packet->bytes);
	gcm_encrypt(&gcm, &keys->gcm, &keys->key, encrypt, size, packet->bytes + header, frames);
	gcm_digest(&gcm, &keys->gcm, &keys->key, encrypt, TAG, packet->bytes + header + size);
	packet->length = header + size + TAG;
	aes128_encrypt(&keys->hp, sizeof mask, mask, packet->bytes + HEADER + 4);
	packet->bytes[0] ^= mask[0] & 0x0f;
	packet->bytes[HEADER] ^= mask[1];
	packet->bytes[HEADER + 1] ^= mask[2];
}

static void check_opened(const struct quic_keys *keys, const struct sealed *packet, const uint8_t *frames,
			 size_t size)
{
	uint8_t plain[QUIC_PACKET_MAX];

	require(quic_open(keys, packet->bytes, HEADER, packet->length, plain) == size);
	require(memcmp(plain, frames, size) == 0);
}

static const struct classifier *quic(void)
{
	for (size_t i = 0; classifiers[i]; i++)
		if (strcmp(classifiers[i]->name, "quic") == 0)
			return classifiers[i];
	abort();
}

/* What was said of the first packet is said of both. */
static void look(const struct sealed *packets, unsigned count)
{
	struct facts facts[PACKETS];
	enum tri answer[PACKETS];
	struct datagram datagrams[PACKETS];
	struct view view = {.transport = IPPROTO_UDP, .sport = 40000, .dport = 443, .datagrams = datagrams};

	memset(facts, 0, sizeof facts);
	view.client = reader_over(packets[0].bytes, packets[0].length, false);
	view.server = reader_over(NULL, 0, true);
	for (unsigned i = 0; i < count; i++) {
		datagrams[i] = (struct datagram){packets[i].bytes, (uint32_t)packets[i].length, false};
		view.datagram_count = i + 1;
		answer[i] = quic()->look(&view, &facts[i]);
		require(answer[i] <= TRI_YES);
		require(!i || answer[i - 1] == TRI_MORE || answer[i] == answer[i - 1]);
		require(!i || (facts[i - 1].known & ~facts[i].known) == 0);
	}
}

static void open_sealed(const struct quic_version *version, const struct quic_keys *keys, const uint8_t *data,
			size_t size)
{
	struct sealed packets[PACKETS];
	size_t half = size / 2;
	const size_t sizes[PACKETS] = {half, size - half};

	if (half < SAMPLE || size > QUIC_PACKET_MAX - 256)
		return;
	for (unsigned i = 0; i < PACKETS; i++) {
		const uint8_t *frames = data + (i ? half : 0);

		seal(&packets[i], version, keys, frames, sizes[i], (uint8_t)i);
		check_opened(keys, &packets[i], frames, sizes[i]);
	}
	look(packets, PACKETS);
	seal(&packets[0], version, keys, data, size, 0);
	check_opened(keys, &packets[0], data, size);
	look(packets, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t numbers[] = {0x00000001, 0x6b3343cf, 0xff00001d, 0x51303530};
	const struct quic_version *version;
	struct quic_keys keys;

	if (!size)
		return 0;
	version = quic_version_find(numbers[*data >> 1 & 3]);
	require(version);
	quic_keys_derive(&keys, version, id, sizeof id);
	if (*data & 1)
		open_sealed(version, &keys, data + 1, size - 1);
	else
		open_any(&keys, data + 1, size - 1);
	return 0;
}
