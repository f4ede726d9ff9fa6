/* SPDX-License-Identifier: GPL-2.0-or-later
 * wanted.c - which routes and rules a ruleset needs, and what lies between them and those that are there
 *
 * Per gateway and family:
 *   table    what main has besides its default route               IPv6: so that the LAN stays as it is
 *            unreachable default, metric METRIC_UNREACHABLE        so that what the default route loses is not leaked
 *            default via HOP dev DEVICE
 *   rules    P-1: fwmark MARK/MASK lookup main suppress_prefixlength 0    IPv4: so that the LAN stays as it is
 *            P:   fwmark MARK/MASK lookup TABLE
 * The suppressing rule is qualified by the mark and stands directly before its fellow, so that packets without our
 * mark, and the rules of others between two gateways' priorities, see no change. IPv6 cannot have it: the kernel
 * keeps what it has learned of a path (MTU, redirect) as a route to that one address beside main's default one, and
 * would let it pass. docs/ARCHITECTURE.md has more of it. A gateway with checks has the rules once more, for its
 * probes' mark.
 */
#include "wanted.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "routing.h"

static const uint32_t metrics[FAMILY_COUNT] = {[FAMILY_IPV4] = METRIC_IPV4, [FAMILY_IPV6] = METRIC_IPV6};

void entries_add(struct entries *list, const struct entry *entry)
{
	struct entry *at = grow(list->at, list->count, &list->room, sizeof *at);

	if (!at) {
		list->failed = true;
		return;
	}
	list->at = at;
	at[list->count++] = *entry;
}

void entries_free(struct entries *list)
{
	free(list->at);
	memset(list, 0, sizeof *list);
}

static void plan_add(struct plan *plan, enum step_action action, const struct entry *entry, const struct entry *old)
{
	struct step *at = grow(plan->at, plan->count, &plan->room, sizeof *at), *step;

	if (!at) {
		plan->failed = true;
		return;
	}
	plan->at = at;
	step = &at[plan->count++];
	*step = (struct step){.action = action, .entry = *entry};
	if (old)
		step->old = *old;
}

void plan_free(struct plan *plan)
{
	free(plan->at);
	memset(plan, 0, sizeof *plan);
}

/* --- what is wanted --- */

enum path wanted_path(const struct gateway *gateway, enum family family, const struct links *links)
{
	enum family_policy policy = gateway->family[family].policy;
	bool has_hop = gateway->family[family].has_hop;
	const struct link *link = NULL;

	if (policy == FAMILY_MAIN)
		return PATH_MAIN;
	if (policy == FAMILY_UNREACHABLE || (!has_hop && !gateway->device[0]))
		return PATH_REFUSED;
	if (gateway->device[0]) {
		link = links_by_name(links, gateway->device);
		if (!link)
			return PATH_NO_DEVICE;
		if (!(link->flags & IFF_UP))
			return PATH_DEVICE_DOWN;
	}
	if (has_hop)
		return PATH_READY;
	if (gateway->family[family].auto_hop) {
		struct key hop;

		return links_way(links, link->index, family, &hop) == WAY_NONE ? PATH_NO_WAY : PATH_READY;
	}
	if (policy == FAMILY_YES)
		return PATH_READY;
	if (!(link->flags & IFF_POINTOPOINT))
		return PATH_REFUSED;
	return links_has_address(links, link->index, family) ? PATH_READY : PATH_NO_ADDRESS;
}

static bool is_link_local(struct key address)
{
	return address.high >> 54 == 0xfe80 >> 6; /* fe80::/10, RFC 4291 2.5.6 */
}

/* A route of main's as the gateway's table has it. One that cannot be written as it is sends the packet on to the rules
 * behind ours, and so to main. */
static struct entry copy_of(const struct entry *route, const struct gateway *gateway, struct entry entry)
{
	bool whole = !route->foreign_parts && !route->tuned;

