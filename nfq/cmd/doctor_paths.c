/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor_paths.c - checks of the doctor: what happens to packets on the gateways' paths
 */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "guard.h"
#include "hook_part.h"
#include "routing.h"
#include "rp_filter.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): it declares */
#define for_each_gateway(gateway, doctor)                                                                         \
	for (const struct gateway *gateway = (doctor)->ruleset->gateways;                                         \
	     gateway < (doctor)->ruleset->gateways + (doctor)->ruleset->gateway_count; gateway++)
/* NOLINTEND(bugprone-macro-parentheses) */

/* --- what is there --- */

/* address auto: there is a default route to take the next hop from. */
static void check_way(struct doctor *doctor, const struct gateway *gateway, const struct link *link,
		      enum family family)
{
	if (!gateway->family[family].auto_hop || !doctor_has_family(gateway, family) ||
	    !links_has_address(doctor->links, link->index, family))
		return;
	for (size_t i = 0; i < doctor->route_count; i++) {
		const struct wide_route *route = &doctor->routes[i];

		if (route->family == family && route->table == RT_TABLE_MAIN && !route->length &&
		    route->device == link->index)
			return;
	}
	doctor_say(doctor, DOCTOR_WARN, "write its address instead of auto, or have DHCP set the route",
		   "gateway %s: %s has no %s default route in the main table to take the next hop from",
		   gateway->name, link->name, family_name(family));
}

static void check_devices(struct doctor *doctor)
{
	for_each_gateway(gateway, doctor)
	{
		const struct link *link = links_by_name(doctor->links, gateway->device);
		bool way = false;

		if (*gateway->device && !link)
			doctor_say(doctor, DOCTOR_WARN,
				   "start what makes it (the tunnel), or correct its name in the rules",
				   "gateway %s: there is no device %s now: connections by it are refused",
				   gateway->name, gateway->device);
		else if (link && !(link->flags & IFF_UP))
			doctor_say(doctor, DOCTOR_WARN, "ip link set DEVICE up",
				   "gateway %s: device %s is down: connections by it are refused", gateway->name,
				   gateway->device);
		else if (link && !(link->flags & IFF_RUNNING))
			doctor_say(doctor, DOCTOR_WARN,
				   "its cable, or the program that serves it; only a check in the gateway tells the daemon",
				   "gateway %s: device %s is up without a carrier: what goes by it is lost", gateway->name,
				   gateway->device);
		for (enum family family = 0; family < FAMILY_COUNT; family++)
			way |= gateway->family[family].has_hop && doctor_device(doctor, gateway, family);
		for (enum family family = 0; family < FAMILY_COUNT && link; family++)
			check_way(doctor, gateway, link, family);
		if (!*gateway->device && !way)
			doctor_say(doctor, DOCTOR_WARN, "ip route get NEXT-HOP, or give the gateway a device",
				   "gateway %s: no route leads to its next hop", gateway->name);
	}
}

/* --- reverse path filters --- */

static void check_rp_filter(struct doctor *doctor)
{
	for_each_gateway(gateway, doctor)
	{
		unsigned device = doctor_device(doctor, gateway, FAMILY_IPV4);
		const char *name = doctor_device_name(doctor, device);
		enum rp_filter_mode mode;
		char mend[128];

		if (!device)
			continue;
		mode = rp_filter_mode(name);
		if (mode == RP_FILTER_UNKNOWN)
			doctor_say(doctor, DOCTOR_UNSEEN, NULL, "gateway %s: the rp_filter of %s cannot be read",
				   gateway->name, name);
		if (mode != RP_FILTER_STRICT)
			continue;
		snprintf(mend, sizeof mend, "sysctl -w net.ipv4.conf.%s.rp_filter=2", name);
		if (doctor->running)
			doctor_say(doctor, DOCTOR_FAIL, mend,
				   "gateway %s: answers that come in by %s are dropped, its rp_filter is strict "
				   "(1), and the "
				   "daemon cannot or could not make it loose",
				   gateway->name, name);
		else
			doctor_say(doctor, DOCTOR_OK, NULL,
				   "gateway %s: the strict rp_filter of %s is made loose by the daemon",
				   gateway->name, name);
	}
}

/* A filter of the firewall's own does not know of marks, and nobody makes it loose. */
static bool is_reverse_path_rule(const char *line)
{
	return (strstr(line, "-m rpfilter") && !strstr(line, "--loose")) ||
	       (strstr(line, "fib saddr") && strstr(line, "iif") && strstr(line, "oif") &&
		(strstr(line, "missing") || strstr(line, "oif 0")));
}

