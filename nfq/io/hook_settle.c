/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_settle.c - part of the hooks: decisions to the connmark, and the end of what is dropped or rejected
 *
 *   settle   (filter hooks, and postrouting and input where somebody's accept may stand before) original
 * direction, connmark empty, one of our values on the packet: to the connmark. Then what has a connmark of drop or
 * reject ends here, in both directions, but for the answer to it (the reset or ICMP error is related to the
 *            connection).
 */
#include "hook_part.h"

enum { SETTLED = 8 }; /* gateways whose packets are asked for by their mark first: it has to cost less than it saves */

static void print_save(FILE *out, const struct ruleset *ruleset)
{
	const struct marks *marks = &ruleset->marks;
	uint32_t value;

	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (hooks_names_device(&ruleset->gateways[i]))
			fprintf(out,
				"-A NFQROUTE_SAVE ! -o %s -m mark --mark 0x%x/0x%x -j MARK --set-xmark "
				"0x%x/0x%x\n",
				ruleset->gateways[i].device, ruleset->gateways[i].mark, marks->mask, marks->main,
				marks->mask);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (hooks_names_device(&ruleset->gateways[i])) /* its answers go by where it came in */
			fprintf(out,
				"-A NFQROUTE_SAVE -i %s -m connmark --mark 0x%x/0x%x -m mark --mark 0x%x/0x%x "
				"-j MARK --set-xmark 0x%x/0x%x\n",
				ruleset->gateways[i].device, ruleset->gateways[i].mark | marks->open, marks->mask,
				marks->main, marks->mask, ruleset->gateways[i].mark, marks->mask);
	for (unsigned i = 0; (value = hooks_value(ruleset, i)); i++)
		fprintf(out,
			"-A NFQROUTE_SAVE -m mark --mark 0x%x/0x%x "
			"-j CONNMARK --save-mark --nfmask 0x%x --ctmask 0x%x\n",
			value, marks->mask, marks->mask, marks->mask);
}

/* The decision to the connmark. What is decided already passes these two rules. */
static void print_settle(FILE *out, const struct marks *marks, const char *chain)
{
	fprintf(out,
		"-A %s -m mark ! --mark 0x0/0x%x -m connmark --mark 0x0/0x%x -m conntrack --ctdir ORIGINAL "
		"-j NFQROUTE_SAVE\n",
		chain, marks->route_mask, marks->route_mask);
	fprintf(out,
		"-A %s -m mark ! --mark 0x0/0x%x -m connmark --mark 0x%x/0x%x -m connmark ! --mark 0x%x/0x%x "
		"-m conntrack --ctdir ORIGINAL -j NFQROUTE_DECIDED\n",
		chain, marks->route_mask, marks->open, marks->open, marks->mask, marks->mask);
}

/* In mangle and in filter alike: where a decision is saved. */
static void print_decided(FILE *out, const struct ruleset *ruleset, const char *refuse)
{
	fprintf(out,
		"# has come in by a gateway's device; the reset has to find its way by the connmark\n"
		"-A NFQROUTE_DECIDED -m mark --mark 0x%x/0x%x %s\n"
		"-A NFQROUTE_DECIDED -g NFQROUTE_SAVE\n",
		ruleset->marks.reject, ruleset->marks.mask, refuse);
	print_save(out, ruleset);
}

/* Connections that are to be dropped or rejected end; no gateway's has to pass more than the first of these. And:
 * what is asked before the connmark. */
static void print_refused(FILE *out, const struct marks *marks, const char *chain, const char *and, const char *refuse)
{
	const uint32_t common = marks->drop & marks->reject;

	fprintf(out,
		"-A %s %s-m connmark --mark 0x%x/0x%x -m connmark ! --mark 0x%x/0x%x "
		"-m conntrack ! --ctstate RELATED -j NFQROUTE_REFUSED\n",
		chain, and, common, common, marks->route_mask, marks->route_mask);
	fprintf(out, "-A NFQROUTE_REFUSED -m connmark --mark 0x%x/0x%x -j DROP\n", marks->drop, marks->route_mask);
	fprintf(out, "-A NFQROUTE_REFUSED -m connmark --mark 0x%x/0x%x %s\n", marks->reject, marks->route_mask, refuse);
}

/* Where a mark has been given in the output hook, the hook's later chains still see the device that the packet had
 * been meant for without it: so a gateway's mark is saved behind it, in postrouting. */
static void print_output(FILE *out, const struct ruleset *ruleset)
{
	fprintf(out, "-A NFQROUTE_OUTPUT -m connmark --mark 0x%x/0x%x -j RETURN\n", ruleset->marks.main,
		ruleset->marks.mask);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (hooks_names_device(&ruleset->gateways[i]))
			fprintf(out, "-A NFQROUTE_OUTPUT -m mark --mark 0x%x/0x%x -j RETURN\n",
				ruleset->gateways[i].mark, ruleset->marks.mask);
	fputs("-A NFQROUTE_OUTPUT -j NFQROUTE_SETTLE\n", out);
}

/* Most packets: their decision has been saved. Asked gateway by gateway, whose mark the packet shows, as one look at the
 * connmark costs as much as six at that. */
static void print_settled(FILE *out, const struct ruleset *ruleset)
{
	for (unsigned i = 0; i < ruleset->gateway_count && i < SETTLED; i++)
		fprintf(out,
			"-A NFQROUTE_POSTROUTING -m mark --mark 0x%x/0x%x -m connmark --mark 0x%x/0x%x -j RETURN\n",
			ruleset->gateways[i].mark, ruleset->marks.mask, ruleset->gateways[i].mark, ruleset->marks.mask);
}

static void print_mangle(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;
	char marked[64];

	snprintf(marked, sizeof marked, "-m mark --mark 0x%x/0x%x ", marks->drop & marks->reject,
		 marks->drop & marks->reject);
	print_settle(out, marks, "NFQROUTE_SETTLE");
	fprintf(out, "-A NFQROUTE_SETTLE -m connmark --mark 0x%x/0x%x -m conntrack ! --ctstate RELATED -j DROP\n",
		marks->drop, marks->route_mask);
	print_decided(out, plan->ruleset, "-j RETURN");
	print_settled(out, plan->ruleset);
	print_settle(out, marks, "NFQROUTE_POSTROUTING");
	fputs("# refused ones come here only if a rule in filter has let them pass before ours\n", out);
	print_refused(out, marks, "NFQROUTE_POSTROUTING", marked, "-j DROP");
	fprintf(out, "-A NFQROUTE_POSTROUTING -m mark --mark 0x%x/0x%x -j DROP\n", marks->reject, marks->mask);
}

static void print_filter(FILE *out, const struct hooks_plan *plan)
{
	print_output(out, plan->ruleset);
	print_settle(out, &plan->ruleset->marks, "NFQROUTE_SETTLE");
	print_refused(out, &plan->ruleset->marks, "NFQROUTE_SETTLE", "", "-g NFQROUTE_REFUSE");
	print_decided(out, plan->ruleset, "-g NFQROUTE_REFUSE");
	fputs("-A NFQROUTE_REFUSE -m conntrack --ctdir REPLY -j DROP\n"
	      "-A NFQROUTE_REFUSE -p tcp -j REJECT --reject-with tcp-reset\n"
	      "-A NFQROUTE_REFUSE -j REJECT\n",
	      out);
}

/* A refused connection's packets have a mark in either direction (hook_steer.c), and so has what is to be saved: most packets
 * pass forward and input with one look at it. */
static void print_nft_ways(FILE *out, const struct ruleset *ruleset)
{
	const struct marks *marks = &ruleset->marks;
	const uint32_t refused = marks->drop & marks->reject;

	fprintf(out, "\tchain settle_forward {\n\t\tmeta mark and 0x%x == 0x%x jump settle\n\t}\n", refused, refused);
	fprintf(out, "\tchain settle_input {\n\t\tmeta mark and 0x%x != 0x0 jump incoming\n\t}\n", marks->route_mask);
	fputs("\tchain settle_output {\n", out);
	hook_nft_decided(out, ruleset);
	fputs("\t\tjump outgoing\n\t}\n\tchain settle_postrouting {\n", out);
	hook_nft_decided(out, ruleset);
	fputs("\t\tct direction original goto decided\n\t}\n", out);
}

/* Where save cannot ask whether a gateway's packet leaves by its device: older kernels have no oifname in input, and in output
 * it is that of before (see print_output()). */
static void print_nft_local(FILE *out, const struct ruleset *ruleset, const char *chain, const char *verdict)
{
	fprintf(out, "\tchain %s {\n", chain);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (hooks_names_device(&ruleset->gateways[i]))
			fprintf(out, "\t\tmeta mark and 0x%x == 0x%x %s\n", ruleset->marks.mask,
				ruleset->gateways[i].mark, verdict);
	fputs("\t\tgoto settle\n\t}\n", out);
}

static void print_nft_save(FILE *out, const struct ruleset *ruleset)
{
	const struct marks *marks = &ruleset->marks;

	fputs("\tchain save {\n", out);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (hooks_names_device(&ruleset->gateways[i]))
			fprintf(out, "\t\toifname != \"%s\" meta mark and 0x%x == 0x%x jump to_main\n",
				ruleset->gateways[i].device, marks->mask, ruleset->gateways[i].mark);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (hooks_names_device(&ruleset->gateways[i]))
			fprintf(out,
				"\t\tiifname \"%s\" ct mark and 0x%x == 0x%x meta mark and 0x%x == 0x%x "
				"meta mark set meta mark and 0x%x or 0x%x\n",
				ruleset->gateways[i].device, marks->mask, ruleset->gateways[i].mark | marks->open,
				marks->mask, marks->main, ~marks->mask, ruleset->gateways[i].mark);
	fprintf(out, "\t\tmeta mark and 0x%x != ", marks->mask);
	hook_nft_values(out, ruleset);
	fprintf(out,
		" return\n"
		"\t\tct mark and 0x%x != 0x0 ct mark set ct mark and 0x%x\n"
		"\t\tgoto store\n\t}\n",
		marks->mask, ~marks->mask);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	print_nft_ways(out, plan->ruleset);
	print_nft_local(out, plan->ruleset, "incoming", "jump to_main");
	print_nft_local(out, plan->ruleset, "outgoing", "return");
	fprintf(out, "\tchain to_main {\n\t\tmeta mark set meta mark and 0x%x or 0x%x\n\t}\n", ~marks->mask,
		marks->main);
	fprintf(out,
		"\tchain settle {\n"
		"\t\t# has come in by a gateway's device: the reset has to find its way by the connmark\n"
		"\t\tct direction original meta mark and 0x%x == 0x%x ct mark and 0x%x != 0x0 "
		"ct mark and 0x%x != 0x%x goto refuse\n"
		"\t\tct direction original meta mark and 0x%x != 0x0 jump decided\n"
		"\t\tct mark and 0x%x { 0x%x, 0x%x } goto refuse\n\t}\n",
		marks->mask, marks->reject, marks->open, marks->mask, marks->mask, marks->route_mask, marks->route_mask,
		marks->drop, marks->reject);
	fprintf(out,
		"\tchain decided {\n"
		"\t\tct mark and 0x%x == 0x0 goto save\n"
		"\t\t# has come in by a gateway's device\n"
		"\t\tct mark and 0x%x != 0x0 ct mark and 0x%x != 0x%x goto save\n\t}\n",
		marks->route_mask, marks->open, marks->mask, marks->mask);
	print_nft_save(out, plan->ruleset);
	fprintf(out, "\tchain store {\n\t\tct mark and 0x%x == 0x0 ct mark set meta mark and 0x%x return\n",
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
						":NFQROUTE_DECIDED - [0:0]\n"
						":NFQROUTE_SAVE - [0:0]\n"
						":NFQROUTE_REFUSED - [0:0]\n",
				      .jumps = "# first: what is accepted or queued behind it has been seen\n"
					       "-I INPUT -j NFQROUTE_SETTLE\n"
					       "-I POSTROUTING -m mark ! --mark 0x0/@route -j NFQROUTE_POSTROUTING\n",
				      .print = print_mangle},
		     [HOOK_FILTER] =
			     {.chains = ":NFQROUTE_OUTPUT - [0:0]\n"
					":NFQROUTE_SETTLE - [0:0]\n"
					":NFQROUTE_DECIDED - [0:0]\n"
					":NFQROUTE_SAVE - [0:0]\n"
					":NFQROUTE_REFUSED - [0:0]\n"
					":NFQROUTE_REFUSE - [0:0]\n",
			      .jumps = "# refused by this packet, or by an earlier one: its mark has been restored\n"
				       "-I INPUT -m mark --mark @refused/@refused -j NFQROUTE_SETTLE\n"
				       "-I FORWARD -m mark --mark @refused/@refused -j NFQROUTE_SETTLE\n"
				       "-I OUTPUT -j NFQROUTE_OUTPUT\n",
			      .print = print_filter}},
	.nft = print_nft,
};
