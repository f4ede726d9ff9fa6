/* SPDX-License-Identifier: GPL-2.0-or-later
 * reader.h - the only way to touch bytes that came from the network
 *
 * A reader is a window over bytes it does not own. Every read is checked; the first read past the end sets the
 * fault and it sticks: all later reads give 0 or NULL, so a parser reads on in a straight line and asks once,
 * with reader_state(), whether what it read is to be believed.
 *
 * A window is open when more bytes may still arrive behind it (the prefix of a TCP stream) and closed when they
 * cannot (a datagram, a length-delimited field that is wholly here). Running out of an open window means
 * TRI_MORE, out of a closed one TRI_NO. Multi-byte numbers are in network byte order unless the name says "le".
 */
#ifndef NFQROUTE_READER_H
#define NFQROUTE_READER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tri.h"

struct reader {
	const uint8_t *at;  /* next byte to be read */
	const uint8_t *end; /* one past the last byte that is here */
	bool open;          /* more may come behind end */
	enum tri state;     /* TRI_YES until the first fault, then what the fault means */
};

/* A window over the len bytes at data, which must outlive it. data may be NULL if len is 0. */
static inline struct reader reader_over(const void *data, size_t len, bool open)
{
	static const uint8_t nothing[1];
	const uint8_t *at = data ? data : nothing;

	return (struct reader){.at = at, .end = at + (data ? len : 0), .open = open, .state = TRI_YES};
}

/* TRI_YES: all reads so far were good; TRI_MORE: one ran out of an open window; TRI_NO: one cannot succeed. */
static inline enum tri reader_state(const struct reader *r)
{
	return r->state;
}

static inline bool reader_ok(const struct reader *r)
{
	return r->state == TRI_YES;
}

/* Bytes that are here and not yet read; 0 after a fault. */
static inline size_t reader_left(const struct reader *r)
{
	return reader_ok(r) ? (size_t)(r->end - r->at) : 0;
}

/* Nothing is left and nothing can come. */
static inline bool reader_at_end(const struct reader *r)
{
	return reader_ok(r) && r->at == r->end && !r->open;
}

/* The parser itself found the bytes wrong (a bad version, a bad length): TRI_NO from now on. */
static inline void reader_fail(struct reader *r)
{
	r->state = TRI_NO;
}

/* Fails the reader unless the condition holds; a fault that came first (TRI_MORE) stays. */
static inline void reader_require(struct reader *r, bool condition)
{
	if (reader_ok(r) && !condition)
		reader_fail(r);
}

/* All that is here and not yet read must be n bytes; or at least n. For lengths that say how much follows: in a
 * condition of its own the length might be read behind the rest, in whichever order the compiler likes. */
static inline void reader_rest_is(struct reader *r, size_t n)
{
	reader_require(r, reader_left(r) == n);
}

static inline void reader_rest_has(struct reader *r, size_t n)
{
	reader_require(r, reader_left(r) >= n);
}

/* The next n bytes, which stay owned by whoever owns the window; NULL on a fault. */
static inline const uint8_t *reader_bytes(struct reader *r, size_t n)
{
	const uint8_t *at = r->at;

	if (!reader_ok(r))
		return NULL;
	if (n > (size_t)(r->end - r->at)) {
		r->state = r->open ? TRI_MORE : TRI_NO;
		return NULL;
	}
	r->at += n;
	return at;
}

static inline void reader_skip(struct reader *r, size_t n)
{
	(void)reader_bytes(r, n);
}

/* An unsigned number of n (1 to 8) bytes in network byte order; 0 on a fault. */
static inline uint64_t reader_uint(struct reader *r, size_t n)
{
	const uint8_t *at = reader_bytes(r, n);
	uint64_t value = 0;

	for (size_t i = 0; at && i < n; i++)
		value = value << 8 | at[i];
	return value;
}

/* The usual sizes, written out: compilers make one load of them. */
static inline uint8_t reader_u8(struct reader *r)
{
	const uint8_t *at = reader_bytes(r, 1);

	return at ? at[0] : 0;
}

static inline uint16_t reader_u16(struct reader *r)
{
	const uint8_t *at = reader_bytes(r, 2);

	return at ? (uint16_t)(at[0] << 8 | at[1]) : 0;
}

static inline uint32_t reader_u24(struct reader *r)
{
	const uint8_t *at = reader_bytes(r, 3);

	return at ? (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2] : 0;
}

static inline uint32_t reader_u32(struct reader *r)
{
	const uint8_t *at = reader_bytes(r, 4);

	return at ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3] : 0;
}

static inline uint64_t reader_u64(struct reader *r)
{
	const uint8_t *at = reader_bytes(r, 8);

	return at ? (uint64_t)at[0] << 56 | (uint64_t)at[1] << 48 | (uint64_t)at[2] << 40 | (uint64_t)at[3] << 32 |
			    (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 | (uint64_t)at[6] << 8 | at[7] :
		    0;
}

/* An unsigned number of n (1 to 8) bytes in little-endian order; 0 on a fault. */
static inline uint64_t reader_le(struct reader *r, size_t n)
{
	const uint8_t *at = reader_bytes(r, n);
	uint64_t value = 0;

	for (size_t i = n; at && i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

/* A number of n (1 to 4) bytes in network byte order that is required to be low to high; 0 on a fault. Over an open
 * window it fails as soon as no number that begins with the bytes here can be. */
static inline uint32_t reader_within(struct reader *r, size_t n, uint32_t low, uint32_t high)
{
	size_t left = reader_left(r), missing = left < n ? n - left : 0;
	struct reader here = *r;
	uint64_t least = reader_uint(&here, n - missing) << 8 * missing;
	uint64_t most = least | ((1ULL << 8 * missing) - 1);

	reader_require(r, least <= high && most >= low);
	reader_skip(r, n);
	return reader_ok(r) ? (uint32_t)least : 0;
}

/* Reads len bytes and requires them to equal those at expected. Over an open window a prefix that already
 * differs is TRI_NO at once: nothing that follows could mend it. */
static inline void reader_expect(struct reader *r, const void *expected, size_t len)
{
	size_t here = reader_left(r) < len ? reader_left(r) : len;

	/* An empty window may have no bytes to point to, another has:
	 * NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
	if (reader_ok(r) && here && memcmp(r->at, expected, here) != 0)
		reader_fail(r);
	reader_skip(r, len);
}

/* A window of the next n bytes, and r moves behind them. If fewer are here and r is open, the sub-window holds
 * what there is and is open, so that it can be parsed as far as it goes, and r stands at its end, still without
 * a fault: its next read says TRI_MORE. If fewer are here and r is closed, both are faulty. */
static inline struct reader reader_sub(struct reader *r, size_t n)
{
	size_t left = reader_left(r);
	struct reader sub = *r;

	if (!reader_ok(r))
		return sub;
	if (n <= left) {
		sub.end = sub.at + n;
		sub.open = false;
		r->at += n;
		return sub;
	}
	if (!r->open) {
		reader_fail(r);
		return *r;
	}
	r->at = r->end;
	return sub;
}

#endif
