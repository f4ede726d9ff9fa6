/* SPDX-License-Identifier: GPL-2.0-or-later
 * iptables_text.c - the text that iptables-save prints and iptables-restore --noflush reads, as far as it is ours
 */
#include "iptables_text.h"
#include "memory_text.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "NFQROUTE_"

const char *const hook_table_names[HOOK_TABLES] = {
	[HOOK_MANGLE] = "mangle", [HOOK_FILTER] = "filter", [HOOK_NAT] = "nat", [HOOK_RAW] = "raw"};

/* A stretch of what iptables-save printed. */
struct text {
	const char *at, *end;
};

/* Takes the first line off text; its newline belongs to neither. */
static bool next_line(struct text *text, struct text *line)
{
	const char *newline = text->at < text->end ? memchr(text->at, '\n', (size_t)(text->end - text->at)) : NULL;

	if (text->at >= text->end)
		return false;
	line->at = text->at;
	line->end = newline ? newline : text->end;
	text->at = newline ? newline + 1 : text->end;
	return true;
}

static bool starts(struct text line, const char *with)
{
	size_t length = strlen(with);

	return (size_t)(line.end - line.at) >= length && memcmp(line.at, with, length) == 0;
}

static bool is_line(struct text line, const char *first, const char *rest)
{
	return starts(line, first) && (size_t)(line.end - line.at) == strlen(first) + strlen(rest) &&
	       memcmp(line.at + strlen(first), rest, strlen(rest)) == 0;
}

/* The lines of one table; none where saved is NULL or has no such table. */
static struct text table_lines(const char *saved, const char *table)
{
	struct text all = {saved, saved ? saved + strlen(saved) : saved}, line, found;

	while (next_line(&all, &line))
		if (is_line(line, "*", table))
			break;
	found = all;
	while (next_line(&all, &line))
		if (is_line(line, "COMMIT", ""))
			return (struct text){found.at, line.at};
	return (struct text){saved, saved};
}

/* A jump from a chain that is not ours to one that is: the target ends the line. */
static bool is_jump(struct text line)
{
	static const char jump[] = " -j " PREFIX;
	const size_t length = sizeof jump - 1;
	const char *at;

	if (!starts(line, "-A ") || starts(line, "-A " PREFIX))
		return false;
	for (at = line.end; at > line.at && at[-1] != ' ';)
		at--;
	/* at is where the last word begins */
	return (size_t)(at - line.at) >= 4 && (size_t)(line.end - at) >= length - 4 &&
	       memcmp(at - 4, jump, length) == 0;
}

static void print_deletions(FILE *out, struct text lines)
{
	struct text line;

	while (next_line(&lines, &line))
		if (is_jump(line))
			fprintf(out, "-D%.*s\n", (int)(line.end - line.at - 2), line.at + 2);
}

static bool has_ours(struct text lines)
{
	struct text line;

	while (next_line(&lines, &line))
		if (starts(line, ":" PREFIX) || is_jump(line))
			return true;
	return false;
}

/* --- writing a table --- */

/* What the parts have in one table. */
struct filling {
	const struct hook_chains *of[sizeof(unsigned) * 8];
	size_t count;
};

static struct filling filling_of(unsigned parts, enum hook_table table)
{
	struct filling filling = {.count = 0};

	for (unsigned i = 0; hook_parts[i]; i++) {
		const struct hook_chains *chains = &hook_parts[i]->iptables[table];

		if (parts & 1U << i && chains->chains)
			filling.of[filling.count++] = chains;
	}
	return filling;
}

/* Declared, and so emptied, by one of them: chain is a line of iptables-save, ":NAME POLICY [COUNTERS]". */
static bool declares(const struct filling *filling, struct text chain)
{
	size_t length = strcspn(chain.at, " \n") + 1;

	for (size_t i = 0; i < filling->count; i++) {
		const char *chains = filling->of[i]->chains;
		struct text all = {chains, chains + strlen(chains)}, line;

		while (next_line(&all, &line))
			if ((size_t)(line.end - line.at) > length && memcmp(line.at, chain.at, length) == 0)
				return true;
	}
	return false;
}

/* The command for each chain of ours in lines that is not wanted any more. */
static void print_stale(FILE *out, const struct filling *filling, struct text lines, const char *command)
{
	struct text line;

	while (next_line(&lines, &line))
		if (starts(line, ":" PREFIX) && !declares(filling, line))
			fprintf(out, "%s %.*s\n", command, (int)strcspn(line.at + 1, " \n"), line.at + 1);
}

