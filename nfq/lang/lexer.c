/* SPDX-License-Identifier: GPL-2.0-or-later
 * lexer.c - from the text of a rule file to words
 */
#include "lexer.h"

#include <string.h>

struct lexer lexer_over(const struct source *source)
{
	bool mark =
		source->length >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0; /* UTF-8 byte order mark */

	return (struct lexer){.source = source, .at = mark ? 3 : 0, .line = 1};
}

bool source_is_utf16(const struct source *source)
{
	return source->length >= 2 &&
	       (memcmp(source->text, "\xff\xfe", 2) == 0 || memcmp(source->text, "\xfe\xff", 2) == 0);
}

const char *span_lookalike(struct span span)
{
	static const struct {
		const char *bytes, *hint;
	} lookalikes[] = {
		{"\u00a0", "it holds a no-break space (U+00A0), which is not blank"},
		{"\u200b", "it holds a zero-width space (U+200B)"},
		{"\ufeff", "it holds a byte order mark (U+FEFF)"},
		{"\u2013", "it holds a dash (U+2013); a range has a hyphen"},
		{"\u201c", "it holds a typographic quote (U+201C); quotes are \""},
		{"\u201d", "it holds a typographic quote (U+201D); quotes are \""},
		{"\u201e", "it holds a typographic quote (U+201E); quotes are \""},
	};

	for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++)
		if (memmem(span_text(span), span.length, lookalikes[i].bytes, strlen(lookalikes[i].bytes)))
			return lookalikes[i].hint;
	return NULL;
}

bool span_is(struct span span, const char *word)
{
	return strlen(word) == span.length && memcmp(span_text(span), word, span.length) == 0;
}

struct span span_join(struct span a, struct span b)
{
	a.length = b.start + b.length - a.start;
	return a;
}

/* The byte n behind the present one; 0 at the end of the text. */
static unsigned char peek(const struct lexer *lexer, size_t n)
{
	return lexer->at + n < lexer->source->length ? (unsigned char)lexer->source->text[lexer->at + n] : 0;
}

static bool at_end(const struct lexer *lexer)
{
	return lexer->at >= lexer->source->length;
}

static bool blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* A byte that can stand in a word. */
static bool in_word(unsigned char c)
{
	return c > ' ' && c != 0x7f && !strchr(",;{}\"", c);
}

/* How long a '\' and the end of its line are together; 0: it is no continuation. */
static size_t continuation(const struct lexer *lexer)
{
	if (peek(lexer, 0) != '\\')
		return 0;
	if (peek(lexer, 1) == '\n')
		return 2;
	return peek(lexer, 1) == '\r' && peek(lexer, 2) == '\n' ? 3 : 0;
}

static void skip_blanks(struct lexer *lexer)
{
	for (;;) {
		size_t joined = continuation(lexer);

		if (joined) {
			lexer->at += joined;
			lexer->line++;
		} else if (blank(peek(lexer, 0))) {
			lexer->at++;
		} else if (peek(lexer, 0) == '#') {
			while (!at_end(lexer) && peek(lexer, 0) != '\n')
				lexer->at++;
		} else {
			return;
		}
	}
}

/* The length of the string that begins here, quotes included; of one without an end, the rest of its line. */
static size_t string_length(const struct lexer *lexer, bool *closed)
{
	size_t i = 1;

	for (*closed = false; lexer->at + i < lexer->source->length && peek(lexer, i) != '\n'; i++) {
		unsigned char c = peek(lexer, i);

		*closed = c == '"';
		if (*closed)
			return i + 1;
		if (c == '\\' && (peek(lexer, i + 1) == '"' || peek(lexer, i + 1) == '\\'))
			i++;
	}
	return i;
}

/* The length of the /regex/flags that begins here; 0: it is a word that begins with '/'. The second slash that
 * has no '\' before it ends the regex, and only flags and a window "@0-63" may follow, up to the word's end: paths
 * such as /live/show are words. */
static size_t pattern_length(const struct lexer *lexer)
{
	size_t i = 1;

	while (peek(lexer, i) != '/') {
		if (peek(lexer, i) == '\\' && peek(lexer, i + 1) != '\n')
			i++;
		if (peek(lexer, i) == '\n' || lexer->at + i >= lexer->source->length)
			return 0;
		i++;
	}
	i++;
	while (peek(lexer, i) && strchr("isx", peek(lexer, i)))
		i++;
	if (peek(lexer, i) == '@')
		while (in_word(peek(lexer, i)))
			i++;
	return in_word(peek(lexer, i)) ? 0 : i;
}

static size_t word_length(const struct lexer *lexer)
{
	size_t i = 0;

	while (in_word(peek(lexer, i)))
		i++;
	return i;
}

static enum token_kind punctuation(unsigned char c)
{
	switch (c) {
	case '{':
		return TOKEN_OPEN;
	case '}':
		return TOKEN_CLOSE;
	case ',':
		return TOKEN_COMMA;
	case ';':
	case '\n':
		return TOKEN_END;
	default:
		return TOKEN_BAD;
	}
}

/* Kind and length of the token that begins here. */
static enum token_kind classify(const struct lexer *lexer, size_t *length)
{
	unsigned char c = peek(lexer, 0);
	bool closed;

	*length = c == '/' ? pattern_length(lexer) : 0;
	if (*length)
		return TOKEN_PATTERN;
	*length = c == '"' ? string_length(lexer, &closed) : 0;
	if (*length)
		return closed ? TOKEN_STRING : TOKEN_BAD;
	*length = word_length(lexer);
	if (*length)
		return TOKEN_WORD;
	*length = 1;
	return punctuation(c);
}

struct token lexer_next(struct lexer *lexer)
{
	struct token token = {.kind = TOKEN_EOF};
	size_t length = 0;

	skip_blanks(lexer);
	token.line = lexer->line;
	if (!at_end(lexer))
		token.kind = classify(lexer, &length);
	token.at = (struct span){.source = lexer->source, .start = lexer->at, .length = length};
	if (length && peek(lexer, 0) == '\n')
		lexer->line++;
	lexer->at += length;
	return token;
}
