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

static void print_values(FILE *out, const struct ruleset *ruleset)
{
	uint32_t value;

	for (unsigned i = 0; (value = hooks_value(ruleset, i)); i++)
		fprintf(out, "%s0x%x", i ? ", " : "{ ", value);
	fputs(" }", out);
}

/* Bits of the mask from one mark to the other, when both are known to have none of them. */
static void print_bits(FILE *out, uint32_t mask, const char *to, const char *from)
{
	for (uint32_t bit = 1; bit; bit <<= 1)
		if (mask & bit)
			fprintf(out, "\t\t%s and 0x%x == 0x%x %s set %s or 0x%x\n", from, bit, bit, to, to, bit);
}

static void print_queue(FILE *out, struct hooks_queues queues)
{
	if (queues.first == queues.last)
		fprintf(out, "\t\tqueue flags bypass to %u\n", queues.first);
	else
		fprintf(out, "\t\tqueue flags bypass to %u-%u\n", queues.first, queues.last);
}

static void print_entry(FILE *out, const struct ruleset *ruleset)
{
	const struct marks *marks = &ruleset->marks;

	fputs("\t# behind the mangle chains of others: see what they see, and keep what they mark\n"
	      "\tchain prerouting {\n"
	      "\t\ttype filter hook prerouting priority mangle + 5; policy accept;\n"
	      "\t\tiif \"lo\" accept\n",
	      out);
	if (ruleset->options.forward)
		fputs("\t\tct direction original goto steer\n", out);
	fputs("\t\t# replies never go by a gateway's table, whoever restored its mark\n", out);
	fprintf(out, "\t\tct direction reply meta mark and 0x%x ", marks->mask);
	print_values(out, ruleset);
	fprintf(out, " meta mark set meta mark and 0x%x\n\t}\n", ~marks->mask);
	fputs("\tchain output {\n"
	      "\t\ttype route hook output priority mangle + 5; policy accept;\n"
	      "\t\toif \"lo\" accept\n",
	      out);
	if (ruleset->options.local)
		fputs("\t\tct direction original goto steer\n", out);
	else if (ruleset_moves(ruleset)) /* what the daemon itself sends for forwarded connections */
		fprintf(out,
			"\t\tmeta mark and 0x%x == 0x%x goto steer\n"
			"\t\tct direction original ct mark and 0x%x != 0x0 goto restore\n",
			marks->open, marks->open, marks->route_mask);
	fputs("\t}\n", out);
}

/* A connection that the daemon opens again by another path is tracked in a zone of its own, its answers in the common
 * one, where they arrive. The nat chain has the kernel give it a port of its own where both paths look the same. */
static void print_probe(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	fprintf(out,
		"\tchain probe {\n"
		"\t\ttype filter hook output priority raw; policy accept;\n"
		"\t\tmeta mark and 0x%x != 0x0 meta mark and 0x%x != 0x0 meta mark and 0x%x != 0x%x "
		"ct original zone set %u\n\t}\n",
		marks->open, marks->route_mask, marks->mask, marks->mask, plan->ruleset->options.rehome_zone);
}

static void print_steer(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	fputs("\tchain steer {\n"
	      "\t\t# provisional (the daemon's own), or the bits are in use by somebody else\n",
	      out);
	fprintf(out, "\t\tmeta mark and 0x%x != 0x0 meta mark and 0x%x != ", marks->route_mask, marks->mask);
	print_values(out, plan->ruleset);
	fprintf(out, " goto marked\n\t\tct mark and 0x%x != 0x0 goto restore\n", marks->route_mask);
	fprintf(out, "\t\tct state new meta mark set meta mark and 0x%x\n", ~marks->mask);
	fprintf(out,
		"\t\t# not the connection's first packet\n"
		"\t\tct state != new meta mark set meta mark and 0x%x or 0x%x\n",
		~marks->mask, marks->open);
	print_queue(out, plan->queues);
	fputs("\t}\n", out);

	fprintf(out,
		"\tchain marked {\n"
		"\t\t# so that the answers to a probe are known\n"
		"\t\tmeta mark and 0x%x != 0x0 ct mark and 0x%x == 0x0 jump save\n"
		"\t\taccept\n\t}\n",
		marks->open, marks->mask);
	fprintf(out,
		"\tchain restore {\n"
		"\t\t# main\n"
		"\t\tct mark and 0x%x == 0x%x meta mark set meta mark and 0x%x accept\n",
		marks->route_mask, marks->route_mask, ~marks->mask);
	fprintf(out, "\t\tmeta mark and 0x%x == 0x0 meta mark set ct mark and 0x%x accept\n", ~marks->mask,
		marks->route_mask);
	fprintf(out, "\t\tmeta mark set meta mark and 0x%x\n", ~marks->mask);
	print_bits(out, marks->route_mask, "meta mark", "ct mark");
	fputs("\t}\n", out);
}

