/* SPDX-License-Identifier: GPL-2.0-or-later
 * routing.c - tables, routes and rules of the gateways: put in force, replaced, removed
 *
 * Nothing is remembered of what was put in: what is ours is told by its protocol number in the kernel's own lists,
 * so a daemon that was killed finds what it left, and what others changed meanwhile is seen. A request that fails
 * ends the apply; the steps done so far are taken back in reverse order.
 */
#include "routing.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "log.h"
#include "routing_private.h"

#define REMOVE_TRIES 3

/* --- opening and closing --- */

static int open_events(struct routing *routing)
{
	static const int groups[] = {RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
				     RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
				     RTNLGRP_IPV6_RULE,  RTNLGRP_IPV4_NETCONF};
	int size = 1 << 20, failure = rtnl_open(&routing->events);

	if (failure)
		return failure;
	/* A lost event costs a new look at everything, no more; so the size is only asked for. */
	setsockopt(mnl_socket_get_fd(routing->events.socket), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(routing->events.socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) <
		    0)
			return -errno;
	}
	return 0;
}

static int watch(struct routing *routing, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(routing->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_all(struct routing *routing)
{
	int failure = rtnl_open(&routing->requests);

	/* Events first: what changes while the lists are read must not be missed. */
	if (!failure)
		failure = open_events(routing);
	if (failure)
		return failure;
	routing->epoll = epoll_create1(EPOLL_CLOEXEC);
	routing->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	routing->links = links_new();
	routing->filters = rp_filters_open();
	if (routing->epoll < 0 || routing->timer < 0 || !routing->links || !routing->filters)
		return -errno;
	failure = watch(routing, mnl_socket_get_fd(routing->events.socket));
	if (!failure)
		failure = watch(routing, routing->timer);
	if (!failure)
		failure = kernel_links(&routing->requests, routing->links);
	if (!failure)
		failure = kernel_families(&routing->requests, &routing->families);
	return failure;
}

struct routing *routing_open(char *error, size_t size)
{
	struct routing *routing = calloc(1, sizeof *routing);
	int failure;

	if (!routing) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	routing->epoll = routing->timer = -1;
	failure = open_all(routing);
	if (failure) {
		snprintf(error, size, "cannot ask the kernel for its routes: %s", strerror(-failure));
	} else if (!routing->families) {
		snprintf(error, size, "the kernel has no policy routing (CONFIG_IP_MULTIPLE_TABLES)");
		failure = -EAFNOSUPPORT;
	}
	if (failure) {
		routing_close(routing);
		return NULL;
	}
	if (!(routing->families & 1U << FAMILY_IPV6))
		log_notice("the kernel has no IPv6 policy routing: IPv4 only");
	return routing;
}

static void standings_free(struct standing *standing)
{
	while (standing) {
		struct standing *older = standing->older;

		free(standing->paths);
		free(standing->ill);
		free(standing->state);
		free(standing);
		standing = older;
	}
}

void routing_close(struct routing *routing)
{
	if (!routing)
		return;
	rtnl_close(&routing->requests);
	rtnl_close(&routing->events);
	if (routing->epoll >= 0)
		close(routing->epoll);
	if (routing->timer >= 0)
		close(routing->timer);
	links_free(routing->links);
	entries_free(&routing->main);
	rp_filters_close(routing->filters);
	standings_free(routing->standing);
	free(routing);
}

static struct standing *standing_new(const struct ruleset *ruleset)
{
	struct standing *standing = calloc(1, sizeof *standing);
	size_t count = ruleset->gateway_count + 1; /* never nothing */

	if (!standing)
		return NULL;
	standing->ruleset = ruleset;
	standing->paths = calloc(count, sizeof *standing->paths);
	standing->ill = calloc(count, sizeof *standing->ill);
	standing->state = calloc(count, sizeof *standing->state);
	if (standing->paths && standing->ill && standing->state)
		return standing;
	standings_free(standing);
	return NULL;
}

/* --- apply, prune, remove --- */

/* A table of the kernel's own holds routes of everybody. */
static bool tables_usable(const struct ruleset *ruleset, char *error, size_t size)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		const struct gateway *gateway = &ruleset->gateways[i];

		if (gateway->table && (gateway->table < RT_TABLE_DEFAULT || gateway->table > RT_TABLE_LOCAL))
			continue;
		snprintf(error, size,
			 "gateway %s (%s:%u): table %u is the system's own; give the gateway another table",
			 gateway->name, gateway->file, gateway->line, gateway->table);
		return false;
	}
	return true;
}

static bool tables_free(const struct routing *routing, const struct change *change, char *error, size_t size)
{
	for (size_t i = 0; i < change->wanted.count; i++) {
		const struct entry *want = &change->wanted.at[i];
		const struct entry *other = entries_conflict(&change->have, &change->wanted, want);

		if (!other)
			continue;
		words_conflict(error, size, routing, &change->ruleset->gateways[want->gateway], other);
		return false;
	}
	return true;
}

static void undo(struct routing *routing, struct plan *plan)
{
	for (size_t i = plan->count; i-- > 0;) {
		int failure = step_undo(&routing->requests, &plan->at[i]);
		char text[TEXT_MAX];

		if (failure)
			log_error("cannot undo the change of %s: %s",
				  words_entry(text, &plan->at[i].entry, routing->links), strerror(-failure));
	}
}

static bool carry_out(struct routing *routing, struct change *change, char *error, size_t size)
{
	plan_missing(&change->plan, &change->have, &change->wanted);
	if (change->plan.failed) {
		snprintf(error, size, "out of memory");
		return false;
	}
	for (size_t i = 0; i < change->plan.count; i++) {
		struct step *step = &change->plan.at[i];
		int failure = step_do(&routing->requests, step);

		if (!failure || change_waits(routing, change, step, failure))
			continue;
		words_failure(error, size, routing, change->ruleset, step, failure);
		undo(routing, &change->plan);
		return false;
	}
	return true;
}

