/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor_survey.c - what the doctor looks at: rules, routes and devices by netlink, firewalls by their own
 * programs
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "memory_text.h"
#include "netlink.h"
#include "program.h"
#include "queue_owner.h"
#include "rtmsg.h"

const char *const doctor_ip[FAMILY_COUNT] = {[FAMILY_IPV4] = "ip", [FAMILY_IPV6] = "ip -6"};

static const char *const family_names[FAMILY_COUNT] = {[FAMILY_IPV4] = "IPv4", [FAMILY_IPV6] = "IPv6"};

/* --- netlink --- */

static uint32_t number(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) >= sizeof(uint32_t) ? mnl_attr_get_u32(attr) : 0;
}

static void rule_attribute(struct policy_rule *rule, const struct nlattr *attr)
{
	switch (mnl_attr_get_type(attr)) {
	case FRA_TABLE:
		rule->table = number(attr);
		break;
	case FRA_PRIORITY:
		rule->priority = number(attr);
		break;
	case FRA_FWMARK:
		rule->mark = number(attr);
		break;
	case FRA_FWMASK:
		rule->mask = number(attr);
		break;
	case FRA_PROTOCOL:
		rule->protocol = mnl_attr_get_payload_len(attr) ? mnl_attr_get_u8(attr) : 0;
		break;
	case FRA_SUPPRESS_PREFIXLEN:
		rule->suppress = number(attr) != UINT32_MAX;
		break;
	case FRA_SUPPRESS_IFGROUP:
	case FRA_UNSPEC:
	case FRA_PAD:
		break;
	default: /* further selectors */
		rule->selects = true;
	}
}

static void take_rule(void *ctx, const struct nlmsghdr *message)
{
	struct doctor *doctor = ctx;
	const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
	struct policy_rule *rules, *rule;
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < sizeof *header)
		return;
	rules = reallocarray(doctor->rules, doctor->rule_count + 1, sizeof *rules);
	if (!rules)
		return;
	doctor->rules = rules;
	rule = &rules[doctor->rule_count++];
	*rule = (struct policy_rule){.family = header->family == AF_INET6 ? FAMILY_IPV6 : FAMILY_IPV4,
				     .table = header->table,
				     .inverted = header->flags & FIB_RULE_INVERT,
				     .selects = header->src_len || header->dst_len || header->tos,
				     .leads = header->action == FR_ACT_TO_TBL};
	mnl_attr_for_each (attr, message, sizeof *header) {
		rule_attribute(rule, attr);
	}
	if (rule->mark && !rule->mask)
		rule->mask = UINT32_MAX;
}

static void take_route(void *ctx, const struct nlmsghdr *message)
{
	struct doctor *doctor = ctx;
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	struct wide_route *routes, route;
	const struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < sizeof *header || header->rtm_dst_len > 1 ||
	    header->rtm_flags & RTM_F_CLONED)
		return;
	route = (struct wide_route){.family = header->rtm_family == AF_INET6 ? FAMILY_IPV6 : FAMILY_IPV4,
				    .table = header->rtm_table,
				    .length = header->rtm_dst_len,
				    .type = header->rtm_type,
				    .protocol = header->rtm_protocol};
	mnl_attr_for_each (attr, message, sizeof *header) {
		if (mnl_attr_get_type(attr) == RTA_TABLE)
			route.table = number(attr);
		else if (mnl_attr_get_type(attr) == RTA_PRIORITY)
			route.priority = number(attr);
		else if (mnl_attr_get_type(attr) == RTA_OIF)
			route.device = number(attr);
	}
	routes = reallocarray(doctor->routes, doctor->route_count + 1, sizeof *routes);
	if (!routes)
		return;
	doctor->routes = routes;
	routes[doctor->route_count++] = route;
}

static void take_link(void *ctx, const struct nlmsghdr *message)
{
	struct doctor *doctor = ctx;

	links_message(doctor->links, message);
}

