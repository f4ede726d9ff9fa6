/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor_routes.c - checks of the doctor: others' policy rules and routes beside ours
 */
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "doctor.h"
#include "routing.h"

/* --- rules before ours --- */

/* A packet with this mark satisfies the rule, as far as the mark goes. */
static bool admits(const struct policy_rule *rule, uint32_t mark)
{
	return (((mark ^ rule->mark) & rule->mask) == 0) != rule->inverted;
}

static bool leads_wide(const struct doctor *doctor, const struct policy_rule *rule)
{
	if (!rule->leads)
		return true;
	for (size_t i = 0; i < doctor->route_count; i++)
		if (doctor->routes[i].family == rule->family && doctor->routes[i].table == rule->table &&
		    (doctor->routes[i].length || !rule->suppress))
			return true;
	return false;
}

static void shadow(struct doctor *doctor, const struct gateway *gateway, const struct policy_rule *rule)
{
	char mend[160];

	snprintf(mend, sizeof mend, "priority in the gateway, or option priority, below %u", rule->priority);
	doctor_say(doctor, rule->selects ? DOCTOR_WARN : DOCTOR_FAIL, mend,
		   "gateway %s: %s rule %u (%stable %u) is asked %sbefore its own (%u), and has a route for "
		   "everything",
		   gateway->name, doctor_ip[rule->family], rule->priority, rule->inverted ? "not fwmark, " : "",
		   rule->table, rule->selects ? "for some packets " : "", gateway->priority);
}

/* The first rule by which all packets are asked for addresses of this machine; 0: none is seen. For VRFs it is moved from 0 to
 * behind theirs, Documentation/networking/vrf.rst of the kernel. */
static uint32_t local_priority(const struct doctor *doctor, enum family family)
{
	uint32_t first = 0;

	for (size_t i = 0; i < doctor->rule_count; i++) {
		const struct policy_rule *rule = &doctor->rules[i];

		if (rule->family != family || rule->table != RT_TABLE_LOCAL || !rule->leads || rule->mask || rule->selects)
			continue;
		if (rule->priority == 0)
			return 0;
		if (!first || rule->priority < first)
			first = rule->priority;
	}
	return first;
}

static void check_local(struct doctor *doctor, const struct gateway *gateway)
{
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		uint32_t local = local_priority(doctor, family);

		if (local < gateway->priority || !doctor_has_family(gateway, family))
			continue;
		doctor_say(doctor, DOCTOR_FAIL, "the rule for table local ahead of it, or a priority behind it in the gateway",
			   "gateway %s: %s rule %u (table local) is asked behind its own (%u): what rules lead to it does not "
			   "reach this machine",
			   gateway->name, doctor_ip[family], local, gateway->priority);
	}
}

static void check_priorities(struct doctor *doctor)
{
	for (unsigned g = 0; g < doctor->ruleset->gateway_count; g++) {
		const struct gateway *gateway = &doctor->ruleset->gateways[g];

		check_local(doctor, gateway);
		for (size_t i = 0; i < doctor->rule_count; i++) {
			const struct policy_rule *rule = &doctor->rules[i];

			if (rule->protocol != ROUTING_PROTOCOL && rule->priority < gateway->priority &&
			    rule->table != RT_TABLE_LOCAL && rule->table != gateway->table &&
			    doctor_has_family(gateway, rule->family) && admits(rule, gateway->mark) &&
			    leads_wide(doctor, rule))
				shadow(doctor, gateway, rule);
		}
	}
}

/* --- routes --- */

/* OpenVPN's redirect-gateway def1, and what others do alike: two halves instead of a default route, in IPv6 also 2000::/3 or
 * its parts. All but the default route of main is asked first, so they win over every gateway. */
static void check_halves(struct doctor *doctor)
{
	static const char *const parts[] = {[1] = "half", "a quarter", "an eighth", "a sixteenth"};
	unsigned seen[FAMILY_COUNT] = {0, 0};

	for (size_t i = 0; i < doctor->route_count; i++) {
		const struct wide_route *route = &doctor->routes[i];

		if (route->table != RT_TABLE_MAIN || !route->length || seen[route->family])
			continue;
		seen[route->family] = 1;
		doctor_say(doctor, DOCTOR_FAIL,
			   "keep the VPN from setting routes and make it a gateway; OpenVPN: pull-filter ignore "
			   "redirect-gateway, or route-nopull",
			   "the main table has routes for %s of all %s addresses each, by %s: they are taken "
			   "before any "
			   "gateway's",
			   parts[route->length], family_name(route->family),
			   doctor_device_name(doctor, route->device));
	}
}

static void check_tables(struct doctor *doctor)
{
	for (unsigned g = 0; g < doctor->ruleset->gateway_count; g++) {
		const struct gateway *gateway = &doctor->ruleset->gateways[g];

		for (size_t i = 0; i < doctor->route_count; i++) {
			const struct wide_route *route = &doctor->routes[i];
			unsigned device = doctor_device(doctor, gateway, route->family);
			char mend[160];

			if (route->table != gateway->table || route->length ||
			    route->protocol == ROUTING_PROTOCOL || route->type != RTN_UNICAST ||
			    route->device == device)
				continue;
			snprintf(mend, sizeof mend,
				 "%s route del default dev %s table %u, or another table in the gateway",
				 doctor_ip[route->family], doctor_device_name(doctor, route->device),
				 route->table);
			doctor_say(doctor, DOCTOR_FAIL, mend,
				   "gateway %s: its table %u has a default route of somebody else, by %s",
				   gateway->name, route->table, doctor_device_name(doctor, route->device));
		}
	}
}

const struct doctor_check doctor_route_checks[] = {
	{"priorities", "no policy rule of others takes packets before ours", check_priorities, false},
	{"halves", "no route of the main table is wider than the LAN", check_halves, true},
	{"tables", "the gateways' tables are theirs", check_tables, false},
	{.name = NULL},
};
