/* SPDX-License-Identifier: GPL-2.0-or-later
 * parse.c - from words to the tree: statements, rules and lists of values
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

/* One value at the present token, which it moves behind. NULL: there is none. */
static struct value_node *parse_value(struct parser *parser)
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
		struct value_node *value = parse_value(parser);

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

/* Words that can be no value unless they are quoted: one of them in a value's place means that the value is
 * missing. */
static bool ends_match(const struct parser *parser)
{
	return parser_at_word(parser, "via") || parser_at_word(parser, "not") || parser_at_word(parser, "late");
}

static const struct keyword *find_keyword(struct span word)
{
	for (size_t i = 0; keywords[i]; i++)
		if (span_is(word, keywords[i]->name))
			return keywords[i];
	return NULL;
}

/* Words of other rule languages, and what they are here. */
static const struct {
	const char *word, *hint;
} strangers[] = {
	{"!=", "write 'not' before the keyword"},
	{"!", "write 'not' before the keyword"},
	{"==", "the value follows the keyword at once"},
	{"=", "the value follows the keyword at once"},
	{"accept", "'main' leaves a connection to the main table"},
	{"direct", "'main' leaves a connection to the main table"},
	{"ip", "saddr and daddr take both families"},
	{"ip6", "saddr and daddr take both families"},
	{"iifname", "iif takes device names"},
	{"oifname", "oif takes device names"},
	{"skuid", "user takes names and numbers"},
	{"skgid", "group takes names and numbers"},
	{"sni", "host is the name the client asked for"},
	{"domain", "host is the name the client asked for"},
	{"port", "dport is the destination's, sport the source's port"},
	{"and", "all matches of a rule must hold; nothing stands between them"},
	{"or", "write a list in braces, or a rule of its own"},
};

static const char *stranger_hint(struct span word)
{
	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
		if (span_is(word, strangers[i].word))
			return strangers[i].hint;
	return NULL;
}

/* What may have been meant by a word that is none; before: the match ahead of it, NULL at the start of a rule. */
static void unknown_word(struct parser *parser, const struct match_node *before)
{
	static const char *const others[] = {"not", "via", "main", "drop", "reject", "late", "log"};
	static const char *const statements[] = {"option", "gateway", "group", "set"};
	struct span at = parser->token.at;
	struct diag *diag = ERROR(parser->config, at, "unknown word '%.*s'", SPAN_ARG(at));
	struct suggest near = suggest_for(span_text(at), at.length);
	const char *hint = stranger_hint(at);

	for (size_t i = 0; keywords[i]; i++)
		suggest_offer(&near, keywords[i]->name);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		suggest_offer(&near, others[i]);
	for (size_t i = 0; !before && i < sizeof statements / sizeof *statements; i++)
		suggest_offer(&near, statements[i]);
	if (hint)
		diag_hint(diag, "%s", hint);
	else if (near.best)
		diag_hint(diag, "did you mean '%s'?", near.best);
	else if (before && !before->keyword->implied)
		diag_hint(diag, "several values need braces: %s { ..., ... }", before->keyword->name);
	else
		diag_hint(diag, "a rule is matches (dport 443), then via NAME, main, drop or reject");
}

/* "{ VALUE, ... }" behind a keyword. */
static struct value_node *parse_match_list(struct parser *parser, struct match_node *match)
{
	size_t errors = diags_count(parser->config->diags, SEVERITY_ERROR);
	struct span at;
	struct value_node *values = parser_list(parser, &at);

	match->at = span_join(match->at, at);
	if (diags_count(parser->config->diags, SEVERITY_ERROR) > errors)
		return NULL;
	if (!values)
		diag_hint(ERROR(parser->config, at, "an empty list matches nothing"), "%s: %s",
			  match->keyword->name, match->keyword->value->expects);
	return values;
}

/* One value behind a keyword. */
static struct value_node *parse_match_value(struct parser *parser, struct match_node *match)
{
	const struct keyword *keyword = match->keyword;
	struct span at = parser->token.at;
	struct value_node *value;

	if (stranger_hint(at) && !parser_at_end(parser)) {
		unknown_word(parser, match);
		return NULL;
	}
	value = ends_match(parser) ? NULL : parse_value(parser);
	if (!value && parser->token.kind == TOKEN_BAD)
		parser_unexpected(parser, keyword->value->expects);
	else if (!value)
		diag_hint(ERROR(parser->config, match->at, "a value must follow '%s'", keyword->name), "%s: %s",
			  keyword->name, keyword->value->expects);
	else
		match->at = span_join(match->at, at);
	if (!value || parser->token.kind != TOKEN_COMMA)
		return value;
	diag_hint(ERROR(parser->config, parser->token.at, "several values need braces"), "%s { %.*s, ... }",
		  keyword->name, SPAN_ARG(at));
	return NULL;
}

