/* SPDX-License-Identifier: GPL-2.0-or-later
 * http_text.h - the lines of an HTTP message, and what stands in them; letters of either case
 */
#ifndef NFQROUTE_HTTP_TEXT_H
#define NFQROUTE_HTTP_TEXT_H

#include <stdbool.h>
#include <string.h>

#include "reader.h"

/* A piece of a line, not terminated. */
struct text {
	const uint8_t *at;
	size_t len;
};

static inline uint8_t fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static inline bool same(const uint8_t *at, const char *lower, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (fold(at[i]) != (uint8_t)lower[i])
			return false;
	return true;
}

/* Letters of either case; the second text is written in lower case. */
static inline bool equals(struct text text, const char *lower)
{
	return text.len == strlen(lower) && same(text.at, lower, text.len);
}

static inline bool begins(struct text text, const char *lower)
{
	return text.len >= strlen(lower) && same(text.at, lower, strlen(lower));
}

static inline bool ends(struct text text, const char *lower)
{
	size_t len = strlen(lower);

	return text.len >= len && same(text.at + text.len - len, lower, len);
}

static inline bool has(struct text text, const char *lower)
{
	for (; text.len >= strlen(lower); text.at++, text.len--)
		if (begins(text, lower))
			return true;
	return false;
}

static inline bool blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static inline struct text trim(struct text text)
{
	while (text.len && blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len && blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

/* The part before the first such byte; all if there is none. */
static inline struct text upto(struct text text, uint8_t stop)
{
	const uint8_t *at = text.len ? memchr(text.at, stop, text.len) : NULL;

	return (struct text){text.at, at ? (size_t)(at - text.at) : text.len};
}

static inline struct text behind(struct text text, size_t len)
{
	return (struct text){text.at + len, text.len - len};
}

/* The next line, without its CRLF or LF. */
static inline struct text read_line(struct reader *r)
{
	size_t left = reader_left(r);
	const uint8_t *lf = left ? memchr(r->at, '\n', left) : NULL;
	struct text line;

	if (!lf) {
		reader_skip(r, left + 1);
		return (struct text){0};
	}
	line.len = (size_t)(lf - r->at);
	line.at = reader_bytes(r, line.len + 1);
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

#endif
