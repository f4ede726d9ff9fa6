/* SPDX-License-Identifier: GPL-2.0-or-later
 * hello.h - a ClientHello as browsers and libraries send it (RFC 8446 4.1.2), for any name
 *
 * The name comes first among the extensions, as OpenSSL, NSS and Go say it; most of the others are of their usual
 * length and zero.
 */
#ifndef NFQROUTE_BENCH_HELLO_H
#define NFQROUTE_BENCH_HELLO_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { HELLO_NAME = 120 + 4 + 5, HELLO_REST = 600, HELLO_MAX = HELLO_NAME + 255 + HELLO_REST };

/* Behind the name. */
struct hello_rest {
	uint8_t bytes[HELLO_REST];
	size_t length;
};

static inline void hello_put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline struct hello_rest hello_rest(void)
{
	static const uint8_t alpn[] = {0, 12, 2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
	static const struct {
		uint16_t type, length;
	} extensions[] = {
		{23, 0},     /* extended_master_secret, RFC 7627 */
		{0xff01, 1}, /* renegotiation_info, RFC 5746 */
		{10, 14},    /* supported_groups */
		{11, 2},     /* ec_point_formats */
		{35, 0},     /* session_ticket */
		{16, 14},    /* ALPN, RFC 7301 */
		{5, 5},      /* status_request */
		{34, 10},    /* delegated_credentials, RFC 9345 */
		{51, 107},   /* key_share: X25519 and P-256 */
		{43, 5},     /* supported_versions */
		{13, 24},    /* signature_algorithms */
		{45, 2},     /* psk_key_exchange_modes */
		{28, 2},     /* record_size_limit, RFC 8449 */
		{21, 200},   /* padding, RFC 7685 */
	};
	struct hello_rest rest = {.length = 0};

	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
		uint8_t *at = rest.bytes + rest.length;

		hello_put16(at, extensions[i].type);
		hello_put16(at + 2, extensions[i].length);
		if (extensions[i].type == 16)
			memcpy(at + 4, alpn, sizeof alpn);
		rest.length += 4 + (size_t)extensions[i].length;
	}
	return rest;
}

/* Writes the ClientHello for a name of at most 255 bytes; returns its length. */
static inline size_t hello_write(uint8_t out[HELLO_MAX], const char *name, size_t len,
				 const struct hello_rest *rest)
{
	static const uint8_t record[] = {22, 3, 1}, version[] = {3, 3};
	size_t length = HELLO_NAME + len + rest->length;

	memset(out, 0, HELLO_NAME);
	memcpy(out, record, sizeof record);
	hello_put16(out + 3, length - 5);
	out[5] = 1;
	hello_put16(out + 7, length - 9);
	memcpy(out + 9, version, sizeof version);
	out[43] = 32;              /* session id */
	hello_put16(out + 76, 38); /* cipher suites */
	out[116] = 1;              /* compression methods */
	hello_put16(out + 118, length - 120);
	hello_put16(out + 122, len + 5); /* server_name, RFC 6066 3 */
	hello_put16(out + 124, len + 3);
	hello_put16(out + 127, len);
	memcpy(out + HELLO_NAME, name, len);
	memcpy(out + HELLO_NAME + len, rest->bytes, rest->length);
	return length;
}

#endif
