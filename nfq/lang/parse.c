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

bool parser_at_end(const struct parser *parser)
{
	return parser->token.kind == TOKEN_END || parser->token.kind == TOKEN_EOF;
}

bool parser_at_value(const struct parser *parser)
{
	return parser->token.kind == TOKEN_WORD || parser->token.kind == TOKEN_STRING ||
	       parser->token.kind == TOKEN_PATTERN;
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
	struct diag *diag;

	if (token.kind == TOKEN_BAD && span_text(token.at)[0] == '"')
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
	diag_hint(diag, "%s", wanted);
	return diag;
}

bool parser_open(struct parser *parser, struct token *open, const char *what)
{
	*open = parser->token;
	if (parser->token.kind != TOKEN_OPEN) {
		parser_unexpected(parser, what);
		return false;
	}
	parser_next(parser);
	return true;
}

bool parser_close(struct parser *parser, struct token open)
{
	if (parser->token.kind == TOKEN_CLOSE) {
		parser_next(parser);
		return true;
	}
	diag_hint(ERROR(parser->config, open.at, "this '{' is never closed"), "the file ends before its '}'");
	return false;
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

struct value_node *parser_list(struct parser *parser, struct span *at)
{
	struct value_node *first = NULL, **last = &first;
	struct token open = parser->token;

	parser_next(parser);
	while (parser->token.kind != TOKEN_CLOSE && parser->token.kind != TOKEN_EOF) {
		struct value_node *value = parser_value(parser);

		if (value) {
			*last = value;
			last = &value->next;
			continue;
		}
		if (parser->token.kind == TOKEN_OPEN) {
			diag_other(parser_unexpected(parser, "lists do not hold lists"), open.at,
				   "or is a '}' missing for this '{'?");
			*at = open.at;
			return NULL;
		}
		if (parser->token.kind != TOKEN_COMMA && parser->token.kind != TOKEN_END)
			parser_unexpected(parser, "a list is values with commas or newlines between them");
		parser_next(parser);
	}
	*at = span_join(open.at, parser->token.at);
	parser_close(parser, open);
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

bool parser_name(struct parser *parser, const char *what, struct token *name)
{
	static const char *const reserved[] = {"main", "drop", "reject", "unreachable", "then", "else", "weight"};
	struct span at = parser->token.at;

	*name = parser->token;
	if (parser->token.kind != TOKEN_WORD) {
		parser_unexpected(parser, what);
		return false;
	}
	for (size_t i = 0; i < at.length; i++) {
		if (name_byte(span_text(at)[i]))
			continue;
		diag_hint(ERROR(parser->config, at, "'%.*s' cannot be a name", SPAN_ARG(at)),
			  "names are made of letters, digits, '-', '_' and '.'");
		break;
	}
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
	struct diag *diag;

	for (size_t i = 0; value_types[i]; i++) {
		if (span_is(token.at, value_types[i]->name))
			return value_types[i];
		suggest_offer(&near, value_types[i]->name);
	}
	diag = ERROR(config, token.at, "there are no sets of type '%.*s'", SPAN_ARG(token.at));
	if (near.best)
		diag_hint(diag, "did you mean '%s'?", near.best);
	else
		diag_hint(diag, "set NAME address|port|host|... { VALUES }");
	return NULL;
}

/* "set NAME TYPE { VALUES }" */
static bool parse_set(struct parser *parser)
{
	struct set_node *set = arena_alloc(parser->config->arena, sizeof *set);
	struct span at;

	parser_next(parser);
	if (!parser_name(parser, "set NAME TYPE { VALUES }", &set->name)) {
		return false;
	}
	if (parser->token.kind != TOKEN_WORD) {
		parser_unexpected(parser, "a set's name is followed by its type: address, port, host, ...");
		return false;
	}
	set->type = find_type(parser->config, parser->token);
	parser_next(parser);
	if (parser->token.kind != TOKEN_OPEN) {
		parser_unexpected(parser, "a set's values stand in braces: set NAME TYPE { VALUES }");
		return false;
	}
	set->values = parser_list(parser, &at);
	config_add(parser->config, STATEMENT_SET, set);
	return true;
}

/* "group NAME {" begins a group of gateways, "group NAME" else is a match on the socket's group. */
static bool at_group_block(const struct parser *parser)
{
	struct lexer ahead = parser->lexer;

	return parser_at_word(parser, "group") && lexer_next(&ahead).kind == TOKEN_WORD &&
	       lexer_next(&ahead).kind == TOKEN_OPEN;
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
