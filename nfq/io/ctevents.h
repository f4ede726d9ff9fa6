/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctevents.h - TCP connections that begin, are answered, and end, as the kernel tells of them
 *
 * Multicast groups of ctnetlink, linux/netfilter/nfnetlink_compat.h. Only connections with a gateway's mark are told of: the
 * kernel filters the others.
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

struct ct_events;

/* NULL with errno set. EOPNOTSUPP: the kernel has been told to have no events (net.netfilter.nf_conntrack_events). */
struct ct_events *ct_events_open(const struct marks *marks);
void ct_events_close(struct ct_events *events);

/* Readable when there is something to read. */
int ct_events_fd(const struct ct_events *events);
/* Has each() called for all that have come. false: some have been lost. */
bool ct_events_read(struct ct_events *events,
		    void (*each)(void *ctx, enum ct_event event, const struct ct_entry *entry), void *ctx);

#endif
