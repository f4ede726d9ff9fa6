/* SPDX-License-Identifier: GPL-2.0-or-later
 * interval.h - sets of 128-bit keys as sorted, disjoint intervals
 *
 * Every header field a rule can look at is a number of at most 128 bits, and every value a user can write for it
 * (address, prefix, range, port, user, device name with trailing '*') is an interval of them. So all header
 * matches share this one set. Keys are compared as unsigned numbers; how a field becomes a key:
 *   address    IPv6 as it is, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2, never on the wire)
 *   device     the name's up to 16 bytes, first byte most significant, zero-padded: "tun*" is one interval
 *   others     the number
 */
#ifndef NFQROUTE_INTERVAL_H
#define NFQROUTE_INTERVAL_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "spans.h"

struct key {
	uint64_t high, low;
};

struct interval {
	struct key first, last; /* both inside */
};

/* A stretch within one /64 that is not all of it. */
struct part64 {
	uint64_t high;
	struct span64 low;
};

/* Immutable once sealed. Keys whose high half is zero (IPv4, and every field that is no address or device) need
 * only the low half, whole /64s of IPv6 only the high one; so an entry takes 16 bytes and some 5 of the chart
 * (spans.h), hardly ever more than 24. */
struct interval_set {
	struct spans numbers;      /* high half zero: of low halves */
	struct spans blocks;       /* whole /64s: of high halves, none zero */
	const struct part64 *part; /* the rest, sorted */
	size_t part_count;
	size_t count; /* entries in all */
};

static inline struct key key_of(uint64_t number)
{
	return (struct key){.high = 0, .low = number};
}

static inline int key_compare(struct key a, struct key b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return a.low < b.low ? -1 : a.low > b.low;
}

static inline bool key_equal(struct key a, struct key b)
{
	return a.high == b.high && a.low == b.low;
}

#define KEY_MAPPED_IPV4 0xffff00000000ULL /* ::ffff:0:0/96 */

/* The key of the 16 bytes (network byte order) of an IPv6 address, of the 4 bytes of an IPv4 address. */
static inline struct key key_from_ipv6(const void *bytes)
{
	uint64_t half[2];

	memcpy(half, bytes, sizeof half);
	return (struct key){.high = be64toh(half[0]), .low = be64toh(half[1])};
}

static inline struct key key_from_ipv4(const void *bytes)
{
	uint32_t address;

	memcpy(&address, bytes, sizeof address);
	return key_of(KEY_MAPPED_IPV4 | be32toh(address));
}

/* The key of a device name of at most 15 bytes; longer names are cut. */
struct key key_from_device(const char *name);
bool key_is_ipv4(struct key address);
/* The reverse: writes 4 or 16 bytes in network byte order, returns how many. */
size_t key_to_address(struct key address, uint8_t bytes[16]);
/* As text (inet_ntop) into text, which it returns. */
const char *key_address_text(struct key address, char text[46]);
/* Takes such a text. The bits of its notation, 32 or 128; 0: it is no address, and *address stays. */
unsigned key_from_text(const char *text, struct key *address);
/* An address in a flow list's notation: IPv6 plain, no brackets. Next and previous key; the ends wrap. */
struct key key_next(struct key key);
struct key key_previous(struct key key);

/* The set of what at[0..count) hold, in any order, which is sorted in place. Its memory is the arena's. */
struct interval_set interval_set_make(struct arena *arena, struct interval *at, size_t count);

/* Two or three places in memory however large the set is, where its keys are spread at all evenly. */
bool interval_set_has(const struct interval_set *set, struct key key);

/* Has the memory fetched that interval_set_has() will look at; and, when that has come, what it will look at then. */
void interval_set_fetch(const struct interval_set *set, struct key key);
void interval_set_fetch_next(const struct interval_set *set, struct key key);

/* Every key of b is in a. */
bool interval_set_covers(const struct interval_set *a, const struct interval_set *b);

/* Some key is in both. */
bool interval_set_meets(const struct interval_set *a, const struct interval_set *b);

/* Goes through the set in intervals: *at is 0 at first. false: that was the last. */
bool interval_set_next(const struct interval_set *set, size_t *at, struct interval *interval);

#endif
