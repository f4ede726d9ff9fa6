/* SPDX-License-Identifier: GPL-2.0-or-later
 * parse_block.c - the blocks of gateways and groups
 */
#include "gateway.h"
#include "parse.h"

#define GROUP_EXPECTS "{ vpn then lte else unreachable } or { vpn weight 3, lte weight 1 }"

/* Skips to the end of the line within a block. */
static void skip_line(struct parser *parser)
{
	while (!parser_at_end(parser) && parser->token.kind != TOKEN_CLOSE)
		parser_next(parser);
}

static void add_entry_value(struct parser *parser, struct value_node ***last)
{
	struct value_node *value = arena_alloc(parser->config->arena, sizeof *value);

	*value = (struct value_node){.word = parser->token};
	**last = value;
	*last = &value->next;
	parser_next(parser);
}

/* Everything to the end of the line, or to a word that begins the next entry. */
static void parse_rest(struct parser *parser, struct value_node ***last)
{
	while (parser_at_value(parser) &&
	       !(parser->token.kind == TOKEN_WORD && gateway_entry_find(parser->token.at)))
		add_entry_value(parser, last);
}

static void parse_entry_list(struct parser *parser, struct value_node ***last)
{
	while (parser_at_value(parser)) {
		add_entry_value(parser, last);
		if (parser->token.kind != TOKEN_COMMA)
			return;
		parser_next(parser);
	}
}

static void unknown_entry(struct parser *parser)
{
	struct span at = parser->token.at;
	const char *lookalike = span_lookalike(at);

	diag_nearest(ERROR(parser->config, at, "a gateway has no '%.*s'", SPAN_ARG(at)),
		     lookalike ? NULL : gateway_entry_nearest(at),
		     lookalike ? lookalike : "what it can have is printed by 'nfqroute list gateway'");
}

/* false: it could not be read. */
static bool parse_entry(struct parser *parser, struct entry_node ***last)
{
	struct entry_node *entry = arena_alloc(parser->config->arena, sizeof *entry);
	struct value_node **values = &entry->values;

	entry->name = parser->token;
	entry->entry = gateway_entry_find(parser->token.at);
	if (!entry->entry) {
		unknown_entry(parser);
		skip_line(parser);
		return false;
	}
	parser_next(parser);
	if (entry->entry->values == ENTRY_REST)
		parse_rest(parser, &values);
	else if (entry->entry->values == ENTRY_LIST)
		parse_entry_list(parser, &values);
	else if (parser_at_value(parser))
		add_entry_value(parser, &values);
	if (!entry->values) {
		diag_hint(ERROR(parser->config, entry->name.at, "a value must follow '%s'", entry->entry->name),
			  "%s %s", entry->entry->name, entry->entry->expects);
		skip_line(parser);
		return false;
	}
	**last = entry;
	*last = &entry->next;
	return true;
}

bool parse_gateway(struct parser *parser)
{
	struct gateway_node *gateway = arena_alloc(parser->config->arena, sizeof *gateway);
	struct entry_node **last = &gateway->entries;
	struct block block;

	parser_next(parser);
	if (!parser_name(parser, "gateway NAME { ... }", &gateway->name) ||
	    !parser_open(parser, &block, "a gateway's lines stand in braces: gateway NAME { address 192.0.2.1 }"))
		return false;
	while (parser_within(parser, &block)) {
		if (parser->token.kind == TOKEN_WORD) {
			gateway->broken |= !parse_entry(parser, &last);
		} else if (parser->token.kind == TOKEN_END) {
			parser_line(parser, &block);
		} else {
			parser_unexpected(parser,
					  "a line of a gateway is a word and its value: address 192.0.2.1");
			skip_line(parser);
		}
	}
	gateway->broken |= block.lost;
	parser_close(parser, &block);
	config_add(parser->config, STATEMENT_GATEWAY, gateway);
	return true;
}

/* What has been read of a group's block so far. */
struct group_parse {
	struct group_node *group;
	struct block block;
	struct member_node **last, *member; /* the member just read; NULL: one is wanted */
	struct token then;                  /* in whose wake it is wanted */
	bool ordered;                       /* a "then" was read */
	bool done;                          /* the "else" was read */
};

