/* SPDX-License-Identifier: GPL-2.0-or-later
 * routing.h - tables, routes and rules of the gateways, through rtnetlink
 *
 * What must be there is computed from the ruleset as pure data (struct wanted), compared with what the kernel has,
 * and only the difference is sent. What is already right is adopted; ours carries our route protocol number.
 */
#ifndef NFQROUTE_ROUTING_H
#define NFQROUTE_ROUTING_H

#include "engine.h"
#include "ruleset.h"

/* RTPROT_* value of our routes and rules, one that neither linux/rtnetlink.h nor iproute2's rt_protos knows; ip(8)
 * shows it as "proto 83". */
#define ROUTING_PROTOCOL 83

struct routing;

/* Opens the netlink sockets (one for requests, one for events). NULL with a message in error on failure. */
struct routing *routing_open(char *error, size_t size);
/* Removes nothing; see routing_remove(). */
void routing_close(struct routing *routing);

/* Makes the kernel's state that of ruleset: first adds and replaces, and leaves what only the previous ruleset
 * needed until routing_prune(). On an error everything added by this call is undone, error says what failed and
 * why in words a user understands, and false is returned. A device that is not there yet, or a next hop that is
 * not reachable yet, is no error: the unreachable route stands in, a warning is logged, and routing_event() puts
 * the route in when the device comes. ruleset must live until the next successful apply. After a later step of a
 * reload has failed, an apply of the old ruleset goes back to it. */
bool routing_apply(struct routing *routing, const struct ruleset *ruleset, char *error, size_t size);
/* Removes what is ours and not wanted by the ruleset last applied (also what a killed daemon left), and frees the
 * states of earlier rulesets: after the engines have switched to the present one. */
void routing_prune(struct routing *routing);
/* A thread that reads a state is stuck: from now on none is freed before routing_close(). */
void routing_keep(struct routing *routing);
/* Removes everything of ours, and lets events be until the next apply. Errors are logged, the rest is removed all
 * the same. */
void routing_remove(struct routing *routing);

/* Readable when links, addresses, routes or rules changed, or when it is time to look again. */
int routing_fd(const struct routing *routing);
/* Reads the events, puts in what now can be put in, and puts back what others removed. */
void routing_event(struct routing *routing);
/* Whether policy rules of IPv6 have come or gone, by whomever, as far as routing_event() has read since the last call. Who
 * keeps routes has to look them up again then: the kernel does not tell. */
bool routing_rules_changed(struct routing *routing);

/* Which gateways have their routes in: one per gateway of the ruleset last applied, kept current by
 * routing_event(). Any thread may read it until the routing_prune() that follows a later apply. NULL before the
 * first apply. A gateway that leaves a family to the main table is up, one that refuses it is not. */
const struct gateway_state *routing_state(const struct routing *routing);

/* Where a gateway of the ruleset last applied stands with a family, in words: "ready, via 10.3.0.2". Returns out. */
const char *routing_standing(const struct routing *routing, unsigned gateway, enum family family, char *out,
			     size_t size);
/* Compares what the kernel has with what it should have: found() is called for every route and rule that the gateways
 * need, in the words of ip(8), with why NULL where it is there, and for ours that none needs. 0 or a negative errno
 * value. */
int routing_verify(struct routing *routing, void (*found)(void *ctx, const char *what, const char *why), void *ctx);
/* Whether the gateway's routes are in for the family, or the family is left to the main table: what routing_state()
 * would say without routing_set_healthy(). */
bool routing_serves(const struct routing *routing, unsigned gateway, enum family family);
/* A gateway's checks say that it does not work, or that it does again (as all do after an apply): routing_state() has
 * it down meanwhile, whatever its routes. Nothing changes in the kernel. */
void routing_set_healthy(struct routing *routing, unsigned gateway, enum family family, bool healthy);

/* The device by which the gateway's packets of the family leave now. false: there is none. */
bool routing_way(struct routing *routing, unsigned gateway, enum family family, char device[IFNAMSIZ]);

/* Where packets to the address would go even with the gateway's mark. */
enum routing_side {
	ROUTING_FAR,  /* by the gateway, or nowhere */
	ROUTING_NEAR, /* to a network that is not reached by a default route */
	ROUTING_HERE, /* it is one of this machine */
};
enum routing_side routing_side(struct routing *routing, unsigned gateway, enum family family, struct key address);

/* The device that packets without a mark leave by to the address, as key_from_device(); zero: none. *here: the address is
 * this machine's own. */
struct key routing_toward(struct routing *routing, struct key address, bool *here);

/* A device's name by index, as key_from_device(); zero if unknown. Any thread, wait-free; kept up to date by
 * routing_event(). */
struct key routing_device(const struct routing *routing, unsigned index);

#endif
