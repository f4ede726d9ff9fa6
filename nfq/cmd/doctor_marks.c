/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor_marks.c - checks of the doctor: others' marks beside ours
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "routing.h"

/* --- who it may be --- */

/* By how words begin in a rule of the firewall, its table or its chain; or by the mask of a mark, as these
 * programs use by default (mark 0: any within the mask). */
static const struct {
	const char *who, *word;
	uint32_t mark, mask;
} users[] = {
	{"tailscale", "ts-", 0, 0xff0000},
	{"tailscale", "tailscale", 0, 0},
	{"wg-quick", "wg-quick", 0xca6c, UINT32_MAX},
	{"mwan3", "mwan3", 0, 0x3f00},
	{"Kubernetes", "KUBE-", 0, 0xc000},
	{"Calico", "cali-", 0, 0xffff0000},
	{"Cilium", "CILIUM_", 0, 0xf00},
	{"Docker", "DOCKER", 0, 0},
	{"Docker", "docker", 0, 0},
	{"ufw", "ufw", 0, 0},
	{"pbr", "pbr_", 0, 0},
	{"Mullvad", "mullvad", 0x6d6f6c65, UINT32_MAX},
};

static bool has_word(const char *text, const char *word)
{
	for (const char *at = text; (at = strstr(at, word)); at++)
		if (at == text || !isalnum((unsigned char)at[-1]))
			return true;
	return false;
}

static const char *user_of_rule(const struct firewall_lines *lines)
{
	for (size_t i = 0; i < sizeof users / sizeof *users; i++)
		if (has_word(lines->line, users[i].word) || has_word(lines->chain, users[i].word) ||
		    has_word(lines->table, users[i].word))
			return users[i].who;
	return NULL;
}

static const char *user_of_mark(uint32_t mark, uint32_t mask)
{
	for (size_t i = 0; i < sizeof users / sizeof *users; i++)
		if (users[i].mask && users[i].mask == mask && (!users[i].mark || users[i].mark == mark))
			return users[i].who;
	return NULL;
}

/* --- marks in policy rules --- */

static const struct gateway *gateway_of_mark(const struct ruleset *ruleset, uint32_t mark)
{
	int gateway = ruleset_gateway_of_mark(ruleset, mark & ruleset->marks.route_mask);

	return gateway >= 0 ? &ruleset->gateways[gateway] : NULL;
}

