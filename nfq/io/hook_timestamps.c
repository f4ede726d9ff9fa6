/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_timestamps.c - part of the hooks: timestamps of connections that are moved (core/rehome.h)
 *
 * The kernel adjusts the timestamps of a connection as its entry says (CTA_SYNPROXY), in a hook that is there while
 * some rule of the network namespace has the SYN proxy's target: so one has it, in a chain that nobody jumps to.
 * That hook gives a server's reset on a moved connection a wrong number, so such resets are queued before it, and sent
 * anew with the right one. Entries with an adjustment cannot be told from others here: the program looks.
 */
#include "hook_part.h"

static bool wanted(const struct hooks_plan *plan)
{
	return plan->timestamps;
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	fputs("# never reached: while it is there the kernel adjusts timestamps of moved connections\n"
	      "-A NFQROUTE_SYNPROXY -p tcp -j SYNPROXY\n"
	      "-A NFQROUTE_RESETS -i lo -j RETURN\n",
	      out);
	fprintf(out,
		"-A NFQROUTE_RESETS -m conntrack --ctdir REPLY -m connmark ! --mark 0x0/0x%x "
		"-g NFQROUTE_RESET\n",
		marks->route_mask);
	fputs("# by a probe, not by a connection\n", out);
	fprintf(out,
		"-A NFQROUTE_RESET -m connmark --mark 0x%x/0x%x -m connmark ! --mark 0x%x/0x%x -j RETURN\n",
		marks->open, marks->open, marks->mask, marks->mask);
	fprintf(out, "-A NFQROUTE_RESET -j MARK --set-xmark 0x%x/0x%x\n", marks->mask, marks->mask);
	hook_iptables_queue(out, "NFQROUTE_RESET", plan->queues);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	static const char *const hooks[] = {"forward", "input"};
	const struct marks *marks = &plan->ruleset->marks;

	fputs("\tchain synproxy_hook {\n"
	      "\t\t# never reached: while it is there the kernel adjusts timestamps of moved connections\n"
	      "\t\tmeta l4proto tcp synproxy mss 1460 wscale 7 timestamp sack-perm\n\t}\n",
	      out);
	fprintf(out,
		"\tchain resets {\n"
		"\t\t# by a probe, not by a connection\n"
		"\t\tct mark and 0x%x != 0x0 ct mark and 0x%x != 0x%x accept\n"
		"\t\tmeta mark set meta mark or 0x%x\n",
		marks->open, marks->mask, marks->mask, marks->mask);
	hook_nft_queue(out, plan->queues);
	fputs("\t}\n", out);
	for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
		fprintf(out,
			"\tchain resets_%s {\n"
			"\t\ttype filter hook %s priority mangle + 5; policy accept;\n"
			"\t\ttcp flags and rst == rst iif != \"lo\" ct direction reply ct mark and 0x%x != 0x0 goto resets\n\t}\n",
			hooks[i], hooks[i], marks->route_mask);
}

const struct hook_part hook_timestamps = {
	.name = "keeping of timestamps in connections that are moved",
	.wanted = wanted,
	.iptables[HOOK_MANGLE] = {.chains = ":NFQROUTE_SYNPROXY - [0:0]\n"
					    ":NFQROUTE_RESETS - [0:0]\n"
					    ":NFQROUTE_RESET - [0:0]\n",
				  .jumps = "-A FORWARD -p tcp --tcp-flags RST RST -j NFQROUTE_RESETS\n"
					   "-A INPUT -p tcp --tcp-flags RST RST -j NFQROUTE_RESETS\n",
				  .print = print_iptables},
	.nft = print_nft,
};