static void check_rp_rules(struct doctor *doctor)
{
	struct firewall_lines lines = {.doctor = doctor};

	while (doctor_next_line(&lines))
		if (is_reverse_path_rule(lines.line))
			doctor_say(
				doctor, DOCTOR_WARN,
				"let the gateways' devices pass before it; with firewalld: IPv6_rpfilter=loose in "
				"/etc/firewalld/firewalld.conf",
				"a rule of the firewall drops answers that come in by a gateway (%s): %s",
				doctor_where(&lines), lines.line);
}

/* --- forwarding --- */

static long setting(const char *path)
{
	FILE *file = fopen(path, "re");
	long value = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

/* Some rule speaks of what only forwarded connections have. */
static const struct rule *rule_of_forwarded(const struct ruleset *ruleset)
{
	for (unsigned i = 0; i < ruleset->rule_count; i++)
		for (unsigned m = 0; m < ruleset->rules[i].match_count; m++) {
			const char *name = ruleset->rules[i].matches[m].keyword->name;

			if (!ruleset->rules[i].matches[m].negate &&
			    (strcmp(name, "mac") == 0 || strcmp(name, "iif") == 0))
				return &ruleset->rules[i];
		}
	return NULL;
}

static void check_forwarding(struct doctor *doctor)
{
	static const char *const paths[FAMILY_COUNT] = {
		[FAMILY_IPV4] = "/proc/sys/net/ipv4/ip_forward",
		[FAMILY_IPV6] = "/proc/sys/net/ipv6/conf/all/forwarding",
	};
	static const char *const mends[FAMILY_COUNT] = {
		[FAMILY_IPV4] = "sysctl -w net.ipv4.ip_forward=1",
		[FAMILY_IPV6] = "sysctl -w net.ipv6.conf.all.forwarding=1",
	};
	const struct rule *rule = rule_of_forwarded(doctor->ruleset);

	if (!rule)
		return;
	if (!doctor->ruleset->options.forward)
		doctor_say(doctor, DOCTOR_WARN, "option forward on",
			   "the rule at %s is about forwarded connections, and option forward is off", rule->text);
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		if (setting(paths[family]) == 0)
			doctor_say(doctor, DOCTOR_WARN, mends[family],
				   "the rule at %s is about connections of other machines, but this one does not "
				   "forward %s",
				   rule->text, family_name(family));
}

/* --- addresses --- */

static bool mentions(const char *line, const char *device)
{
	char quoted[IFNAMSIZ + 2];

	snprintf(quoted, sizeof quoted, "\"%s\"", device);
	if (strstr(line, "oifname") || strstr(line, "oif "))
		return strstr(line, quoted);
	if (strstr(line, "-o ")) {
		const char *at = strstr(line, "-o ") + 3;
		size_t length = strlen(device);

		return strncmp(at, device, length) == 0 && (at[length] == ' ' || !at[length]);
	}
	return true; /* by any device */
}

static bool is_translation(const char *line)
{
	return strncmp(line, "chain ", 6) != 0 && (strstr(line, "masquerade") || strstr(line, "-j MASQUERADE") ||
						   strstr(line, "-j SNAT") || strstr(line, "snat "));
}

/* Somebody else's rule gives what leaves by the device another source. */
static bool is_translated(const struct doctor *doctor, const char *device)
{
	struct firewall_lines lines = {.doctor = doctor};

	while (doctor_next_line(&lines))
		if (is_translation(lines.line) && mentions(lines.line, device))
			return true;
	return false;
}

/* The kernel has chosen the source before the mark: it is that of main's device. */
static void check_masquerade(struct doctor *doctor)
{
	for_each_gateway(gateway, doctor)
	{
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			const struct wide_route *route = doctor_main_route(doctor, family);
			unsigned device = doctor_device(doctor, gateway, family);
			const char *name = doctor_device_name(doctor, device);

			if (gateway->masquerade || !device || !route || route->device == device ||
			    !doctor_has_family(gateway, family) ||
			    !links_has_address(doctor->links, device, family) || !doctor->root ||
			    is_translated(doctor, name))
				continue;
			doctor_say(doctor, DOCTOR_WARN, "masquerade yes, in the gateway",
				   "gateway %s: what leaves by %s keeps the source address that it has for %s "
				   "(%s), and the other "
				   "end may not know the way back",
				   gateway->name, name, doctor_device_name(doctor, route->device),
				   family_name(family));
		}
	}
}

