/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor_marks.c - checks of the doctor: others' marks, rules and routes beside ours
 */
#include <ctype.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "routing.h"

static const char *const ip_commands[FAMILY_COUNT] = {[FAMILY_IPV4] = "ip", [FAMILY_IPV6] = "ip -6"};

/* --- who it may be --- */

/* By what is in a rule of the firewall, or by the mask of a mark, as these programs use by default. */
static const struct {
	const char *who, *word;
	uint32_t mark, mask;
} users[] = {
	{"tailscale", "ts-", 0, 0xff0000},
	{"wg-quick", "wg-quick", 0xca6c, UINT32_MAX},
	{"mwan3", "mwan3", 0, 0x3f00},
	{"Kubernetes", "KUBE-", 0, 0xc000},
	{"Calico", "cali-", 0, 0xffff0000},
	{"Cilium", "CILIUM_", 0, 0xf00},
	{"Docker", "DOCKER", 0, 0},
	{"ufw", "ufw", 0, 0},
	{"pbr", "pbr_", 0, 0},
	{"Mullvad", "mullvad", 0x6d6f6c65, UINT32_MAX},
};

static const char *user_of(const char *text, uint32_t mark, uint32_t mask)
{
	for (size_t i = 0; i < sizeof users / sizeof *users; i++)
		if ((text && strstr(text, users[i].word)) ||
		    (!text && users[i].mask && users[i].mask == mask && (!users[i].mark || users[i].mark == mark)))
			return users[i].who;
	return NULL;
}

/* --- marks in policy rules --- */

static bool is_ours(const struct policy_rule *rule)
{
	return rule->protocol == ROUTING_PROTOCOL;
}

/* A packet with this mark satisfies the rule, as far as the mark goes. */
static bool admits(const struct policy_rule *rule, uint32_t mark)
{
	return (((mark ^ rule->mark) & rule->mask) == 0) != rule->inverted;
}

static const struct gateway *gateway_of_mark(const struct ruleset *ruleset, uint32_t mark)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if ((mark & ruleset->marks.route_mask) == ruleset->gateways[i].mark)
			return &ruleset->gateways[i];
	return NULL;
}

static void check_rule_marks(struct doctor *doctor)
{
	const struct marks *marks = &doctor->ruleset->marks;

	for (size_t i = 0; i < doctor->rule_count; i++) {
		const struct policy_rule *rule = &doctor->rules[i];
		const struct gateway *gateway = gateway_of_mark(doctor->ruleset, rule->mark);
		const char *who = user_of(NULL, rule->mark, rule->mask);
		char mend[128];

		if (!rule->mask || is_ours(rule) || !(rule->mask & marks->mask))
			continue;
		/* the way a user sets up what we would */
		if (gateway && rule->mask == marks->route_mask && rule->table == gateway->table)
			continue;
		snprintf(mend, sizeof mend, "option mark-mask with bits that nobody uses, as 0x%x",
			 rule->mask == UINT32_MAX || !(rule->mask & 0xff000000) ? 0xff000000U : 0x7f00U);
		if (gateway)
			doctor_say(doctor, DOCTOR_FAIL, mend,
				   "packets with mark 0x%x of others%s%s (%s rule %u: fwmark 0x%x/0x%x) look like "
				   "those of gateway "
				   "%s, and go by it",
				   rule->mark, who ? ", maybe of " : "", who ? who : "", ip_commands[rule->family],
				   rule->priority, rule->mark, rule->mask, gateway->name);
		else if (rule->mask != UINT32_MAX)
			doctor_say(doctor, DOCTOR_WARN, mend,
				   "%s%sanother's rule (%s rule %u: fwmark 0x%x/0x%x) uses bits of mark-mask 0x%x",
				   who ? who : "", who ? ": " : "", ip_commands[rule->family], rule->priority,
				   rule->mark, rule->mask, marks->mask);
	}
}

/* --- marks in firewalls --- */

static uint32_t number_behind(const char *line, const char *word, bool *found)
{
	const char *at = strstr(line, word);

	*found = at && isdigit((unsigned char)at[strlen(word)]);
	return *found ? (uint32_t)strtoul(at + strlen(word), NULL, 0) : 0;
}

/* The bits that a rule of iptables writes in mark or connmark. */
static uint32_t written_by_iptables(const char *line)
{
	static const char *const sets[] = {"--set-xmark ", "--set-mark ", "--restore-mark", "--save-mark"};
	bool found;
	uint32_t mask;

	for (size_t i = 0; i < 2; i++) {
		const char *at = strstr(line, sets[i]), *slash = at ? strchr(at, '/') : NULL;

		if (at)
			return slash ? (uint32_t)strtoul(slash + 1, NULL, 0) : UINT32_MAX;
	}
	for (size_t i = 2; i < 4; i++) {
		if (!strstr(line, sets[i]))
			continue;
		mask = number_behind(line, i == 2 ? "--nfmask " : "--ctmask ", &found);
		if (!found)
			mask = number_behind(line, "--mask ", &found);
		return found ? mask : UINT32_MAX;
	}
	mask = number_behind(line, "--or-mark ", &found);
	return found ? mask : 0;
}

