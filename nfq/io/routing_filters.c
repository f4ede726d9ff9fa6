/* SPDX-License-Identifier: GPL-2.0-or-later
 * routing_filters.c - which devices the gateways' routes lead by, and their reverse path filters
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "routing_private.h"

enum { DEVICES_MAX = 256 };

struct devices {
	struct rp_device at[DEVICES_MAX];
	size_t count;
};

static void add(struct devices *devices, const struct link *link)
{
	for (size_t i = 0; i < devices->count; i++)
		if (devices->at[i].index == link->index)
			return;
	if (devices->count == DEVICES_MAX)
		return;
	devices->at[devices->count].index = link->index;
	snprintf(devices->at[devices->count].name, IFNAMSIZ, "%s", link->name);
	devices->count++;
}

/* The route in the table knows the device where the gateway has a next hop alone. */
static int add_found(struct routing *routing, const struct ruleset *ruleset, struct devices *devices)
{
	const struct surroundings around = surroundings_of(routing);
	struct entries wanted = {.at = NULL}, have = {.at = NULL};
	int failure;

	wanted_all(&wanted, ruleset, routing->families & 1U << FAMILY_IPV4, &around);
	failure = kernel_list(&routing->requests, routing->families & 1U << FAMILY_IPV4, &wanted, &have);
	for (size_t i = 0; i < wanted.count; i++) {
		const struct entry *serving =
			entry_is_way(&wanted.at[i]) ? entries_serving(&have, &wanted.at[i]) : NULL;
		const struct link *link = serving ? links_by_index(routing->links, serving->device) : NULL;

		if (link)
			add(devices, link);
	}
	entries_free(&wanted);
	entries_free(&have);
	return failure;
}

void filters_follow(struct routing *routing, const struct ruleset *ruleset)
{
	struct devices devices = {.count = 0};
	int failure = 0;

	for (unsigned i = 0; ruleset && i < ruleset->gateway_count; i++) {
		const struct link *link = links_by_name(routing->links, ruleset->gateways[i].device);

		if (link)
			add(&devices, link);
	}
	if (ruleset)
		failure = add_found(routing, ruleset, &devices);
	if (failure)
		log_error("cannot list routes: %s", strerror(-failure));
	else
		rp_filters_set(routing->filters, devices.at, devices.count);
}
