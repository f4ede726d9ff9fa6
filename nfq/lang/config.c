/* SPDX-License-Identifier: GPL-2.0-or-later
 * config.c - the tree: what is in it, and what is defined under which name
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

struct config *config_new(struct diags *diags)
{
	struct arena *arena = arena_new();
	struct config *config = arena_alloc(arena, sizeof *config);

	config->arena = arena;
	config->diags = diags;
	config->last = &config->first;
	config->targets = names_new();
	config->sets = names_new();
	config->lists = names_new();
	config->common = names_new();
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	names_free(config->targets);
	names_free(config->sets);
	names_free(config->lists);
	names_free(config->common);
	for (const struct source_node *node = config->sources; node; node = node->next)
		free(node->owned);
	arena_free(config->arena);
}

static struct span name_at(const struct statement *statement)
{
	switch (statement->kind) {
	case STATEMENT_GATEWAY:
		return statement->gateway->name.at;
	case STATEMENT_GROUP:
		return statement->group->name.at;
	case STATEMENT_SET:
		return statement->set->name.at;
	case STATEMENT_OPTION:
		return statement->option->name.at;
	case STATEMENT_RULE:
		break;
	}
	return statement->rule->at;
}

/* Gateways and groups share one space of names, sets have their own. */
static void define(struct config *config, struct statement *statement)
{
	struct names *names = statement->kind == STATEMENT_SET ? config->sets : config->targets;
	struct span at = name_at(statement);
	const struct statement *first = names_find(names, span_text(at), at.length);

	if (first)
		diag_other(ERROR(config, at, "'%.*s' is defined twice", SPAN_ARG(at)), name_at(first),
			   "first defined here");
	else if (!names_add(names, span_text(at), at.length, statement))
		arena_fail(config->arena);
}

void config_add(struct config *config, enum statement_kind kind, void *node)
{
	struct statement *statement = arena_alloc(config->arena, sizeof *statement);

	*statement = (struct statement){.kind = kind, .node = node};
	*config->last = statement;
	config->last = &statement->next;
	if (kind == STATEMENT_GATEWAY)
		statement->gateway->index = config->gateway_count++;
	if (kind == STATEMENT_GROUP)
		statement->group->index = config->group_count++;
	if (kind == STATEMENT_RULE)
		config->rule_count++;
	else if (kind != STATEMENT_OPTION)
		define(config, statement);
}

static void hint_nearest(struct diag *diag, const struct names *names, struct span name, const char *otherwise)
{
	char *near = names_nearest(names, span_text(name), name.length);

	diag_nearest(diag, near, otherwise);
	free(near);
}

const struct statement *config_target(struct config *config, struct span name)
{
	const struct statement *found = names_find(config->targets, span_text(name), name.length);

	if (!found)
		hint_nearest(ERROR(config, name, "unknown gateway or group '%.*s'", SPAN_ARG(name)),
			     config->targets, name, "define it: gateway NAME { address 192.0.2.1 }");
	return found;
}

struct set_node *config_set(struct config *config, struct span name)
{
	const struct statement *found = names_find(config->sets, span_text(name), name.length);

	if (found)
		return found->set;
	hint_nearest(ERROR(config, name, "unknown set '%.*s'", SPAN_ARG(name)), config->sets, name,
		     "define it: set NAME TYPE { VALUES }");
	return NULL;
}

const char *token_text(struct config *config, struct token token, size_t *length)
{
	size_t count = 0, unused = 0;
	const char *from = span_text(token.at);
	char *text;

	length = length ? length : &unused;
	*length = token.at.length;
	if (token.kind != TOKEN_STRING)
		return arena_text(config->arena, from, token.at.length);
	text = arena_alloc(config->arena, token.at.length);
	for (size_t i = 1; i + 1 < token.at.length; i++) {
		if (from[i] == '\\' && (from[i + 1] == '"' || from[i + 1] == '\\'))
			i++;
		text[count++] = from[i];
	}
	*length = count;
	return text;
}
