/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks_iptables.c - the hooks as own chains in the tables of iptables and ip6tables
 *
 * The text is the same for both families. What is there already is read with iptables-save, so that one text per
 * table takes out the jumps of an earlier run, fills the chains anew and puts the jumps in: iptables-restore
 * commits a table as a whole, and no packet finds it half done.
 */
#include "hooks_backend.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "program.h"

#define PREFIX "NFQROUTE_"

/* By trying, in this order: "iptables" is what the administrator chose; the kernel may support only another. */
static const char *const candidates[] = {"iptables", "iptables-legacy", "iptables-nft"};

enum { CANDIDATES = sizeof candidates / sizeof *candidates, NAME_LENGTH = 32, REASON = 512 };

/* --- the rules ------------------------------------------------------------------------------------------------
 */

static void print_entry(FILE *out, const struct ruleset *ruleset)
{
	const uint32_t mask = ruleset->marks.mask;
	uint32_t value;

	fputs("-A NFQROUTE_PREROUTING -i lo -j RETURN\n"
	      "# replies never go by a gateway's table, whoever restored its mark\n",
	      out);
	fprintf(out,
		"-A NFQROUTE_PREROUTING -m conntrack --ctdir REPLY -m mark ! --mark 0x0/0x%x -g NFQROUTE_REPLY\n",
		ruleset->marks.route_mask);
	for (unsigned i = 0; (value = hooks_value(ruleset, i)); i++)
		fprintf(out, "-A NFQROUTE_REPLY -m mark --mark 0x%x/0x%x -j MARK --set-xmark 0x0/0x%x\n", value,
			mask, mask);
	if (ruleset->options.forward)
		fputs("-A NFQROUTE_PREROUTING -m conntrack --ctdir ORIGINAL -g NFQROUTE_STEER\n", out);
	fputs("-A NFQROUTE_OUTPUT -o lo -j RETURN\n", out);
	if (ruleset->options.local) {
		fputs("-A NFQROUTE_OUTPUT -m conntrack --ctdir ORIGINAL -g NFQROUTE_STEER\n", out);
	} else if (ruleset_moves(ruleset)) { /* what the daemon itself sends for forwarded connections */
		fprintf(out, "-A NFQROUTE_OUTPUT -m mark --mark 0x%x/0x%x -g NFQROUTE_STEER\n", ruleset->marks.open,
			ruleset->marks.open);
		fprintf(out,
			"-A NFQROUTE_OUTPUT -m conntrack --ctdir ORIGINAL -m connmark ! --mark 0x0/0x%x "
			"-g NFQROUTE_RESTORE\n",
			ruleset->marks.route_mask);
	}
}

static void print_queue(FILE *out, const char *chain, struct hooks_queues queues)
{
	if (queues.first == queues.last)
		fprintf(out, "-A %s -j NFQUEUE --queue-num %u --queue-bypass\n", chain, queues.first);
	else
		fprintf(out, "-A %s -j NFQUEUE --queue-balance %u:%u --queue-bypass\n", chain, queues.first,
			queues.last);
}

static void print_steer(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;
	const uint32_t mask = marks->mask, route = marks->route_mask;
	uint32_t value;

	fprintf(out, "-A NFQROUTE_STEER -m mark ! --mark 0x0/0x%x -g NFQROUTE_MARKED\n", route);
	fputs("-A NFQROUTE_STEER -g NFQROUTE_DECIDE\n"
	      "# what is not among these is provisional (the daemon's own), or the bits are in use by somebody "
	      "else\n",
	      out);
	for (unsigned i = 0; (value = hooks_value(plan->ruleset, i)); i++)
		fprintf(out, "-A NFQROUTE_MARKED -m mark --mark 0x%x/0x%x -g NFQROUTE_DECIDE\n", value, mask);
	fputs("# so that the answers to a probe are known\n", out);
	fprintf(out,
		"-A NFQROUTE_MARKED -m mark --mark 0x%x/0x%x -m connmark --mark 0x0/0x%x "
		"-j CONNMARK --save-mark --nfmask 0x%x --ctmask 0x%x\n",
		marks->open, marks->open, mask, mask, mask);

	fprintf(out, "-A NFQROUTE_DECIDE -m connmark ! --mark 0x0/0x%x -g NFQROUTE_RESTORE\n", route);
	fprintf(out, "-A NFQROUTE_DECIDE -j MARK --set-xmark 0x0/0x%x\n", mask);
	fputs("# not the connection's first packet\n", out);
	fprintf(out, "-A NFQROUTE_DECIDE -m conntrack ! --ctstate NEW -j MARK --set-xmark 0x%x/0x%x\n",
		marks->open, mask);
	print_queue(out, "NFQROUTE_DECIDE", plan->queues);
}

