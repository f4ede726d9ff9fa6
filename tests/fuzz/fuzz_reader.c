/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_reader.c - any reads of any lengths, beside a model that counts
 *
 * The input is a list of reads: one byte chooses which, one gives the length. They are done on a window over the
 * input itself, open or closed by the first byte.
 */
#include <stdlib.h>

#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct model {
	size_t at, end;
	bool open;
	enum tri state;
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* What n bytes are worth, byte by byte. */
static uint64_t number(const uint8_t *data, size_t at, size_t n, bool little)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)data[at + i] << 8 * (little ? i : n - 1 - i);
	return value;
}

/* Takes n bytes off the model; false: it could not. */
static bool take(struct model *m, size_t n)
{
	if (m->state != TRI_YES)
		return false;
	if (n > m->end - m->at) {
		m->state = m->open ? TRI_MORE : TRI_NO;
		return false;
	}
	m->at += n;
	return true;
}

static void do_number(struct reader *r, struct model *m, const uint8_t *data, size_t n, bool little)
{
	size_t at = m->at;
	uint64_t got = little ? reader_le(r, n) : reader_uint(r, n);

	require(got == (take(m, n) ? number(data, at, n, little) : 0));
}

static void do_expect(struct reader *r, struct model *m, const uint8_t *data, size_t n)
{
	size_t here = m->state != TRI_YES ? 0 : n < m->end - m->at ? n : m->end - m->at;

	if (here && memcmp(data + m->at, data, here) != 0)
		m->state = TRI_NO;
	reader_expect(r, data, n); /* the input's own beginning */
	take(m, n);
}

/* Reads on inside the sub-window for the rest of the input. */
static void do_sub(struct reader *r, struct model *m, size_t n)
{
	struct reader sub = reader_sub(r, n);
	struct model was = *m;

	if (was.state == TRI_YES && n > was.end - was.at && was.open) {
		m->at = m->end; /* without a fault */
		require(sub.open && reader_left(&sub) == was.end - was.at);
	} else if (take(m, n)) {
		require(!sub.open && reader_left(&sub) == n);
		m->at = was.at;
		m->end = was.at + n;
		m->open = false;
		*r = sub;
	}
}

static void step(struct reader *r, struct model *m, const uint8_t *data, size_t size, uint8_t op, size_t n)
{
	switch (op & 7) {
	case 0:
	case 1:
		do_number(r, m, data, n % 8 + 1, op & 1);
		break;
	case 2:
		require((reader_bytes(r, n) != NULL) == take(m, n));
		break;
	case 3:
		do_expect(r, m, data, n < size ? n : size);
		break;
	case 4:
		do_sub(r, m, n);
		break;
	case 5:
		reader_require(r, op & 8);
		if (m->state == TRI_YES && !(op & 8))
			m->state = TRI_NO;
		break;
	default:
		reader_skip(r, n);
		take(m, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool open = size && data[0] & 1;
	struct reader r = reader_over(data, size, open);
	struct model m = {.end = size, .open = open, .state = TRI_YES};

	for (size_t i = 1; i + 1 < size; i += 2) {
		step(&r, &m, data, size, data[i], data[i + 1]);
		require(reader_state(&r) == m.state);
		require(reader_left(&r) == (m.state == TRI_YES ? m.end - m.at : 0));
		require(reader_at_end(&r) == (m.state == TRI_YES && m.at == m.end && !m.open));
	}
	return 0;
}