	entry.kind = ENTRY_ROUTE;
	entry.table = gateway->table;
	entry.dst = route->dst;
	entry.dst_length = route->dst_length;
	entry.priority = route->priority;
	entry.type = whole ? route->type : RTN_THROW;
	if (entry.type != RTN_UNICAST)
		return entry;
	entry.has_hop = route->has_hop;
	entry.hop = route->hop;
	entry.onlink = route->onlink;
	entry.device = route->device;
	return entry;
}

/* Packets to link-local addresses are not decided, but checks may have such a target. */
static void want_copies(struct entries *list, const struct gateway *gateway, struct entry entry,
			const struct surroundings *around)
{
	const struct link *link = links_by_name(around->links, gateway->device);

	for (size_t i = 0; i < around->main->count; i++) {
		const struct entry *route = &around->main->at[i];
		struct entry copy = copy_of(route, gateway, entry);

		if (!is_link_local(route->dst) || (link && route->device == link->index))
			entries_add(list, &copy);
	}
}

static void take_way(struct entry *entry, const struct links *links, const struct link *link)
{
	enum way way = links_way(links, link->index, entry->family, &entry->hop);

	entry->has_hop = way == WAY_HOP || way == WAY_ONLINK;
	entry->onlink = way == WAY_ONLINK;
}

static void want_routes(struct entries *list, const struct gateway *gateway, struct entry entry,
			const struct links *links)
{
	const struct link *link = links_by_name(links, gateway->device);

	entry.kind = ENTRY_ROUTE;
	entry.table = gateway->table;
	entry.type = RTN_UNREACHABLE;
	entry.priority = METRIC_UNREACHABLE;
	entries_add(list, &entry);
	if (wanted_path(gateway, entry.family, links) != PATH_READY)
		return;
	entry.type = RTN_UNICAST;
	entry.priority = metrics[entry.family];
	entry.has_hop = gateway->family[entry.family].has_hop;
	if (entry.has_hop)
		entry.hop = gateway->family[entry.family].hop;
	else if (gateway->family[entry.family].auto_hop && link)
		take_way(&entry, links, link);
	entry.device = link ? link->index : 0;
	entry.onlink |= gateway->onlink && entry.has_hop;
	entries_add(list, &entry);
}

static void want_rules(struct entries *list, const struct gateway *gateway, struct entry entry, bool main)
{
	entry.kind = ENTRY_RULE;
	entry.table = RT_TABLE_MAIN;
	entry.suppress = true;
	entry.priority = gateway->priority ? gateway->priority - 1 : 0;
	if (main)
		entries_add(list, &entry);
	entry.table = gateway->table;
	entry.suppress = false;
	entry.priority = gateway->priority;
	entries_add(list, &entry);
}

static void want_gateway(struct entries *list, const struct ruleset *ruleset, unsigned index, enum family family,
			 const struct surroundings *around)
{
	const struct gateway *gateway = &ruleset->gateways[index];
	struct entry entry = {.family = family, .protocol = ROUTING_PROTOCOL, .gateway = (int)index};
	const uint32_t values[] = {gateway->mark, gateway->check_mark};
	bool copies = family == FAMILY_IPV6 && !wanted_too_many(around);

	if (wanted_path(gateway, family, around->links) == PATH_MAIN)
		return;
	if (copies)
		want_copies(list, gateway, entry, around);
	want_routes(list, gateway, entry, around->links);
	entry.mask = ruleset->marks.route_mask;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		entry.mark = values[i];
		if (values[i])
			want_rules(list, gateway, entry, !copies);
	}
}

void wanted_all(struct entries *list, const struct ruleset *ruleset, unsigned families,
		const struct surroundings *around)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			if (families & 1U << family)
				want_gateway(list, ruleset, i, family, around);
		}
	}
}

/* --- what lies between --- */

bool entry_ours(const struct entry *entry)
{
	return entry->protocol == ROUTING_PROTOCOL && !entry->foreign_parts;
}

bool entry_is_way(const struct entry *entry)
{
	return entry->kind == ENTRY_ROUTE && entry->type == RTN_UNICAST && !entry->dst_length;
}

/* The same table, and in it the same destination. */
static bool same_place(const struct entry *a, const struct entry *b)
{
	return a->kind == b->kind && a->family == b->family && a->table == b->table &&
	       a->dst_length == b->dst_length && key_equal(a->dst, b->dst);
}

