/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_invalid.c - part of the hooks: TCP segments that conntrack takes for invalid, to the queue
 *
 * They have no connection and no direction, so no other rule sees them, no address of theirs is translated, and
 * they would leave by the main table: segments outside the window that conntrack expects, and the last ones, FIN
 * and RST, of connections whose entry the kernel has deleted with a masqueraded device. The daemon drops those
 * that belong to a gateway (core/forgotten.h).
 */
#include "hook_part.h"

static bool wanted(const struct hooks_plan *plan)
{
	return plan->ruleset->gateway_count;
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	const struct options *options = &plan->ruleset->options;
	const struct marks *marks = &plan->ruleset->marks;

	if (options->forward || options->local)
		fprintf(out,
			"-A NFQROUTE_UNDECIDED -p tcp -m mark --mark 0x0/0x%x -m conntrack --ctstate INVALID "
			"-g NFQROUTE_INVALID\n",
			marks->route_mask);
	fprintf(out, "-A NFQROUTE_INVALID -j MARK --set-xmark 0x%x/0x%x\n", marks_invalid(marks), marks->mask);
	hook_iptables_queue(out, "NFQROUTE_INVALID", plan->queues);
	fprintf(out, "-A NFQROUTE_POSTROUTING -m mark --mark 0x%x/0x%x -j DROP\n", marks_invalid(marks), marks->mask);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct options *options = &plan->ruleset->options;
	const struct marks *marks = &plan->ruleset->marks;
	const struct {
		bool on;
		const char *hook;
	} from[] = {{options->forward, "prerouting"}, {options->local, "output"}};

	fprintf(out, "\tchain invalid {\n\t\tmeta mark set meta mark and 0x%x or 0x%x\n", ~marks->mask,
		marks_invalid(marks));
	hook_nft_queue(out, plan->queues);
	fprintf(out, "\t}\n\tchain settle_postrouting {\n\t\tmeta mark and 0x%x == 0x%x drop\n\t}\n", marks->mask,
		marks_invalid(marks));
	for (size_t i = 0; i < sizeof from / sizeof *from; i++)
		if (from[i].on)
			fprintf(out,
				"\tchain %s {\n"
				"\t\tmeta l4proto tcp ct state invalid meta mark and 0x%x == 0x0 goto invalid\n\t}\n",
				from[i].hook, marks->route_mask);
}

const struct hook_part hook_invalid = {
	.name = "dropping the invalid segments of gateways' connections",
	.wanted = wanted,
	/* entered from hook_steer.c's, and hook_settle.c's */
	.iptables[HOOK_MANGLE] = {.chains = ":NFQROUTE_INVALID - [0:0]\n", .jumps = "", .print = print_iptables},
	.nft = print_nft,
};