static void group_weight(struct parser *parser, struct group_parse *parse)
{
	struct token word = parser->token;

	parser_next(parser);
	if (!parse->member || parser->token.kind != TOKEN_WORD) {
		diag_hint(ERROR(parser->config, word.at, "'weight' stands behind a gateway and before a number"),
			  "{ vpn weight 3, lte weight 1 }");
		if (parser->token.kind == TOKEN_WORD)
			parser_next(parser);
		return;
	}
	if (token_given(parse->member->weight))
		ERROR(parser->config, word.at, "gateway '%.*s' has a weight already", SPAN_ARG(parse->member->name.at));
	parse->member->weight = parser->token;
	parse->group->balanced = true;
	parser_next(parser);
}

/* A "then" that no gateway has followed. */
static void group_ends(struct parser *parser, const struct group_parse *parse)
{
	if (token_given(parse->then) && !parse->member)
		ERROR(parser->config, parse->then.at, "a gateway must follow 'then'");
}

static void group_else(struct parser *parser, struct group_parse *parse)
{
	if (parse->done)
		ERROR(parser->config, parser->token.at, "'else' is said twice");
	else
		group_ends(parser, parse);
	parser_next(parser);
	parse->done = true;
	parse->group->else_main = parser_at_word(parser, "main");
	parse->group->shut = parser_at_word(parser, "unreachable");
	if (!parse->group->else_main && !parse->group->shut)
		parser_unexpected(parser, "else main, or else unreachable");
	if (!parser_at_end(parser) && parser->token.kind != TOKEN_CLOSE)
		parser_next(parser);
}

static void group_member(struct parser *parser, struct group_parse *parse)
{
	struct member_node *member;

	if (!parser_is_name(parser->token.at)) {
		parser_unexpected(parser, GROUP_EXPECTS);
		parse->member = NULL;
		parser_next(parser);
		return;
	}
	member = arena_alloc(parser->config->arena, sizeof *member);
	if (parse->member || parse->done)
		diag_hint(ERROR(parser->config, parser->token.at, "unexpected '%.*s'", SPAN_ARG(parser->token.at)),
			  "between gateways stands 'then' (failover) or ',' (balancing); 'else' comes last");
	member->name = parser->token;
	*parse->last = member;
	parse->last = &member->next;
	parse->member = member;
	parser_next(parser);
}

static void group_separator(struct parser *parser, struct group_parse *parse)
{
	bool then = parser->token.kind != TOKEN_COMMA;

	parse->group->balanced |= !then;
	parse->ordered |= then;
	parse->then = then ? parser->token : (struct token){0};
	if (!parse->member)
		parser_unexpected(parser, "a gateway stands before it");
	parse->member = NULL;
	parser_next(parser);
}

static void group_word(struct parser *parser, struct group_parse *parse)
{
	if (parser->token.kind == TOKEN_COMMA || parser_at_word(parser, "then"))
		group_separator(parser, parse);
	else if (parser_at_word(parser, "weight"))
		group_weight(parser, parse);
	else if (parser_at_word(parser, "else"))
		group_else(parser, parse);
	else if (parser->token.kind == TOKEN_WORD)
		group_member(parser, parse);
	else if (parser->token.kind == TOKEN_END)
		parser_line(parser, &parse->block);
	else {
		parser_unexpected(parser, GROUP_EXPECTS);
		parser_next(parser);
	}
}

bool parse_group(struct parser *parser)
{
	struct group_node *group = arena_alloc(parser->config->arena, sizeof *group);
	struct group_parse parse = {.group = group, .last = &group->members};

	parser_next(parser);
	if (!parser_name(parser, "group NAME { ... }", &group->name) ||
	    !parser_open(parser, &parse.block, "a group's gateways stand in braces: group NAME { vpn then lte }"))
		return false;
	while (parser_within(parser, &parse.block))
		group_word(parser, &parse);
	if (!parse.done)
		group_ends(parser, &parse);
	if (!group->members)
		diag_hint(ERROR(parser->config, group->name.at, "group '%.*s' has no gateway",
				SPAN_ARG(group->name.at)),
			  "%s", GROUP_EXPECTS);
	if (parse.ordered && group->balanced)
		diag_hint(ERROR(parser->config, group->name.at,
				"group '%.*s' mixes failover ('then') with balancing (',' or 'weight')",
				SPAN_ARG(group->name.at)),
			  "use one of them");
	parser_close(parser, &parse.block);
	config_add(parser->config, STATEMENT_GROUP, group);
	return true;
}
