/* SPDX-License-Identifier: GPL-2.0-or-later
 * routing.c - tables, routes and rules of the gateways: begun and ended, and what is asked of them
 *
 * Nothing is remembered of what was put in: what is ours is told by its protocol number in the kernel's own lists,
 * so a daemon that was killed finds what it left, and what others changed meanwhile is seen.
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
	/* Kernels before 5.3 have no such objects. */
	mnl_socket_setsockopt(routing->events.socket, NETLINK_ADD_MEMBERSHIP, &(int){RTNLGRP_NEXTHOP}, sizeof(int));
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
	links_publish(routing->links);
	if (!failure && links_failed(routing->links))
		failure = -ENOMEM;
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