/* Behind the address translation of replies, so that they show the addresses the connection began with. */
static void print_replies(FILE *out, const struct hooks_plan *plan)
{
	const struct ruleset *ruleset = plan->ruleset;
	const struct marks *marks = &ruleset->marks;

	if (!plan->replies)
		return;
	if (ruleset->options.forward)
		fputs("-A NFQROUTE_FORWARD -m conntrack --ctdir REPLY -g NFQROUTE_REPLIES\n", out);
	if (ruleset->options.local)
		fputs("-A NFQROUTE_INPUT ! -i lo -m conntrack --ctdir REPLY -g NFQROUTE_REPLIES\n", out);
	fprintf(out,
		"-A NFQROUTE_REPLIES -m connmark --mark 0x%x/0x%x -m connmark ! --mark 0x%x/0x%x -g NFQROUTE_ANSWERS\n",
		marks->open, marks->open, marks->mask, marks->mask);
	fprintf(out, "-A NFQROUTE_REPLIES -m connmark ! --mark 0x0/0x%x -j RETURN\n", marks->route_mask);
	print_queue(out, "NFQROUTE_REPLIES", plan->queues);
	fprintf(out, "-A NFQROUTE_ANSWERS -j MARK --set-xmark 0x%x/0x%x\n", marks->open, marks->mask);
	print_queue(out, "NFQROUTE_ANSWERS", plan->queues);
}

static void print_restore(FILE *out, const struct marks *marks)
{
	const uint32_t mask = marks->mask, route = marks->route_mask;

	fputs("# main\n", out);
	fprintf(out, "-A NFQROUTE_RESTORE -m connmark --mark 0x%x/0x%x -j MARK --set-xmark 0x0/0x%x\n", route,
		route, mask);
	fprintf(out,
		"-A NFQROUTE_RESTORE -m connmark ! --mark 0x%x/0x%x "
		"-j CONNMARK --restore-mark --nfmask 0x%x --ctmask 0x%x\n",
		route, route, mask, route);
}

/* In mangle and in filter alike: the decision to the connmark, and the end of what is to be dropped. */
static void print_settle(FILE *out, const struct ruleset *ruleset)
{
	const struct marks *marks = &ruleset->marks;
	uint32_t value;

	fprintf(out,
		"-A NFQROUTE_SETTLE -m conntrack --ctdir ORIGINAL -m connmark --mark 0x0/0x%x "
		"-m mark ! --mark 0x0/0x%x -j NFQROUTE_SAVE\n",
		marks->route_mask, marks->route_mask);
	for (unsigned i = 0; (value = hooks_value(ruleset, i)); i++)
		fprintf(out,
			"-A NFQROUTE_SAVE -m mark --mark 0x%x/0x%x "
			"-j CONNMARK --save-mark --nfmask 0x%x --ctmask 0x%x\n",
			value, marks->mask, marks->mask, marks->mask);
	fprintf(out, "-A NFQROUTE_SETTLE -m connmark --mark 0x%x/0x%x -m conntrack ! --ctstate RELATED -j DROP\n",
		marks->drop, marks->route_mask);
}