/* Behind the address translation of replies, so that they show the addresses the connection began with. */
static void print_replies(FILE *out, const struct hooks_plan *plan)
{
	const struct options *options = &plan->ruleset->options;
	const struct marks *marks = &plan->ruleset->marks;

	if (options->forward)
		fputs("\tchain replies_forward {\n"
		      "\t\ttype filter hook forward priority mangle + 5; policy accept;\n"
		      "\t\tct direction reply goto replies\n\t}\n",
		      out);
	if (options->local)
		fputs("\tchain replies_input {\n"
		      "\t\ttype filter hook input priority mangle + 5; policy accept;\n"
		      "\t\tiif \"lo\" accept\n"
		      "\t\tct direction reply goto replies\n\t}\n",
		      out);
	fprintf(out,
		"\tchain replies {\n"
		"\t\tct mark and 0x%x != 0x0 ct mark and 0x%x != 0x%x goto answers\n"
		"\t\tct mark and 0x%x != 0x0 accept\n",
		marks->open, marks->mask, marks->mask, marks->route_mask);
	print_queue(out, plan->queues);
	fprintf(out, "\t}\n\tchain answers {\n\t\tmeta mark set meta mark or 0x%x\n", marks->open);
	print_queue(out, plan->queues);
	fputs("\t}\n", out);
}

static void print_settle(FILE *out, const struct ruleset *ruleset)
{
	static const char *const hooks[] = {"forward", "input", "output"};
	const struct marks *marks = &ruleset->marks;

	for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
		fprintf(out,
			"\tchain settle_%s {\n"
			"\t\ttype filter hook %s priority filter - 5; policy accept;\n"
			"\t\tgoto settle\n\t}\n",
			hooks[i], hooks[i]);
	fprintf(out, "\tchain settle {\n\t\tct direction original ct mark and 0x%x == 0x0 meta mark and 0x%x ",
		marks->route_mask, marks->mask);
	print_values(out, ruleset);
	fputs(" jump save\n", out);
	fprintf(out, "\t\tct mark and 0x%x { 0x%x, 0x%x } goto refuse\n\t}\n", marks->route_mask, marks->drop,
		marks->reject);

	fprintf(out, "\tchain save {\n\t\tct mark and 0x%x == 0x0 ct mark set meta mark and 0x%x return\n",
		~marks->mask, marks->mask);
	print_bits(out, marks->mask, "ct mark", "meta mark");
	fputs("\t}\n", out);

	fprintf(out,
		"\tchain refuse {\n\t\tct state related accept\n"
		"\t\tct direction reply drop\n"
		"\t\tct mark and 0x%x == 0x%x drop\n"
		"\t\tmeta l4proto tcp reject with tcp reset\n"
		"\t\treject with icmpx type port-unreachable\n\t}\n",
		marks->route_mask, marks->drop);
}

static void print_nat(FILE *out, const struct ruleset *ruleset)
{
	fputs("\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat - 5; policy accept;\n", out);
	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		const struct gateway *gateway = &ruleset->gateways[i];

		if (!gateway->masquerade)
			continue;
		fprintf(out, "\t\tmeta mark and 0x%x == 0x%x ", ruleset->marks.route_mask, gateway->mark);
		if (hooks_names_device(gateway))
			fprintf(out, "oifname \"%s\" ", gateway->device);
		fputs("masquerade\n", out);
	}
	fputs("\t}\n", out);
}

static void print_table(FILE *out, const struct hooks_plan *plan)
{
	fputs("table inet nfqroute {\n", out);
	print_settle(out, plan->ruleset);
	print_steer(out, plan);
	print_entry(out, plan->ruleset);
	if (plan->replies)
		print_replies(out, plan);
	if (plan->moves)
		print_probe(out, plan);
	if (plan->masquerade || plan->moves)
		print_nat(out, plan->ruleset);
	fputs("}\n", out);
}

static void print(FILE *out, const struct hooks_plan *plan)
{
	fputs("# for nft -f; removed by: nft delete table inet nfqroute\n", out);
	fputs(anew, out);
	print_table(out, plan);
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

static bool load(const char *before, const struct hooks_plan *plan, char *error, size_t size)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	bool done = false;

	if (!out) {
		snprintf(error, size, "out of memory");
		return false;
	}
	fputs(before, out);
	print_table(out, plan);
	if (fclose(out) == 0)
		done = run(text, error, size);
	free(text);
	return done;
}

/* With masquerading if it can be had: a kernel without it routes all the same. */
static bool load_best(const char *before, struct hooks_state *state, struct hooks_plan plan, char *error,
		      size_t size)
{
	bool done = load(before, &plan, error, size);

	if (!done && (plan.masquerade || plan.moves)) {
		plan.masquerade = plan.moves = false;
		done = load(before, &plan, error, size);
		if (done)
			log_warning("no masquerading, no moving of connections: the kernel refuses nft's nat or zones");
	}
	if (!done)
		return false;
	state->plan = plan;
	state->moves[FAMILY_IPV4] = state->moves[FAMILY_IPV6] = plan.moves;
	return true;
}

static bool install(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	return load_best(anew, state, *plan, error, size);
}

/* Somebody may have removed the table meanwhile ("flush ruleset"): then it comes back. */
static bool replace(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	return load_best(in_place, state, *plan, error, size) || load_best(anew, state, *plan, error, size);
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
	.remove = take_out,
	.purge = purge,
};
