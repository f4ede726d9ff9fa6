/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_probe.c - part of the hooks: connections that are opened again by another path (core/rehome.h)
 *
 * A connection that the daemon opens again by another path is tracked in a zone of its own, its answers in the
 * common one, where they arrive. Where both paths look the same a nat hook has the kernel give it a port of its
 * own (hook_masquerade.c).
 *
 * While the probe's conntrack entry is replaced by the connection's own, there is none for some microseconds. A
 * SYN-ACK that comes again just then belongs to nothing: where addresses are translated it is this machine's,
 * which would answer it by a reset, in the client's name and by the main table: if that path is the faster one,
 * before the server has had the rest of the handshake. So a SYN-ACK that conntrack knows no SYN for is not
 * answered here.
 */
#include "hook_part.h"

static bool wanted(const struct hooks_plan *plan)
{
	return plan->moves;
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	fprintf(out,
		"-A NFQROUTE_OUTPUT -m mark --mark 0x%x/0x%x -m mark ! --mark 0x0/0x%x -m mark ! --mark 0x%x/0x%x "
		"-j CT --zone-orig %u\n",
		marks->open, marks->open, marks->route_mask, marks->mask, marks->mask,
		plan->ruleset->options.rehome_zone);
}

static void print_unasked(FILE *out, const struct hooks_plan *plan)
{
	(void)plan;
	fputs("# a probe's, while its entry is replaced: no reset answers it\n"
	      "-A NFQROUTE_UNASKED ! -i lo -j DROP\n",
	      out);
}

/* nft's zone would undo hook_nudge.c's notrack (nft_ct_set_zone_eval() of net/netfilter/nft_ct.c), iptables' does
 * not. */
static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	fprintf(out,
		"\tchain probe {\n"
		"\t\ttype filter hook output priority raw; policy accept;\n"
		"\t\tmeta mark and 0x%x != 0x0 meta mark and 0x%x != 0x0 meta mark and 0x%x != { 0x%x, 0x%x } "
		"ct original zone set %u\n\t}\n"
		"\tchain unasked {\n"
		"\t\t# a probe's, while its entry is replaced: no reset answers it\n"
		"\t\ttype filter hook input priority mangle; policy accept;\n"
		"\t\tiif != \"lo\" tcp flags & (syn | ack) == syn | ack ct state invalid drop\n\t}\n",
		marks->open, marks->route_mask, marks->mask, marks_nudge(marks), marks->mask,
		plan->ruleset->options.rehome_zone);
}

const struct hook_part hook_probe = {
	.name = "moving connections",
	.wanted = wanted,
	.iptables[HOOK_RAW] = {.chains = ":NFQROUTE_OUTPUT - [0:0]\n",
			       .jumps = "-I OUTPUT -j NFQROUTE_OUTPUT\n",
			       .print = print_iptables},
	.iptables[HOOK_MANGLE] =
		{.chains = ":NFQROUTE_UNASKED - [0:0]\n",
		 .jumps = "-I INPUT -p tcp --tcp-flags SYN,ACK SYN,ACK -m conntrack --ctstate INVALID "
			  "-j NFQROUTE_UNASKED\n",
		 .print = print_unasked},
	.nft = print_nft,
};
