/* SPDX-License-Identifier: GPL-2.0-or-later
 * literal.c - bytes that every match of a regular expression must contain
 *
 * Only what stands outside of all parentheses is looked at, and only where nothing is in doubt: alternatives
 * there, and constructs that change what letters mean, end the search without a result.
 */
#include "literal.h"

#include <string.h>

enum { RUN_MAX = 64 };

struct scan {
	const char *at, *end;
	uint8_t run[RUN_MAX]; /* bytes that follow each other */
	unsigned length;
	bool at_start; /* the run begins where the text does */
	uint64_t best;
	bool best_first;
	bool lost; /* something is in it that is not understood */
};

/* What one item of the regex is. */
enum item { ITEM_BYTE, ITEM_OTHER, ITEM_END };

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum item lose(struct scan *s)
{
	s->lost = true;
	return ITEM_END;
}

/* "\xHH" */
static enum item hex_byte(struct scan *s, uint8_t *byte)
{
	if (s->end - s->at < 2 || hex(s->at[0]) < 0 || hex(s->at[1]) < 0)
		return lose(s);
	*byte = (uint8_t)(hex(s->at[0]) << 4 | hex(s->at[1]));
	s->at += 2;
	return ITEM_BYTE;
}

/* Behind a backslash. */
static enum item escape(struct scan *s, uint8_t *byte)
{
	static const char letters[] = "nrtfea", values[] = "\n\r\t\f\x1b\a";
	char c = s->at < s->end ? *s->at++ : 0;
	const char *letter = c ? strchr(letters, c) : NULL;

	if (c == 'x')
		return hex_byte(s, byte);
	if (letter) {
		*byte = (uint8_t)values[letter - letters];
		return ITEM_BYTE;
	}
	if (c && strchr("dDwWsShHvVR", c))
		return ITEM_OTHER;
	if (!c || hex(c) >= 0 || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return lose(s); /* assertions, references, numbers, properties */
	*byte = (uint8_t)c;
	return ITEM_BYTE;
}

/* To behind the ']' of a class, whose '[' has been read. */
static void skip_class(struct scan *s)
{
	if (s->at < s->end && *s->at == '^')
		s->at++;
	if (s->at < s->end && *s->at == ']')
		s->at++;
	while (s->at < s->end && *s->at != ']') {
		if (*s->at == '[')
			s->lost = true; /* [:alpha:], perhaps */
		s->at += *s->at == '\\' ? 2 : 1;
	}
	s->at++;
}

/* To behind the ')' of a group, whose '(' has been read. */
static void skip_group(struct scan *s)
{
	for (unsigned depth = 1; depth && s->at < s->end;) {
		char c = *s->at++;

		if (c == '\\')
			s->at++;
		else if (c == '[')
			skip_class(s);
		else if (c == '(')
			depth++;
		else if (c == ')')
			depth--;
	}
}

static enum item next_item(struct scan *s, uint8_t *byte)
{
	char c = *s->at++;

	switch (c) {
	case '\\':
		return escape(s, byte);
	case '[':
		skip_class(s);
		return ITEM_OTHER;
	case '(':
		skip_group(s);
		return ITEM_OTHER;
	case '.':
	case '$':
		return ITEM_OTHER;
	case '|':
	case '^':
	case ')':
	case '*':
	case '+':
	case '?':
	case '{':
		return lose(s);
	default:
		*byte = (uint8_t)c;
		return ITEM_BYTE;
	}
}

/* Takes the best four bytes of the run: the first, and rather of the text's start. */
static void end_run(struct scan *s)
{
	if (s->length >= GRAM && (!s->best || s->at_start)) {
		s->best = gram_of(s->run);
		s->best_first = s->at_start;
	}
	s->length = 0;
	s->at_start = false;
}

/* Reads a quantifier. *least: how often the item stands there at least, 0 or 1; false: there is none. */
static bool quantifier(struct scan *s, unsigned *least)
{
	if (s->at >= s->end || !strchr("?*+{", *s->at))
		return false;
	*least = *s->at == '+';
	if (*s->at == '{') {
		const char *close = memchr(s->at, '}', (size_t)(s->end - s->at));

		s->lost |= !close;
		s->at = close ? close : s->end - 1;
	}
	s->at++;
	if (s->at < s->end && (*s->at == '?' || *s->at == '+')) /* lazy, possessive */
		s->at++;
	return true;
}

static void add(struct scan *s, uint8_t byte)
{
	if (s->length < RUN_MAX)
		s->run[s->length++] = byte;
}

static bool has_odd_group(const char *regex, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (regex[i] == '(' &&
		    (regex[i + 1] == '*' || (regex[i + 1] == '?' && (i + 2 >= len || regex[i + 2] != ':'))))
			return true;
	return false;
}

uint64_t literal_gram(const char *regex, size_t len, bool *first)
{
	struct scan s = {.at = regex, .end = regex + len};
	unsigned least;
	uint8_t byte = 0;

	*first = false;
	if (has_odd_group(regex, len))
		return 0;
	if (len && *regex == '^') {
		s.at_start = true;
		s.at++;
	}
	while (s.at < s.end && !s.lost) {
		enum item item = next_item(&s, &byte);
		bool repeated = quantifier(&s, &least);

		if (item == ITEM_BYTE && (!repeated || least))
			add(&s, byte);
		if (item != ITEM_BYTE || repeated)
			end_run(&s);
	}
	end_run(&s);
	if (s.lost)
		return 0;
	*first = s.best_first;
	return s.best;
}