static void check_mss(struct doctor *doctor)
{
	for_each_gateway(gateway, doctor)
	{
		const struct wide_route *route = doctor_main_route(doctor, FAMILY_IPV4);
		unsigned device = doctor_device(doctor, gateway, FAMILY_IPV4);
		unsigned mtu = hook_device(doctor_device_name(doctor, device)).mtu,
			 main_mtu = route ? hook_device(doctor_device_name(doctor, route->device)).mtu : 0;

		if (device && mtu && mtu < 1280 && doctor_has_family(gateway, FAMILY_IPV6))
			doctor_say(doctor, DOCTOR_WARN, "a larger MTU, or ipv6 unreachable in the gateway",
				   "gateway %s: device %s takes packets of %u bytes only, and IPv6 needs 1280",
				   gateway->name, doctor_device_name(doctor, device), mtu);
		if (device && mtu && mtu < main_mtu &&
		    (gateway->mss_policy == MSS_OFF ||
		     (gateway->mss_policy == MSS_FIXED && gateway->mss + 40U > mtu)))
			doctor_say(doctor, DOCTOR_WARN, "mss auto, in the gateway",
				   "gateway %s: device %s takes %u bytes, less than %s, and segments are not held "
				   "to that: large "
				   "transfers stall where messages about it are lost",
				   gateway->name, doctor_device_name(doctor, device), mtu,
				   doctor_device_name(doctor, route->device));
	}
}

/* --- families --- */

static void check_ipv6(struct doctor *doctor)
{
	const struct wide_route *route = doctor_main_route(doctor, FAMILY_IPV6);

	for_each_gateway(gateway, doctor)
	{
		if (gateway->family[FAMILY_IPV6].policy == FAMILY_MAIN && route &&
		    gateway->family[FAMILY_IPV4].policy != FAMILY_MAIN)
			doctor_say(doctor, DOCTOR_WARN,
				   "ipv6 unreachable, or a next hop of that family, in the gateway",
				   "gateway %s: IPv6 connections for it go by the main table (%s), as its \"ipv6 "
				   "main\" says: "
				   "who shall not be seen there is seen",
				   gateway->name, doctor_device_name(doctor, route->device));
	}
}

/* --- kill switches --- */

static void tell_open(void *ctx, const struct rule *rule, const char *why)
{
	struct doctor *doctor = ctx;

	doctor_say(doctor, DOCTOR_WARN, "option fail-closed on, or headers alone in the rule",
		   "while no daemon runs, new connections that the rule at %s leads to group %s go by the main "
		   "table: %s",
		   rule->text, doctor->ruleset->groups[rule->target].name, why);
}

static void ignore_line(void *ctx, const struct guard_line *line)
{
	(void)ctx;
	(void)line;
}

static void check_kill_switch(struct doctor *doctor)
{
	struct guard_visitor visitor = {.line = ignore_line, .open = tell_open, .ctx = doctor};

	if (!doctor->ruleset->options.fail_closed)
		guard_walk(doctor->ruleset, &visitor);
}

/* --- flow offload --- */

/* A flowtable is in hardware if its flags say so; then not even its counters are the kernel's. */
static bool is_in_hardware(const char *line)
{
	return strncmp(line, "flags offload", 13) == 0 || strstr(line, "FLOWOFFLOAD --hw");
}

/* What is offloaded only when it has a connmark is decided. */
static bool is_offload(const char *line)
{
	return (strncmp(line, "flow add", 8) == 0 || strstr(line, " flow add @") || strstr(line, "-j FLOWOFFLOAD")) &&
	       !strstr(line, "ct mark") && !strstr(line, "-m connmark");
}

static void check_offload(struct doctor *doctor)
{
	struct firewall_lines lines = {.doctor = doctor};
	bool hardware = false;

	while (doctor_next_line(&lines)) {
		hardware |= is_in_hardware(lines.line);
		if (is_offload(lines.line))
			doctor_say(doctor, DOCTOR_WARN,
				   "offload only what is decided: \"ct mark and MASK != 0\" before \"flow add\", "
				   "MASK being option mark-mask; or nothing",
				   "forwarded connections are offloaded%s (%s): later packets pass all rules by, so "
				   "what is decided behind the first packets has no effect",
				   hardware ? ", by the hardware" : "", doctor_where(&lines));
	}
}

const struct doctor_check doctor_path_checks[] = {
	{"devices", "the gateways' devices and next hops are there", check_devices, false},
	{"rp-filter", "answers by the gateways' devices are let in", check_rp_filter, false},
	{"rp-rules", "no rule of the firewall filters by the reverse path", check_rp_rules, true},
	{"forwarding", "connections of other machines are forwarded where rules are about them", check_forwarding,
	 false},
	{"masquerade", "what leaves by a gateway has an address that answers find", check_masquerade, false},
	{"mss", "segments fit the gateways' paths", check_mss, false},
	{"ipv6", "no family goes another way", check_ipv6, false},
	{"kill-switch", "kill switches hold while no daemon runs", check_kill_switch, false},
	{"offload", "no connection is hidden from the rules", check_offload, true},
	{.name = NULL},
};
