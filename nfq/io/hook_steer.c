/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_steer.c - part of the hooks: undecided packets to the queue, the mark of decided ones restored
 *
 *   prerouting, output   never the loopback device. Reply direction (prerouting only): one of our values, which only a
 *                        foreign rule can have restored, is taken off again. Original direction: a packet with our bits is
 *                        steered, another one takes them over from the connmark; has that none, the packet is queued, with
 *                        our bits cleared, and the open bit set unless the connection is new. Main is no mark at all: every
 *                        packet of it would be routed a second time on its way out, to the same end.
 *   steer                a value of ours is inherited from the packet that a kernel tunnel wrapped in this one, and is judged
 *                        afresh; a provisional one is the daemon's own packet, any other is somebody's who uses our bits
 *                        (WireGuard's socket mark): let alone.
 */
#include "hook_part.h"

/* --- iptables --- */

/* What goes in the original direction, or is no part of a connection. Decided ones, which most are, take our bits over
 * before they are asked for: then it is the packet's mark that is asked, which costs a sixth of the connmark. */
static void print_known(FILE *out, const struct hooks_plan *plan, const char *chain)
{
	const struct ruleset *ruleset = plan->ruleset;
	const struct marks *marks = &ruleset->marks;
	const uint32_t mask = marks->mask, route = marks->route_mask;

	fprintf(out, "-A %s -j CONNMARK --restore-mark --nfmask 0x%x --ctmask 0x%x\n", chain, mask, route);
	fprintf(out, "-A %s -m mark --mark 0x0/0x%x -g NFQROUTE_UNDECIDED\n", chain, mask);
	fprintf(out, "-A %s -m mark --mark 0x%x/0x%x -g NFQROUTE_MAIN\n", chain, route, mask);
	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		const unsigned families = hook_answers(plan, i);

		if (families)
			fprintf(out, "%s-A %s -i %s -m mark --mark 0x%x/0x%x -g NFQROUTE_CAME\n",
				hook_iptables_families(families), chain, ruleset->gateways[i].device,
				ruleset->gateways[i].mark, mask);
	}
}

static void print_original(FILE *out, const struct hooks_plan *plan, const char *chain)
{
	fprintf(out, "-A %s -m mark ! --mark 0x0/0x%x -g NFQROUTE_STEER\n", chain, plan->ruleset->marks.mask);
	print_known(out, plan, chain);
}

static void print_prerouting(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;
	uint32_t value;

	fputs("-A NFQROUTE_PREROUTING -m conntrack --ctdir REPLY -g NFQROUTE_REPLY\n", out);
	if (plan->ruleset->options.forward)
		print_original(out, plan, "NFQROUTE_PREROUTING");
	else if (plan->returns)
		fputs("-A NFQROUTE_PREROUTING -j NFQROUTE_NEWCOMER\n", out);
	fputs("# replies never go by a gateway's table, whoever restored its mark\n", out);
	fprintf(out, "-A NFQROUTE_REPLY -m mark ! --mark 0x0/0x%x -j NFQROUTE_UNMARK\n", marks->route_mask);
	if (plan->returns)
		fputs("-A NFQROUTE_REPLY -g NFQROUTE_RETURN\n", out);
	else
		hook_iptables_refused(out, marks, "NFQROUTE_REPLY");
	for (unsigned i = 0; (value = hooks_value(plan->ruleset, i)); i++)
		fprintf(out, "-A NFQROUTE_UNMARK -m mark --mark 0x%x/0x%x -j MARK --set-xmark 0x0/0x%x\n", value,
			marks->mask, marks->mask);
}

static void print_output(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	if (plan->ruleset->options.local || plan->returns)
		fprintf(out, "-A NFQROUTE_OUTPUT -m conntrack --ctdir REPLY %s\n",
			plan->returns ? "-g NFQROUTE_RETURN" : "-j RETURN");
	if (plan->ruleset->options.local) {
		print_original(out, plan, "NFQROUTE_OUTPUT");
	} else if (ruleset_interferes(plan->ruleset)) { /* what the daemon itself sends for forwarded connections */
		fprintf(out, "-A NFQROUTE_OUTPUT -m mark --mark 0x%x/0x%x -g NFQROUTE_STEER\n", marks->open,
			marks->open);
		fprintf(out,
			"-A NFQROUTE_OUTPUT -m connmark ! --mark 0x0/0x%x -m conntrack --ctdir ORIGINAL "
			"-g NFQROUTE_DECIDE\n",
			marks->route_mask);
	}
}