static bool route_serves(const struct entry *have, const struct entry *want)
{
	if (have->type != want->type)
		return false;
	if (entry_ours(have) && have->priority != want->priority)
		return false;
	/* Of two default routes the better one holds, and the unreachable one must stand behind both. */
	if ((have->priority < METRIC_UNREACHABLE) != (want->priority < METRIC_UNREACHABLE))
		return false;
	if (want->type != RTN_UNICAST)
		return true;
	return have->has_hop == want->has_hop && (!want->has_hop || key_equal(have->hop, want->hop)) &&
	       (!want->device || have->device == want->device);
}

static bool rule_serves(const struct entry *have, const struct entry *want)
{
	return have->priority == want->priority && have->mark == want->mark && have->mask == want->mask &&
	       have->suppress == want->suppress;
}

bool entry_serves(const struct entry *have, const struct entry *want)
{
	if (have->foreign_parts || !same_place(have, want))
		return false;
	return want->kind == ENTRY_ROUTE ? route_serves(have, want) : rule_serves(have, want);
}

const struct entry *entries_serving(const struct entries *have, const struct entry *want)
{
	for (size_t i = 0; i < have->count; i++) {
		if (entry_serves(&have->at[i], want))
			return &have->at[i];
	}
	return NULL;
}

static bool serves_any(const struct entry *have, const struct entries *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		if (entry_serves(have, &wanted->at[i]))
			return true;
	}
	return false;
}

/* A route that refuses, behind where ours stands: somebody's own guard, which does no harm. */
static bool is_guard(const struct entry *route)
{
	return (route->type == RTN_UNREACHABLE || route->type == RTN_PROHIBIT || route->type == RTN_BLACKHOLE) &&
	       route->priority > metrics[route->family];
}

const struct entry *entries_conflict(const struct entries *have, const struct entries *wanted,
				     const struct entry *want)
{
	if (want->kind != ENTRY_ROUTE || want->dst_length)
		return NULL;
	for (size_t i = 0; i < have->count; i++) {
		const struct entry *other = &have->at[i];

		if (same_place(other, want) && !entry_ours(other) && !is_guard(other) &&
		    !serves_any(other, wanted))
			return other;
	}
	return NULL;
}

/* Ours, in the place where the kernel would keep want: it is replaced in one step, without a gap. */
static const struct entry *in_place_of(const struct entries *have, const struct entry *want)
{
	if (!entry_is_way(want))
		return NULL;
	for (size_t i = 0; i < have->count; i++) {
		const struct entry *other = &have->at[i];

		if (same_place(other, want) && entry_ours(other) && other->type == RTN_UNICAST &&
		    other->priority == want->priority)
			return other;
	}
	return NULL;
}

void plan_missing(struct plan *plan, const struct entries *have, const struct entries *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct entry *want = &wanted->at[i], *old;

		if (entries_serving(have, want))
			continue;
		old = in_place_of(have, want);
		plan_add(plan, old ? STEP_REPLACE : STEP_ADD, want, old);
	}
}

static void plan_stale_of(struct plan *plan, enum entry_kind kind, const struct entries *have,
			  const struct entries *wanted)
{
	for (size_t i = 0; i < have->count; i++) {
		const struct entry *entry = &have->at[i];

		if (entry->kind == kind && entry_ours(entry) && !serves_any(entry, wanted))
			plan_add(plan, STEP_REMOVE, entry, NULL);
	}
}

void plan_stale(struct plan *plan, const struct entries *have, const struct entries *wanted)
{
	plan_stale_of(plan, ENTRY_RULE, have, wanted);
	plan_stale_of(plan, ENTRY_ROUTE, have, wanted);
}

void plan_renewed(struct plan *plan, const struct entries *have, const struct entries *wanted)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct entry *old = entries_serving(have, &wanted->at[i]);

		if (old && old->astray)
			plan_add(plan, STEP_REPLACE, &wanted->at[i], old);
	}
}
