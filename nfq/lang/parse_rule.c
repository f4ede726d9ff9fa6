/* SPDX-License-Identifier: GPL-2.0-or-later
 * parse_rule.c - one rule: its matches, its modifiers and its verdict
 */
#include "parse.h"

#include <string.h>

#include "option.h"
#include "suggest.h"

/* Words that can be no value unless they are quoted: one of them in a value's place means that the value is
 * missing. */
static bool ends_match(const struct parser *parser)
{
	return parser_at_word(parser, "via") || parser_at_word(parser, "not") || parser_at_word(parser, "late");
}

/* Words of other rule languages, and what they are here. */
static const struct {
	const char *word, *hint;
} strangers[] = {
	{"--", PARSER_COMMENT},
	{"\\", "'\\' continues a line only as its very last character"},
	{"->", "via NAME sends it by a gateway"},
	{"gateway", "via NAME sends it by a gateway"},
	{"*", "a rule without matches holds for every connection"},
	{"all", "a rule without matches holds for every connection"},
	{"any", "a rule without matches holds for every connection"},
	{"default", "a rule without matches holds for every connection"},
	{"include", "all *.rules files of the directory are read; a list holds the lines of a file: { file \"PATH\" }"},
	{"accept", "'main' leaves a connection to the main table"},
	{"direct", "'main' leaves a connection to the main table"},
	{"bypass", "'main' leaves a connection to the main table"},
	{"block", "'drop' and 'reject' end a connection"},
	{"deny", "'drop' and 'reject' end a connection"},
	{"except", "write 'not' before a keyword, or an earlier rule for the exception: ... main"},
	{"unless", "write 'not' before a keyword, or an earlier rule for the exception: ... main"},
	{"process", "programs are told apart by who runs them: user NAME"},
	{"program", "programs are told apart by who runs them: user NAME"},
	{"dev", "iif is the device it came in by, oif the one it would leave by"},
	{"interface", "iif is the device it came in by, oif the one it would leave by"},
	{"ping", "pings are icmp and icmpv6"},
	{"url", "host is the name in it, path what follows"},
	{"ip", "saddr and daddr take both families"},
	{"ip6", "saddr and daddr take both families"},
	{"src", "saddr is the source's address, sport its port"},
	{"from", "saddr is the source's address, sport its port"},
	{"dst", "daddr is the destination's address, dport its port"},
	{"to", "daddr is the destination's address, dport its port"},
	{"country", "a country is a list of its prefixes: daddr { file \"PATH\" }"},
	{"geoip", "a country is a list of its prefixes: daddr { file \"PATH\" }"},
	{"iifname", "iif takes device names"},
	{"oifname", "oif takes device names"},
	{"uid", "user takes names and numbers"},
	{"gid", "group takes names and numbers"},
	{"skuid", "user takes names and numbers"},
	{"skgid", "group takes names and numbers"},
	{"sni", "host is the name the client asked for"},
	{"domain", "host is the name the client asked for"},
	{"port", "dport is the destination's, sport the source's port"},
	{"and", "all matches of a rule must hold; nothing stands between them"},
	{"or", "write a list in braces, or a rule of its own"},
};

static const char *stranger_hint(const struct parser *parser)
{
	const char *sign = parser_operator(parser);

	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
		if (parser_at_word(parser, strangers[i].word))
			return strangers[i].hint;
	return sign ? sign : span_lookalike(parser->token.at);
}

/* The present word is the last one of its statement: it stands where a verdict should. */
static bool is_last(const struct parser *parser)
{
	struct lexer ahead = parser->lexer;
	enum token_kind next = lexer_next(&ahead).kind;

	return next == TOKEN_END || next == TOKEN_EOF;
}

