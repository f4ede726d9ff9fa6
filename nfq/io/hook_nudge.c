/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_nudge.c - part of the hooks: what the daemon says in a server's name
 *
 * Segments that make a client speak whose connection has to end (io/nudges.h), and resets that the kernel would spoil
 * (hook_timestamps.c). They bear the server's address and are no part of any connection: they are not tracked. Else
 * they would be connections of their own, and clash with the one that they speak of.
 */
#include "hook_part.h"

static bool wanted(const struct hooks_plan *plan)
{
	for (unsigned i = 0; i < plan->ruleset->gateway_count; i++)
		if (!plan->ruleset->gateways[i].keep_on_down)
			return true;
	return plan->timestamps;
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	fprintf(out, "-A NFQROUTE_NUDGE -m mark --mark 0x%x/0x%x -j CT --notrack\n", marks_nudge(marks),
		marks->mask);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	fprintf(out,
		"\tchain nudge {\n"
		"\t\ttype filter hook output priority raw - 1; policy accept;\n"
		"\t\tmeta mark and 0x%x == 0x%x notrack\n\t}\n",
		marks->mask, marks_nudge(marks));
}

const struct hook_part hook_nudge = {
	.name = "resetting idle clients",
	.wanted = wanted,
	/* before the zone of hook_probe.c */
	.iptables[HOOK_RAW] = {.chains = ":NFQROUTE_NUDGE - [0:0]\n",
			       .jumps = "-I OUTPUT -j NFQROUTE_NUDGE\n",
			       .print = print_iptables},
	.nft = print_nft,
};
