/* SPDX-License-Identifier: GPL-2.0-or-later
 * flowtable.h - "option flowtable": the kernel carries decided connections past all chains and rules
 *
 * Theory of operation. A flowtable (Documentation/networking/nf_flowtable.rst of the kernel) knows connections that were put
 * into it, with their routes of both directions, and takes their packets at the ingress of its devices: tracked, counted
 * and translated, but past routing and every chain. It is a table of nft's own, "inet nfqroute_flowtable", whichever backend
 * has the other hooks. What it takes is what a packet shows that has passed all chains as a decided connection's does:
 * the mark is the gateway's and nothing else, and so is the connmark (or both say main), its connection has had an answer,
 * and the way back to its sender is the one it came by, so that the kernel finds the same routes as the packets take.
 *
 * Not taken: what is undecided, provisional, probed, dropped or rejected, as the connmark tells; DNS, while answers are read;
 * what other programs have marked. The kernel itself takes no connection with a sequence adjustment or a helper
 * (net/netfilter/nft_flow_offload.c), so none that has been moved.
 *
 * A connection leaves when one of its routes or devices has changed, when its conntrack entry goes, when it ends (FIN,
 * RST), and after half a minute of silence; its next packet passes the chains and, if all is as it should be, puts it in
 * again. The kernel does not notice a changed connmark, nor another IPv6 policy rule: there flowtable_empty() serves.
 *
 * Any netfilter hook that goes has the kernel drop what waits in queues. So a change is made in place, and only
 * emptying, which the kernel knows no other way for, takes the table out.
 */
#ifndef NFQROUTE_FLOWTABLE_H
#define NFQROUTE_FLOWTABLE_H

#include <stdio.h>

#include "ruleset.h"

#define FLOWTABLE "nfqroute_flowtable" /* the table's name */

struct flowtable {
	char *meant;  /* what was last to be put in; NULL or "": nothing */
	char *listed; /* by the kernel, then; NULL: not known */
	bool out;     /* emptied, and not put in again yet */
	bool refused; /* the kernel did not take it, which has been said */
};

/* Writes the script for nft -f; nothing if the rules do not want one. */
void flowtable_print(FILE *out, const struct ruleset *ruleset);

/* Makes it what the rules want and the devices allow: in, changed in place, or out. It is logged if the kernel does not have
 * it; all goes on without. */
void flowtable_set(struct flowtable *flowtable, const struct ruleset *ruleset);
/* The same if devices have come or gone since. */
void flowtable_follow(struct flowtable *flowtable, const struct ruleset *ruleset);
/* At once no connection is in it any more; it takes none until flowtable_set(). Needs no memory. */
void flowtable_empty(struct flowtable *flowtable);
/* It is as it was put in, also where that cannot be told. */
bool flowtable_intact(const struct flowtable *flowtable);
/* To be freed by flowtable_forget(). false: out of memory. */
bool flowtable_copy(struct flowtable *copy, const struct flowtable *flowtable);
/* Takes it out, also what another run has left. */
void flowtable_purge(void);
/* Frees the memory alone. */
void flowtable_forget(struct flowtable *flowtable);

#endif