static void again(void *ctx)
{
	struct doctor *doctor = ctx;

	doctor->rule_count = doctor->route_count = 0;
}

/* A list that changes while it is read may be seen twice: nothing worse. */
static void once(void *ctx)
{
	(void)ctx;
}

static int list_devices(struct doctor *doctor)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct ifinfomsg *link;
	struct ifaddrmsg *address;
	struct nlmsghdr *request = rtnl_begin(buffer, RTM_GETLINK, 0, sizeof *link, &link);
	int failure;

	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	failure = rtnl_dump(&doctor->rtnl, request, take_link, once, doctor);
	if (failure)
		return failure;
	request = rtnl_begin(buffer, RTM_GETADDR, 0, sizeof *address, &address);
	return rtnl_dump(&doctor->rtnl, request, take_link, once, doctor);
}

static void survey_kernel(struct doctor *doctor)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	int failure = rtnl_open(&doctor->rtnl);

	doctor->links = links_new();
	if (!failure)
		failure = doctor->links ? list_devices(doctor) : -ENOMEM;
	if (failure)
		doctor_say(doctor, DOCTOR_UNSEEN, NULL, "devices cannot be listed: %s", strerror(-failure));
	for (enum family family = 0; family < FAMILY_COUNT && !failure; family++) {
		failure = rtnl_dump(&doctor->rtnl, rtmsg_list_rules(buffer, family), take_rule,
				    family ? once : again, doctor);
		if (!failure)
			failure = rtnl_dump(&doctor->rtnl, rtmsg_list_routes(buffer, family, 0, 0), take_route,
					    once, doctor);
		if (failure)
			doctor_say(doctor, DOCTOR_FAIL,
				   "a kernel with CONFIG_IP_MULTIPLE_TABLES (and CONFIG_IPV6_MULTIPLE_TABLES)",
				   "the kernel has no policy routing for %s: %s", family_names[family],
				   strerror(-failure));
		failure = 0;
	}
}

/* --- firewalls --- */

static char *run_program(const char *name)
{
	const char *const argv[] = {name, NULL};
	struct program_result result;
	char *text = NULL;

	if (program_run(argv, NULL, &result) == 0 && result.status == 0 && result.output)
		text = strdup(result.output);
	program_result_free(&result);
	return text;
}

/* "ip mangle": iptables-save has shown it, in its own words. */
static bool is_iptables_own(const struct doctor *doctor, const char *table)
{
	bool ipv6 = strncmp(table, "ip6 ", 4) == 0;
	const char *saved = doctor->firewalls[ipv6 ? FIREWALL_IP6TABLES : FIREWALL_IPTABLES].text;
	char head[72];

	if ((!ipv6 && strncmp(table, "ip ", 3) != 0) || !strstr(saved, "(nf_tables)"))
		return false;
	snprintf(head, sizeof head, "\n*%s\n", table + (ipv6 ? 4 : 3));
	return strstr(saved, head);
}

/* What iptables has made is left out: it has been shown, and libnftables may not know its targets. */
static void list_tables(const struct doctor *doctor, struct nft_ctx *nft, char *tables, FILE *out)
{
	char command[160];

	for (char *line; (line = strsep(&tables, "\n"));) {
		if (strncmp(line, "table ", 6) != 0 || is_iptables_own(doctor, line + 6))
			continue;
		snprintf(command, sizeof command, "list %.140s", line);
		if (nft_run_cmd_from_buffer(nft, command) == 0)
			fputs(nft_ctx_get_output_buffer(nft), out);
	}
}

static char *list_nft(const struct doctor *doctor)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	char *text = NULL, *tables = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (nft && out) {
		nft_ctx_buffer_output(nft);
		nft_ctx_buffer_error(nft);
		nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_STATELESS);
		if (nft_run_cmd_from_buffer(nft, "list tables") == 0)
			tables = strdup(nft_ctx_get_output_buffer(nft));
	}
	if (tables)
		list_tables(doctor, nft, tables, out);
	if (out)
		memory_text_end(out, &text);
	if (nft)
		nft_ctx_free(nft);
	if (!tables) {
		free(text);
		text = NULL;
	}
	free(tables);
	return text;
}

