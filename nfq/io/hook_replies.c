/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_replies.c - part of the hooks: replies of undecided connections to the queue
 *
 * Some apps show by what the server says, and a connection that is moved or reset has to be known from its SYN-ACK
 * on. Where the rules do neither of these, a SYN-ACK says nothing: where the server's data begins is told by the
 * client's acknowledgement, too (feed_start()). So it passes, which spares the client a wait and the daemon a wake-up.
 */
#include "hook_part.h"

static bool wanted(const struct hooks_plan *plan)
{
	return plan->replies;
}

/* Behind the address translation of replies, so that they show the addresses the connection began with. */
static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	const struct ruleset *ruleset = plan->ruleset;
	const struct marks *marks = &ruleset->marks;

	if (ruleset->options.forward)
		fputs("-A NFQROUTE_FORWARD -g NFQROUTE_REPLIES\n", out);
	if (ruleset->options.local)
		fputs("-A NFQROUTE_INPUT -g NFQROUTE_REPLIES\n", out);
	if (!plan->moves)
		fputs("-A NFQROUTE_REPLIES -p tcp --tcp-flags SYN SYN -j RETURN\n", out);
	fprintf(out,
		"-A NFQROUTE_REPLIES -m connmark --mark 0x%x/0x%x -m connmark ! --mark 0x%x/0x%x -g "
		"NFQROUTE_ANSWERS\n",
		marks->open, marks->open, marks->mask, marks->mask);
	hook_iptables_queue(out, "NFQROUTE_REPLIES", plan->queues);
	fprintf(out, "-A NFQROUTE_ANSWERS -j MARK --set-xmark 0x%x/0x%x\n", marks->open, marks->mask);
	hook_iptables_queue(out, "NFQROUTE_ANSWERS", plan->queues);
}

/* Behind the address translation of replies, so that they show the addresses the connection began with. */
static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct options *options = &plan->ruleset->options;
	const struct marks *marks = &plan->ruleset->marks;
	const struct {
		bool on;
		const char *hook;
	} from[] = {{options->forward, "forward"}, {options->local, "input"}};

	for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
		if (!from[i].on)
			continue;
		fprintf(out, "\tchain settle_%s {\n", from[i].hook);
		hook_nft_decided(out, plan->ruleset);
		fputs("\t\tiif != \"lo\" ct direction reply goto replies\n\t}\n", out);
	}
	fputs("\tchain replies {\n", out);
	if (!plan->moves)
		fputs("\t\ttcp flags & syn == syn accept\n", out);
	fprintf(out,
		"\t\t# on its way out by the gateway that it came in by\n"
		"\t\tmeta mark and 0x%x != 0x0 accept\n"
		"\t\tct mark and 0x%x != 0x0 ct mark and 0x%x != 0x%x goto answers\n"
		"\t\tct mark and 0x%x != 0x0 accept\n",
		marks->route_mask, marks->open, marks->mask, marks->mask, marks->route_mask);
	hook_nft_queue(out, plan->queues);
	fprintf(out, "\t}\n\tchain answers {\n\t\tmeta mark set meta mark or 0x%x\n", marks->open);
	hook_nft_queue(out, plan->queues);
	fputs("\t}\n", out);
}

/* Marked ones are on their way out by the gateway that they came in by. */
#define UNDECIDED(hook, target)                                                                                   \
	"-A " hook " -m mark --mark 0x0/@route -m connmark --mark 0x0/@route "                                    \
	"-m conntrack --ctdir REPLY -j " target "\n"                                                              \
	"-A " hook " -m mark --mark 0x0/@route -m connmark --mark @open/@open -m connmark ! --mark @mask/@mask "  \
	"-m conntrack --ctdir REPLY -j " target "\n"

const struct hook_part hook_replies = {
	.wanted = wanted,
	.iptables[HOOK_MANGLE] = {.chains = ":NFQROUTE_FORWARD - [0:0]\n"
					    ":NFQROUTE_INPUT - [0:0]\n"
					    ":NFQROUTE_REPLIES - [0:0]\n"
					    ":NFQROUTE_ANSWERS - [0:0]\n",
				  .jumps = "# last: a queued packet skips the rest of the table\n"
				  UNDECIDED("FORWARD", "NFQROUTE_FORWARD")
					  UNDECIDED("INPUT ! -i lo", "NFQROUTE_INPUT"),
				  .print = print_iptables},
	.nft = print_nft,
};