/* A rule of the chain that the jump leads to: its target ends the line. */
static bool leads_to_rules(struct text jump, struct text rules)
{
	struct text line, target = jump;
	size_t length;

	for (target.at = target.end; target.at > jump.at && target.at[-1] != ' ';)
		target.at--;
	length = (size_t)(target.end - target.at);
	while (next_line(&rules, &line)) {
		if (starts(line, "-4 ") || starts(line, "-6 "))
			line.at += 3;
		if (starts(line, "-A ") && (size_t)(line.end - line.at) > length + 3 &&
		    memcmp(line.at + 3, target.at, length) == 0 && line.at[3 + length] == ' ')
			return true;
	}
	return false;
}

/* A jump with the marks' numbers in place of the words that stand for them (hook_part.h). */
static void print_jump(FILE *out, struct text jump, const struct marks *marks)
{
	const struct {
		const char *word;
		uint32_t number;
	} words[] = {{"@mask", marks->mask},
		     {"@route", marks->route_mask},
		     {"@open", marks->open},
		     {"@refused", marks->drop & marks->reject}};

	for (const char *at = jump.at; at < jump.end; at++) {
		size_t i = 0;

		while (i < sizeof words / sizeof *words && !starts((struct text){at, jump.end}, words[i].word))
			i++;
		if (i == sizeof words / sizeof *words) {
			putc(*at, out);
			continue;
		}
		fprintf(out, "0x%x", words[i].number);
		at += strlen(words[i].word) - 1;
	}
	putc('\n', out);
}

/* Those to nat's chains in any case: with them there is translation at all. */
static void print_jumps(FILE *out, enum hook_table table, const char *jumps, const struct marks *marks,
			struct text rules)
{
	struct text all = {jumps, jumps + strlen(jumps)}, line;

	while (next_line(&all, &line))
		if (table == HOOK_NAT || *line.at == '#' || leads_to_rules(line, rules))
			print_jump(out, line, marks);
}

/* Rules come behind the jumps, and tell which of these are needed. Out of memory, iptables-restore refuses it all. */
static bool print_jumps_and_rules(FILE *out, enum hook_table table, const struct filling *filling,
				  const struct hooks_plan *plan)
{
	char *text = NULL;
	size_t length;
	FILE *rules = open_memstream(&text, &length);

	for (size_t i = 0; rules && i < filling->count; i++)
		filling->of[i]->print(rules, plan);
	if (!rules || !memory_text_end(rules, &text)) {
		fputs("out of memory\n", out);
		return false;
	}
	for (size_t i = 0; i < filling->count; i++)
		print_jumps(out, table, filling->of[i]->jumps, &plan->ruleset->marks,
			    (struct text){text, text + length});
	fputs(text, out);
	free(text);
	return true;
}

static bool print_table(FILE *out, enum hook_table table, const struct filling *filling, const struct hooks_plan *plan,
			const char *saved)
{
	struct text lines = table_lines(saved, hook_table_names[table]);
	bool whole;

	/* the kernel makes a table's hooks at the first touch: not without need */
	if (!filling->count && !has_ours(lines))
		return true;
	fprintf(out, "*%s\n", hook_table_names[table]);
	for (size_t i = 0; i < filling->count; i++)
		fputs(filling->of[i]->chains, out);
	print_deletions(out, lines);
	print_stale(out, filling, lines, "-F");
	print_stale(out, filling, lines, "-X");
	whole = print_jumps_and_rules(out, table, filling, plan);
	fputs("COMMIT\n", out);
	return whole;
}

bool iptables_text_fill(FILE *out, const struct hooks_plan *plan, unsigned parts, const char *saved)
{
	bool whole = true;

	for (enum hook_table table = 0; table < HOOK_TABLES; table++) {
		struct filling filling = plan ? filling_of(parts, table) : (struct filling){.count = 0};

		whole &= print_table(out, table, &filling, plan, saved);
	}
	return whole;
}

static void print_ours(FILE *out, struct text lines)
{
	struct text line;

	while (next_line(&lines, &line)) {
		if (starts(line, ":" PREFIX)) /* counters behind the name */
			fprintf(out, "%.*s\n", (int)strcspn(line.at, " \n"), line.at);
		else if (starts(line, "-A " PREFIX) || is_jump(line))
			fprintf(out, "%.*s\n", (int)(line.end - line.at), line.at);
	}
}

void iptables_text_ours(FILE *out, const char *saved)
{
	for (enum hook_table table = 0; table < HOOK_TABLES; table++) {
		fprintf(out, "*%s\n", hook_table_names[table]);
		print_ours(out, table_lines(saved, hook_table_names[table]));
	}
}

bool iptables_text_uses(const char *table)
{
	for (enum hook_table i = 0; i < HOOK_TABLES; i++)
		if (strcmp(hook_table_names[i], table) == 0)
			return true;
	return false;
}
