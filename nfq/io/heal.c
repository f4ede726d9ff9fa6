/* SPDX-License-Identifier: GPL-2.0-or-later
 * heal.c - following what happens to devices, addresses, routes and rules, and mending ours
 *
 * An event is only a hint to look: what is there is listed anew and compared with what is wanted, so lost, late or
 * repeated events do no harm. A burst of events is one look, at a pace (pace.h).
 */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "routing_private.h"
#include "rtmsg.h"

/* --- reading events --- */

static bool our_table(const struct standing *standing, uint32_t table)
{
	for (unsigned i = 0; i < standing->ruleset->gateway_count; i++) {
		if (standing->ruleset->gateways[i].table == table)
			return true;
	}
	return false;
}

/* Some gateway waits for a way to its next hop, which any new route may be. */
static bool waits_for_hop(const struct standing *standing)
{
	for (unsigned i = 0; i < standing->ruleset->gateway_count; i++) {
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			if (standing->paths[i][family] == PATH_NO_HOP)
				return true;
		}
	}
	return false;
}

static uint32_t route_table(const struct nlmsghdr *message)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	mnl_attr_for_each (attr, message, sizeof *route) {
		if (mnl_attr_get_type(attr) == RTA_TABLE && mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			return mnl_attr_get_u32(attr);
	}
	return route->rtm_table;
}

/* A gateway takes its next hop from a default route of the main table. */
static bool is_way(const struct standing *standing, const struct nlmsghdr *message)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);

	if (route->rtm_dst_len || route_table(message) != RT_TABLE_MAIN)
		return false;
	for (unsigned i = 0; i < standing->ruleset->gateway_count; i++)
		if (takes_way(&standing->ruleset->gateways[i]))
			return true;
	return false;
}

/* Gateways' tables have copies of it. */
static bool is_copied(const struct routing *routing, const struct nlmsghdr *message)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);

	return route->rtm_family == AF_INET6 && route->rtm_dst_len && route_table(message) == RT_TABLE_MAIN &&
	       !routing->crowded;
}

static bool route_concerns_us(struct routing *routing, const struct nlmsghdr *message)
{
	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct rtmsg))
		return false;
	if (is_copied(routing, message))
		routing->main_changed = true;
	return routing->main_changed || our_table(routing->standing, route_table(message)) ||
	       is_way(routing->standing, message) ||
	       (message->nlmsg_type == RTM_NEWROUTE && waits_for_hop(routing->standing));
}

static bool concerns_us(struct routing *routing, const struct nlmsghdr *message)
{
	if (!routing->in_force)
		return false;
	switch (message->nlmsg_type) {
	case RTM_DELRULE:
	case RTM_NEWNETCONF:  /* rp_filter, among others */
	case RTM_DELNEXTHOP: /* IPv4's routes go with it, without an event of their own */
		return true;
	case RTM_NEWRULE: /* by which main is asked again, after "ip rule flush" */
		return waits_for_hop(routing->standing);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return route_concerns_us(routing, message);
	}
	return false;
}

/* IPv4 has whoever keeps a route look it up again then, IPv6 has not. */
static bool leads_elsewhere(const struct nlmsghdr *message)
{
	const struct fib_rule_hdr *rule = mnl_nlmsg_get_payload(message);

	return (message->nlmsg_type == RTM_NEWRULE || message->nlmsg_type == RTM_DELRULE) &&
	       mnl_nlmsg_get_payload_len(message) >= sizeof *rule && rule->family == AF_INET6;
}

static void take_event(struct routing *routing, const struct nlmsghdr *message)
{
	routing->rules_changed |= leads_elsewhere(message);
	if (links_message(routing->links, message))
		routing->links_changed = routing->dirty = true;
	else if (message->nlmsg_pid != routing->requests.port && concerns_us(routing, message))
		routing->dirty = true;
}

/* Reads one datagram of events; false when none is left. */
static bool read_some(struct routing *routing)
{
	_Alignas(struct nlmsghdr) char buffer[32768];
	ssize_t received = mnl_socket_recvfrom(routing->events.socket, buffer, sizeof buffer);
	const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
	int left = (int)received;

	if (received < 0 && errno != ENOBUFS)
		return errno == EINTR;
	if (received < 0) {
		routing->events_lost = routing->rules_changed = true;
		return true;
	}
	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		take_event(routing, message);
	return true;
}

void heal_read(struct routing *routing)
{
	int failure;

	while (read_some(routing))
		;
	if (routing->events_lost || links_failed(routing->links)) {
		failure = kernel_links(&routing->requests, routing->links);
		if (failure)
			log_error("cannot list devices: %s", strerror(-failure));
		routing->events_lost = failure;
		routing->links_changed = routing->dirty = true;
	}
	links_publish(routing->links);
}

/* --- mending --- */

/* Copies of main's routes, or the rule that stands for them. */
static bool follows_main(const struct entry *entry)
{
	return entry->family == FAMILY_IPV6 && (entry->dst_length || entry->suppress);
}

