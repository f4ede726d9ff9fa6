/* SPDX-License-Identifier: GPL-2.0-or-later
 * change.c - one look at what is wanted and what is there, shared by applying and healing
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "routing_private.h"

/* Where the devices say each gateway stands, before a default route is tried. */
static void expect_paths(const struct routing *routing, struct change *change)
{
	for (unsigned i = 0; i < change->ruleset->gateway_count; i++) {
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			const struct gateway *gateway = &change->ruleset->gateways[i];
			bool known = routing->families & 1U << family;

			change->outcomes[i][family].path =
				known ? wanted_path(gateway, family, routing->links) : PATH_NO_KERNEL;
		}
	}
}

static void tell_crowded(struct routing *routing, bool crowded)
{
	if (crowded && !routing->crowded)
		log_warning("the main table has more than %d IPv6 routes besides the default one: gateways' packets are "
			    "looked up in it, and those to an address for which a smaller MTU has been learned leave by it",
			    MAIN_ROUTES_MAX);
	routing->crowded = crowded;
}

/* What it is there for; NULL: nothing. */
static const struct entry *find_want(const struct change *change, const struct entry *have)
{
	for (size_t i = 0; i < change->wanted.count; i++)
		if (entry_serves(have, &change->wanted.at[i]))
			return &change->wanted.at[i];
	return NULL;
}

/* If not, as between "ip rule flush" and its coming back, nothing can be said of any next hop. */
static bool is_main_asked(const struct change *change, enum family family)
{
	for (size_t i = 0; i < change->have.count; i++) {
		const struct entry *have = &change->have.at[i];

		if (have->kind == ENTRY_RULE && have->family == family && have->table == RT_TABLE_MAIN && !have->mask)
			return true;
	}
	return false;
}

/* The kernel looks for the next hop when the route is put in and never again, though it may be on another link since, or on
 * none: a laptop that has changed networks. Such a route is put in anew. */
static bool is_astray(struct routing *routing, const struct change *change, const struct entry *have)
{
	const struct entry *want;

	if (!entry_ours(have) || !entry_is_way(have) || !have->has_hop || have->onlink ||
	    !is_main_asked(change, have->family))
		return false;
	want = find_want(change, have);
	return want && kernel_link(&routing->requests, have->hop, want->device) != have->device;
}

static void find_astray(struct routing *routing, struct change *change)
{
	for (size_t i = 0; i < change->have.count; i++) {
		struct entry *have = &change->have.at[i];

		have->astray = is_astray(routing, change, have);
		change->astray |= have->astray;
	}
}

int change_survey(struct routing *routing, const struct ruleset *ruleset, struct change *change)
{
	const struct surroundings around = surroundings_of(routing);
	int failure;

	*change = (struct change){.ruleset = ruleset};
	/* One more than needed: a ruleset may have no gateway. */
	change->outcomes = calloc(ruleset->gateway_count + 1, sizeof *change->outcomes);
	if (!change->outcomes)
		return -ENOMEM;
	failure = kernel_ways(&routing->requests, routing->families, ruleset, routing->links);
	if (!failure)
		failure = kernel_main(&routing->requests, routing->families, &routing->main);
	if (failure)
		return failure;
	tell_crowded(routing, wanted_too_many(&around));
	expect_paths(routing, change);
	wanted_all(&change->wanted, ruleset, routing->families, &around);
	failure = kernel_list(&routing->requests, routing->families, &change->wanted, &change->have);
	find_astray(routing, change);
	return failure ? failure : change->wanted.failed ? -ENOMEM : 0;
}

void change_free(struct change *change)
{
	entries_free(&change->wanted);
	entries_free(&change->have);
	plan_free(&change->plan);
	free(change->outcomes);
	change->outcomes = NULL;
}

/* What IPv4 and IPv6 answer where the device is gone, down or without the family, where no route leads to the next
 * hop, or where that is an address of our own. */
static bool may_mend(int failure)
{
	static const int waiting[] = {ENODEV, ENXIO, ENETDOWN, ENETUNREACH, EHOSTUNREACH, EINVAL, EACCES};

	for (size_t i = 0; i < sizeof waiting / sizeof waiting[0]; i++) {
		if (failure == -waiting[i])
			return true;
	}
	return false;
}

static void remove_astray(struct routing *routing, const struct entry *entry)
{
	struct step removal = {.action = STEP_REMOVE, .entry = *entry};
	char reason[sizeof routing->requests.reason];

	memcpy(reason, routing->requests.reason, sizeof reason); /* why it could not be put in anew */
	step_do(&routing->requests, &removal);
	memcpy(routing->requests.reason, reason, sizeof reason);
}

bool change_waits(struct routing *routing, struct change *change, const struct step *step, int failure)
{
	const struct entry *entry = &step->entry;
	struct outcome *outcome;

	if (step->action == STEP_REMOVE || entry->kind != ENTRY_ROUTE || !may_mend(failure))
		return false;
	if (entry->dst_length) /* main has changed since it was listed: its event has us look again */
		return true;
	if (!entry_is_way(entry))
		return false;
	outcome = &change->outcomes[entry->gateway][entry->family];
	outcome->path = PATH_NO_HOP;
	snprintf(outcome->reason, sizeof outcome->reason, "%s",
		 routing->requests.reason[0] ? routing->requests.reason : strerror(-failure));
	if (step->action == STEP_REPLACE && step->old.astray)
		remove_astray(routing, &step->old);
	return true;
}

bool path_serves(enum path path)
{
	return path == PATH_READY || path == PATH_MAIN;
}

void change_publish_one(struct standing *standing, unsigned gateway, enum family family)
{
	bool up = path_serves(standing->paths[gateway][family]) && !standing->ill[gateway][family];

	atomic_store_explicit(&standing->state[gateway].up[family], up, memory_order_relaxed);
}

void change_publish(struct standing *standing, const struct change *change)
{
	for (unsigned i = 0; i < standing->ruleset->gateway_count; i++) {
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			const struct outcome *outcome = &change->outcomes[i][family];
			bool news = standing->paths[i][family] != outcome->path;

			standing->paths[i][family] = outcome->path;
			change_publish_one(standing, i, family);
			if (!news)
				continue;
			words_path(&standing->ruleset->gateways[i], family, outcome);
		}
	}
}
