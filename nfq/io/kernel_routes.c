/* SPDX-License-Identifier: GPL-2.0-or-later
 * kernel_routes.c - the kernel's routes and rules: listing those that matter, doing and undoing single steps
 */
#include "kernel_routes.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "routing.h"
#include "rtmsg.h"

/* --- listing --- */

struct listing {
	struct entries *have;
	size_t kept;      /* entries of have from before this dump */
	size_t most;      /* to be added; 0: all */
	bool (*wanted)(const struct entry *entry); /* NULL: all */
	bool hops;        /* an entry for each of several next hops */
	uint32_t table;   /* routes of others in this table, */
	uint8_t protocol; /* or ours, in all tables */
};

static bool belongs(const struct listing *listing, const struct entry *entry)
{
	if (entry->kind == ENTRY_RULE)
		return true;
	/* Kernels that do not filter show everything in either dump. */
	if (listing->protocol)
		return entry->protocol == listing->protocol;
	return entry->table == listing->table && entry->protocol != ROUTING_PROTOCOL;
}

static void take_entry(void *ctx, const struct entry *entry)
{
	const struct listing *listing = ctx;

	if (listing->most && listing->have->count - listing->kept >= listing->most)
		return;
	if (belongs(listing, entry) && (!listing->wanted || listing->wanted(entry)))
		entries_add(listing->have, entry);
}

static void list_entry(void *ctx, const struct nlmsghdr *message)
{
	const struct listing *listing = ctx;
	struct entry entry;

	if (listing->hops)
		rtmsg_each_hop(message, take_entry, ctx);
	else if (rtmsg_parse(message, &entry))
		take_entry(ctx, &entry);
}

static void list_again(void *ctx)
{
	struct listing *listing = ctx;

	listing->have->count = listing->kept;
}

static int list_rules(struct rtnl *rtnl, enum family family, struct entries *have)
{
	struct listing listing = {.have = have, .kept = have->count};
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];

	return rtnl_dump(rtnl, rtmsg_list_rules(buffer, family), list_entry, list_again, &listing);
}

static int list(struct rtnl *rtnl, enum family family, struct listing *listing)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	int failure;

	listing->kept = listing->have->count;
	failure = rtnl_dump(rtnl, rtmsg_list_routes(buffer, family, listing->table, listing->protocol), list_entry,
			    list_again, listing);
	/* A table comes into being with its first route. */
	return failure == -ENOENT ? 0 : failure;
}

static int list_routes(struct rtnl *rtnl, enum family family, uint32_t table, uint8_t protocol,
		       struct entries *have)
{
	struct listing listing = {.have = have, .table = table, .protocol = protocol};

	return list(rtnl, family, &listing);
}

static int list_family(struct rtnl *rtnl, enum family family, const struct entries *wanted, struct entries *have)
{
	int failure = list_rules(rtnl, family, have);

	if (!failure)
		failure = list_routes(rtnl, family, 0, ROUTING_PROTOCOL, have);
	for (size_t i = 0; i < wanted->count && !failure; i++) {
		const struct entry *want = &wanted->at[i];

		/* Every gateway has exactly one of these. */
		if (want->family == family && want->kind == ENTRY_ROUTE && want->type == RTN_UNREACHABLE &&
		    !want->dst_length)
			failure = list_routes(rtnl, family, want->table, 0, have);
	}
	return failure;
}

int kernel_list(struct rtnl *rtnl, unsigned families, const struct entries *wanted, struct entries *have)
{
	int failure = 0;

	for (enum family family = 0; family < FAMILY_COUNT && !failure; family++) {
		if (families & 1U << family)
			failure = list_family(rtnl, family, wanted, have);
	}
	return failure ? failure : have->failed ? -ENOMEM : 0;
}

int kernel_families(struct rtnl *rtnl, unsigned *families)
{
	*families = 0;
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		struct entries have = {.at = NULL};
		int failure = list_rules(rtnl, family, &have);

		entries_free(&have);
		if (failure && failure != -EAFNOSUPPORT && failure != -EOPNOTSUPP)
			return failure;
		*families |= failure ? 0 : 1U << family;
	}
	return 0;
}

static bool is_default(const struct entry *entry)
{
	return !entry->dst_length;
}

