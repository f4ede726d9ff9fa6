/* SPDX-License-Identifier: GPL-2.0-or-later
 * parse.c - from words to the tree: statements, and what their parts are made of
 *
 * Recursive descent over one token of lookahead, and never deeper than a block in a statement. After an error the
 * rest of the statement (in a block: of the line) is skipped, and reading goes on.
 */
#include "parse.h"

#include <string.h>

#include "option.h"
#include "suggest.h"

void parser_next(struct parser *parser)
{
	parser->token = lexer_next(&parser->lexer);
}

bool parser_at_word(const struct parser *parser, const char *word)
{
	return parser->token.kind == TOKEN_WORD && span_is(parser->token.at, word);
}

const struct keyword *parser_keyword(const struct parser *parser)
{
	for (size_t i = 0; parser->token.kind == TOKEN_WORD && keywords[i]; i++)
		if (span_is(parser->token.at, keywords[i]->name))
			return keywords[i];
	return NULL;
}

bool parser_at_end(const struct parser *parser)
{
	return parser->token.kind == TOKEN_END || parser->token.kind == TOKEN_EOF;
}

bool parser_at_value(const struct parser *parser)
{
	return parser->token.kind == TOKEN_WORD || parser->token.kind == TOKEN_STRING ||
	       parser->token.kind == TOKEN_PATTERN;
}

const char *parser_operator(const struct parser *parser)
{
	char first = parser->token.kind == TOKEN_WORD ? *span_text(parser->token.at) : '\0';

	if (first == '!')
		return "write 'not' before the keyword";
	return first == '=' ? "the value follows the keyword at once" : NULL;
}

/* The first of token and those behind it that is no end of a line; ahead is left behind it. */
static struct token behind_newlines(struct lexer *ahead, struct token token)
{
	while (token.kind == TOKEN_END && *span_text(token.at) == '\n')
		token = lexer_next(ahead);
	return token;
}

/* Moves to a '{' on one of the next lines. */
static void seek_open(struct parser *parser)
{
	struct lexer ahead = parser->lexer;
	struct token token = behind_newlines(&ahead, parser->token);

	if (token.kind != TOKEN_OPEN)
		return;
	parser->lexer = ahead;
	parser->token = token;
}