static bool put_in(struct routing *routing, struct standing *standing, struct change *change, char *error,
		   size_t size)
{
	int failure = change_survey(routing, standing->ruleset, change);

	if (failure) {
		snprintf(error, size, "cannot list routes and rules: %s", strerror(-failure));
		return false;
	}
	return tables_free(routing, change, error, size) && carry_out(routing, change, error, size);
}

bool routing_apply(struct routing *routing, const struct ruleset *ruleset, char *error, size_t size)
{
	struct standing *standing;
	struct change change;
	bool good;

	if (!tables_usable(ruleset, error, size))
		return false;
	standing = standing_new(ruleset);
	if (!standing) {
		snprintf(error, size, "out of memory");
		return false;
	}
	heal_read(routing);
	good = put_in(routing, standing, &change, error, size);
	if (good) {
		change_publish(standing, &change);
		standing->older = routing->standing;
		routing->standing = standing;
		routing->in_force = true;
	} else {
		standings_free(standing);
	}
	change_free(&change);
	heal_later(routing);
	return good;
}

/* Removes what is ours and not among wanted, as far as one list shows it. Returns whether another look is due: something was
 * there, or could not be listed or removed, which is told if this is the last look. */
static bool remove_listed(struct routing *routing, const struct entries *wanted, bool last)
{
	struct entries have = {.at = NULL};
	struct plan plan = {.at = NULL};
	int failure = kernel_list(&routing->requests, routing->families, wanted, &have);
	bool again = failure;

	if (failure && last)
		log_error("cannot list routes and rules: %s", strerror(-failure));
	plan_stale(&plan, &have, wanted);
	again |= plan.count > 0;
	for (size_t i = 0; i < plan.count; i++) {
		char text[TEXT_MAX];

		failure = step_do(&routing->requests, &plan.at[i]);
		if (!failure || !last)
			continue;
		words_failure(text, sizeof text, routing, NULL, &plan.at[i], failure);
		log_error("%s", text);
	}
	plan_free(&plan);
	entries_free(&have);
	return again;
}

/* The kernel does not say when its list of rules changed while it was read, and one was missed. */
static void remove_stale(struct routing *routing, const struct entries *wanted)
{
	for (int tries = 1; tries <= REMOVE_TRIES; tries++)
		if (!remove_listed(routing, wanted, tries == REMOVE_TRIES))
			return;
}

void routing_prune(struct routing *routing)
{
	const struct surroundings around = surroundings_of(routing);
	struct entries wanted = {.at = NULL};

	if (!routing->in_force)
		return;
	wanted_all(&wanted, routing->standing->ruleset, routing->families, &around);
	if (!wanted.failed)
		remove_stale(routing, &wanted);
	entries_free(&wanted);
	filters_follow(routing, routing->standing->ruleset);
	if (routing->keeps)
		return;
	standings_free(routing->standing->older);
	routing->standing->older = NULL;
}

void routing_keep(struct routing *routing)
{
	routing->keeps = true;
}

void routing_remove(struct routing *routing)
{
	static const struct entries nothing = {.at = NULL};

	routing->in_force = false;
	remove_stale(routing, &nothing);
	filters_follow(routing, NULL);
}

/* --- events and state --- */

int routing_fd(const struct routing *routing)
{
	return routing->epoll;
}

void routing_event(struct routing *routing)
{
	heal_read(routing);
	heal(routing);
}

bool routing_rules_changed(struct routing *routing)
{
	bool changed = routing->rules_changed;

	routing->rules_changed = false;
	return changed;
}

const struct gateway_state *routing_state(const struct routing *routing)
{
	return routing->standing ? routing->standing->state : NULL;
}

bool routing_serves(const struct routing *routing, unsigned gateway, enum family family)
{
	return path_serves(routing->standing->paths[gateway][family]);
}

void routing_set_healthy(struct routing *routing, unsigned gateway, enum family family, bool healthy)
{
	routing->standing->ill[gateway][family] = !healthy;
	change_publish_one(routing->standing, gateway, family);
}

static const struct link *way(struct routing *routing, unsigned index, enum family family)
{
	const struct gateway *gateway = &routing->standing->ruleset->gateways[index];

	if (gateway->device[0])
		return links_by_name(routing->links, gateway->device);
	return links_by_index(routing->links,
			      kernel_way(&routing->requests, gateway->family[family].hop, gateway->mark));
}

bool routing_way(struct routing *routing, unsigned index, enum family family, char device[IFNAMSIZ])
{
	const struct link *link = way(routing, index, family);

	if (link)
		memcpy(device, link->name, IFNAMSIZ);
	return link;
}

enum routing_side routing_side(struct routing *routing, unsigned index, enum family family, struct key address)
{
	const struct link *link = way(routing, index, family), *taken;
	unsigned device = kernel_way(&routing->requests, address,
				     routing->standing->ruleset->gateways[index].mark);

	if (!device || (link && device == link->index))
		return ROUTING_FAR;
	taken = links_by_index(routing->links, device);
	return taken && taken->flags & IFF_LOOPBACK ? ROUTING_HERE : ROUTING_NEAR;
}

struct key routing_toward(struct routing *routing, struct key address, bool *here)
{
	unsigned device = kernel_way(&routing->requests, address, 0);
	const struct link *link = device ? links_by_index(routing->links, device) : NULL;

	*here = link && link->flags & IFF_LOOPBACK;
	return link ? key_from_device(link->name) : key_of(0);
}

struct key routing_device(const struct routing *routing, unsigned index)
{
	return links_name(routing->links, index);
}
