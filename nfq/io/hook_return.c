/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_return.c - part of the hooks: connections that come in by a gateway's device are answered by it
 *
 * Theory of operation. The first packet that comes in by the device leaves the gateway's mark with the open bit in
 * the connmark: answers go by the gateway from now on, and the connection is still undecided, so rules can drop
 * it. The decision is saved in place of it (hook_settle.c); one for main, or for a gateway that does not lie on
 * its way, as the mark of the gateway it came in by, without the open bit. A connection that goes out by the
 * gateway has the same mark, but its answers come in by the device. The two cannot be mistaken for each other,
 * because a decision is saved as the gateway's only where the packet leaves by the gateway's device.
 *
 * The device must tell by whom a connection came. Where the default route of others leads by it to another next hop, most come
 * by that one, and are left to it; of several gateways on one device the first answers.
 *
 * The connmark of a probe (hook_probe.c) looks like that of an undecided connection that has come in; its answers
 * come in by the device.
 */
#include <string.h>

#include "hook_part.h"

/* A box with one device that has two routers beside it. */
static bool is_beside_the_default(const struct hooks_plan *plan, const struct gateway *gateway, enum family family)
{
	return gateway->family[family].has_hop && strcmp(gateway->device, plan->defaults[family].device) == 0 &&
	       !key_equal(gateway->family[family].hop, plan->defaults[family].hop);
}

/* Whether the gateway has a way for the family. Where it refuses the family, or has no say in it, what comes in by
 * its device has been the main table's business and stays it. */
static bool can_answer(const struct hooks_plan *plan, const struct gateway *gateway, enum family family)
{
	if (!hooks_names_device(gateway) || is_beside_the_default(plan, gateway, family))
		return false;
	switch (gateway->family[family].policy) {
	case FAMILY_AUTO:
		return gateway->family[family].has_hop || gateway->family[family].auto_hop ||
		       hook_device(gateway->device).point_to_point;
	case FAMILY_YES:
		return true;
	case FAMILY_UNREACHABLE:
	case FAMILY_MAIN:
		break;
	}
	return false;
}

static bool answers(const struct hooks_plan *plan, unsigned index, enum family family)
{
	const struct gateway *gateways = plan->ruleset->gateways;

	for (unsigned i = 0; i < index; i++)
		if (strcmp(gateways[i].device, gateways[index].device) == 0 && can_answer(plan, &gateways[i], family))
			return false;
	return can_answer(plan, &gateways[index], family);
}

unsigned hook_answers(const struct hooks_plan *plan, unsigned gateway)
{
	unsigned families = 0;

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		if (answers(plan, gateway, family))
			families |= 1U << family;
	return families;
}

static bool wanted(const struct hooks_plan *plan)
{
	return plan->returns;
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	const struct marks *marks = &plan->ruleset->marks;

	fprintf(out,
		"-A NFQROUTE_NEWCOMER -m connmark --mark 0x0/0x%x -m conntrack --ctstate NEW --ctdir ORIGINAL "
		"-g NFQROUTE_CAME_BY\n",
		marks->mask);
	fprintf(out,
		"# main\n"
		"-A NFQROUTE_RETURN -m connmark --mark 0x%x/0x%x -j RETURN\n",
		marks->route_mask, marks->route_mask);
	hook_iptables_refused(out, marks, "NFQROUTE_RETURN");
	for (unsigned i = 0; i < plan->ruleset->gateway_count; i++) {
		const struct gateway *gateway = &plan->ruleset->gateways[i];
		const unsigned families = hook_answers(plan, i);
		const char *only = hook_iptables_families(families);

		if (!families)
			continue;
		fprintf(out, "%s-A NFQROUTE_CAME_BY -i %s -j CONNMARK --set-xmark 0x%x/0x%x\n", only, gateway->device,
			gateway->mark | marks->open, marks->mask);
		fprintf(out, "%s-A NFQROUTE_RETURN ! -i %s -m connmark --mark 0x%x/0x%x -j MARK --set-xmark 0x%x/0x%x\n", only,
			gateway->device, gateway->mark, marks->route_mask, gateway->mark, marks->mask);
	}
}

/* The rule that leads replies, of this machine or forwarded ones, to a chain for each gateway, and these. nft cannot take a part
 * of one mark over into another, but it can be told each gateway's. */
static void print_nft_back(FILE *out, const struct hooks_plan *plan, bool output)
{
	const struct ruleset *ruleset = plan->ruleset;
	const struct marks *marks = &ruleset->marks;
	const char *name = output ? "back_output" : "back", *before = "{ ";
	bool any = false;

	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		if (!hook_answers(plan, i))
			continue;
		fprintf(out, "\tchain %s_0x%x {\n\t\t%s", name, ruleset->gateways[i].mark,
			hook_nft_families(hook_answers(plan, i)));
		if (!output) /* older kernels have no iifname there */
			fprintf(out, "iifname != \"%s\" ", ruleset->gateways[i].device);
		fprintf(out, "meta mark set meta mark and 0x%x or 0x%x\n\t}\n", ~marks->mask,
			ruleset->gateways[i].mark);
		any = true;
	}
	if (!any)
		return;
	fprintf(out, "\tchain %s {\n\t\t%sct mark and 0x%x vmap ", output ? "output" : "reply",
		output ? "ct direction reply " : "", marks->route_mask);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (hook_answers(plan, i)) {
			fprintf(out, "%s0x%x : goto %s_0x%x", before, ruleset->gateways[i].mark, name, ruleset->gateways[i].mark);
			before = ", ";
		}
	fputs(" }\n\t}\n", out);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	const struct ruleset *ruleset = plan->ruleset;
	const struct marks *marks = &ruleset->marks;

	fprintf(out,
		"\tchain newcomer {\n"
		"\t\tct direction original ct state new ct mark and 0x%x == 0x0 goto came_by\n\t}\n"
		"\tchain came_by {\n",
		marks->mask);
	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		const unsigned families = hook_answers(plan, i);

		if (families)
			fprintf(out, "\t\t%siifname \"%s\" ct mark set ct mark or 0x%x\n", hook_nft_families(families),
				ruleset->gateways[i].device, ruleset->gateways[i].mark | marks->open);
	}
	fputs("\t}\n", out);
	print_nft_back(out, plan, false);
	print_nft_back(out, plan, true);
}

const struct hook_part hook_return = {
	.wanted = wanted,
	/* entered from hook_steer.c's */
	.iptables[HOOK_MANGLE] = {.chains = ":NFQROUTE_NEWCOMER - [0:0]\n"
					    ":NFQROUTE_CAME_BY - [0:0]\n"
					    ":NFQROUTE_RETURN - [0:0]\n",
				  .jumps = "",
				  .print = print_iptables},
	.nft = print_nft,
};