static void print_steer(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;
	const uint32_t mask = marks->mask, route = marks->route_mask;
	uint32_t value;

	fprintf(out, "-A NFQROUTE_STEER -m mark ! --mark 0x0/0x%x -g NFQROUTE_MARKED\n", route);
	fputs("-A NFQROUTE_STEER -g NFQROUTE_DECIDE\n"
	      "# what is not among these is provisional (the daemon's own), or the bits are in use by somebody "
	      "else\n",
	      out);
	if (plan->returns)
		fputs("-A NFQROUTE_MARKED -j NFQROUTE_NEWCOMER\n", out);
	for (unsigned i = 0; (value = hooks_value(plan->ruleset, i)); i++)
		fprintf(out, "-A NFQROUTE_MARKED -m mark --mark 0x%x/0x%x -g NFQROUTE_DECIDE\n", value, mask);
	fputs("# so that the answers to a probe are known\n", out);
	fprintf(out,
		"-A NFQROUTE_MARKED -m mark --mark 0x%x/0x%x -m connmark --mark 0x0/0x%x "
		"-j CONNMARK --save-mark --nfmask 0x%x --ctmask 0x%x\n",
		marks->open, marks->open, mask, mask, mask);
	print_known(out, plan, "NFQROUTE_DECIDE");
	fprintf(out, "-A NFQROUTE_MAIN -j MARK --set-xmark 0x0/0x%x\n", mask);
	fprintf(out, "-A NFQROUTE_CAME -j MARK --set-xmark 0x0/0x%x\n", mask);
	fprintf(out, "-A NFQROUTE_CAME -m connmark --mark 0x%x/0x%x -g NFQROUTE_ASK\n", marks->open, marks->open);
}

static void print_ask(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	fputs("# what is no part of a connection has no connmark, not even this one\n", out);
	fprintf(out, "-A NFQROUTE_UNDECIDED -m connmark --mark 0x0/0x%x -g NFQROUTE_ASK\n", marks->route_mask);
	if (plan->returns)
		fputs("-A NFQROUTE_ASK -j NFQROUTE_NEWCOMER\n", out);
	fputs("# not the connection's first packet\n", out);
	fprintf(out, "-A NFQROUTE_ASK -m conntrack ! --ctstate NEW -j MARK --set-xmark 0x%x/0x%x\n", marks->open,
		marks->mask);
	hook_iptables_ask(out, "NFQROUTE_ASK", plan);
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	print_prerouting(out, plan);
	print_output(out, plan);
	print_steer(out, plan);
	print_ask(out, plan);
}

/* --- nft --- */

/* Packets of connections that are decided for a gateway, unmarked so far. Where what comes in by its device is answered by it,
 * whatever has not come by the device goes out by it, in either direction (hook_return.c); else it is the direction that tells. */
static void print_nft_by(FILE *out, const struct hooks_plan *plan)
{
	for (unsigned i = 0; i < plan->ruleset->gateway_count; i++) {
		const struct gateway *gateway = &plan->ruleset->gateways[i];
		const unsigned families = hook_answers(plan, i), others = families ^ HOOK_FAMILIES;

		fprintf(out, "\tchain by_0x%x {\n", gateway->mark);
		if (families)
			fprintf(out, "\t\t%siifname \"%s\" accept\n", hook_nft_families(families), gateway->device);
		if (others)
			fprintf(out, "\t\t%sct direction reply accept\n", hook_nft_families(others));
		fprintf(out, "\t\tmeta mark set meta mark or 0x%x\n\t}\n", gateway->mark);
	}
}

/* By which decided packets leave, so most of all, however many gateways there are. */
static void print_nft_known(FILE *out, const struct ruleset *ruleset, const char *direction)
{
	const struct marks *marks = &ruleset->marks;

	fprintf(out, "\t\t%smeta mark and 0x%x == 0x0 ct mark and 0x%x vmap { 0x%x : accept", direction, marks->mask,
		marks->mask, marks->main);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		fprintf(out, ", 0x%x : goto by_0x%x", ruleset->gateways[i].mark, ruleset->gateways[i].mark);
	fputs(" }\n", out);
}

