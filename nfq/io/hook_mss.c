/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_mss.c - part of the hooks: TCP segments no larger than a gateway's path takes
 *
 * What is said on the way out limits what the other side sends, what is said on the way in limits what ours sends;
 * each is only ever lowered. Out: a SYN or SYN-ACK with the gateway's mark is held to the MTU of the path it
 * takes, which for a program of this machine is not the one its socket had in mind. In: the kernel would look at
 * the way back to the sender, which without a mark is main's, so the number is written down: that of the device's
 * MTU.
 *
 * The rules on the way in stand before what queues: who is queued skips the rest of it, and the core sees the size that
 * holds (core/rehome.h sends segments of its own).
 */
#include "hook_part.h"

/* Bytes of the IP and the TCP header without options, RFC 9293 section 3.7.1, RFC 8200 section 8.3. */
static const unsigned headers[FAMILY_COUNT] = {[FAMILY_IPV4] = 40, [FAMILY_IPV6] = 60};

static bool wanted(const struct hooks_plan *plan)
{
	for (unsigned i = 0; i < plan->ruleset->gateway_count; i++)
		if (plan->ruleset->gateways[i].mss_policy != MSS_OFF)
			return true;
	return false;
}

/* The largest segment that may come in by the gateway's device; 0: no limit is known. */
static unsigned segment_in(const struct gateway *gateway, enum family family)
{
	unsigned mtu;

	if (!hooks_names_device(gateway) || gateway->mss_policy == MSS_OFF)
		return 0;
	if (gateway->mss_policy == MSS_FIXED)
		return gateway->mss;
	mtu = hook_device(gateway->device).mtu;
	return mtu > headers[family] && mtu - headers[family] < UINT16_MAX ? mtu - headers[family] : 0;
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	static const char syn[] = "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS";

	fputs("-A NFQROUTE_POSTROUTING -p tcp --tcp-flags SYN,RST SYN -j NFQROUTE_MSS_OUT\n", out);
	for (unsigned i = 0; i < plan->ruleset->gateway_count; i++) {
		const struct gateway *gateway = &plan->ruleset->gateways[i];

		if (gateway->mss_policy == MSS_OFF)
			continue;
		fputs("-A NFQROUTE_MSS_OUT ", out);
		if (hooks_names_device(gateway))
			fprintf(out, "-o %s ", gateway->device);
		fprintf(out, "-m mark --mark 0x%x/0x%x %s ", gateway->mark, plan->ruleset->marks.route_mask, syn);
		if (gateway->mss_policy == MSS_FIXED)
			fprintf(out, "--set-mss %u\n", gateway->mss);
		else
			fputs("--clamp-mss-to-pmtu\n", out);
		for (enum family family = 0; family < FAMILY_COUNT; family++)
			if (segment_in(gateway, family))
				fprintf(out, "%s-A NFQROUTE_MSS_IN -i %s %s --set-mss %u\n",
					hook_iptables_families(1U << family), gateway->device, syn,
					segment_in(gateway, family));
	}
}

static void print_nft_out(FILE *out, const struct hooks_plan *plan, const struct gateway *gateway)
{
	fprintf(out, "\t\tmeta mark and 0x%x == 0x%x ", plan->ruleset->marks.route_mask, gateway->mark);
	if (hooks_names_device(gateway))
		fprintf(out, "oifname \"%s\" ", gateway->device);
	fputs("tcp option maxseg size set ", out);
	if (gateway->mss_policy == MSS_FIXED)
		fprintf(out, "%u\n", gateway->mss);
	else
		fputs("rt mtu\n", out);
}

static void print_nft_in(FILE *out, const struct gateway *gateway)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		if (segment_in(gateway, family))
			fprintf(out, "\t\t%siifname \"%s\" tcp option maxseg size set %u\n",
				hook_nft_families(1U << family), gateway->device, segment_in(gateway, family));
}

static bool limits_in(const struct ruleset *ruleset)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (segment_in(&ruleset->gateways[i], FAMILY_IPV4) || segment_in(&ruleset->gateways[i], FAMILY_IPV6))
			return true;
	return false;
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct ruleset *ruleset = plan->ruleset;

	fputs("\tchain mss_out {\n", out);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (ruleset->gateways[i].mss_policy != MSS_OFF)
			print_nft_out(out, plan, &ruleset->gateways[i]);
	fputs("\t}\n"
	      "\tchain settle_postrouting {\n\t\ttcp flags & (syn | rst) == syn jump mss_out\n\t}\n",
	      out);
	if (!limits_in(ruleset))
		return;
	fputs("\tchain mss_in {\n", out);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		print_nft_in(out, &ruleset->gateways[i]);
	fputs("\t}\n"
	      "\tchain prerouting {\n\t\ttcp flags & (syn | rst) == syn jump mss_in\n\t}\n",
	      out);
}

const struct hook_part hook_mss = {
	.name = "limit for the size of TCP segments",
	.wanted = wanted,
	/* the way out is entered from hook_settle.c's */
	.iptables[HOOK_MANGLE] = {.chains = ":NFQROUTE_MSS_OUT - [0:0]\n"
					    ":NFQROUTE_MSS_IN - [0:0]\n",
				  .jumps = "-I PREROUTING -p tcp --tcp-flags SYN,RST SYN -j NFQROUTE_MSS_IN\n",
				  .print = print_iptables},
	.nft = print_nft,
};