/* What may have been meant by a word that is none; before: the match ahead of it, NULL at the start of a rule. */
static void unknown_word(struct parser *parser, const struct match_node *before)
{
	static const char *const others[] = {"not", "via", "main", "drop", "reject", "late", "log"};
	static const char *const statements[] = {"option", "gateway", "group", "set"};
	struct span at = parser->token.at;
	struct diag *diag = ERROR(parser->config, at, "unknown word '%.*s'", SPAN_ARG(at));
	struct suggest near = suggest_for(span_text(at), at.length);
	const char *hint = stranger_hint(parser);

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
	else if (before && !before->keyword->implied && !is_last(parser))
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

	if (parser_operator(parser)) {
		unknown_word(parser, match);
		return NULL;
	}
	value = ends_match(parser) ? NULL : parser_value(parser);
	if (!value && parser->token.kind == TOKEN_BAD)
		parser_unexpected(parser, keyword->value->expects);
	else if (!value && parser_at_word(parser, "not"))
		diag_hint(ERROR(parser->config, parser->token.at, "'not' stands before a keyword"), "not %s ...",
			  keyword->name);
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

/* What would be right where no match begins. */
static const char *no_match_hint(const struct parser *parser)
{
	if (parser->token.kind == TOKEN_COMMA || parser->token.kind == TOKEN_OPEN)
		return "a list is in braces behind its keyword: proto { tcp, udp }";
	return "a rule is matches, then via NAME, main, drop or reject";
}

/* "[not] KEYWORD [VALUES]"; before: the match ahead of it. NULL: something was wrong. */
static struct match_node *parse_match(struct parser *parser, const struct match_node *before)
{
	struct match_node *match = arena_alloc(parser->config->arena, sizeof *match);

	match->at = parser->token.at;
	match->negate = parser_at_word(parser, "not");
	if (match->negate)
		parser_next(parser);
	match->keyword = parser_keyword(parser);
	if (!match->keyword && parser->token.kind == TOKEN_WORD && !at_clause(parser)) {
		unknown_word(parser, before);
		return NULL;
	}
	if (!match->keyword) {
		parser_unexpected(parser, match->negate ? "a keyword must follow 'not'" : no_match_hint(parser));
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

	if (token_given(rule->late)) {
		ERROR(parser->config, parser->token.at, "'late' is said twice");
		return false;
	}
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

/* The verdict that the present word is; ACTION_COUNT: none. */
static int verdict_here(const struct parser *parser)
{
	int action = 0;

	while (action < ACTION_COUNT && !parser_at_word(parser, action_name((enum action)action)))
		action++;
	return action;
}

static bool parse_via(struct parser *parser, struct rule_node *rule)
{
	parser_next(parser);
	if (parser->token.kind != TOKEN_WORD) {
		parser_unexpected(parser, "the name of a gateway or group must follow 'via'");
		return false;
	}
	if (verdict_here(parser) < ACTION_COUNT && !parser_at_word(parser, "via")) {
		diag_hint(ERROR(parser->config, parser->token.at, "'%.*s' is a verdict, not a gateway",
				SPAN_ARG(parser->token.at)),
			  "write it without 'via'");
		return false;
	}
	rule->target = parser->token;
	parser_next(parser);
	return true;
}

/* If the present word is a verdict, reads it; *good tells whether it was whole. */
static bool parse_verdict(struct parser *parser, struct rule_node *rule, bool *good)
{
	int action = verdict_here(parser);

	if (action == ACTION_COUNT)
		return false;
	rule->action = (enum action)action;
	*good = true;
	if (action == ACTION_VIA)
		*good = parse_via(parser, rule);
	else
		parser_next(parser);
	return true;
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

/* What would be right where something follows the verdict. */
static const char *behind_verdict(const struct parser *parser, const struct rule_node *rule)
{
	bool word = parser->token.kind == TOKEN_WORD;

	if (word && (at_clause(parser) || parser_keyword(parser)))
		return "matches and modifiers stand before the verdict";
	if (rule->action == ACTION_VIA && (word || parser->token.kind == TOKEN_COMMA))
		return "nothing can follow the verdict; several gateways make a group: group NAME { vpn then lte }";
	return "nothing can follow the verdict";
}

bool parse_rule(struct parser *parser)
{
	struct rule_node *rule = arena_alloc(parser->config->arena, sizeof *rule);
	struct token first = parser->token;

	rule->at = first.at;
	rule->line = first.line;
	if (!parse_rule_words(parser, rule))
		return false;
	rule->at.length = parser->token.at.start - rule->at.start;
	while (rule->at.length && strchr(" \t\r\f\v", span_text(rule->at)[rule->at.length - 1]))
		rule->at.length--;
	if (!parser_at_end(parser)) {
		parser_unexpected(parser, behind_verdict(parser, rule));
		return false;
	}
	config_add(parser->config, STATEMENT_RULE, rule);
	return true;
}