static void print_mangle(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	print_entry(out, plan->ruleset);
	print_steer(out, plan);
	print_restore(out, marks);
	print_replies(out, plan);
	print_settle(out, plan->ruleset);
	fputs("# refused ones come here only if a rule in filter has let them pass before ours\n"
	      "-A NFQROUTE_POSTROUTING -j NFQROUTE_SETTLE\n",
	      out);
	fprintf(out,
		"-A NFQROUTE_POSTROUTING -m connmark --mark 0x%x/0x%x -m conntrack ! --ctstate RELATED -j DROP\n",
		marks->reject, marks->route_mask);
}

static void print_filter(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	print_settle(out, plan->ruleset);
	fprintf(out,
		"-A NFQROUTE_SETTLE -m connmark --mark 0x%x/0x%x -m conntrack ! --ctstate RELATED "
		"-g NFQROUTE_REFUSE\n",
		marks->reject, marks->route_mask);
	fputs("-A NFQROUTE_REFUSE -m conntrack --ctdir REPLY -j DROP\n"
	      "-A NFQROUTE_REFUSE -p tcp -j REJECT --reject-with tcp-reset\n"
	      "-A NFQROUTE_REFUSE -j REJECT\n",
	      out);
}

static void print_nat(FILE *out, const struct hooks_plan *plan)
{
	for (unsigned i = 0; i < plan->ruleset->gateway_count; i++) {
		const struct gateway *gateway = &plan->ruleset->gateways[i];

		if (!gateway->masquerade)
			continue;
		fputs("-A NFQROUTE_POSTROUTING ", out);
		if (hooks_names_device(gateway))
			fprintf(out, "-o %s ", gateway->device);
		fprintf(out, "-m mark --mark 0x%x/0x%x -j MASQUERADE\n", gateway->mark,
			plan->ruleset->marks.route_mask);
	}
}

/* A connection that the daemon opens again by another path is tracked in a zone of its own, its answers in the common
 * one, where they arrive. */
static void print_raw(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	if (!plan->moves)
		return;
	fprintf(out,
		"-A NFQROUTE_OUTPUT -m mark --mark 0x%x/0x%x -m mark ! --mark 0x0/0x%x -m mark ! --mark 0x%x/0x%x "
		"-j CT --zone-orig %u\n",
		marks->open, marks->open, marks->route_mask, marks->mask, marks->mask,
		plan->ruleset->options.rehome_zone);
}

/* --- the tables -----------------------------------------------------------------------------------------------
 */

struct table {
	const char *name;
	const char *chains; /* ours in it, one a line */
	const char *jumps;  /* from the built-in chains, where find_jump() finds them again */
	void (*print)(FILE *out, const struct hooks_plan *plan);
};

/* Those behind are by themselves: a kernel may lack them. */
enum { MANGLE, FILTER, NAT, RAW, TABLES, TABLES_NEEDED = NAT };

