/* SPDX-License-Identifier: GPL-2.0-or-later
 * checksum.c - the Internet checksum (RFC 1071)
 */
#include "checksum.h"

#include <netinet/in.h>

uint32_t checksum_add(uint32_t sum, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t total = sum;

	for (; len > 1; at += 2, len -= 2)
		total += (uint32_t)at[0] << 8 | at[1];
	if (len)
		total += (uint32_t)at[0] << 8;
	while (total >> 32)
		total = (total & 0xffffffff) + (total >> 32);
	return (uint32_t)total;
}

uint16_t checksum_finish(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t checksum_tcp(const uint8_t *src, const uint8_t *dst, size_t address_length, const uint8_t *segment, size_t len)
{
	uint32_t sum = checksum_add(0, src, address_length);

	sum = checksum_add(sum, dst, address_length);
	sum = checksum_add(sum, segment, len);
	return checksum_finish(sum + IPPROTO_TCP + (uint32_t)(len >> 16) + (uint32_t)(len & 0xffff));
}