/* The kernel makes the tables of the old kind at the first look: not where there are none. */
static bool has_legacy(const char *names)
{
	FILE *file = fopen(names, "re");
	bool some = file && fgetc(file) != EOF;

	if (file)
		fclose(file);
	return some;
}

static void survey_firewalls(struct doctor *doctor)
{
	static const char *const names[FIREWALLS] = {"iptables-save", "ip6tables-save", "iptables-legacy-save",
						     "ip6tables-legacy-save", "nft list ruleset"};
	bool wanted[FIREWALLS] = {true, true, has_legacy("/proc/net/ip_tables_names"),
				  has_legacy("/proc/net/ip6_tables_names"), true};

	for (unsigned i = 0; i < FIREWALLS; i++) {
		struct firewall *firewall = &doctor->firewalls[i];

		firewall->name = names[i];
		if (doctor->root && wanted[i])
			firewall->text = i == FIREWALL_NFT ? list_nft(doctor) : run_program(names[i]);
		firewall->seen = firewall->text;
		if (!firewall->text)
			firewall->text = calloc(1, 1);
	}
	if (!doctor->root)
		doctor_say(doctor, DOCTOR_UNSEEN, "run it as root",
			   "firewalls, and what the kernel can do, are not shown to users");
	else if (!doctor->firewalls[FIREWALL_NFT].seen && !doctor->firewalls[FIREWALL_IPTABLES].seen)
		doctor_say(doctor, DOCTOR_UNSEEN, NULL, "neither iptables-save nor nft shows the firewall");
}

void doctor_survey(struct doctor *doctor)
{
	char owner[128];

	doctor->root = geteuid() == 0;
	doctor->running = queue_owner(doctor->first, owner, sizeof owner) && strncmp(owner, "nfqroute ", 9) == 0;
	survey_kernel(doctor);
	survey_firewalls(doctor);
}

void doctor_survey_free(struct doctor *doctor)
{
	rtnl_close(&doctor->rtnl);
	links_free(doctor->links);
	free(doctor->rules);
	free(doctor->routes);
	for (unsigned i = 0; i < FIREWALLS; i++)
		free(doctor->firewalls[i].text);
}

/* --- questions --- */

const struct wide_route *doctor_main_route(const struct doctor *doctor, enum family family)
{
	const struct wide_route *best = NULL;

	for (size_t i = 0; i < doctor->route_count; i++) {
		const struct wide_route *route = &doctor->routes[i];

		if (route->table == RT_TABLE_MAIN && route->family == family && !route->length &&
		    route->type == RTN_UNICAST && (!best || route->priority < best->priority))
			best = route;
	}
	return best;
}

static void take_device(void *ctx, const struct nlmsghdr *message)
{
	const struct nlattr *attr;
	unsigned *device = ctx;

	mnl_attr_for_each (attr, message, sizeof(struct rtmsg)) {
		if (mnl_attr_get_type(attr) == RTA_OIF)
			*device = number(attr);
	}
}

/* Which device the kernel would take to the next hop. */
static unsigned device_of_hop(const struct doctor *doctor, struct key hop, enum family family)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct rtmsg *route;
	struct nlmsghdr *request = rtnl_begin(buffer, RTM_GETROUTE, 0, sizeof *route, &route);
	struct rtnl rtnl = doctor->rtnl;
	uint8_t address[16];
	unsigned device = 0;
	char answer[4096];
	ssize_t length;

	request->nlmsg_flags = NLM_F_REQUEST;
	request->nlmsg_seq = ++rtnl.sequence;
	route->rtm_family = family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
	route->rtm_dst_len = family == FAMILY_IPV6 ? 128 : 32;
	mnl_attr_put(request, RTA_DST, key_to_address(hop, address), address);
	if (mnl_socket_sendto(rtnl.socket, request, request->nlmsg_len) < 0)
		return 0;
	length = netlink_answer(rtnl.socket, answer, sizeof answer);
	if (length >= (ssize_t)sizeof(struct nlmsghdr) && ((struct nlmsghdr *)answer)->nlmsg_type == RTM_NEWROUTE)
		take_device(&device, (struct nlmsghdr *)answer);
	return device;
}