/* The kernel takes default routes away with their device, and nothing else of ours. */
static bool somebody_did_it(const struct routing *routing, const struct step *step)
{
	const struct entry *entry = &step->entry;
	const struct standing *standing = routing->standing;

	if (step->action != STEP_ADD)
		return false;
	if (follows_main(entry))
		return !routing->main_changed && !routing->links_changed;
	if (!entry_is_way(entry))
		return true;
	return !routing->links_changed && standing->paths[entry->gateway][entry->family] == PATH_READY;
}

/* The gateway's own default route is in. */
static bool has_way(const struct change *change, int gateway, enum family family)
{
	for (size_t i = 0; i < change->wanted.count; i++) {
		const struct entry *want = &change->wanted.at[i];

		if (entry_is_way(want) && want->gateway == gateway && want->family == family)
			return entries_serving(&change->have, want);
	}
	return false;
}

/* A default route of another, put in while we run, is not ours to remove. Where it draws the gateway's packets
 * this is said, and the rest is kept in order. */
static void note_foreign(struct routing *routing, struct change *change, const struct entry *want)
{
	struct outcome *outcome = &change->outcomes[want->gateway][want->family];
	const struct entry *other = entries_conflict(&change->have, &change->wanted, want);
	char text[TEXT_MAX];

	if (!other || has_way(change, want->gateway, want->family))
		return;
	outcome->path = PATH_FOREIGN;
	if (routing->standing->paths[want->gateway][want->family] == PATH_FOREIGN)
		return;
	words_conflict(text, sizeof text, routing, &change->ruleset->gateways[want->gateway], other);
	log_error("%s", text);
}

static bool blocked(const struct change *change, const struct step *step)
{
	const struct entry *entry = &step->entry;

	return step->action != STEP_REMOVE && entry_is_way(entry) &&
	       change->outcomes[entry->gateway][entry->family].path == PATH_FOREIGN;
}

/* Returns whether somebody had removed what the step put back. */
static bool mend_step(struct routing *routing, struct change *change, struct step *step)
{
	char text[TEXT_MAX];
	int failure;

	if (blocked(change, step))
		return false;
	failure = step_do(&routing->requests, step);
	if (failure && !change_waits(routing, change, step, failure)) {
		words_failure(text, sizeof text, routing, change->ruleset, step, failure);
		log_error("%s", text);
		if (step->entry.gateway >= 0)
			change->outcomes[step->entry.gateway][step->entry.family].path = PATH_FAILED;
	}
	if (!step->done || !somebody_did_it(routing, step))
		return false;
	log_notice("put back what somebody removed: %s", words_entry(text, &step->entry, routing->links));
	return true;
}

/* Returns 0, or a negative errno value if the look failed; *fought: somebody had removed ours. */
static int mend(struct routing *routing, bool *fought)
{
	struct change change;
	int failure = change_survey(routing, routing->standing->ruleset, &change);

	*fought = false;
	for (size_t i = 0; i < change.wanted.count && !failure; i++)
		if (change.wanted.at[i].type == RTN_UNREACHABLE && !change.wanted.at[i].dst_length)
			/* one a gateway and family */
			note_foreign(routing, &change, &change.wanted.at[i]);
	if (!failure) {
		plan_missing(&change.plan, &change.have, &change.wanted);
		plan_stale(&change.plan, &change.have, &change.wanted);
		plan_renewed(&change.plan, &change.have, &change.wanted);
		for (size_t i = 0; i < change.plan.count; i++)
			*fought |= mend_step(routing, &change, &change.plan.at[i]);
		failure = change.plan.failed ? -ENOMEM : 0;
		change_publish(routing->standing, &change);
		filters_follow(routing, routing->standing->ruleset);
	}
	change_free(&change);
	return failure;
}

/* --- when --- */

static void set_timer(struct routing *routing, uint64_t when)
{
	/* A time in the past is at once; only zero would be never. */
	struct itimerspec at = {
		.it_value = {.tv_sec = (time_t)(when / PACE_SECOND), .tv_nsec = (long)(when % PACE_SECOND)}};

	if (timerfd_settime(routing->timer, TFD_TIMER_ABSTIME, &at, NULL))
		log_error("cannot set a timer: %s", strerror(errno));
}

/* A device that is there again does not wait until a fight is over: its routes have gone with it. */
static uint64_t due(const struct routing *routing)
{
	return routing->links_changed ? routing->pace.soonest : routing->pace.not_before;
}

void heal_later(struct routing *routing)
{
	if (routing->in_force && routing->dirty)
		set_timer(routing, due(routing) ? due(routing) : 1);
}

void heal(struct routing *routing)
{
	uint64_t time = clock_monotonic(), expirations;
	bool fought;
	int failure;

	if (read(routing->timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
		log_error("cannot read a timer: %s", strerror(errno));
	if (!routing->in_force || !routing->dirty)
		return;
	if (time < due(routing)) {
		set_timer(routing, due(routing));
		return;
	}
	routing->dirty = false;
	failure = mend(routing, &fought);
	routing->links_changed = routing->main_changed = false;
	pace_looked(&routing->pace, time, fought, "routes or rules");
	if (!failure)
		return;
	log_error("cannot compare routes and rules: %s; trying again", strerror(-failure));
	routing->dirty = true;
	routing->pace.not_before = time + PACE_SECOND;
	set_timer(routing, routing->pace.not_before);
}
