/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks_nft.c - the hooks as an own nft table, through libnftables
 *
 * nft cannot put two registers together ("ct mark's bits into meta mark"), only a register and constants. So where
 * the mark has no bit of others the value is simply copied, and else bit by bit: a rule for each bit of the mask.
 */
#include "hooks_backend.h"

#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* Starts from nothing, whatever an earlier run or version left. The first line keeps the second from failing. */
static const char anew[] = "table inet nfqroute\n"
			   "delete table inet nfqroute\n";
/* Keeps the chains' hooks: the kernel empties every queue when one of them goes. */
static const char in_place[] = "flush table inet nfqroute\n";

static void print_table(FILE *out, const struct hooks_plan *plan, unsigned parts)
{
	fputs("table inet nfqroute {\n", out);
	for (unsigned i = 0; hook_parts[i]; i++)
		if (parts & 1U << i)
			hook_parts[i]->nft(out, plan);
	fputs("}\n", out);
}

static void print(FILE *out, const struct hooks_plan *plan, unsigned parts)
{
	fputs("# for nft -f; removed by: nft delete table inet nfqroute\n", out);
	fputs(anew, out);
	print_table(out, plan, parts);
}

/* Runs the text as one transaction: all of it or nothing. */
static bool run(const char *text, char *error, size_t size)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	const char *said = NULL;
	bool done;

	if (!nft) {
		snprintf(error, size, "out of memory");
		return false;
	}
	nft_ctx_buffer_error(nft);
	nft_ctx_buffer_output(nft);
	done = nft_run_cmd_from_buffer(nft, text) == 0;
	if (!done)
		said = nft_ctx_get_error_buffer(nft);
	if (said)
		snprintf(error, size, "%.*s", (int)strcspn(said, "\n"), said);
	nft_ctx_free(nft);
	return done;
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
	if (fclose(out) == 0)
		done = run(text, error, size);
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

static bool install(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	return load_best(anew, state, plan, error, size);
}

/* Somebody may have removed the table meanwhile ("flush ruleset"): then it comes back. */
static bool replace(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	return load_best(in_place, state, plan, error, size) || load_best(anew, state, plan, error, size);
}

static char *list(const struct hooks_state *state)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	char *text;

	(void)state;
	if (!nft)
		return NULL;
	nft_ctx_buffer_error(nft);
	nft_ctx_buffer_output(nft);
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_STATELESS);
	/* nothing where there is no such table */
	text = strdup(nft_run_cmd_from_buffer(nft, "list table inet nfqroute") ? ""
									       : nft_ctx_get_output_buffer(nft));
	nft_ctx_free(nft);
	return text;
}

static bool uses(const char *table)
{
	return strcmp(table, "nfqroute") == 0;
}

static void purge(void)
{
	char ignored[1];

	run(anew, ignored, sizeof ignored);
}

static void take_out(const struct hooks_state *state)
{
	char error[256];

	(void)state;
	if (!run(anew, error, sizeof error))
		log_error("cannot remove the firewall hooks: %s", error);
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