unsigned doctor_device(const struct doctor *doctor, const struct gateway *gateway, enum family family)
{
	const struct link *link = *gateway->device ? links_by_name(doctor->links, gateway->device) : NULL;

	if (*gateway->device || !gateway->family[family].has_hop)
		return link ? link->index : 0;
	return device_of_hop(doctor, gateway->family[family].hop, family);
}

const char *doctor_device_name(const struct doctor *doctor, unsigned index)
{
	const struct link *link = links_by_index(doctor->links, index);

	return link ? link->name : "?";
}

/* --- reading firewalls --- */

/* Of our own: nft's table inet nfqroute, iptables' chains NFQROUTE_* and the jumps to them. */
static bool is_ours(const char *line, const char *table)
{
	return strcmp(table, "inet nfqroute") == 0 || strstr(line, "NFQROUTE_");
}

static void note_chain(struct firewall_lines *lines)
{
	const char *head = lines->firewall == FIREWALL_NFT ? "chain " : "-A ";

	if (strncmp(lines->line, head, strlen(head)) == 0)
		sscanf(lines->line + strlen(head), "%63s", lines->chain);
	else if (strncmp(lines->line, "table ", 6) == 0 || *lines->line == '*')
		*lines->chain = '\0';
}

/* The next line, whosever it is; false: this firewall has no more. */
static bool take_line(struct firewall_lines *lines)
{
	size_t length = strcspn(lines->at, "\n");
	const char *start = lines->at + strspn(lines->at, "\t ");

	if (!*lines->at)
		return false;
	snprintf(lines->line, sizeof lines->line, "%.*s",
		 start < lines->at + length ? (int)(lines->at + length - start) : 0, start);
	lines->at += length + (lines->at[length] == '\n');
	if (lines->firewall == FIREWALL_NFT && strncmp(lines->line, "table ", 6) == 0)
		snprintf(lines->table, sizeof lines->table, "%.*s", (int)strcspn(lines->line + 6, "{") - 1,
			 lines->line + 6);
	else if (lines->firewall != FIREWALL_NFT && *lines->line == '*')
		snprintf(lines->table, sizeof lines->table, "%.63s", lines->line + 1);
	note_chain(lines);
	return true;
}

bool doctor_next_line(struct firewall_lines *lines)
{
	for (; lines->firewall < FIREWALLS; lines->firewall++, lines->at = NULL) {
		if (!lines->at)
			lines->at = lines->doctor->firewalls[lines->firewall].text;
		while (take_line(lines))
			if (*lines->line && *lines->line != '#' && !is_ours(lines->line, lines->table) &&
			    !(lines->firewall == FIREWALL_NFT && is_iptables_own(lines->doctor, lines->table)))
				return true;
	}
	return false;
}

const char *doctor_where(struct firewall_lines *lines)
{
	bool names_chain = lines->firewall == FIREWALL_NFT && *lines->chain; /* a line of iptables does so itself */

	snprintf(lines->where, sizeof lines->where, "%s, table %s%s%s",
		 lines->doctor->firewalls[lines->firewall].name, lines->table, names_chain ? ", chain " : "",
		 names_chain ? lines->chain : "");
	return lines->where;
}

bool doctor_has_family(const struct gateway *gateway, enum family family)
{
	return gateway->family[family].policy == FAMILY_YES ||
	       (gateway->family[family].policy == FAMILY_AUTO &&
		(gateway->family[family].has_hop || *gateway->device));
}
