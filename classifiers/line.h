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
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): what has bytes left points to them */
	uint8_t first = left ? line_fold(*r->at) : 0;
	bool cut = false;

	if (!reader_ok(r))
		return -1;
	for (int i = 0; words[i]; i++) {
		size_t len;

		if (left && first != line_fold((uint8_t)*words[i]))
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
	if (cut)
		reader_skip(r, left + 1);
	reader_require(r, false);
	return -1;
}

/* A byte that text does not have: any control character but tab, CR and LF. */
static inline bool line_is_control(uint8_t c)
{
	return c < 0x20 ? c != '\t' && c != '\r' && c != '\n' : c == 0x7f;
}

/* One of the n bytes is such a byte. */
static inline bool line_has_control(const uint8_t *at, size_t n)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x80 * ones;
	size_t i = 0;

	for (uint64_t word; n - i >= sizeof word; i += sizeof word) {
		uint64_t low, deleted;

		memcpy(&word, at + i, sizeof word);
		/* the top bits of the bytes below 0x20 (none is missed; one above such a byte may be told with it), of 0x7f */
		low = (word - 0x20 * ones) & ~word & tops;
		deleted = word ^ 0x7f * ones;
		deleted = (deleted - ones) & ~deleted & tops;
		for (size_t j = 0; (low | deleted) && j < sizeof word; j++)
			if (line_is_control(at[i + j]))
				return true;
	}
	for (; i < n; i++)
		if (line_is_control(at[i]))
			return true;
	return false;
}

/* What line_until() and line_next() do; with ends, the end of a closed window is as good as the stop byte. */
static inline struct reader line_take(struct reader *r, uint8_t stop, size_t max, bool ends)
{
	size_t left = reader_left(r), most = left < max ? left : max, n;
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): what has bytes left points to them */
	const uint8_t *found = most ? memchr(r->at, stop, most) : NULL;
	struct reader token = *r;

	n = found ? (size_t)(found - r->at) : most;
	reader_require(r, n < max && !line_has_control(r->at, n));
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

/* The first byte from at to last (inside) that is c, a letter of either case; NULL: there is none. */
static inline const uint8_t *line_find(const uint8_t *at, const uint8_t *last, uint8_t c)
{
	uint8_t lower = line_fold(c), upper = lower >= 'a' && lower <= 'z' ? lower & 0xdf : lower;
	const uint8_t *found = memchr(at, lower, (size_t)(last - at) + 1), *other;

	if (upper == lower)
		return found;
	other = memchr(at, upper, (size_t)((found ? found : last) - at) + 1);
	return other ? other : found;
}

/* The text, letters of either case, stands somewhere in what is left of the window. */
static inline bool line_has(const struct reader *line, const char *text)
{
	size_t len = strlen(text), left = reader_left(line);
	const uint8_t *last = left >= len ? line->at + (left - len) : NULL;

	for (const uint8_t *at = line->at; last && at <= last; at++) {
		at = line_find(at, last, (uint8_t)*text);
		if (!at)
			return false;
		if (line_same(at, text, len))
			return true;
	}
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
	if (reader_ok(&r) && texts) {
		line = line_next(&r, 1024);
		reader_require(&r, line_has_any(&line, texts));
	}
	return reader_state(&r);
}

/* The server greets, and says which protocol it is by its own name, or the client by a command that others lack. */
static inline enum tri line_greeted(const struct view *view, const char *const *greetings,
				    const char *const *own_names, const char *const *commands)
{
	enum tri greeted = line_opens(view->server, greetings, NULL), named;

	if (greeted == TRI_NO)
		return TRI_NO;
	named = line_opens(view->server, greetings, own_names);
	return named == TRI_YES ? named :
				  tri_or(named, tri_and(greeted, line_opens(view->client, commands, NULL)));
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
