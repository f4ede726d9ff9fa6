/* SPDX-License-Identifier: GPL-2.0-or-later
 * http2.c - the beginning of an HTTP/2 connection
 *
 * Sources: RFC 9113 3.4 (preface), 4.1 and 6 (frames), 8.3.1 (pseudo-header fields); RFC 7541 (HPACK).
 *
 * Only the first header block is read, when the dynamic table is empty, so only the static one is needed, and of
 * that only the names that can give host and path.
 */
#include "http2.h"

enum {
	FRAME_HEADERS = 1,
	FLAG_PADDED = 0x08,
	FLAG_PRIORITY = 0x20,
	FRAME_MAX = 16384,
	FRAMES_MAX = 32,
	FIELDS_MAX = 256,
	STATIC_AUTHORITY = 1,
	STATIC_PATH = 4,
	STATIC_PATH_INDEX = 5,
	STATIC_HOST = 38,
	TEXT_MAX = FACTS_PATH_MAX,
	HUFFMAN_BITS_MAX = 15,
};

enum tri http2_preface(struct reader *r)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

	reader_expect(r, preface, sizeof preface - 1);
	return reader_state(r);
}

/* RFC 7541 appendix B is a canonical code, so the symbols of each length in order say it all. Those of more than
 * 15 bits stand for bytes that no name and no path has. */
static const struct {
	uint8_t bits, count;
	const char *symbols;
} huffman[] = {
	{5, 10, "012aceiost"},
	{6, 26, " %-./3456789=A_bdfghlmnpru"},
	{7, 32, ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz"},
	{8, 6, "&*,;XZ"},
	{10, 5, "!\"()?"},
	{11, 3, "'+|"},
	{12, 2, "#>"},
	{13, 6, "\0$@[]~"},
	{14, 2, "^}"},
	{15, 3, "<`{"},
};

/* The symbol whose code is the first bits of window (left-aligned in 32 bits); its length goes to *bits. -1: none.
 */
static int huffman_symbol(uint32_t window, unsigned *bits)
{
	uint32_t first = 0;

	*bits = 0;
	for (size_t i = 0; i < sizeof huffman / sizeof *huffman; i++) {
		uint32_t index;

		first <<= huffman[i].bits - *bits;
		*bits = huffman[i].bits;
		index = (window >> (32 - *bits)) - first;
		if (index < huffman[i].count)
			return (uint8_t)huffman[i].symbols[index];
		first += huffman[i].count;
	}
	return -1;
}

/* Decodes as much as fits into text; returns its length, 0 for what is not text. */
static size_t huffman_decode(const uint8_t *data, size_t len, char *text, size_t size)
{
	size_t bit = 0, used = 0;

	while (bit < 8 * len && used < size) {
		uint64_t window = 0;
		unsigned bits;
		int symbol;

		for (size_t i = 0; i < 5; i++) /* beyond the end: the padding's ones */
			window = window << 8 | (bit / 8 + i < len ? data[bit / 8 + i] : 0xff);
		symbol = huffman_symbol((uint32_t)(window >> (8 - bit % 8)), &bits);
		if (symbol < 0 || bit + bits > 8 * len)
			return 8 * len - bit < 8 ? used : 0;
		text[used++] = (char)symbol;
		bit += bits;
	}
	return used;
}

/* RFC 7541 5.1: an integer whose first byte, with other bits above, has been read. */
static uint32_t read_integer(struct reader *r, uint8_t first, unsigned prefix)
{
	uint32_t max = (1U << prefix) - 1, value = first & max;

	for (unsigned shift = 0; value >= max && shift <= 14; shift += 7) {
		uint8_t byte = reader_u8(r);

		value += (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
		reader_require(r, shift < 14);
	}
	return value;
}

/* RFC 7541 5.2: a string; returns its length in text. */
static size_t read_string(struct reader *r, char *text, size_t size)
{
	uint8_t first = reader_u8(r);
	uint32_t len = read_integer(r, first, 7);
	const uint8_t *data = reader_bytes(r, len);

	if (!data)
		return 0;
	if (first & 0x80)
		return huffman_decode(data, len, text, size);
	if (len > size)
		len = (uint32_t)size;
	memcpy(text, data, len);
	return len;
}

static bool named(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(text, name, len) == 0;
}

/* The index in the static table of the name that a literal field spells out; 0: none of ours. */
static uint32_t read_name(struct reader *r)
{
	char name[16];
	size_t len = read_string(r, name, sizeof name);

	if (named(name, len, ":authority"))
		return STATIC_AUTHORITY;
	if (named(name, len, ":path"))
		return STATIC_PATH;
	return named(name, len, "host") ? STATIC_HOST : 0;
}

/* RFC 7541 6: one field, or a change of the table's size. */
static void read_field(struct reader *r, struct facts *facts)
{
	uint8_t first = reader_u8(r);
	char text[TEXT_MAX];
	uint32_t index;
	size_t len;

	if (first & 0x80) {
		index = read_integer(r, first, 7);
		if (index == STATIC_PATH)
			facts_set_text(facts, FACT_PATH, "/", 1);
		if (index == STATIC_PATH_INDEX)
			facts_set_text(facts, FACT_PATH, "/index.html", 11);
		return;
	}
	if ((first & 0xe0) == 0x20) {
		read_integer(r, first, 5);
		return;
	}
	index = read_integer(r, first, first & 0x40 ? 6 : 4);
	if (index == 0)
		index = read_name(r);
	len = read_string(r, text, sizeof text);
	if (!reader_ok(r) || !len)
		return;
	if ((index == STATIC_AUTHORITY || index == STATIC_HOST) && fact_open(facts, FACT_HOST))
		facts_set_host(facts, text, len);
	if (index == STATIC_PATH || index == STATIC_PATH_INDEX)
		facts_set_text(facts, FACT_PATH, text, len);
}

static void read_headers(struct reader frame, uint8_t flags, struct facts *facts)
{
	if (flags & FLAG_PADDED)
		reader_skip(&frame, 1); /* what is padded stands at the end and reads as no field of ours */
	if (flags & FLAG_PRIORITY)
		reader_skip(&frame, 5);
	for (unsigned i = 0; i < FIELDS_MAX && reader_left(&frame); i++)
		read_field(&frame, facts);
}

enum tri http2_request(struct reader frames, struct facts *facts)
{
	for (unsigned i = 0; i < FRAMES_MAX; i++) {
		uint32_t len = reader_u24(&frames);
		uint8_t type = reader_u8(&frames), flags = reader_u8(&frames);
		struct reader payload;

		reader_skip(&frames, 4);
		reader_require(&frames, len <= FRAME_MAX);
		payload = reader_sub(&frames, len);
		if (reader_state(&frames) == TRI_NO)
			break;
		if (!reader_ok(&payload) || payload.open)
			return TRI_MORE;
		if (type == FRAME_HEADERS) {
			read_headers(payload, flags, facts);
			break;
		}
	}
	return TRI_YES;
}
