/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctsweep.h - changes of many tracked connections at once
 *
 * One dump finds them; a second socket carries the changes, many in a datagram, each naming its connection by the tuple as the
 * dump gave it.
 */
#ifndef NFQROUTE_CTSWEEP_H
#define NFQROUTE_CTSWEEP_H

#include "ctnl.h"

struct ct_sweep {
	unsigned refused; /* changes, of connections that had ended meanwhile */
	/* ctsweep.c's */
	struct ctnl dump, change;
	size_t used;
	char changes[32 * 1024];
};

/* Has each() called as ctnl_dump() does, and what it adds carried out. 0 or an errno value. */
int ct_sweep_run(struct ct_sweep *sweep, mnl_cb_t each, void *ctx);

/* --- for each() --- */

/* Room for a request, CTNL_REQUEST_MAX bytes, which ct_sweep_add() then adds. */
char *ct_sweep_room(struct ct_sweep *sweep);
void ct_sweep_add(struct ct_sweep *sweep, const struct nlmsghdr *request);
/* A request there about the dump's entry, in its zone: type is IPCTNL_MSG_CT_*. NULL: it does not fit. */
struct nlmsghdr *ct_sweep_begin(struct ct_sweep *sweep, const struct nlmsghdr *entry, uint16_t type, uint16_t zone);

#endif
