/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_dns.c - part of the hooks: questions to name servers and their answers to the queue, decided or not
 *
 *   questions   Those of undecided connections are queued anyhow. Here are the others, with the mark that was restored;
 *               main, which is no mark, is given its value so that the daemon knows them.
 *   answers     Behind the address translation of replies, where they show who has asked, and with a mark that says that
 *               they are nothing but that; those of undecided connections have been queued already, if any are. What a
 *               server on this machine answers is known by the port that was asked, on whatever port it listens.
 */
#include "hook_part.h"

static bool wanted(const struct hooks_plan *plan)
{
	return plan->ruleset->options.dns && plan->ruleset->options.learned;
}

static const char *const protocols[] = {"udp", "tcp"};

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;
	const struct options *options = &plan->ruleset->options;

	for (int i = 0; i < 2; i++) {
		const char *proto = protocols[i];

		fprintf(out,
			"-A NFQROUTE_QUESTIONS -p %s --dport 53 -m conntrack --ctdir ORIGINAL -m connmark ! --mark 0x0/0x%x "
			"-g NFQROUTE_QUESTION\n",
			proto, marks->route_mask);
		fprintf(out,
			"-A NFQROUTE_DNS_OUTPUT -p %s -m conntrack --ctdir REPLY --ctorigdstport 53 -g NFQROUTE_ANSWER\n",
			proto);
		if (options->forward)
			fprintf(out, "-A NFQROUTE_DNS_FORWARD -p %s --sport 53 -m conntrack --ctdir REPLY -g NFQROUTE_ANSWER\n",
				proto);
		if (options->local)
			fprintf(out,
				"-A NFQROUTE_DNS_INPUT ! -i lo -p %s --sport 53 -m conntrack --ctdir REPLY -g NFQROUTE_ANSWER\n",
				proto);
	}
	fprintf(out, "-A NFQROUTE_QUESTION -m connmark --mark 0x%x/0x%x -j MARK --set-xmark 0x%x/0x%x\n",
		marks->route_mask, marks->route_mask, marks->main, marks->mask);
	hook_iptables_queue(out, "NFQROUTE_QUESTION", plan->queues);
	fprintf(out, "-A NFQROUTE_ANSWER -j MARK --set-xmark 0x%x/0x%x\n", marks->answer, marks->mask);
	hook_iptables_queue(out, "NFQROUTE_ANSWER", plan->queues);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;
	const struct options *options = &plan->ruleset->options;

	fprintf(out, "\tchain question {\n\t\tct mark and 0x%x == 0x%x meta mark set meta mark or 0x%x\n",
		marks->route_mask, marks->route_mask, marks->main);
	hook_nft_queue(out, plan->queues);
	fprintf(out, "\t}\n\tchain answer {\n\t\tmeta mark set meta mark and 0x%x or 0x%x\n", ~marks->mask,
		marks->answer);
	hook_nft_queue(out, plan->queues);
	fprintf(out,
		"\t}\n\tchain questions {\n"
		"\t\tct direction original ct mark and 0x%x != 0x0 meta l4proto { tcp, udp } th dport 53 goto question\n"
		"\t}\n\tchain dns {\n",
		marks->route_mask);
	if (plan->replies)
		fprintf(out, "\t\tct mark and 0x%x == 0x0 accept\n", marks->route_mask);
	fputs("\t\tmeta l4proto { tcp, udp } th sport 53 goto answer\n\t}\n"
	      "\tchain dns_prerouting {\n"
	      "\t\ttype filter hook prerouting priority mangle + 6; policy accept;\n"
	      "\t\tgoto questions\n\t}\n"
	      "\tchain dns_output {\n"
	      "\t\ttype route hook output priority mangle + 6; policy accept;\n"
	      "\t\tct direction reply meta l4proto { tcp, udp } ct original proto-dst 53 goto answer\n"
	      "\t\tgoto questions\n\t}\n",
	      out);
	if (options->forward)
		fputs("\tchain dns_forward {\n"
		      "\t\ttype filter hook forward priority mangle + 6; policy accept;\n"
		      "\t\tct direction reply goto dns\n\t}\n",
		      out);
	if (options->local)
		fputs("\tchain dns_input {\n"
		      "\t\ttype filter hook input priority mangle + 6; policy accept;\n"
		      "\t\tiif \"lo\" accept\n"
		      "\t\tct direction reply goto dns\n\t}\n",
		      out);
}

const struct hook_part hook_dns = {
	.name = "learning from DNS",
	.wanted = wanted,
	.iptables[HOOK_MANGLE] = {.chains = ":NFQROUTE_QUESTIONS - [0:0]\n"
					    ":NFQROUTE_QUESTION - [0:0]\n"
					    ":NFQROUTE_DNS_OUTPUT - [0:0]\n"
					    ":NFQROUTE_DNS_FORWARD - [0:0]\n"
					    ":NFQROUTE_DNS_INPUT - [0:0]\n"
					    ":NFQROUTE_ANSWER - [0:0]\n",
				  .jumps = "# behind those that queue what is undecided\n"
					   "-A PREROUTING -j NFQROUTE_QUESTIONS\n"
					   "-A OUTPUT -j NFQROUTE_QUESTIONS\n"
					   "-A OUTPUT -j NFQROUTE_DNS_OUTPUT\n"
					   "-A FORWARD -j NFQROUTE_DNS_FORWARD\n"
					   "-A INPUT -j NFQROUTE_DNS_INPUT\n",
				  .print = print_iptables},
	.nft = print_nft,
};