static void print_nft_steer(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	print_nft_by(out, plan);
	fputs("\tchain steer {\n", out);
	fputs("\t\t# provisional (the daemon's own), or the bits are in use by somebody else\n", out);
	fprintf(out, "\t\tmeta mark and 0x%x != 0x0 meta mark and 0x%x != ", marks->route_mask, marks->mask);
	hook_nft_values(out, plan->ruleset);
	fputs(" goto marked\n", out);
	for (unsigned i = 0; i < plan->ruleset->gateway_count; i++) {
		const struct gateway *gateway = &plan->ruleset->gateways[i];
		const unsigned families = hook_answers(plan, i);
		const char *only = hook_nft_families(families);

		if (!families)
			continue;
		fprintf(out, "\t\t%siifname \"%s\" ct mark and 0x%x == 0x%x goto ask\n", only, gateway->device, marks->mask,
			gateway->mark | marks->open);
		fprintf(out, "\t\t%siifname \"%s\" ct mark and 0x%x == 0x%x accept\n", only, gateway->device, marks->mask,
			gateway->mark);
	}
	fprintf(out, "\t\tct mark and 0x%x != 0x0 goto restore\n\t\tgoto ask\n\t}\n", marks->route_mask);
	fputs("\tchain ask {\n", out);
	if (plan->returns)
		fputs("\t\tjump newcomer\n", out);
	fprintf(out, "\t\tct state new meta mark set meta mark and 0x%x\n", ~marks->mask);
	fprintf(out,
		"\t\t# not the connection's first packet\n"
		"\t\tct state != new meta mark set meta mark and 0x%x or 0x%x\n",
		~marks->mask, marks->open);
	hook_nft_ask(out, plan);
	fputs("\t}\n", out);

	fputs("\tchain marked {\n", out);
	if (plan->returns)
		fputs("\t\tjump newcomer\n", out);
	fprintf(out,
		"\t\t# so that the answers to a probe are known\n"
		"\t\tmeta mark and 0x%x != 0x0 ct mark and 0x%x == 0x0 jump store\n"
		"\t\taccept\n\t}\n",
		marks->open, marks->mask);
	fprintf(out,
		"\tchain restore {\n"
		"\t\t# main\n"
		"\t\tct mark and 0x%x == 0x%x meta mark set meta mark and 0x%x accept\n",
		marks->route_mask, marks->route_mask, ~marks->mask);
	fprintf(out, "\t\tmeta mark and 0x%x == 0x0 meta mark set ct mark and 0x%x accept\n", ~marks->mask,
		marks->route_mask);
	fprintf(out, "\t\tmeta mark set meta mark and 0x%x\n", ~marks->mask);
	hook_nft_bits(out, marks->route_mask, "meta mark", "ct mark");
	fputs("\t}\n", out);
}

/* Replies of connections that are dropped or rejected get the mark of that, as by hook_iptables_refused(). */
static void print_nft_reply(FILE *out, const struct ruleset *ruleset)
{
	const struct marks *marks = &ruleset->marks;

	fprintf(out,
		"\tchain reply {\n"
		"\t\t# replies never go by a gateway's table, whoever restored its mark\n"
		"\t\tmeta mark and 0x%x ",
		marks->mask);
	hook_nft_values(out, ruleset);
	fprintf(out, " meta mark set meta mark and 0x%x\n", ~marks->mask);
	fprintf(out,
		"\t\tct mark and 0x%x { 0x%x, 0x%x } ct state != related meta mark set meta mark and 0x%x or 0x%x\n\t}\n",
		marks->route_mask, marks->drop, marks->reject, ~marks->mask, marks->drop);
}

static void print_nft_entry(FILE *out, const struct hooks_plan *plan)
{
	const struct ruleset *ruleset = plan->ruleset;
	const struct marks *marks = &ruleset->marks;

	print_nft_reply(out, ruleset);
	fputs("\tchain prerouting {\n", out);
	if (ruleset->options.forward)
		print_nft_known(out, ruleset, "");
	fputs("\t\tct direction reply goto reply\n", out);
	if (ruleset->options.forward)
		fputs("\t\tct direction original goto steer\n", out);
	else if (plan->returns)
		fputs("\t\tjump newcomer\n", out);
	fputs("\t}\n\tchain output {\n", out);
	if (ruleset->options.local) {
		print_nft_known(out, ruleset, "ct direction original ");
		fputs("\t\tct direction original goto steer\n", out);
	} else if (ruleset_interferes(ruleset)) { /* what the daemon itself sends for forwarded connections */
		fprintf(out,
			"\t\tmeta mark and 0x%x == 0x%x goto steer\n"
			"\t\tct direction original ct mark and 0x%x != 0x0 goto restore\n",
			marks->open, marks->open, marks->route_mask);
	}
	fputs("\t}\n", out);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	print_nft_steer(out, plan);
	print_nft_entry(out, plan);
}

const struct hook_part hook_steer = {
	.iptables[HOOK_MANGLE] = {.chains = ":NFQROUTE_PREROUTING - [0:0]\n"
					    ":NFQROUTE_OUTPUT - [0:0]\n"
					    ":NFQROUTE_REPLY - [0:0]\n"
					    ":NFQROUTE_UNMARK - [0:0]\n"
					    ":NFQROUTE_STEER - [0:0]\n"
					    ":NFQROUTE_MARKED - [0:0]\n"
					    ":NFQROUTE_DECIDE - [0:0]\n"
					    ":NFQROUTE_UNDECIDED - [0:0]\n"
					    ":NFQROUTE_ASK - [0:0]\n"
					    ":NFQROUTE_MAIN - [0:0]\n"
					    ":NFQROUTE_CAME - [0:0]\n",
				  .jumps = "# last: a queued packet skips the rest of the table\n"
					   "-A PREROUTING ! -i lo -j NFQROUTE_PREROUTING\n"
					   "-A OUTPUT ! -o lo -j NFQROUTE_OUTPUT\n",
				  .print = print_iptables},
	.nft = print_nft,
};
