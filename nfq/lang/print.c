/* SPDX-License-Identifier: GPL-2.0-or-later
 * print.c - the tree as text again, in one canonical form
 *
 * Values stand as they were written, but for list files, whose paths are told from the directory where the rules
 * were read: the text reads to the same rules from anywhere in the same working directory.
 */
#include <string.h>

#include "gateway.h"

static void print_token(FILE *out, struct token token)
{
	fwrite(span_text(token.at), 1, token.at.length, out);
}

static void print_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void print_value(FILE *out, const struct value_node *value)
{
	if (value->kind != VALUE_FILE) {
		print_token(out, value->word);
		return;
	}
	fputs("file ", out);
	print_string(out, value->path);
}

static void print_values(FILE *out, const struct value_node *values, const char *between)
{
	for (const struct value_node *value = values; value; value = value->next) {
		print_value(out, value);
		if (value->next)
			fputs(between, out);
	}
}

static void print_option(FILE *out, const struct option_node *option)
{
	fputs("option ", out);
	print_token(out, option->name);
	putc(' ', out);
	print_token(out, option->value);
	putc('\n', out);
}

static void print_gateway(FILE *out, const struct gateway_node *gateway)
{
	fputs("gateway ", out);
	print_token(out, gateway->name);
	fputs(" {\n", out);
	for (const struct entry_node *entry = gateway->entries; entry; entry = entry->next) {
		fprintf(out, "    %s ", entry->entry->name);
		print_values(out, entry->values, entry->entry->values == ENTRY_LIST ? ", " : " ");
		putc('\n', out);
	}
	fputs("}\n", out);
}

static void print_group(FILE *out, const struct group_node *group)
{
	fputs("group ", out);
	print_token(out, group->name);
	fputs(" { ", out);
	for (const struct member_node *member = group->members; member; member = member->next) {
		print_token(out, member->name);
		if (token_given(member->weight)) {
			fputs(" weight ", out);
			print_token(out, member->weight);
		}
		if (member->next)
			fputs(group->balanced ? ", " : " then ", out);
	}
	fprintf(out, " else %s }\n", group->else_main ? "main" : "unreachable");
}

static void print_set(FILE *out, const struct set_node *set)
{
	fputs("set ", out);
	print_token(out, set->name);
	fprintf(out, " %s {", set->type ? set->type->name : "?");
	for (const struct value_node *value = set->values; value; value = value->next) {
		fputs("\n    ", out);
		print_value(out, value);
	}
	fputs("\n}\n", out);
}

static void print_match(FILE *out, const struct match_node *match)
{
	bool list = match->values && (match->values->next || match->values->kind == VALUE_FILE);

	fprintf(out, "%s%s ", match->negate ? "not " : "", match->keyword->name);
	if (!match->values)
		return;
	fputs(list ? "{ " : "", out);
	print_values(out, match->values, ", ");
	fputs(list ? " } " : " ", out);
}

static void print_rule(FILE *out, const struct rule_node *rule)
{
	for (const struct match_node *match = rule->matches; match; match = match->next)
		print_match(out, match);
	if (token_given(rule->late)) {
		fputs("late ", out);
		print_token(out, rule->late);
		putc(' ', out);
	}
	fprintf(out, "%s%s", rule->log ? "log " : "", action_name(rule->action));
	if (rule->action == ACTION_VIA) {
		putc(' ', out);
		print_token(out, rule->target);
	}
	putc('\n', out);
}

void config_print(const struct config *config, FILE *out)
{
	for_each_statement(statement, config)
	{
		switch (statement->kind) {
		case STATEMENT_OPTION:
			print_option(out, statement->option);
			break;
		case STATEMENT_GATEWAY:
			print_gateway(out, statement->gateway);
			break;
		case STATEMENT_GROUP:
			print_group(out, statement->group);
			break;
		case STATEMENT_SET:
			print_set(out, statement->set);
			break;
		case STATEMENT_RULE:
			print_rule(out, statement->rule);
			break;
		}
	}
}

static void print_count(FILE *out, size_t count, const char *one, const char *several, const char *end)
{
	fprintf(out, "%zu %s%s", count, count == 1 ? one : several, end);
}

void config_summary(const struct config *config, FILE *out)
{
	size_t files = 0, sets = 0, entries = 0;

	for (const struct source_node *node = config->sources; node; node = node->next)
		files += !node->listed;
	for_each_statement(statement, config)
	{
		if (statement->kind != STATEMENT_SET)
			continue;
		sets++;
		entries += statement->set->entries;
	}
	print_count(out, files, "file", "files", ": ");
	print_count(out, config->gateway_count, "gateway", "gateways", ", ");
	print_count(out, config->group_count, "group", "groups", ", ");
	print_count(out, sets, "set", "sets", sets ? " (" : ", ");
	if (sets)
		print_count(out, entries, "entry", "entries", "), ");
	print_count(out, config->rule_count, "rule", "rules", "\n");
}