static uint32_t number_behind_any(const char *line, const char *const words[], bool *found)
{
	uint32_t number = 0;

	*found = false;
	for (size_t i = 0; words[i] && !*found; i++)
		number = number_behind(line, words[i], found);
	return number;
}

/* The same of nft, as it lists them: "meta mark set meta mark & 0xff00ffff | 0x00080000", "ct mark set 0x1". */
static uint32_t written_by_nft(const char *line)
{
	static const char *const ands[] = {" & ", " and ", NULL}, *const ors[] = {" | ", " or ", " ^ ", " xor ",
										  NULL};
	const char *set = strstr(line, "mark set ");
	bool kept_found, or_found;
	uint32_t kept, added;

	if (!set)
		return 0;
	kept = number_behind_any(set, ands, &kept_found);
	added = number_behind_any(set, ors, &or_found);
	if (!kept_found && !or_found)
		return UINT32_MAX;
	return (kept_found ? ~kept : 0) | added;
}

static void check_firewall_marks(struct doctor *doctor)
{
	const uint32_t mask = doctor->ruleset->marks.mask;
	struct firewall_lines lines = {.doctor = doctor};

	while (doctor_next_line(&lines)) {
		uint32_t bits = lines.firewall == FIREWALL_NFT ? written_by_nft(lines.line)
							       : written_by_iptables(lines.line);
		const char *who = bits & mask ? user_of(lines.line, 0, 0) : NULL;

		if (!(bits & mask))
			continue;
		doctor_say(doctor, DOCTOR_WARN,
			   "a mask in that rule that leaves out ours, or option mark-mask with other bits",
			   "%s%sa rule of the firewall writes bits 0x%x of our mark-mask 0x%x (%s): %s",
			   who ? who : "", who ? ": " : "", bits & mask, mask, doctor_where(&lines), lines.line);
	}
}

/* --- rules before ours --- */

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
	char mend[160], kind[64];

	snprintf(kind, sizeof kind, rule->selects ? "for some packets " : "");
	snprintf(mend, sizeof mend, "priority in the gateway, or option priority, below %u", rule->priority);
	doctor_say(doctor, rule->selects ? DOCTOR_WARN : DOCTOR_FAIL, mend,
		   "gateway %s: %s rule %u (%stable %u) is asked %sbefore its own (%u), and has a route for "
		   "everything",
		   gateway->name, ip_commands[rule->family], rule->priority, rule->inverted ? "not fwmark, " : "",
		   rule->table, kind, gateway->priority);
}

static void check_priorities(struct doctor *doctor)
{
	for (unsigned g = 0; g < doctor->ruleset->gateway_count; g++) {
		const struct gateway *gateway = &doctor->ruleset->gateways[g];

		for (size_t i = 0; i < doctor->rule_count; i++) {
			const struct policy_rule *rule = &doctor->rules[i];

			if (!is_ours(rule) && rule->priority < gateway->priority &&
			    rule->table != RT_TABLE_LOCAL && rule->table != gateway->table &&
			    doctor_has_family(gateway, rule->family) && admits(rule, gateway->mark) &&
			    leads_wide(doctor, rule))
				shadow(doctor, gateway, rule);
		}
	}
}

/* --- routes --- */

/* OpenVPN's redirect-gateway def1, and what others do alike: two halves instead of a default route. All but the
 * default route of main is asked first, so they win over every gateway. */
static void check_halves(struct doctor *doctor)
{
	unsigned seen[FAMILY_COUNT] = {0, 0};

	for (size_t i = 0; i < doctor->route_count; i++) {
		const struct wide_route *route = &doctor->routes[i];

		if (route->table != RT_TABLE_MAIN || route->length != 1 || seen[route->family])
			continue;
		seen[route->family] = 1;
		doctor_say(doctor, DOCTOR_FAIL,
			   "keep the VPN from setting routes and make it a gateway; OpenVPN: pull-filter ignore "
			   "redirect-gateway, or route-nopull",
			   "the main table has routes for half of all %s addresses each, by %s: they are taken "
			   "before any "
			   "gateway's",
			   route->family == FAMILY_IPV6 ? "IPv6" : "IPv4",
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
				 ip_commands[route->family], doctor_device_name(doctor, route->device),
				 route->table);
			doctor_say(doctor, DOCTOR_FAIL, mend,
				   "gateway %s: its table %u has a default route of somebody else, by %s",
				   gateway->name, route->table, doctor_device_name(doctor, route->device));
		}
	}
}

const struct doctor_check doctor_mark_checks[] = {
	{"rule-marks", "no policy rule of others uses our marks", check_rule_marks, false},
	{"marks", "no rule of a firewall writes our bits of the marks", check_firewall_marks, false},
	{"priorities", "no policy rule of others takes packets before ours", check_priorities, false},
	{"halves", "no route of the main table is wider than the LAN", check_halves, true},
	{"tables", "the gateways' tables are theirs", check_tables, false},
	{.name = NULL},
};
