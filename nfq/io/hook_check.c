/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_check.c - part of the hooks: what the kernel sends by itself on a probe's connection
 *
 * A probe's packets carry the gateway's check mark, which no other rule looks at. But the reset that answers what
 * comes when the socket is closed already has no mark: it gets the connection's, and goes the same way.
 */
#include "hook_part.h"

static bool wanted(const struct hooks_plan *plan)
{
	for (unsigned i = 0; i < plan->ruleset->gateway_count; i++)
		if (plan->ruleset->gateways[i].check_mark)
			return true;
	return false;
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	const struct ruleset *ruleset = plan->ruleset;
	const struct marks *marks = &ruleset->marks;

	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (ruleset->gateways[i].check_mark)
			fprintf(out,
				"-A NFQROUTE_CHECK -m mark --mark 0x%x/0x%x -m connmark --mark 0x0/0x%x "
				"-j CONNMARK --save-mark --nfmask 0x%x --ctmask 0x%x\n",
				ruleset->gateways[i].check_mark, marks->mask, marks->route_mask, marks->mask,
				marks->mask);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct ruleset *ruleset = plan->ruleset;
	const struct marks *marks = &ruleset->marks;

	fputs("\tchain check {\n\t\ttype filter hook output priority mangle + 6; policy accept;\n", out);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (ruleset->gateways[i].check_mark)
			fprintf(out, "\t\tmeta mark and 0x%x == 0x%x ct mark and 0x%x == 0x0 jump save\n",
				marks->mask, ruleset->gateways[i].check_mark, marks->mask);
	fputs("\t}\n", out);
}

const struct hook_part hook_check = {
	.wanted = wanted,
	.iptables[HOOK_MANGLE] = {.chains = ":NFQROUTE_CHECK - [0:0]\n",
				  .jumps = "-A OUTPUT -j NFQROUTE_CHECK\n",
				  .print = print_iptables},
	.nft = print_nft,
};