/* A word that begins a statement. */
static bool begins_statement(const struct parser *parser)
{
	static const char *const words[] = {"option", "set", "gateway", "group", "not", "via"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (parser_at_word(parser, words[i]))
			return true;
	return parser_keyword(parser) != NULL;
}

/* The next brace is a '}'. */
static bool closes_next(const struct parser *parser)
{
	struct lexer ahead = parser->lexer;
	struct token token = parser->token;

	while (token.kind != TOKEN_OPEN && token.kind != TOKEN_CLOSE && token.kind != TOKEN_EOF)
		token = lexer_next(&ahead);
	return token.kind == TOKEN_CLOSE;
}

/* Skips the rest of the statement; a block that was opened in it goes with it. */
static void skip_statement(struct parser *parser)
{
	unsigned depth = 0;

	while (parser->token.kind != TOKEN_EOF) {
		if (parser->token.kind == TOKEN_END && !depth)
			return;
		depth += parser->token.kind == TOKEN_OPEN;
		depth -= parser->token.kind == TOKEN_CLOSE && depth;
		parser_next(parser);
	}
}

struct diag *parser_unexpected(struct parser *parser, const char *wanted)
{
	struct token token = parser->token;
	bool string = token.kind == TOKEN_BAD && span_text(token.at)[0] == '"';
	struct diag *diag;

	if (string)
		diag = ERROR(parser->config, token.at, "the string has no end");
	else if (token.kind == TOKEN_BAD)
		diag = ERROR(parser->config, token.at, "byte 0x%02x cannot stand here",
			     (unsigned char)span_text(token.at)[0]);
	else if (token.kind == TOKEN_EOF)
		diag = ERROR(parser->config, token.at, "the file ends here");
	else if (token.kind == TOKEN_END)
		diag = ERROR(parser->config, token.at, "the statement ends here");
	else
		diag = ERROR(parser->config, token.at, "unexpected '%.*s'", SPAN_ARG(token.at));
	if (string)
		wanted = "it ends with a '\"' in the same line";
	else if (token.kind == TOKEN_PATTERN && strchr("/*", span_text(token.at)[1]))
		wanted = PARSER_COMMENT;
	diag_hint(diag, "%s", wanted);
	return diag;
}

bool parser_open(struct parser *parser, struct block *block, const char *what)
{
	seek_open(parser);
	*block = (struct block){.open = parser->token};
	if (parser->token.kind != TOKEN_OPEN) {
		parser_unexpected(parser, what);
		return false;
	}
	parser_next(parser);
	return true;
}

bool parser_within(const struct parser *parser, const struct block *block)
{
	return parser->token.kind != TOKEN_CLOSE && parser->token.kind != TOKEN_EOF && !block->lost;
}

void parser_line(struct parser *parser, struct block *block)
{
	struct parser before = *parser;

	parser_next(parser);
	if (block->closed || !begins_statement(parser))
		return;
	block->closed = closes_next(parser); /* asked once: all that follows would be read for each line */
	if (block->closed)
		return;
	block->lost = true;
	diag_other(ERROR(parser->config, block->open.at, "this '{' is never closed"), parser->token.at,
		   "here another statement begins");
	*parser = before;
}

void parser_close(struct parser *parser, const struct block *block)
{
	if (parser->token.kind == TOKEN_CLOSE)
		parser_next(parser);
	else if (!block->lost)
		diag_hint(ERROR(parser->config, block->open.at, "this '{' is never closed"),
			  "the file ends before its '}'");
}

static struct value_node *new_value(struct parser *parser, enum value_kind kind)
{
	struct value_node *value = arena_alloc(parser->config->arena, sizeof *value);

	*value = (struct value_node){.word = parser->token, .kind = kind};
	return value;
}

struct value_node *parser_value(struct parser *parser)
{
	struct value_node *value;
	enum value_kind kind = VALUE_LITERAL;
	struct token first = parser->token;

	if (!parser_at_value(parser))
		return NULL;
	if (first.kind == TOKEN_WORD && span_text(first.at)[0] == '@')
		kind = VALUE_SET;
	value = new_value(parser, kind);
	parser_next(parser);
	if (!span_is(first.at, "file") || parser->token.kind != TOKEN_STRING)
		return value;
	value = new_value(parser, VALUE_FILE);
	value->path = config_list_path(parser->config, parser->token);
	parser_next(parser);
	return value;
}

/* Skips "file PATH" without quotes around the path, which would be two values, and says so. */
static bool skip_bare_file(struct parser *parser)
{
	struct lexer ahead = parser->lexer;
	struct token path;

	if (!parser_at_word(parser, "file"))
		return false;
	path = lexer_next(&ahead);
	if (path.kind != TOKEN_WORD && path.kind != TOKEN_PATTERN)
		return false;
	diag_hint(ERROR(parser->config, path.at, "the path of a file stands in quotes"), "file \"%.*s\"",
		  SPAN_ARG(path.at));
	parser_next(parser);
	parser_next(parser);
	return true;
}

/* What can stand in a list where something else is. */
static const char *list_hint(const struct parser *parser)
{
	const char *sign = parser_operator(parser);

	return sign ? sign : "a list is values with commas or newlines between them";
}

struct value_node *parser_list(struct parser *parser, struct span *at)
{
	struct value_node *first = NULL, **last = &first;
	struct block block = {.open = parser->token};

	*at = block.open.at;
	parser_next(parser);
	while (parser_within(parser, &block)) {
		struct value_node *value;

		if (skip_bare_file(parser))
			continue;
		value = parser_operator(parser) ? NULL : parser_value(parser);
		if (value) {
			*last = value;
			last = &value->next;
			continue;
		}
		if (parser->token.kind == TOKEN_END) {
			parser_line(parser, &block);
			continue;
		}
		if (parser->token.kind == TOKEN_OPEN) {
			diag_other(parser_unexpected(parser, "lists do not hold lists"), block.open.at,
				   "or is a '}' missing for this '{'?");
			return NULL;
		}
		if (parser->token.kind != TOKEN_COMMA)
			parser_unexpected(parser, list_hint(parser));
		parser_next(parser);
	}
	if (!block.lost)
		*at = span_join(block.open.at, parser->token.at);
	parser_close(parser, &block);
	return first;
}

/* "option NAME VALUE" */
static bool parse_option(struct parser *parser)
{
	struct option_node *option = arena_alloc(parser->config->arena, sizeof *option);

	parser_next(parser);
	option->name = parser->token;
	if (parser->token.kind != TOKEN_WORD) {
		parser_unexpected(parser, "option NAME VALUE");
		return false;
	}
	parser_next(parser);
	option->value = parser->token;
	if (!parser_at_value(parser)) {
		parser_unexpected(parser, "an option's name is followed by its value");
		return false;
	}
	parser_next(parser);
	config_add(parser->config, STATEMENT_OPTION, option);
	return true;
}

static bool name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_' || c == '.';
}