static const struct table tables[TABLES] = {
	[MANGLE] = {.name = "mangle",
		    .chains = ":NFQROUTE_PREROUTING - [0:0]\n"
			      ":NFQROUTE_OUTPUT - [0:0]\n"
			      ":NFQROUTE_FORWARD - [0:0]\n"
			      ":NFQROUTE_INPUT - [0:0]\n"
			      ":NFQROUTE_REPLIES - [0:0]\n"
			      ":NFQROUTE_ANSWERS - [0:0]\n"
			      ":NFQROUTE_POSTROUTING - [0:0]\n"
			      ":NFQROUTE_REPLY - [0:0]\n"
			      ":NFQROUTE_STEER - [0:0]\n"
			      ":NFQROUTE_MARKED - [0:0]\n"
			      ":NFQROUTE_DECIDE - [0:0]\n"
			      ":NFQROUTE_RESTORE - [0:0]\n"
			      ":NFQROUTE_SETTLE - [0:0]\n"
			      ":NFQROUTE_SAVE - [0:0]\n",
		    .jumps = "# queue last, save first: a queued packet skips the rest of the table\n"
			     "-A PREROUTING -j NFQROUTE_PREROUTING\n"
			     "-A OUTPUT -j NFQROUTE_OUTPUT\n"
			     "-A FORWARD -j NFQROUTE_FORWARD\n"
			     "-A INPUT -j NFQROUTE_INPUT\n"
			     "-I INPUT -j NFQROUTE_SETTLE\n"
			     "-I POSTROUTING -j NFQROUTE_POSTROUTING\n",
		    .print = print_mangle},
	[FILTER] = {.name = "filter",
		    .chains = ":NFQROUTE_SETTLE - [0:0]\n"
			      ":NFQROUTE_SAVE - [0:0]\n"
			      ":NFQROUTE_REFUSE - [0:0]\n",
		    .jumps = "-I INPUT -j NFQROUTE_SETTLE\n"
			     "-I FORWARD -j NFQROUTE_SETTLE\n"
			     "-I OUTPUT -j NFQROUTE_SETTLE\n",
		    .print = print_filter},
	[NAT] = {.name = "nat",
		 .chains = ":NFQROUTE_POSTROUTING - [0:0]\n",
		 .jumps = "-I POSTROUTING -j NFQROUTE_POSTROUTING\n",
		 .print = print_nat},
	[RAW] = {.name = "raw",
		 .chains = ":NFQROUTE_OUTPUT - [0:0]\n",
		 .jumps = "-I OUTPUT -j NFQROUTE_OUTPUT\n",
		 .print = print_raw},
};

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

/* The command for each chain of ours in lines. */
static void print_chains(FILE *out, struct text lines, const char *command)
{
	struct text line;

	while (next_line(&lines, &line))
		if (starts(line, ":" PREFIX))
			fprintf(out, "%s %.*s\n", command, (int)strcspn(line.at + 1, " \n"), line.at + 1);
}

static bool has_ours(struct text lines)
{
	struct text line;

	while (next_line(&lines, &line))
		if (starts(line, ":" PREFIX) || is_jump(line))
			return true;
	return false;
}

/* One table filled anew, in one step; saved tells what is there. */
static void print_table(FILE *out, const struct table *table, const struct hooks_plan *plan, const char *saved)
{
	fprintf(out, "*%s\n%s", table->name, table->chains);
	print_deletions(out, table_lines(saved, table->name));
	fputs(table->jumps, out);
	table->print(out, plan);
	fputs("COMMIT\n", out);
}

/* nat has the kernel give a moved connection a port of its own where both paths look the same. */
static bool is_wanted(unsigned table, const struct hooks_plan *plan)
{
	if (table == NAT)
		return plan->masquerade || plan->moves;
	return table < TABLES_NEEDED || plan->moves;
}

static void print(FILE *out, const struct hooks_plan *plan)
{
	fputs("# for iptables-restore --noflush, and the same for ip6tables-restore --noflush\n", out);
	for (unsigned i = 0; i < TABLES; i++)
		if (is_wanted(i, plan))
			print_table(out, &tables[i], plan, NULL);
}

/* --- the programs ---------------------------------------------------------------------------------------------
 */

/* One of the programs of a candidate: "iptables-legacy", IPv6, "-save": ip6tables-legacy-save. */
static void program_name(char name[NAME_LENGTH], const char *candidate, enum family family, const char *which)
{
	snprintf(name, NAME_LENGTH, "%s%s%s", family == FAMILY_IPV6 ? "ip6" : "ip", candidate + strlen("ip"),
		 which);
}

/* The complaint on one line. */
static void explain(char *error, size_t size, const char *name, const struct program_result *result)
{
	const char *said = result->errors ? result->errors : "";
	size_t length = strlen(said);

	while (length && said[length - 1] == '\n')
		length--;
	if (length)
		snprintf(error, size, "%s: %.*s", name, (int)length, said);
	else
		snprintf(error, size, "%s: exit status %d", name, result->status);
	for (char *at = error; (at = strchr(at, '\n'));)
		*at = ' ';
}

