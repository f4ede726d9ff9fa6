/* SPDX-License-Identifier: GPL-2.0-or-later
 * checksum.h - the Internet checksum (RFC 1071)
 */
#ifndef NFQROUTE_CHECKSUM_H
#define NFQROUTE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds len bytes, taken as 16-bit words in network byte order (an odd last byte padded with zero), to sum. */
uint32_t checksum_add(uint32_t sum, const void *bytes, size_t len);
/* The value for a header's field, to be stored most significant byte first. */
uint16_t checksum_finish(uint32_t sum);

/* Of a TCP segment of len bytes whose checksum field is zero, between addresses of address_length (4 or 16) bytes in
 * network byte order (RFC 9293 3.1, RFC 8200 8.1). */
uint16_t checksum_tcp(const uint8_t *src, const uint8_t *dst, size_t address_length, const uint8_t *segment, size_t len);

#endif
