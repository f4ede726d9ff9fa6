/* SPDX-License-Identifier: GPL-2.0-or-later
 * print.c - the tree as text again, in one canonical form
 *
 * Values stand as they were written, but for list files, whose paths are told from the directory where the rules
 * were read: the text reads to the same rules from anywhere in the same working directory.
 */
#include <string.h>

#include "gateway.h"

struct printer {
	const struct config *config;
	FILE *out;
};

static void print_token(struct printer printer, struct token token)
{
	fwrite(span_text(token.at), 1, token.at.length, printer.out);
}

static void print_string(struct printer printer, const char *text)
{
	putc('"', printer.out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', printer.out);
		putc(*text, printer.out);
	}
	putc('"', printer.out);
}

static void print_value(struct printer printer, const struct value_node *value)
{
	if (value->kind != VALUE_FILE) {
		print_token(printer, value->word);
		return;
	}
	fputs("file ", printer.out);
	print_string(printer, value->path);
}

static void print_values(struct printer printer, const struct value_node *values, const char *between)
{
	for (const struct value_node *value = values; value; value = value->next) {
		print_value(printer, value);
		if (value->next)
			fputs(between, printer.out);
	}
}

static void print_option(struct printer printer, const struct option_node *option)
{
	fputs("option ", printer.out);
	print_token(printer, option->name);
	putc(' ', printer.out);
	print_token(printer, option->value);
	putc('\n', printer.out);
}

static void print_gateway(struct printer printer, const struct gateway_node *gateway)
{
	fputs("gateway ", printer.out);
	print_token(printer, gateway->name);
	fputs(" {\n", printer.out);
	for (const struct entry_node *entry = gateway->entries; entry; entry = entry->next) {
		fprintf(printer.out, "    %s ", entry->entry->name);
		print_values(printer, entry->values, entry->entry->values == ENTRY_LIST ? ", " : " ");
		putc('\n', printer.out);
	}
	fputs("}\n", printer.out);
}

static void print_group(struct printer printer, const struct group_node *group)
{
	fputs("group ", printer.out);
	print_token(printer, group->name);
	fputs(" { ", printer.out);
	for (const struct member_node *member = group->members; member; member = member->next) {
		print_token(printer, member->name);
		if (token_given(member->weight)) {
			fputs(" weight ", printer.out);
			print_token(printer, member->weight);
		}
		if (member->next)
			fputs(group->balanced ? ", " : " then ", printer.out);
	}
	fprintf(printer.out, " else %s }\n", group->else_main ? "main" : "unreachable");
}

static void print_set(struct printer printer, const struct set_node *set)
{
	fputs("set ", printer.out);
	print_token(printer, set->name);
	fprintf(printer.out, " %s {", set->type ? set->type->name : "?");
	for (const struct value_node *value = set->values; value; value = value->next) {
		fputs("\n    ", printer.out);
		print_value(printer, value);
	}
	fputs("\n}\n", printer.out);
}

static void print_match(struct printer printer, const struct match_node *match)
{
	bool list = match->values && (match->values->next || match->values->kind == VALUE_FILE);

	fprintf(printer.out, "%s%s ", match->negate ? "not " : "", match->keyword->name);
	if (!match->values)
		return;
	fputs(list ? "{ " : "", printer.out);
	print_values(printer, match->values, ", ");
	fputs(list ? " } " : " ", printer.out);
}

static void print_rule(struct printer printer, const struct rule_node *rule)
{
	for (const struct match_node *match = rule->matches; match; match = match->next)
		print_match(printer, match);
	if (token_given(rule->late)) {
		fputs("late ", printer.out);
		print_token(printer, rule->late);
		putc(' ', printer.out);
	}
	fprintf(printer.out, "%s%s", rule->log ? "log " : "", action_name(rule->action));
	if (rule->action == ACTION_VIA) {
		putc(' ', printer.out);
		print_token(printer, rule->target);
	}
	putc('\n', printer.out);
}

void config_print(const struct config *config, FILE *out)
{
	struct printer printer = {.config = config, .out = out};

	for_each_statement(statement, config)
	{
		switch (statement->kind) {
		case STATEMENT_OPTION:
			print_option(printer, statement->option);
			break;
		case STATEMENT_GATEWAY:
			print_gateway(printer, statement->gateway);
			break;
		case STATEMENT_GROUP:
			print_group(printer, statement->group);
			break;
		case STATEMENT_SET:
			print_set(printer, statement->set);
			break;
		case STATEMENT_RULE:
			print_rule(printer, statement->rule);
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