/* What the program's tables hold, to be freed; NULL with a message in error. */
static char *save(const char *candidate, enum family family, char *error, size_t size)
{
	char name[NAME_LENGTH];
	const char *const argv[] = {name, NULL};
	struct program_result result;
	char *saved = NULL;
	int failed;

	program_name(name, candidate, family, "-save");
	failed = program_run(argv, NULL, &result);
	if (failed)
		snprintf(error, size, "%s: %s", name, strerror(failed));
	else if (result.status || !result.output)
		explain(error, size, name, &result);
	else
		saved = strdup(result.output);
	program_result_free(&result);
	return saved;
}

static bool restore(const char *candidate, enum family family, const char *text, char *error, size_t size)
{
	char name[NAME_LENGTH];
	/* waits for another program that holds the lock, but not for ever */
	const char *const argv[] = {name, "--noflush", "--wait", "10", NULL};
	struct program_result result;
	int failed;

	program_name(name, candidate, family, "-restore");
	failed = program_run(argv, text, &result);
	if (failed)
		snprintf(error, size, "%s: %s", name, strerror(failed));
	else if (result.status)
		explain(error, size, name, &result);
	failed |= result.status;
	program_result_free(&result);
	return !failed;
}

/* Restores what write() writes. */
struct job {
	const char *candidate;
	enum family family;
	const struct hooks_plan *plan;
	const char *saved;
	unsigned first, behind; /* of tables */
};

static bool restore_tables(const struct job *job, void (*write)(FILE *out, const struct job *job, unsigned table),
			   char *error, size_t size)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	bool done = false;

	if (!out) {
		snprintf(error, size, "out of memory");
		return false;
	}
	for (unsigned i = job->first; i < job->behind; i++)
		write(out, job, i);
	if (fclose(out) == 0)
		done = restore(job->candidate, job->family, text, error, size);
	free(text);
	return done;
}

static void write_filled(FILE *out, const struct job *job, unsigned table)
{
	print_table(out, &tables[table], job->plan, job->saved);
}

static void write_emptied(FILE *out, const struct job *job, unsigned table)
{
	struct text lines = table_lines(job->saved, tables[table].name);

	if (!has_ours(lines))
		return;
	fprintf(out, "*%s\n", tables[table].name);
	print_deletions(out, lines);
	print_chains(out, lines, "-F");
	print_chains(out, lines, "-X");
	fputs("COMMIT\n", out);
}

static bool load_optional(struct job job, unsigned table)
{
	char reason[REASON];

	/* the kernel makes a table's hooks at the first touch: not without need */
	if (!is_wanted(table, job.plan) && !has_ours(table_lines(job.saved, tables[table].name)))
		return true;
	job.first = table;
	job.behind = table + 1;
	if (restore_tables(&job, write_filled, reason, sizeof reason))
		return true;
	log_warning("%s cannot %s: %s", job.family == FAMILY_IPV6 ? "IPv6" : "IPv4",
		    table == NAT ? "be masqueraded, nor connections be moved" : "have connections moved", reason);
	return false;
}

/* The rules of one family as planned, whatever was there. Failing, it may leave some tables done. *moves tells
 * whether connections can be moved. */
static bool load(const char *candidate, enum family family, const struct hooks_plan *plan, bool *moves, char *error,
		 size_t size)
{
	struct job job = {.candidate = candidate, .family = family, .plan = plan, .behind = TABLES_NEEDED};
	char *saved = save(candidate, family, error, size);
	bool done;

	*moves = plan->moves;
	if (!saved)
		return false;
	job.saved = saved;
	done = restore_tables(&job, write_filled, error, size);
	for (unsigned table = TABLES_NEEDED; done && table < TABLES; table++)
		*moves &= load_optional(job, table);
	free(saved);
	return done;
}

