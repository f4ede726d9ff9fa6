/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_last.c - part of the hooks: the last segments of TCP connections that conntrack has forgotten, to the queue
 *
 * When a masqueraded device goes, the kernel deletes the entries of its connections. An end or a reset cannot
 * begin a new entry: it is invalid, has no direction, and would leave by the main table, with the client's own
 * address. The daemon drops those that belong to a gateway (core/forgotten.h).
 */
#include "hook_part.h"

static bool wanted(const struct hooks_plan *plan)
{
	return plan->ruleset->gateway_count;
}

static void print_chain(FILE *out, const struct hooks_plan *plan, const char *chain, const char *device)
{
	static const char *const flags[] = {"FIN", "RST"};

	for (int i = 0; i < 2; i++)
		fprintf(out,
			"-A %s ! %s lo -p tcp --tcp-flags %s %s -m conntrack --ctstate INVALID -m mark --mark "
			"0x0/0x%x "
			"-j NFQROUTE_LAST\n",
			chain, device, flags[i], flags[i], plan->ruleset->marks.route_mask);
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	if (plan->ruleset->options.forward)
		print_chain(out, plan, "NFQROUTE_LAST_FORWARDED", "-i");
	if (plan->ruleset->options.local)
		print_chain(out, plan, "NFQROUTE_LAST_LOCAL", "-o");
	hook_iptables_queue(out, "NFQROUTE_LAST", plan->queues);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	static const char *const hooks[][4] = {{"forwarded", "filter", "prerouting", "iif"},
					       {"local", "route", "output", "oif"}};
	const bool on[] = {plan->ruleset->options.forward, plan->ruleset->options.local};

	fputs("\tchain last {\n", out);
	hook_nft_queue(out, plan->queues);
	fputs("\t}\n", out);
	for (int i = 0; i < 2; i++)
		if (on[i])
			fprintf(out,
				"\tchain last_%s {\n"
				"\t\ttype %s hook %s priority mangle + 7; policy accept;\n"
				"\t\t%s != \"lo\" ct state invalid tcp flags & (fin | rst) != 0 meta mark and "
				"0x%x == 0x0 "
				"goto last\n\t}\n",
				hooks[i][0], hooks[i][1], hooks[i][2], hooks[i][3],
				plan->ruleset->marks.route_mask);
}

const struct hook_part hook_last = {
	.name = "dropping the last segments of lost connections",
	.wanted = wanted,
	.iptables[HOOK_MANGLE] = {.chains = ":NFQROUTE_LAST_FORWARDED - [0:0]\n"
					    ":NFQROUTE_LAST_LOCAL - [0:0]\n"
					    ":NFQROUTE_LAST - [0:0]\n",
				  .jumps = "-A PREROUTING -j NFQROUTE_LAST_FORWARDED\n"
					   "-A OUTPUT -j NFQROUTE_LAST_LOCAL\n",
				  .print = print_iptables},
	.nft = print_nft,
};