/* A word that can stand in a rule, but not behind "not". */
static bool at_clause(const struct parser *parser)
{
	static const char *const words[] = {"not", "via", "main", "drop", "reject", "late", "log"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (parser_at_word(parser, words[i]))
			return true;
	return false;
}

/* "[not] KEYWORD [VALUES]"; before: the match ahead of it. NULL: something was wrong. */
static struct match_node *parse_match(struct parser *parser, const struct match_node *before)
{
	struct match_node *match = arena_alloc(parser->config->arena, sizeof *match);

	match->at = parser->token.at;
	match->negate = parser_at_word(parser, "not");
	if (match->negate)
		parser_next(parser);
	match->keyword = parser->token.kind == TOKEN_WORD ? find_keyword(parser->token.at) : NULL;
	if (!match->keyword && parser->token.kind == TOKEN_WORD && !at_clause(parser)) {
		unknown_word(parser, before);
		return NULL;
	}
	if (!match->keyword) {
		parser_unexpected(parser, match->negate
						  ? "a keyword must follow 'not'"
						  : "a rule is matches, then via NAME, main, drop or reject");
		return NULL;
	}
	match->at = span_join(match->at, parser->token.at);
	parser_next(parser);
	if (match->keyword->implied)
		return match;
	match->values = parser->token.kind == TOKEN_OPEN ? parse_match_list(parser, match)
							 : parse_match_value(parser, match);
	return match->values ? match : NULL;
}

/* "late POLICY" */
static bool parse_late(struct parser *parser, struct rule_node *rule)
{
	enum late policy;

	parser_next(parser);
	if (parser->token.kind != TOKEN_WORD || !late_by_name(parser->config, parser->token.at, &policy)) {
		if (parser->token.kind != TOKEN_WORD)
			parser_unexpected(parser, "late auto, rehome, leave, reset or switch");
		return false;
	}
	rule->late = parser->token;
	parser_next(parser);
	return true;
}

static bool parse_via(struct parser *parser, struct rule_node *rule)
{
	parser_next(parser);
	if (parser->token.kind != TOKEN_WORD) {
		parser_unexpected(parser, "the name of a gateway or group must follow 'via'");
		return false;
	}
	rule->target = parser->token;
	parser_next(parser);
	return true;
}

/* If the present word is a verdict, reads it; *good tells whether it was whole. */
static bool parse_verdict(struct parser *parser, struct rule_node *rule, bool *good)
{
	for (int action = 0; action < ACTION_COUNT; action++) {
		if (!parser_at_word(parser, action_name((enum action)action)))
			continue;
		rule->action = (enum action)action;
		*good = true;
		if (action == ACTION_VIA)
			*good = parse_via(parser, rule);
		else
			parser_next(parser);
		return true;
	}
	return false;
}

static bool add_match(struct parser *parser, struct rule_node *rule)
{
	struct match_node *match = parse_match(parser, rule->last);

	if (!match)
		return false;
	if (rule->last)
		rule->last->next = match;
	else
		rule->matches = match;
	rule->last = match;
	return true;
}

/* The matches and modifiers up to the verdict; false: something was wrong and the rest is to be skipped. */
static bool parse_rule_words(struct parser *parser, struct rule_node *rule)
{
	bool good;

	while (!parser_at_end(parser)) {
		if (parse_verdict(parser, rule, &good))
			return good;
		if (parser_at_word(parser, "log")) {
			rule->log = true;
			parser_next(parser);
			continue;
		}
		good = parser_at_word(parser, "late") ? parse_late(parser, rule) : add_match(parser, rule);
		if (!good)
			return false;
	}
	diag_hint(ERROR(parser->config, rule->at, "the rule has no verdict"),
		  "end it with via NAME, main, drop or reject");
	return false;
}

static void parse_rule(struct parser *parser)
{
	struct rule_node *rule = arena_alloc(parser->config->arena, sizeof *rule);
	struct token first = parser->token;

	rule->at = first.at;
	rule->line = first.line;
	if (!parse_rule_words(parser, rule)) {
		skip_statement(parser);
		return;
	}
	rule->at.length = parser->token.at.start - rule->at.start;
	while (rule->at.length && strchr(" \t\r\f\v", span_text(rule->at)[rule->at.length - 1]))
		rule->at.length--;
	if (!parser_at_end(parser)) {
		struct diag *diag = parser_unexpected(parser, "nothing can follow the verdict");

		if (parser->token.kind == TOKEN_WORD && find_keyword(parser->token.at))
			diag_hint(diag, "matches and modifiers stand before the verdict");
		skip_statement(parser);
		return;
	}
	config_add(parser->config, STATEMENT_RULE, rule);
}

/* "option NAME VALUE" */
static void parse_option(struct parser *parser)
{
	struct option_node *option = arena_alloc(parser->config->arena, sizeof *option);

	parser_next(parser);
	option->name = parser->token;
	if (parser->token.kind != TOKEN_WORD) {
		parser_unexpected(parser, "option NAME VALUE");
		skip_statement(parser);
		return;
	}
	parser_next(parser);
	option->value = parser->token;
	if (!parser_at_value(parser)) {
		parser_unexpected(parser, "an option's name is followed by its value");
		skip_statement(parser);
		return;
	}
	parser_next(parser);
	config_add(parser->config, STATEMENT_OPTION, option);
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
static void parse_set(struct parser *parser)
{
	struct set_node *set = arena_alloc(parser->config->arena, sizeof *set);
	struct span at;

	parser_next(parser);
	if (!parser_name(parser, "set NAME TYPE { VALUES }", &set->name)) {
		skip_statement(parser);
		return;
	}
	if (parser->token.kind != TOKEN_WORD) {
		parser_unexpected(parser, "a set's name is followed by its type: address, port, host, ...");
		skip_statement(parser);
		return;
	}
	set->type = find_type(parser->config, parser->token);
	parser_next(parser);
	if (parser->token.kind != TOKEN_OPEN) {
		parser_unexpected(parser, "a set's values stand in braces: set NAME TYPE { VALUES }");
		skip_statement(parser);
		return;
	}
	set->values = parser_list(parser, &at);
	config_add(parser->config, STATEMENT_SET, set);
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
	bool block = true;

	if (parser_at_word(parser, "option"))
		parse_option(parser);
	else if (parser_at_word(parser, "set"))
		parse_set(parser);
	else if (parser_at_word(parser, "gateway"))
		block = parse_gateway(parser);
	else if (at_group_block(parser))
		block = parse_group(parser);
	else
		parse_rule(parser);
	if (!block) {
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
