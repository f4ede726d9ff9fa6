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

/* RTPROT_ value of our routes and rules (linux/rtnetlink.h leaves 192-254 to others than those listed); shown as "proto 83" */
#define ROUTING_PROTOCOL 83

struct routing;

/* Opens the netlink sockets (one for requests, one for events). NULL with a message in error on failure. */
struct routing *routing_open(char *error, size_t size);
/* Removes nothing; see routing_remove(). */
void routing_close(struct routing *routing);

/* Makes the kernel's state that of ruleset: first adds and replaces, and leaves what only the previous ruleset
 * needed until routing_prune(). On an error everything added by this call is undone, error says what failed and
 * why in words a user understands, and false is returned. A device that is not there yet, or a next hop that is not
 * reachable yet, is no error: the unreachable route stands in, a warning is logged, and routing_event() puts the
 * route in when the device comes. ruleset must live until the next successful apply. */
bool routing_apply(struct routing *routing, const struct ruleset *ruleset, char *error, size_t size);
/* Removes what was ours and is not wanted by the ruleset last applied: after the engines have switched. */
void routing_prune(struct routing *routing);
/* Removes everything of ours. Errors are logged, the rest is removed all the same. */
void routing_remove(struct routing *routing);

/* Readable when links, addresses, routes or rules changed. */
int routing_fd(const struct routing *routing);
/* Reads the events, puts in what now can be put in, and puts back what others removed. */
void routing_event(struct routing *routing);

/* Which gateways have their routes in; one per gateway of the ruleset last applied, stable until the next apply. */
const struct gateway_state *routing_state(const struct routing *routing);

/* A device's name by index, as key_from_device(); zero if unknown. Any thread; kept up to date by routing_event(). */
struct key routing_device(const struct routing *routing, unsigned index);

#endif
