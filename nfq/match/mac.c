/* SPDX-License-Identifier: GPL-2.0-or-later
 * mac.c - mac: the source's hardware address, whole or by its first bytes
 */
#include "keywords.h"
#include "value.h"

#define MAC_EXPECTS "a hardware address (00:11:22:aa:bb:cc), or its first bytes and a '*' (00:11:22:*)"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The two hex digits at text as a byte; -1: they are not. */
static int hex_byte(const char *text)
{
	int high = hex_digit(text[0]), low = hex_digit(text[1]);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static bool separator(char c)
{
	return c == ':' || c == '-';
}

/* Reads up to six bytes, each but the last with the separator behind it; returns how many, *used characters. */
static unsigned leading_bytes(const char *word, size_t len, size_t *used, uint64_t *address)
{
	unsigned count = 0;
	size_t at = 0;

	*address = 0;
	while (count < 6 && at + 2 <= len && hex_byte(word + at) >= 0) {
		*address = *address << 8 | (uint64_t)hex_byte(word + at);
		count++;
		at += 2;
		if (count == 6 || at == len || !separator(word[at]))
			break;
		at++;
	}
	*used = at;
	return count;
}

static bool mac_add(void *building, const char *word, size_t len, struct value_error *error)
{
	uint64_t address, rest = 0;
	size_t used;
	unsigned count = leading_bytes(word, len, &used, &address);

	if (count && count < 6 && separator(word[used - 1]) && used + 1 == len && word[used] == '*') {
		address <<= 8 * (6 - count);
		rest = (1ULL << 8 * (6 - count)) - 1;
	} else if (count != 6 || used != len) {
		return value_fail(error, interval_arena(building), MAC_EXPECTS, "this is not a hardware address");
	}
	interval_add(building, key_of(address), key_of(address | rest));
	return true;
}

const struct value_type mac_type = {
	.name = "mac",
	.expects = MAC_EXPECTS,
	.add = mac_add,
	INTERVAL_TYPE,
};

static bool mac_key(const struct subject *subject, struct key *key)
{
	*key = key_of(subject->packet->origin.mac);
	return subject->packet->origin.has_mac;
}

const struct keyword mac_keyword = {
	.name = "mac",
	.value = &mac_type,
	.brief = "source hardware address; unknown for local connections",
	.available = true,
	.key = mac_key,
};
