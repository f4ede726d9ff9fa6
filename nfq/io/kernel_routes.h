/* SPDX-License-Identifier: GPL-2.0-or-later
 * kernel_routes.h - the kernel's routes, rules and devices: listing those that matter, doing and undoing single steps
 */
#ifndef NFQROUTE_KERNEL_ROUTES_H
#define NFQROUTE_KERNEL_ROUTES_H

#include "rtnl.h"
#include "wanted.h"

/* Finds the families with policy routing; a negative errno value if the kernel cannot be asked. */
int kernel_families(struct rtnl *rtnl, unsigned *families);
/* Lists what is ours, and what others have in the tables of wanted. 0 or a negative errno value. */
int kernel_list(struct rtnl *rtnl, unsigned families, const struct entries *wanted, struct entries *have);
/* The default routes of the main table, where a gateway takes its next hop from one, into links as ways. 0 or a negative
 * errno value. */
int kernel_ways(struct rtnl *rtnl, unsigned families, const struct ruleset *ruleset, struct links *links);
/* The main table's IPv6 routes but the default ones into routes, at most one more than MAIN_ROUTES_MAX. 0 or a negative
 * errno value. */
int kernel_main(struct rtnl *rtnl, unsigned families, struct entries *routes);
/* The gateway takes a next hop from such a route. */
static inline bool takes_way(const struct gateway *gateway)
{
	return gateway->family[FAMILY_IPV4].auto_hop || gateway->family[FAMILY_IPV6].auto_hop;
}
/* All links and addresses into links, which forgets what it had. 0 or a negative errno value. */
int kernel_links(struct rtnl *rtnl, struct links *links);
/* The device by which packets with this mark leave for the address; 0: there is none. */
unsigned kernel_way(struct rtnl *rtnl, struct key to, uint32_t mark);
/* The device on whose link the address is, by the main table; 0: it is on none, or not on that of this device (0: any). */
unsigned kernel_link(struct rtnl *rtnl, struct key neighbour, unsigned device);
/* The default route that packets without a mark take to the internet at large. false: there is none, or it cannot be told
 * apart. */
bool kernel_default(struct rtnl *rtnl, enum family family, struct entry *route);
/* Does one step, or takes one back that was done. 0 or a negative errno value; rtnl->reason has the kernel's
 * words. */
int step_do(struct rtnl *rtnl, struct step *step);
int step_undo(struct rtnl *rtnl, struct step *step);

#endif
