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

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;
	const struct options *options = &plan->ruleset->options;

	fprintf(out,
		"-A NFQROUTE_QUESTIONS -m conntrack --ctdir ORIGINAL -m connmark ! --mark 0x0/0x%x "
		"-g NFQROUTE_QUESTION\n",
		marks->route_mask);
	fputs("-A NFQROUTE_DNS_OUTPUT -p udp -g NFQROUTE_ANSWER\n"
	      "-A NFQROUTE_DNS_OUTPUT -p tcp -g NFQROUTE_ANSWER\n",
	      out);
	if (options->forward)
		fputs("-A NFQROUTE_DNS_FORWARD -m conntrack --ctdir REPLY -g NFQROUTE_ANSWER\n", out);
	if (options->local)
		fputs("-A NFQROUTE_DNS_INPUT -m conntrack --ctdir REPLY -g NFQROUTE_ANSWER\n", out);
	fprintf(out, "-A NFQROUTE_QUESTION -m connmark --mark 0x%x/0x%x -j MARK --set-xmark 0x%x/0x%x\n",
		marks->route_mask, marks->route_mask, marks->main, marks->mask);
	hook_iptables_queue(out, "NFQROUTE_QUESTION", plan->queues);
	fprintf(out, "-A NFQROUTE_ANSWER -j MARK --set-xmark 0x%x/0x%x\n", marks->answer, marks->mask);
	hook_iptables_queue(out, "NFQROUTE_ANSWER", plan->queues);
}

static void print_nft_questions(FILE *out, const struct marks *marks)
{
	fprintf(out,
		"\t\tmeta l4proto { tcp, udp } th dport 53 ct direction original ct mark and 0x%x != 0x0 "
		"goto question\n\t}\n",
		marks->route_mask);
}

static void print_nft_answers(FILE *out, const char *hook)
{
	fprintf(out,
		"\tchain dns_%s {\n"
		"\t\ttype filter hook %s priority mangle + 6; policy accept;\n"
		"\t\tmeta l4proto { tcp, udp } th sport 53 iif != \"lo\" ct direction reply goto dns\n\t}\n",
		hook, hook);
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
	fputs("\t}\n\tchain dns {\n", out);
	if (plan->replies)
		fprintf(out, "\t\tct mark and 0x%x == 0x0 accept\n", marks->route_mask);
	fputs("\t\tgoto answer\n\t}\n"
	      "\tchain dns_prerouting {\n"
	      "\t\ttype filter hook prerouting priority mangle + 6; policy accept;\n",
	      out);
	print_nft_questions(out, marks);
	fputs("\tchain dns_output {\n"
	      "\t\ttype route hook output priority mangle + 6; policy accept;\n"
	      "\t\tct direction reply meta l4proto { tcp, udp } ct original proto-dst 53 goto answer\n",
	      out);
	print_nft_questions(out, marks);
	if (options->forward)
		print_nft_answers(out, "forward");
	if (options->local)
		print_nft_answers(out, "input");
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
					   "-A PREROUTING -p udp --dport 53 -j NFQROUTE_QUESTIONS\n"
					   "-A PREROUTING -p tcp --dport 53 -j NFQROUTE_QUESTIONS\n"
					   "-A OUTPUT -p udp --dport 53 -j NFQROUTE_QUESTIONS\n"
					   "-A OUTPUT -p tcp --dport 53 -j NFQROUTE_QUESTIONS\n"
					   "-A OUTPUT -m conntrack --ctdir REPLY --ctorigdstport 53 -j NFQROUTE_DNS_OUTPUT\n"
					   "-A FORWARD -p udp --sport 53 -j NFQROUTE_DNS_FORWARD\n"
					   "-A FORWARD -p tcp --sport 53 -j NFQROUTE_DNS_FORWARD\n"
					   "-A INPUT ! -i lo -p udp --sport 53 -j NFQROUTE_DNS_INPUT\n"
					   "-A INPUT ! -i lo -p tcp --sport 53 -j NFQROUTE_DNS_INPUT\n",
				  .print = print_iptables},
	.nft = print_nft,
};
