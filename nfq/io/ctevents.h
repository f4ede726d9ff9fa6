/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctevents.h - TCP connections that begin, are answered, and end, as the kernel tells of them
 *
 * Multicast groups of ctnetlink, linux/netfilter/nfnetlink_compat.h. Only connections with a gateway's mark are
 * told of: the kernel filters the others.
 */
#ifndef NFQROUTE_CTEVENTS_H
#define NFQROUTE_CTEVENTS_H

#include "ctentry.h"
#include "ruleset.h"

enum ct_event {
	CT_BEGUN,    /* by a SYN */
	CT_ANSWERED, /* by a SYN-ACK */
	CT_ENDED,    /* the kernel has forgotten it */
};

enum ct_interest {
	CT_TRAFFIC, /* all of the above */
	/* CT_ENDED alone, of translated connections that neither side has closed and nobody has asked to delete: Linux
	 * does so with those of a masqueraded device that goes down, or loses its address. None is lost: the kernel
	 * tries again. Of Linux 5.10 on, which tells the state. */
	CT_CUT,
};

struct ct_events;

/* NULL with errno set. EOPNOTSUPP: the kernel has been told to have no events (net.netfilter.nf_conntrack_events).
 */
struct ct_events *ct_events_open(const struct marks *marks, enum ct_interest interest);
void ct_events_close(struct ct_events *events);

/* Readable when there is something to read. */
int ct_events_fd(const struct ct_events *events);
/* Has each() called for all that have come. false: some have been lost. */
bool ct_events_read(struct ct_events *events,
		    void (*each)(void *ctx, enum ct_event event, const struct ct_entry *entry), void *ctx);

#endif
