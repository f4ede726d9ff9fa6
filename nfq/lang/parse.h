/* SPDX-License-Identifier: GPL-2.0-or-later
 * parse.h - what the files of the parser share
 */
#ifndef NFQROUTE_PARSE_H
#define NFQROUTE_PARSE_H

#include "config.h"

#define NAME_MAX_LENGTH 63
#define PARSER_COMMENT "a comment begins with '#'"

struct parser {
	struct config *config;
	struct lexer lexer;
	struct token token; /* the one being looked at */
};

void parser_next(struct parser *parser);
bool parser_at_word(const struct parser *parser, const char *word);
/* The keyword that the present token is; NULL: it is none. */
const struct keyword *parser_keyword(const struct parser *parser);
/* At the end of a statement. */
bool parser_at_end(const struct parser *parser);
/* At a word, string or pattern. */
bool parser_at_value(const struct parser *parser);

/* At an operator of other rule languages: how what it says is written here. NULL: at none. */
const char *parser_operator(const struct parser *parser);

/* An error: the present token is not what can stand here; wanted says what can. */
struct diag *parser_unexpected(struct parser *parser, const char *wanted);

/* Made of what names are made of. */
bool parser_is_name(struct span at);

/* The name of something that is being defined. false: there is none, and it has been said. */
bool parser_name(struct parser *parser, const char *what, struct token *name);

/* From '{' to '}'. */
struct block {
	struct token open;
	bool closed; /* its '}' has been seen ahead */
	bool lost;   /* it has none: another statement begins, and that has been said */
};

/* '{', which may stand on the next line. false: there is none, and it has been said. */
bool parser_open(struct parser *parser, struct block *block, const char *what);
/* Neither at the '}' nor behind the end of the block. */
bool parser_within(const struct parser *parser, const struct block *block);
/* Moves behind the end of a line in the block, but not into a statement. */
void parser_line(struct parser *parser, struct block *block);
/* '}'; says so if the file ends before it. */
void parser_close(struct parser *parser, const struct block *block);

/* One value at the present token, which it moves behind. NULL: there is none. */
struct value_node *parser_value(struct parser *parser);

/* "{ VALUE, ... }" at whose '{' the parser stands; its place goes to *at. NULL: it is empty, or an error was said. */
struct value_node *parser_list(struct parser *parser, struct span *at);

/* "gateway NAME { ... }", "group NAME { ... }" (parse_block.c) and a rule (parse_rule.c), up to the end of the
 * statement. false: something was wrong and has been said; the rest of the statement is to be skipped. */
bool parse_gateway(struct parser *parser);
bool parse_group(struct parser *parser);
bool parse_rule(struct parser *parser);

#endif
