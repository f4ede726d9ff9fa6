/* SPDX-License-Identifier: GPL-2.0-or-later
 * wanted.h - which routes and rules a ruleset needs, and what lies between them and those that are there
 *
 * Pure data: no socket, no clock. routing.c does what is found here.
 */
#ifndef NFQROUTE_WANTED_H
#define NFQROUTE_WANTED_H

#include "links.h"
#include "ruleset.h"

/* Metrics of our routes: of the default route what the kernel takes where none is given, so that a route added by
 * hand is the same; of the unreachable one behind it a worse one than anybody's default route. */
#define METRIC_IPV4 0
#define METRIC_IPV6 1024
#define METRIC_UNREACHABLE 2000000000

enum entry_kind { ENTRY_ROUTE, ENTRY_RULE };

/* IPv6 routes of the main table that a gateway's table has copies of, at most. */
#define MAIN_ROUTES_MAX 128

/* A route, or a rule. */
struct entry {
	enum entry_kind kind;
	enum family family;
	uint8_t protocol;   /* RTPROT_* */
	bool foreign_parts; /* it holds what ours never do (selectors, several next hops): equal to none of ours */
	uint32_t table;
	uint32_t priority; /* a route's metric, a rule's preference */
	int gateway;       /* wanted ones: index into ruleset.gateways */

	uint8_t type; /* routes: RTN_UNICAST, RTN_UNREACHABLE, ... */
	struct key dst; /* in IPv6 routes only: dst/dst_length, 0: the default route */
	uint8_t dst_length;
	bool tuned; /* it has metrics: an MTU, ... */
	bool has_hop, onlink;
	struct key hop;
	unsigned device; /* 0: whichever the kernel finds */
	bool astray;     /* of what is there: its next hop is not on the device's link any more, or main takes another */

	uint32_t mark, mask; /* rules */
	bool suppress;       /* not by a default route of the table: suppress_prefixlength 0 */
};

/* A growing list; failed: memory ran out, and something is missing. */
struct entries {
	struct entry *at;
	size_t count, room;
	bool failed;
};

void entries_add(struct entries *list, const struct entry *entry);
void entries_free(struct entries *list);

/* What stands between a gateway and one family. */
enum path {
	PATH_UNKNOWN, /* not looked at yet */
	PATH_READY,   /* the default route can be had, as far as the devices tell; up once it is in */
	PATH_MAIN,    /* policy: left to the main table, nothing is installed */
	PATH_REFUSED, /* policy: unreachable */
	PATH_NO_DEVICE,
	PATH_DEVICE_DOWN,
	PATH_NO_ADDRESS, /* policy auto: the device has no address of the family */
	PATH_NO_HOP,     /* the kernel refuses the next hop: not reachable. Found when the route is added */
	PATH_NO_WAY,     /* address auto: the device has no default route in the main table */
	PATH_FOREIGN,    /* the table holds a default route of somebody else */
	PATH_NO_KERNEL,  /* the kernel does not know the family, or has no policy routing for it */
	PATH_FAILED,     /* the kernel refused a route or a rule for another reason, logged */
	PATHS
};

enum path wanted_path(const struct gateway *gateway, enum family family, const struct links *links);

/* What is there, and not ours to change. */
struct surroundings {
	const struct links *links;
	/* The main table's IPv6 routes but the default ones; more than MAIN_ROUTES_MAX: not all of them. */
	const struct entries *main;
};

/* Adds what the gateways need for the families in the bit set (1 << family), in the order in which it is to be put in: what
 * closes a path before what opens it, so that at no moment a packet with the gateway's mark goes another way. */
void wanted_all(struct entries *list, const struct ruleset *ruleset, unsigned families,
		const struct surroundings *around);
/* More routes than can be copied: then the gateways' packets look into main itself. */
static inline bool wanted_too_many(const struct surroundings *around)
{
	return around->main->count > MAIN_ROUTES_MAX;
}

enum step_action { STEP_ADD, STEP_REPLACE, STEP_REMOVE };

struct step {
	enum step_action action;
	struct entry entry; /* added, put in the place of old, or removed */
	struct entry old;
	bool done;
};

struct plan {
	struct step *at;
	size_t count, room;
	bool failed;
};

void plan_free(struct plan *plan);

/* Does what is there do what is wanted? Ours must be equal in all; of another's, a default route may differ in its
 * metric. */
bool entry_serves(const struct entry *have, const struct entry *want);
/* The first of have that does; NULL: none. */
const struct entry *entries_serving(const struct entries *have, const struct entry *want);
/* The route by which a gateway's packets leave, which waits for its device and its next hop. */
bool entry_is_way(const struct entry *entry);
/* What we put in, and nobody added to it. */
bool entry_ours(const struct entry *entry);
/* A default route of another in the table of want that is none of the wanted, and would draw the gateway's packets
 * or stand in the place of ours. NULL: none. */
const struct entry *entries_conflict(const struct entries *have, const struct entries *wanted,
				     const struct entry *want);

/* The steps that put in what is missing of wanted, in its order. */
void plan_missing(struct plan *plan, const struct entries *have, const struct entries *wanted);
/* The steps that remove what is ours and not wanted: rules first, so that no rule leads to an empty table. */
void plan_stale(struct plan *plan, const struct entries *have, const struct entries *wanted);
/* The steps that put in anew what is astray, behind all others: the kernel looks for a next hop in the gateway's table first. */
void plan_renewed(struct plan *plan, const struct entries *have, const struct entries *wanted);

#endif