static void check_rule_marks(struct doctor *doctor)
{
	const struct marks *marks = &doctor->ruleset->marks;

	for (size_t i = 0; i < doctor->rule_count; i++) {
		const struct policy_rule *rule = &doctor->rules[i];
		const struct gateway *gateway = gateway_of_mark(doctor->ruleset, rule->mark);
		const char *who = user_of_mark(rule->mark, rule->mask);
		char mend[128];

		if (!rule->mask || rule->protocol == ROUTING_PROTOCOL || !(rule->mask & marks->mask))
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
				   rule->mark, who ? ", maybe of " : "", who ? who : "", doctor_ip[rule->family],
				   rule->priority, rule->mark, rule->mask, gateway->name);
		else if (rule->mask != UINT32_MAX)
			doctor_say(doctor, DOCTOR_WARN, mend,
				   "%s%sanother's rule (%s rule %u: fwmark 0x%x/0x%x) uses bits of mark-mask 0x%x",
				   who ? who : "", who ? ": " : "", doctor_ip[rule->family], rule->priority,
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

/* --- marks that firewalls look for --- */

static bool is_asked_by_iptables(const char *line, uint32_t mark)
{
	for (const char *at = line; (at = strstr(at, " --mark ")); at++) {
		char *end;
		uint32_t value = (uint32_t)strtoul(at + 8, &end, 0);
		uint32_t mask = *end == '/' ? (uint32_t)strtoul(end + 1, NULL, 0) : UINT32_MAX;

		if (mask && (mark & mask) == value && !(at >= line + 2 && strncmp(at - 2, " !", 2) == 0))
			return true;
	}
	return false;
}

/* "0x9", "0x1-0x9", "{ 0x1, 0x9 }". */
static bool is_among(const char *values, uint32_t mark)
{
	char *end;

	for (values += strspn(values, "{ "); isdigit((unsigned char)*values); values = end + strspn(end, ", ")) {
		uint32_t first = (uint32_t)strtoul(values, &end, 0), last = first;

		if (*end == '-')
			last = (uint32_t)strtoul(end + 1, &end, 0);
		if (first <= mark && mark <= last)
			return true;
	}
	return false;
}

/* "meta mark 0x9", "ct mark & 0xff == 0x9". */
static bool is_asked_by_nft(const char *line, uint32_t mark)
{
	for (const char *at = line; (at = strstr(at, "mark ")); at++) {
		const char *values = at + 5;
		uint32_t mask = UINT32_MAX;
		char *end;

		if (strncmp(values, "& ", 2) == 0) {
			mask = (uint32_t)strtoul(values + 2, &end, 0);
			if (strncmp(end, " == ", 4) != 0)
				continue;
			values = end + 4;
		}
		if (mask && is_among(values, mark & mask))
			return true;
	}
	return false;
}

/* One who lets our packets pass, or translates their addresses, means them. */
static bool is_meant(const char *line)
{
	static const char *const words[] = {"-j ACCEPT", "-j RETURN", "-j MASQUERADE", "-j SNAT",
					    "accept",    "return",    "masquerade",    "snat"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(line, words[i]))
			return true;
	return false;
}

static const struct gateway *asked_gateway(const struct doctor *doctor, const struct firewall_lines *lines)
{
	for (unsigned i = 0; i < doctor->ruleset->gateway_count; i++) {
		const struct gateway *gateway = &doctor->ruleset->gateways[i];

		if (lines->firewall == FIREWALL_NFT ? is_asked_by_nft(lines->line, gateway->mark)
						    : is_asked_by_iptables(lines->line, gateway->mark))
			return gateway;
	}
	return NULL;
}

/* --- both --- */

static void check_written(struct doctor *doctor, struct firewall_lines *lines)
{
	const uint32_t mask = doctor->ruleset->marks.mask;
	uint32_t bits =
		lines->firewall == FIREWALL_NFT ? written_by_nft(lines->line) : written_by_iptables(lines->line);
	const char *who = user_of_rule(lines);

	if (bits & mask)
		doctor_say(doctor, DOCTOR_WARN,
			   "a mask in that rule that leaves out ours, or option mark-mask with other bits",
			   "%s%sa rule of the firewall writes bits 0x%x of our mark-mask 0x%x (%s): %s",
			   who ? who : "", who ? ": " : "", bits & mask, mask, doctor_where(lines), lines->line);
}

static void check_asked(struct doctor *doctor, struct firewall_lines *lines)
{
	const struct gateway *gateway = is_meant(lines->line) ? NULL : asked_gateway(doctor, lines);
	const char *who = user_of_rule(lines);

	if (gateway)
		doctor_say(doctor, DOCTOR_WARN,
			   "unless they are meant, option mark-mask with bits that nobody uses",
			   "%s%sa rule of the firewall takes packets with the mark of gateway %s (%s): %s",
			   who ? who : "", who ? ": " : "", gateway->name, doctor_where(lines), lines->line);
}

static void check_firewall_marks(struct doctor *doctor)
{
	struct firewall_lines lines = {.doctor = doctor};

	while (doctor_next_line(&lines)) {
		check_written(doctor, &lines);
		check_asked(doctor, &lines);
	}
}

const struct doctor_check doctor_mark_checks[] = {
	{"rule-marks", "no policy rule of others uses our marks", check_rule_marks, false},
	{"marks", "no rule of a firewall writes our bits of the marks, or takes what has them",
	 check_firewall_marks, false},
	{.name = NULL},
};
