/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_masquerade.c - part of the hooks: the source address of what leaves by a gateway with masquerading
 */
#include "hook_part.h"

/* Moved connections need nat too: it has the kernel give them a port of their own where both paths look the same.
 */
static bool wanted(const struct hooks_plan *plan)
{
	return plan->masquerade || plan->moves;
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
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

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct ruleset *ruleset = plan->ruleset;

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

const struct hook_part hook_masquerade = {
	.name = "masquerading",
	.wanted = wanted,
	.iptables[HOOK_NAT] = {.chains = ":NFQROUTE_POSTROUTING - [0:0]\n",
			       .jumps = "-I POSTROUTING -j NFQROUTE_POSTROUTING\n",
			       .print = print_iptables},
	.nft = print_nft,
};
