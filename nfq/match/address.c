/* SPDX-License-Identifier: GPL-2.0-or-later
 * address.c - saddr, daddr: IPv4 and IPv6 addresses, prefixes and ranges
 *
 * IPv4 lies within the IPv6 keys as ::ffff:0:0/96 (interval.h); what is written in IPv6 notation leaves that block
 * out, so that ::/0 is every IPv6 address and nothing else.
 */
#include <stdlib.h>

#include "keywords.h"
#include "value.h"

#define ADDRESS_EXPECTS "an address (192.0.2.1, 2001:db8::1), a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)"

static bool parse_address(const char *word, struct key *key, bool *ipv4)
{
	unsigned bits = key_from_text(word, key);

	*ipv4 = bits == 32;
	return bits;
}

/* Adds an IPv6 interval without the block of IPv4. */
static void add_ipv6(void *building, struct key first, struct key last)
{
	const struct key low = key_of(0xffff00000000), high = key_of(0xffffffffffff);

	if (key_compare(last, low) < 0 || key_compare(first, high) > 0) {
		interval_add(building, first, last);
		return;
	}
	if (key_compare(first, low) < 0)
		interval_add(building, first, key_previous(low));
	if (key_compare(last, high) > 0)
		interval_add(building, key_next(high), last);
}

static bool add_either(void *building, bool ipv4, struct key first, struct key last, struct value_error *error)
{
	if (ipv4)
		interval_add(building, first, last);
	else if (key_is_ipv4(first) && key_is_ipv4(last))
		return value_fail(error, interval_arena(building), "write the IPv4 address alone",
				  "an IPv4-mapped address is never seen on the wire");
	else
		add_ipv6(building, first, last);
	return true;
}

static struct key low_bits(unsigned count)
{
	return (struct key){.high = count > 64 ? (count == 128 ? UINT64_MAX : (1ULL << (count - 64)) - 1) : 0,
			    .low = count >= 64 ? UINT64_MAX : (1ULL << count) - 1};
}

/* Warns of a prefix whose address has bits behind its length: it may have been meant for that one address. */
static void warn_of_bits(struct arena *arena, struct key first, const char *address, const char *length,
			 struct value_error *error)
{
	char text[46];

	key_address_text(first, text);
	value_fail(error, arena,
		   arena_printf(arena, "write %s/%s for all of it, or %s for the one address", text, length, address),
		   "'%s/%s' is all of %s/%s", address, length, text, length);
}

static bool add_prefix(void *building, const char *address, const char *length, struct value_error *error)
{
	struct arena *arena = interval_arena(building);
	struct key first, mask, given;
	unsigned long bits;
	bool ipv4;
	char *end;

	if (!parse_address(address, &given, &ipv4))
		return value_fail(error, arena, ADDRESS_EXPECTS, "'%s' is not an address", address);
	bits = strtoul(length, &end, 10);
	if (end == length || *end || *length < '0' || *length > '9')
		return value_fail(error, arena, "a prefix is an address, a / and a number of bits",
				  "'%s' is not the length of a prefix", length);
	if (bits > (ipv4 ? 32 : 128))
		return value_fail(error, arena, NULL, "prefix length %s is above %d", length, ipv4 ? 32 : 128);
	mask = low_bits((ipv4 ? 32 : 128) - (unsigned)bits);
	first = (struct key){.high = given.high & ~mask.high, .low = given.low & ~mask.low};
	if (error->warn && key_compare(first, given) != 0)
		warn_of_bits(arena, first, address, length, error);
	return add_either(building, ipv4, first,
			  (struct key){.high = first.high | mask.high, .low = first.low | mask.low}, error);
}

static bool add_range(void *building, const char *from, const char *to, struct value_error *error)
{
	struct arena *arena = interval_arena(building);
	struct key first, last;
	bool ipv4, ipv4_last;

	if (!parse_address(from, &first, &ipv4))
		return value_fail(error, arena, ADDRESS_EXPECTS, "'%s' is not an address", from);
	if (!parse_address(to, &last, &ipv4_last))
		return value_fail(error, arena, ADDRESS_EXPECTS, "'%s' is not an address", to);
	if (ipv4 != ipv4_last)
		return value_fail(error, arena, NULL, "a range cannot go from one family to the other");
	if (key_compare(first, last) > 0)
		return value_fail(error, arena, "write the smaller end first", "the range %s-%s runs backwards",
				  from, to);
	return add_either(building, ipv4, first, last, error);
}

/* It begins with a letter and has a dot, but no colon. */
static bool looks_like_name(const char *word)
{
	char first = *word | 0x20;

	return first >= 'a' && first <= 'z' && strchr(word, '.') && !strchr(word, ':');
}

static bool address_add(void *building, const char *text, size_t len, struct value_error *error)
{
	struct arena *arena = interval_arena(building);
	char word[2 * INET6_ADDRSTRLEN], *cut;
	struct key key;
	bool ipv4;

	if (len >= sizeof word || memchr(text, 0, len))
		return value_fail(error, arena, ADDRESS_EXPECTS, "this is not an address");
	memcpy(word, text, len);
	word[len] = 0;
	if (parse_address(word, &key, &ipv4))
		return add_either(building, ipv4, key, key, error);
	if (looks_like_name(word))
		return value_fail(error, arena, "names are matched by 'host'", "'%s' is not an address", word);
	cut = strpbrk(word, "/-");
	if (!cut)
		return value_fail(error, arena, ADDRESS_EXPECTS, "'%s' is not an address", word);
	if (*cut == '/') {
		*cut = 0;
		return add_prefix(building, word, cut + 1, error);
	}
	*cut = 0;
	return add_range(building, word, cut + 1, error);
}

const struct value_type address_type = {
	.name = "address",
	.expects = ADDRESS_EXPECTS,
	.add = address_add,
	INTERVAL_TYPE,
};

static bool saddr_key(const struct subject *subject, struct key *key)
{
	*key = subject->packet->src;
	return true;
}

static bool daddr_key(const struct subject *subject, struct key *key)
{
	*key = subject->packet->dst;
	return true;
}

const struct keyword saddr_keyword = {
	.name = "saddr",
	.value = &address_type,
	.brief = "source address of the connection",
	.available = true,
	.key = saddr_key,
};

const struct keyword daddr_keyword = {
	.name = "daddr",
	.value = &address_type,
	.brief = "destination address of the connection",
	.available = true,
	.key = daddr_key,
};
