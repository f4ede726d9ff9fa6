/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor_survey.c - what the doctor looks at: rules, routes and devices by netlink
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "kernel_routes.h"
#include "queue_owner.h"
#include "rtmsg.h"

const char *const doctor_ip[FAMILY_COUNT] = {[FAMILY_IPV4] = "ip", [FAMILY_IPV6] = "ip -6"};

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
	if (!rules) {
		doctor_lost(doctor);
		return;
	}
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

	if (mnl_nlmsg_get_payload_len(message) < sizeof *header ||
	    header->rtm_dst_len > (header->rtm_family == AF_INET6 ? 4 : 1) ||
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
	if (!routes) {
		doctor_lost(doctor);
		return;
	}
	doctor->routes = routes;
	routes[doctor->route_count++] = route;
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

static void survey_kernel(struct doctor *doctor)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	int failure = rtnl_open(&doctor->rtnl);

	doctor->links = links_new();
	if (!doctor->links)
		doctor_lost(doctor);
	else if (!failure)
		failure = kernel_links(&doctor->rtnl, doctor->links);
	if (failure)
		doctor_say(doctor, DOCTOR_UNSEEN, NULL, "devices cannot be listed: %s", strerror(-failure));
	for (enum family family = 0; family < FAMILY_COUNT && !failure; family++) {
		failure = rtnl_dump(&doctor->rtnl, rtmsg_list_rules(buffer, family), take_rule, family ? once : again,
				    doctor);
		if (!failure)
			failure = rtnl_dump(&doctor->rtnl, rtmsg_list_routes(buffer, family, 0, 0), take_route, once,
					    doctor);
		if (failure)
			doctor_say(doctor, DOCTOR_FAIL,
				   "a kernel with CONFIG_IP_MULTIPLE_TABLES (and CONFIG_IPV6_MULTIPLE_TABLES)",
				   "the kernel has no policy routing for %s: %s", family_name(family),
				   strerror(-failure));
		failure = 0;
	}
}

void doctor_survey(struct doctor *doctor)
{
	char owner[128];

	doctor->root = geteuid() == 0;
	doctor->running = queue_owner(doctor->first, owner, sizeof owner) && queue_owner_is_daemon(owner);
	survey_kernel(doctor);
	doctor_survey_firewalls(doctor);
}

void doctor_survey_free(struct doctor *doctor)
{
	rtnl_close(&doctor->rtnl);
	links_free(doctor->links);
	free(doctor->rules);
	free(doctor->routes);
	for (unsigned i = 0; i < FIREWALLS; i++)
		free(doctor->firewalls[i].shown);
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

unsigned doctor_device(const struct doctor *doctor, const struct gateway *gateway, enum family family)
{
	const struct link *link = *gateway->device ? links_by_name(doctor->links, gateway->device) : NULL;
	struct rtnl rtnl = doctor->rtnl;

	if (*gateway->device || !gateway->family[family].has_hop)
		return link ? link->index : 0;
	return kernel_way(&rtnl, gateway->family[family].hop, 0);
}

const char *doctor_device_name(const struct doctor *doctor, unsigned index)
{
	const struct link *link = links_by_index(doctor->links, index);

	return link ? link->name : "?";
}

bool doctor_has_family(const struct gateway *gateway, enum family family)
{
	return gateway->family[family].policy == FAMILY_YES ||
	       (gateway->family[family].policy == FAMILY_AUTO && (gateway->family[family].has_hop || *gateway->device));
}
