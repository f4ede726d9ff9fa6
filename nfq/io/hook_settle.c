/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_settle.c - part of the hooks: decisions to the connmark, and the end of what is dropped or rejected
 *
 *   settle   (filter hooks, and postrouting and input where somebody's accept may stand before) original
 * direction, connmark empty, one of our values on the packet: to the connmark. Then what has a connmark of drop or
 * reject ends here, in both directions, but for the answer to it (the reset or ICMP error is related to the
 *            connection).
 */
#include "hook_part.h"

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

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	static const char *const hooks[] = {"forward", "input", "output"};
	const struct marks *marks = &plan->ruleset->marks;

	for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
		fprintf(out,
			"\tchain settle_%s {\n"
			"\t\ttype filter hook %s priority filter - 5; policy accept;\n"
			"\t\tgoto settle\n\t}\n",
			hooks[i], hooks[i]);
	fprintf(out, "\tchain settle {\n\t\tct direction original ct mark and 0x%x == 0x0 meta mark and 0x%x ",
		marks->route_mask, marks->mask);
	hook_nft_values(out, plan->ruleset);
	fputs(" jump save\n", out);
	fprintf(out, "\t\tct mark and 0x%x { 0x%x, 0x%x } goto refuse\n\t}\n", marks->route_mask, marks->drop,
		marks->reject);

	fprintf(out, "\tchain save {\n\t\tct mark and 0x%x == 0x0 ct mark set meta mark and 0x%x return\n",
		~marks->mask, marks->mask);
	hook_nft_bits(out, marks->mask, "ct mark", "meta mark");
	fputs("\t}\n", out);

	fprintf(out,
		"\tchain refuse {\n\t\tct state related accept\n"
		"\t\tct direction reply drop\n"
		"\t\tct mark and 0x%x == 0x%x drop\n"
		"\t\tmeta l4proto tcp reject with tcp reset\n"
		"\t\treject with icmpx type port-unreachable\n\t}\n",
		marks->route_mask, marks->drop);
}

const struct hook_part hook_settle = {
	.iptables = {[HOOK_MANGLE] = {.chains = ":NFQROUTE_POSTROUTING - [0:0]\n"
						":NFQROUTE_SETTLE - [0:0]\n"
						":NFQROUTE_SAVE - [0:0]\n",
				      .jumps = "# first: what is accepted or queued behind it has been seen\n"
					       "-I INPUT -j NFQROUTE_SETTLE\n"
					       "-I POSTROUTING -j NFQROUTE_POSTROUTING\n",
				      .print = print_mangle},
		     [HOOK_FILTER] = {.chains = ":NFQROUTE_SETTLE - [0:0]\n"
						":NFQROUTE_SAVE - [0:0]\n"
						":NFQROUTE_REFUSE - [0:0]\n",
				      .jumps = "-I INPUT -j NFQROUTE_SETTLE\n"
					       "-I FORWARD -j NFQROUTE_SETTLE\n"
					       "-I OUTPUT -j NFQROUTE_SETTLE\n",
				      .print = print_filter}},
	.nft = print_nft,
};
