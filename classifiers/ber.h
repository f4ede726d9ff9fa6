/* SPDX-License-Identifier: GPL-2.0-or-later
 * ber.h - elements in ASN.1's basic encoding (X.690 section 8.1), nested
 *
 * Over an open window an element may not be wholly here, and a reader does not know how long it will be. What an
 * element has left is counted here, so that one that does not fit the element around it is refused at once.
 */
#ifndef NFQROUTE_BER_H
#define NFQROUTE_BER_H

#include "signature.h"

struct ber {
	struct reader r; /* what is here of the contents */
	size_t rest;     /* bytes of the contents behind r.at, here or to come */
};

static inline struct ber ber_over(struct reader r)
{
	return (struct ber){.r = r, .rest = r.open ? SIZE_MAX : reader_left(&r)};
}

/* The element with this tag that comes next in the one around it, which moves behind it. */
static inline struct ber ber_enter(struct ber *around, uint8_t tag)
{
	struct reader *r = &around->r;
	const uint8_t *start = r->at;
	size_t length, taken;

	reader_require(r, reader_u8(r) == tag);
	length = reader_u8(r);
	if (length >= 0x80) {
		reader_require(r, length > 0x80 && length <= 0x84);
		length = reader_ok(r) ? reader_uint(r, length & 0x7f) : 0;
	}
	taken = (size_t)(r->at - start);
	reader_require(r, taken <= around->rest && length <= around->rest - taken);
	if (reader_ok(r))
		around->rest -= taken + length;
	return (struct ber){.r = reader_sub(r, length), .rest = length};
}

/* The tag that comes next; 0 where there is none yet. */
static inline uint8_t ber_tag(const struct ber *around)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what has bytes left points to them */
	return reader_left(&around->r) ? *around->r.at : 0;
}

/* An element that holds one byte. */
static inline uint8_t ber_byte(struct ber *around, uint8_t tag)
{
	struct ber element = ber_enter(around, tag);
	uint8_t value = reader_u8(&element.r);

	reader_require(&element.r, element.rest == 1);
	if (!reader_ok(&element.r))
		around->r.state = reader_state(&element.r);
	return value;
}

#endif