/* What can be copied; addresses of this machine, anycast and multicast have tables of their own. */
static bool is_special(const struct entry *entry)
{
	static const uint8_t types[] = {RTN_UNICAST, RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW};

	return entry->dst_length && memchr(types, entry->type, sizeof types);
}

int kernel_main(struct rtnl *rtnl, unsigned families, struct entries *routes)
{
	struct listing listing = {
		.have = routes, .table = RT_TABLE_MAIN, .most = MAIN_ROUTES_MAX + 1, .wanted = is_special};
	int failure;

	routes->count = 0;
	if (!(families & 1U << FAMILY_IPV6))
		return 0;
	failure = list(rtnl, FAMILY_IPV6, &listing);
	return failure ? failure : routes->failed ? -ENOMEM : 0;
}

static enum way way_of(const struct entry *route)
{
	if (!route->has_hop)
		return WAY_DEVICE;
	return route->onlink ? WAY_ONLINK : WAY_HOP;
}

/* The better one of a device, where it has several. */
static void note_ways(const struct entries *routes, struct links *links)
{
	for (size_t i = 0; i < routes->count; i++) {
		const struct entry *route = &routes->at[i];
		bool best = route->type == RTN_UNICAST && route->device && !route->foreign_parts;

		for (size_t k = 0; k < routes->count && best; k++) {
			const struct entry *other = &routes->at[k];

			best = other->device != route->device || other->family != route->family ||
			       other->type != RTN_UNICAST || other->foreign_parts ||
			       other->priority >= route->priority;
		}
		if (best)
			links_set_way(links, route->device, route->family, way_of(route), route->hop);
	}
}

int kernel_ways(struct rtnl *rtnl, unsigned families, const struct ruleset *ruleset, struct links *links)
{
	struct entries routes = {.at = NULL};
	struct listing listing = {.have = &routes, .table = RT_TABLE_MAIN, .wanted = is_default, .hops = true};
	bool wanted = false;
	int failure = 0;

	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		wanted |= takes_way(&ruleset->gateways[i]);
	links_clear_ways(links);
	for (enum family family = 0; wanted && family < FAMILY_COUNT && !failure; family++)
		if (families & 1U << family)
			failure = list(rtnl, family, &listing);
	if (!failure)
		note_ways(&routes, links);
	if (!failure && (routes.failed || links_failed(links)))
		failure = -ENOMEM;
	entries_free(&routes);
	return failure;
}

static void put_link(void *ctx, const struct nlmsghdr *message)
{
	links_message(ctx, message);
}

static void put_again(void *ctx)
{
	links_clear(ctx);
}

/* Who keeps the links is told by an event, too, of what vanishes meanwhile. */
static void put_more(void *ctx)
{
	(void)ctx;
}

static int list_links(struct rtnl *rtnl, struct links *links)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct ifinfomsg *link;
	struct nlmsghdr *request = rtnl_begin(buffer, RTM_GETLINK, 0, sizeof *link, &link);

	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return rtnl_dump(rtnl, request, put_link, put_again, links);
}

static int list_addresses(struct rtnl *rtnl, struct links *links)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct ifaddrmsg *address;
	struct nlmsghdr *request = rtnl_begin(buffer, RTM_GETADDR, 0, sizeof *address, &address);

	return rtnl_dump(rtnl, request, put_link, put_more, links);
}

int kernel_links(struct rtnl *rtnl, struct links *links)
{
	int failure;

	links_clear(links);
	failure = list_links(rtnl, links);
	if (!failure)
		failure = list_addresses(rtnl, links);
	return failure ? failure : links_failed(links) ? -ENOMEM : 0;
}

struct way_found {
	unsigned device; /* 0: there is none */
	bool has_hop;
};

