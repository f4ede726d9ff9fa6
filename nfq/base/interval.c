/* SPDX-License-Identifier: GPL-2.0-or-later
 * interval.c - sets of 128-bit keys as sorted, disjoint intervals
 */
#include "interval.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define MAPPED_IPV4 0xffff00000000ULL /* ::ffff:0:0/96 */

static uint64_t big_endian(const uint8_t *bytes, size_t count)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

struct key key_from_ipv6(const void *bytes)
{
	return (struct key){.high = big_endian(bytes, 8), .low = big_endian((const uint8_t *)bytes + 8, 8)};
}

struct key key_from_ipv4(const void *bytes)
{
	return key_of(MAPPED_IPV4 | big_endian(bytes, 4));
}

struct key key_from_device(const char *name)
{
	uint8_t padded[16] = {0};

	memcpy(padded, name, strnlen(name, 15));
	return key_from_ipv6(padded);
}

bool key_is_ipv4(struct key address)
{
	return !address.high && address.low >> 32 == MAPPED_IPV4 >> 32;
}

size_t key_to_address(struct key address, uint8_t bytes[16])
{
	size_t count = key_is_ipv4(address) ? 4 : 16;

	for (size_t i = 0; i < count; i++) {
		size_t shift = 8 * (count - 1 - i);

		bytes[i] = (uint8_t)(shift < 64 ? address.low >> shift : address.high >> (shift - 64));
	}
	return count;
}

const char *key_address_text(struct key address, char text[46])
{
	uint8_t bytes[16];
	size_t count = key_to_address(address, bytes);

	return inet_ntop(count == 4 ? AF_INET : AF_INET6, bytes, text, 46);
}

struct key key_next(struct key key)
{
	key.low++;
	key.high += !key.low;
	return key;
}

struct key key_previous(struct key key)
{
	key.high -= !key.low;
	key.low--;
	return key;
}

static int by_first(const void *a, const void *b)
{
	return key_compare(((const struct interval *)a)->first, ((const struct interval *)b)->first);
}

/* b, which does not start before a, overlaps a or begins right behind it. */
static bool joins(const struct interval *a, const struct interval *b)
{
	return key_compare(b->first, a->last) <= 0 || key_equal(b->first, key_next(a->last));
}

size_t intervals_normalise(struct interval *at, size_t count)
{
	size_t last = 0;

	if (!count)
		return 0;
	qsort(at, count, sizeof *at, by_first);
	for (size_t i = 1; i < count; i++) {
		if (!joins(&at[last], &at[i]))
			at[++last] = at[i];
		else if (key_compare(at[i].last, at[last].last) > 0)
			at[last].last = at[i].last;
	}
	return last + 1;
}

/* The last interval that does not begin behind key; NULL if all do. */
static const struct interval *at_or_before(const struct interval_set *set, struct key key)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key_compare(set->at[middle].first, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &set->at[low - 1] : NULL;
}

bool interval_set_has(const struct interval_set *set, struct key key)
{
	const struct interval *found = at_or_before(set, key);

	return found && key_compare(key, found->last) <= 0;
}

bool interval_set_covers(const struct interval_set *a, const struct interval_set *b)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct interval *found = at_or_before(a, b->at[i].first);

		if (!found || key_compare(b->at[i].last, found->last) > 0)
			return false;
	}
	return true;
}
