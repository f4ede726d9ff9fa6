/* SPDX-License-Identifier: GPL-2.0-or-later
 * lexer.h - from the text of a rule file to words, each with its place
 *
 * A token is a stretch of the source; nothing is copied. A lexer is a plain value: keep a copy to look ahead.
 */
#ifndef NFQROUTE_LEXER_H
#define NFQROUTE_LEXER_H

#include "diag.h"

enum token_kind {
	TOKEN_WORD,    /* anything between blanks and punctuation: names, numbers, addresses, globs */
	TOKEN_STRING,  /* "..." with \" and \\ in it; the stretch has the quotes */
	TOKEN_PATTERN, /* /regex/flags; the stretch has the slashes and flags */
	TOKEN_OPEN,    /* { */
	TOKEN_CLOSE,   /* } */
	TOKEN_COMMA,
	TOKEN_END, /* a newline or ';': a statement ends here */
	TOKEN_EOF,
	TOKEN_BAD, /* a byte that cannot stand in a rule file, or a string without its end */
};

struct token {
	enum token_kind kind;
	struct span at;
	unsigned line;
};

struct lexer {
	const struct source *source;
	size_t at;
	unsigned line;
};

/* The text is in UTF-16, as some editors write it. */
bool source_is_utf16(const struct source *source);

struct lexer lexer_over(const struct source *source);
struct token lexer_next(struct lexer *lexer);

static inline const char *span_text(struct span span)
{
	return span.source->text + span.start;
}

/* The stretch is exactly this word. */
bool span_is(struct span span, const char *word);

/* What is in the stretch that looks like a plain character but is another, as copying from a text brings it in: a
 * hint. NULL: nothing. */
const char *span_lookalike(struct span span);

/* From the start of a to the end of b, which are in one source. */
struct span span_join(struct span a, struct span b);

/* For "%.*s"; what is absurdly long is cut. */
#define SPAN_SHOWN_MAX 64
#define SPAN_ARG(span) (int)((span).length < SPAN_SHOWN_MAX ? (span).length : SPAN_SHOWN_MAX), span_text(span)

#endif