/* Removes all of ours from one family. */
static bool unload(const char *candidate, enum family family, char *error, size_t size)
{
	struct job job = {.candidate = candidate, .family = family, .behind = TABLES};
	char *saved = save(candidate, family, error, size);
	bool done = saved != NULL, ours = false;

	for (unsigned i = 0; i < TABLES; i++)
		ours |= has_ours(table_lines(saved, tables[i].name));
	job.saved = saved;
	if (ours)
		done = restore_tables(&job, write_emptied, error, size);
	free(saved);
	return done;
}

/* The candidates are at most two kinds under three names, each kind with rules of its own: 'n'ft, 'l'egacy, or 0
 * if there is no such program. */
static char kind(const char *candidate)
{
	const char *const argv[] = {candidate, "--version", NULL};
	struct program_result result;
	char found = 0;

	if (program_run(argv, NULL, &result) == 0 && result.output)
		found = strstr(result.output, "nf_tables") ? 'n' : 'l';
	program_result_free(&result);
	return found;
}

/* What a run by another kind of iptables, or before another backend, has left. */
static void purge_kinds_but(char serving)
{
	char ignored[REASON];

	for (unsigned i = 0; i < CANDIDATES; i++) {
		char other = kind(candidates[i]);

		for (enum family family = 0; other && other != serving && family < FAMILY_COUNT; family++)
			unload(candidates[i], family, ignored, sizeof ignored);
	}
}

static void purge(void)
{
	purge_kinds_but(0);
}

static bool install_by(struct hooks_state *state, const char *candidate, const struct hooks_plan *plan,
		       char *error, size_t size)
{
	char reason[REASON];

	bool moves[FAMILY_COUNT] = {false, false};

	if (!load(candidate, FAMILY_IPV4, plan, &moves[FAMILY_IPV4], error, size)) {
		unload(candidate, FAMILY_IPV4, reason, sizeof reason);
		return false;
	}
	*state = (struct hooks_state){.plan = *plan, .program = candidate};
	state->ipv6 = load(candidate, FAMILY_IPV6, plan, &moves[FAMILY_IPV6], reason, sizeof reason);
	if (!state->ipv6) {
		log_warning("IPv6 connections are not seen: %s", reason);
		unload(candidate, FAMILY_IPV6, reason, sizeof reason);
	}
	memcpy(state->moves, moves, sizeof moves);
	return true;
}

static bool install(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	char reason[REASON];

	for (unsigned i = 0; i < CANDIDATES; i++)
		if (install_by(state, candidates[i], plan, i ? reason : error, i ? sizeof reason : size)) {
			purge_kinds_but(kind(candidates[i]));
			return true;
		}
	return false; /* error tells why the administrator's choice did not work */
}

static bool replace(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	char reason[REASON];
	bool moves[FAMILY_COUNT] = {false, false};
	enum family families = state->ipv6 ? FAMILY_COUNT : FAMILY_IPV6, family;

	for (family = 0; family < families; family++)
		if (!load(state->program, family, plan, &moves[family], error, size))
			break;
	if (family == families) {
		state->plan = *plan;
		memcpy(state->moves, moves, sizeof moves);
		return true;
	}
	for (enum family back = 0; back <= family; back++)
		if (!load(state->program, back, &state->plan, &state->moves[back], reason, sizeof reason))
			log_error("cannot put back the firewall hooks: %s", reason);
	return false;
}

static void take_out(const struct hooks_state *state)
{
	char reason[REASON];

	for (enum family family = 0; family < (state->ipv6 ? FAMILY_COUNT : FAMILY_IPV6); family++)
		if (!unload(state->program, family, reason, sizeof reason))
			log_error("cannot remove the firewall hooks: %s", reason);
}

const struct hooks_driver hooks_iptables = {
	.name = "iptables",
	.print = print,
	.install = install,
	.replace = replace,
	.remove = take_out,
	.purge = purge,
};
