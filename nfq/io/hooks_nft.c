/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks_nft.c - the hooks as an own nft table, through libnftables
 *
 * nft cannot put two registers together ("ct mark's bits into meta mark"), only a register and constants. So where
 * the mark has no bit of others the value is simply copied, and else bit by bit: a rule for each bit of the mask.
 */
#include "hooks_backend.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "memory_text.h"
#include "nft.h"

#define TABLE "nfqroute"

/* Starts from nothing, whatever an earlier run or version left. The first line keeps the second from failing. */
static const char anew[] = "table inet " TABLE "\n"
			   "delete table inet " TABLE "\n";
/* Keeps the chains' hooks: the kernel empties every queue when one of them goes. */
static const char in_place[] = "flush table inet " TABLE "\n";

/* The chains that parts write into, in their order: a packet pays for each base chain, whatever is in it. */
static void print_shared(FILE *out, const struct ruleset *ruleset)
{
	static const char *const hooks[] = {"forward", "input", "output"};

	fputs("\t# behind the mangle chains of others: see what they see, and keep what they mark\n"
	      "\tchain prerouting {\n"
	      "\t\ttype filter hook prerouting priority mangle + 5; policy accept;\n"
	      "\t\tiif \"lo\" accept\n\t}\n"
	      "\tchain output {\n"
	      "\t\ttype route hook output priority mangle + 5; policy accept;\n"
	      "\t\toif \"lo\" accept\n\t}\n",
	      out);
	for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
		fprintf(out,
			"\tchain settle_%s {\n"
			"\t\ttype filter hook %s priority filter - 5; policy accept;\n\t}\n",
			hooks[i], hooks[i]);
	fprintf(out,
		"\tchain settle_postrouting {\n"
		"\t\ttype filter hook postrouting priority mangle - 5; policy accept;\n"
		"\t\tmeta mark and 0x%x == 0x0 accept\n\t}\n",
		ruleset->marks.route_mask);
}

static void print_table(FILE *out, const struct hooks_plan *plan, unsigned parts)
{
	fputs("table inet " TABLE " {\n", out);
	print_shared(out, plan->ruleset);
	for (unsigned i = 0; hook_parts[i]; i++)
		if (parts & 1U << i)
			hook_parts[i]->nft(out, plan);
	fputs("}\n", out);
}

static bool print(FILE *out, const struct hooks_plan *plan, unsigned parts)
{
	fputs("# for nft -f; removed by: nft delete table inet " TABLE "\n", out);
	fputs(anew, out);
	print_table(out, plan, parts);
	return true;
}

/* Without a hook: one that comes and goes, as with a transaction that fails, has the kernel empty every queue, and
 * packets may be waiting there for the daemon that is just beginning. */
static bool has_queue(char *error, size_t size)
{
	return nft_would_run("table inet " TABLE "_try { chain any { queue num 0 bypass; }; }\n", error, size);
}

/* ctx is what goes before. */
static bool load(void *ctx, const struct hooks_plan *plan, unsigned parts, char *error, size_t size)
{
	const char *before = ctx;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	bool done = false;

	if (!out) {
		snprintf(error, size, "out of memory");
		return false;
	}
	fputs(before, out);
	print_table(out, plan, parts);
	if (memory_text_end(out, &text))
		done = nft_run(text, error, size);
	else
		snprintf(error, size, "out of memory");
	free(text);
	return done;
}

static bool load_best(const char *before, struct hooks_state *state, const struct hooks_plan *plan, char *error,
		      size_t size)
{
	unsigned parts;

	if (!hooks_load_best(plan, load, (void *)before, "", &parts, error, size))
		return false;
	state->plan = *plan;
	state->parts[FAMILY_IPV4] = state->parts[FAMILY_IPV6] = parts;
	return true;
}

/* Somebody may have removed the table meanwhile ("flush ruleset"): then it comes back. */
static bool replace(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	return load_best(in_place, state, plan, error, size) || load_best(anew, state, plan, error, size);
}

static char *list(const struct hooks_state *state)
{
	(void)state;
	return nft_list("list table inet " TABLE);
}

/* What a predecessor left is replaced in place as well, since packets may be waiting in its queues. */
static bool install(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	char *left;
	bool any;

	if (!has_queue(error, size))
		return false;
	left = list(state);
	any = left && *left;
	free(left);
	return any ? replace(state, plan, error, size) : load_best(anew, state, plan, error, size);
}

static bool uses(const char *table)
{
	return strcmp(table, TABLE) == 0;
}

static void purge(void)
{
	nft_remove_table(TABLE);
}

static void take_out(const struct hooks_state *state)
{
	int error = nft_remove_table(TABLE);

	(void)state;
	if (error)
		log_error("cannot remove the firewall hooks: %s", strerror(error));
}

const struct hooks_driver hooks_nft = {
	.name = "nft",
	.print = print,
	.install = install,
	.replace = replace,
	.list = list,
	.uses = uses,
	.remove = take_out,
	.purge = purge,
};