static void take_way(void *ctx, const struct nlmsghdr *message)
{
	const struct nlattr *attr;
	struct way_found *way = ctx;

	mnl_attr_for_each (attr, message, sizeof(struct rtmsg)) {
		if (mnl_attr_get_type(attr) == RTA_OIF && mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			way->device = mnl_attr_get_u32(attr);
		way->has_hop |= mnl_attr_get_type(attr) == RTA_GATEWAY || mnl_attr_get_type(attr) == RTA_VIA;
	}
}

struct lookup {
	struct key to;
	uint32_t mark;
	unsigned device; /* 0: any */
	unsigned flags;  /* RTM_F_* */
};

static int ask_way(struct rtnl *rtnl, struct lookup lookup, void (*take)(void *ctx, const struct nlmsghdr *message), void *ctx)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	uint8_t bytes[16];
	size_t size = key_to_address(lookup.to, bytes);
	struct rtmsg *route;
	struct nlmsghdr *request = rtnl_begin(buffer, RTM_GETROUTE, 0, sizeof *route, &route);

	route->rtm_family = size == 4 ? AF_INET : AF_INET6;
	route->rtm_dst_len = (uint8_t)(size * 8);
	route->rtm_flags = lookup.flags;
	mnl_attr_put(request, RTA_DST, size, bytes);
	mnl_attr_put_u32(request, RTA_MARK, lookup.mark);
	if (lookup.device)
		mnl_attr_put_u32(request, RTA_OIF, lookup.device);
	return rtnl_ask(rtnl, request, take, ctx);
}

static struct way_found find_way(struct rtnl *rtnl, struct lookup lookup)
{
	struct way_found way = {.device = 0};

	return ask_way(rtnl, lookup, take_way, &way) ? (struct way_found){.device = 0} : way;
}

unsigned kernel_way(struct rtnl *rtnl, struct key to, uint32_t mark)
{
	return find_way(rtnl, (struct lookup){.to = to, .mark = mark}).device;
}

unsigned kernel_link(struct rtnl *rtnl, struct key neighbour, unsigned device)
{
	/* The route itself: asked for a device's way that there is not, IPv4 would take the address to be on its link. */
	struct way_found way = find_way(
		rtnl, (struct lookup){.to = neighbour, .device = device, .flags = RTM_F_FIB_MATCH});

	return way.has_hop ? 0 : way.device;
}

struct default_found {
	struct entry route;
	bool found;
};

static void take_default(void *ctx, const struct nlmsghdr *message)
{
	struct default_found *answer = ctx;

	answer->found = rtmsg_parse(message, &answer->route) && entry_is_way(&answer->route) &&
			!answer->route.foreign_parts;
}

/* To list a table for its default route takes long where it is large; one lookup does not. */
bool kernel_default(struct rtnl *rtnl, enum family family, struct entry *route)
{
	/* Any address out there: k.root-servers.net, to which nothing is sent. */
	static const uint8_t ipv4[4] = {193, 0, 14, 129}, ipv6[16] = {0x20, 0x01, 0x07, 0xfd, [15] = 1};
	const struct lookup lookup = {.to = family == FAMILY_IPV4 ? key_from_ipv4(ipv4) : key_from_ipv6(ipv6),
				      .flags = RTM_F_FIB_MATCH}; /* the route itself, not what it comes to */
	struct default_found answer = {.found = false};

	if (ask_way(rtnl, lookup, take_default, &answer) || !answer.found)
		return false;
	*route = answer.route;
	return true;
}

/* --- changing --- */

/* Gone already is as good as removed. The kernel refuses a rule, or a copy of main's route, only if one is there that
 * is equal in all; lists of rules that change while they are read can miss it. */
static bool already(const struct step *step, int failure)
{
	if (step->action == STEP_REMOVE)
		return failure == -ESRCH || failure == -ENOENT;
	return (step->entry.kind == ENTRY_RULE || step->entry.dst_length) && failure == -EEXIST;
}

int step_do(struct rtnl *rtnl, struct step *step)
{
	static struct nlmsghdr *(*const messages[])(char *, const struct entry *) = {
		[STEP_ADD] = rtmsg_add, [STEP_REPLACE] = rtmsg_replace, [STEP_REMOVE] = rtmsg_remove};
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	int failure = rtnl_request(rtnl, messages[step->action](buffer, &step->entry));

	step->done = !failure;
	return already(step, failure) ? 0 : failure;
}

int step_undo(struct rtnl *rtnl, struct step *step)
{
	struct step back = *step;

	if (!step->done)
		return 0;
	switch (step->action) {
	case STEP_ADD:
		back.action = STEP_REMOVE;
		break;
	case STEP_REPLACE:
		back.entry = step->old;
		break;
	case STEP_REMOVE:
		back.action = STEP_ADD;
		break;
	}
	step->done = false;
	return step_do(rtnl, &back);
}