bool parser_is_name(struct span at)
{
	for (size_t i = 0; i < at.length; i++)
		if (!name_byte(span_text(at)[i]))
			return false;
	return true;
}

bool parser_name(struct parser *parser, const char *what, struct token *name)
{
	static const char *const reserved[] = {"main", "drop", "reject", "unreachable", "then", "else", "weight"};
	struct span at = parser->token.at;

	*name = parser->token;
	if (parser->token.kind != TOKEN_WORD) {
		parser_unexpected(parser, what);
		return false;
	}
	if (!parser_is_name(at))
		diag_hint(ERROR(parser->config, at, "'%.*s' cannot be a name", SPAN_ARG(at)),
			  "names are made of letters, digits, '-', '_' and '.'");
	if (at.length > NAME_MAX_LENGTH)
		ERROR(parser->config, at, "a name has at most %d characters", NAME_MAX_LENGTH);
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (span_is(at, reserved[i]))
			ERROR(parser->config, at, "'%s' has a meaning of its own and cannot be a name",
			      reserved[i]);
	parser_next(parser);
	return true;
}

static const struct value_type *find_type(struct config *config, struct token token)
{
	struct suggest near = suggest_for(span_text(token.at), token.at.length);

	for (size_t i = 0; value_types[i]; i++) {
		if (span_is(token.at, value_types[i]->name))
			return value_types[i];
		suggest_offer(&near, value_types[i]->name);
	}
	diag_nearest(ERROR(config, token.at, "there are no sets of type '%.*s'", SPAN_ARG(token.at)), near.best,
		     "set NAME address|port|host|... { VALUES }");
	return NULL;
}

/* "set NAME TYPE { VALUES }" */
static bool parse_set(struct parser *parser)
{
	struct set_node *set = arena_alloc(parser->config->arena, sizeof *set);
	struct span at;
	size_t errors;

	parser_next(parser);
	if (!parser_name(parser, "set NAME TYPE { VALUES }", &set->name))
		return false;
	if (parser->token.kind != TOKEN_WORD) {
		parser_unexpected(parser, "a set's name is followed by its type: address, port, host, ...");
		return false;
	}
	set->type = find_type(parser->config, parser->token);
	parser_next(parser);
	seek_open(parser);
	if (parser->token.kind != TOKEN_OPEN) {
		if (set->type)
			parser_unexpected(parser, "a set's values stand in braces: set NAME TYPE { VALUES }");
		return false;
	}
	errors = diags_count(parser->config->diags, SEVERITY_ERROR);
	set->values = parser_list(parser, &at);
	config_add(parser->config, STATEMENT_SET, set);
	return parser->token.kind != TOKEN_OPEN || diags_count(parser->config->diags, SEVERITY_ERROR) == errors;
}

/* "group NAME {" begins a group of gateways, "group NAME" else is a match on the socket's group. */
static bool at_group_block(const struct parser *parser)
{
	struct lexer ahead = parser->lexer;

	return parser_at_word(parser, "group") && lexer_next(&ahead).kind == TOKEN_WORD &&
	       behind_newlines(&ahead, lexer_next(&ahead)).kind == TOKEN_OPEN;
}

static void parse_statement(struct parser *parser)
{
	bool whole;

	if (parser_at_word(parser, "option"))
		whole = parse_option(parser);
	else if (parser_at_word(parser, "set"))
		whole = parse_set(parser);
	else if (parser_at_word(parser, "gateway"))
		whole = parse_gateway(parser);
	else if (at_group_block(parser))
		whole = parse_group(parser);
	else
		whole = parse_rule(parser);
	if (!whole) {
		skip_statement(parser);
	} else if (!parser_at_end(parser)) {
		parser_unexpected(parser, "one statement a line; ';' separates several");
		skip_statement(parser);
	}
}

void config_parse(struct config *config, const struct source *source)
{
	struct parser parser = {.config = config, .lexer = lexer_over(source)};

	if (!config_is_utf8(config, source))
		return;
	for (parser_next(&parser); parser.token.kind != TOKEN_EOF;) {
		if (parser.token.kind == TOKEN_END) {
			parser_next(&parser);
		} else if (parser.token.kind == TOKEN_CLOSE) {
			parser_unexpected(&parser, "no '{' is open here");
			parser_next(&parser);
		} else {
			parse_statement(&parser);
		}
	}
}
