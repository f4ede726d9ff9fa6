/* SPDX-License-Identifier: GPL-2.0-or-later
 * line.h - reading protocols that are lines of text
 */
#ifndef NFQROUTE_LINE_H
#define NFQROUTE_LINE_H

#include "signature.h"

static inline uint8_t line_fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* The bytes at a and b are the same text, letters of either case. */
static inline bool line_same(const uint8_t *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line_fold(a[i]) != line_fold((uint8_t)b[i]))
			return false;
	return true;
}

/* Reads the one of the words (a list that ends with NULL, each with the delimiter behind it; letters of either
 * case) that stands here, and gives its index. Fails as soon as none can stand here any more, and then gives -1.
 */
static inline int line_keyword(struct reader *r, const char *const *words)
{
	size_t left = reader_left(r);
	bool cut = false;

	for (int i = 0; reader_ok(r) && words[i]; i++) {
		size_t len;

		if (left && line_fold(*r->at) != line_fold((uint8_t)*words[i]))
			continue; /* most words end here */
		len = strlen(words[i]);
		if (!line_same(r->at, words[i], len < left ? len : left))
			continue;
		if (len <= left) {
			reader_skip(r, len);
			return i;
		}
		cut = true;
	}
	if (reader_ok(r) && cut)
		reader_skip(r, left + 1);
	reader_require(r, false);
	return -1;
}

/* A byte that text does not have: any control character but tab, CR and LF. */
static inline bool line_is_control(uint8_t c)
{
	return c < 0x20 ? c != '\t' && c != '\r' && c != '\n' : c == 0x7f;
}

/* What line_until() and line_next() do; with ends, the end of a closed window is as good as the stop byte. */
static inline struct reader line_take(struct reader *r, uint8_t stop, size_t max, bool ends)
{
	size_t left = reader_left(r), n = 0;
	struct reader token = *r;

	for (; n < left && n < max && r->at[n] != stop; n++)
		if (line_is_control(r->at[n]))
			reader_fail(r);
	reader_require(r, n < max);
	reader_skip(r, ends && n == left && !r->open ? n : n + 1);
	token.end = token.at + n;
	token.open = false;
	token.state = reader_state(r);
	return token;
}

/* The window up to the first stop byte, which is read too. It comes within max bytes, and no control character but
 * tab, CR and LF before it. */
static inline struct reader line_until(struct reader *r, uint8_t stop, size_t max)
{
	return line_take(r, stop, max, false);
}

/* The next line without its CRLF or LF. The end of a closed window ends a line as well. */
static inline struct reader line_next(struct reader *r, size_t max)
{
	struct reader line = line_take(r, '\n', max, true);

	if (reader_left(&line) && line.end[-1] == '\r')
		line.end--;
	return line;
}

/* The text, letters of either case, stands somewhere in what is left of the window. */
static inline bool line_has(const struct reader *line, const char *text)
{
	size_t len = strlen(text);

	for (const uint8_t *at = line->at; reader_left(line) >= len && at + len <= line->end; at++)
		if (line_same(at, text, len))
			return true;
	return false;
}

/* The same for any text of a list that ends with NULL. */
static inline bool line_has_any(const struct reader *line, const char *const *texts)
{
	for (; *texts; texts++)
		if (line_has(line, *texts))
			return true;
	return false;
}

/* The window ends with the text, letters of either case. */
static inline bool line_ends(const struct reader *line, const char *text)
{
	size_t len = strlen(text);

	return reader_left(line) >= len && line_same(line->end - len, text, len);
}

/* The first line begins with one of the starts, and has one of the texts behind it (NULL: whatever it has). */
static inline enum tri line_opens(struct reader r, const char *const *starts, const char *const *texts)
{
	struct reader line;

	line_keyword(&r, starts);
	if (texts) {
		line = line_next(&r, 1024);
		reader_require(&r, line_has_any(&line, texts));
	}
	return reader_state(&r);
}

/* A decimal number of 1 to digits digits, at least one. The byte behind it is not read. */
static inline uint32_t line_number(struct reader *r, unsigned digits)
{
	uint32_t value = 0;
	unsigned n = 0;

	for (; n < digits && reader_left(r) && *r->at >= '0' && *r->at <= '9'; n++)
		value = value * 10 + (uint32_t)(reader_u8(r) - '0');
	if (!reader_left(r) && n < digits && !reader_at_end(r))
		reader_u8(r);
	reader_require(r, n > 0);
	return value;
}

#endif
