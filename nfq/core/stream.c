/* SPDX-License-Identifier: GPL-2.0-or-later
 * stream.c - the first bytes of one side of a TCP connection, in order
 */
#include "stream.h"

#include <string.h>

#define NEAR (1U << 30)

void stream_start(struct stream *stream, uint32_t first)
{
	stream->start = first;
	stream->started = true;
}

bool stream_near(const struct stream *stream, uint32_t seq)
{
	return seq - stream->start + NEAR < 2 * NEAR;
}

/* Copies the bytes of [from, to) that are not there yet; data is the byte at offset from. */
static void fill(struct stream *s, uint32_t from, uint32_t to, const uint8_t *data)
{
	uint32_t at = from;

	for (unsigned i = 0; i < s->islands && at < to; i++) {
		uint32_t stop = s->island[i].from < to ? s->island[i].from : to;

		if (at < stop)
			memcpy(s->buffer + at, data + (at - from), stop - at);
		if (at < s->island[i].to)
			at = s->island[i].to;
	}
	if (at < to)
		memcpy(s->buffer + at, data + (at - from), to - at);
}

/* Adds [from, to) to the islands, joining those it touches. The spare one has room for it. */
static void note(struct stream *s, uint32_t from, uint32_t to)
{
	unsigned first = 0, behind;

	while (first < s->islands && s->island[first].to < from)
		first++;
	for (behind = first; behind < s->islands && s->island[behind].from <= to; behind++) {
		from = s->island[behind].from < from ? s->island[behind].from : from;
		to = s->island[behind].to > to ? s->island[behind].to : to;
	}
	memmove(&s->island[first + 1], &s->island[behind], (s->islands - behind) * sizeof s->island[0]);
	s->islands = (uint8_t)(s->islands - (behind - first) + 1);
	s->island[first] = (struct island){.from = (uint16_t)from, .to = (uint16_t)to};
}

/* An island that touches the prefix becomes part of it; of too many, the farthest is forgotten. */
static void settle(struct stream *s)
{
	if (s->islands && s->island[0].from <= s->length) {
		s->length = s->island[0].to;
		s->islands--;
		memmove(&s->island[0], &s->island[1], s->islands * sizeof s->island[0]);
	}
	if (s->islands > STREAM_ISLANDS)
		s->islands = STREAM_ISLANDS;
}

/* Bytes of the buffer that matter. */
static uint32_t extent(const struct stream *s)
{
	return s->islands ? s->island[s->islands - 1].to : s->length;
}

bool stream_add(struct stream *s, struct pool *pool, uint32_t limit, uint32_t seq, const uint8_t *data, uint32_t len)
{
	int64_t offset = (int32_t)(seq - s->start);
	uint32_t before = s->length, from, to;
	uint8_t *buffer;

	if (offset < s->length) { /* starts in what is there: only what is new */
		int64_t skip = s->length - offset;

		if (skip >= len)
			return false;
		data += skip;
		len -= (uint32_t)skip;
		offset = s->length;
	}
	if (s->lost || !len || offset >= limit)
		return false;
	from = (uint32_t)offset;
	to = len > limit - from ? limit : from + len;
	buffer = pool_grow(pool, s->buffer, extent(s), to);
	if (!buffer) {
		s->lost = true;
		return false;
	}
	s->buffer = buffer;
	fill(s, from, to, data);
	note(s, from, to);
	settle(s);
	return s->length > before;
}

void stream_free(struct stream *s, struct pool *pool)
{
	pool_give(pool, s->buffer);
	*s = (struct stream){.start = s->start, .started = s->started};
}
