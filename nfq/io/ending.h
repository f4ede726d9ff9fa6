/* SPDX-License-Identifier: GPL-2.0-or-later
 * ending.h - what becomes of the connections of a gateway that has gone down
 *
 * Those whose source address is not translated can go by another gateway. The others cannot: another path would
 * give them another source. TCP connections are refused from now on, so that nothing of them leaves by another
 * path and both ends hear of it; all others are forgotten, and their next packet is judged as that of a new
 * connection.
 *
 * Not touched are connections whose initiator is behind the gateway, as of those that have come in by it. Their
 * answers go by the gateway or nowhere, and what is said to an initiator, a nudge or a reset, would find it by the
 * main table. If they end on this machine, their socket is destroyed. A TCP connection that the kernel has forgotten
 * and made anew from one of the server's segments only looks like these, the wrong way round. If its client is
 * another machine on this side, its entry is turned round and refused; one that has come in and was forgotten looks
 * the same and ends, too.
 */
#ifndef NFQROUTE_ENDING_H
#define NFQROUTE_ENDING_H

#include <stdbool.h>
#include <stddef.h>

#include "ctnl.h"
#include "nudges.h"
#include "routing.h"
#include "ruleset.h"

struct ending {
	const struct marks *marks;
	uint32_t mark; /* of the connections */
	uint32_t heir; /* mark of the gateway that takes those it can; 0: none */
	enum family family;
	struct nudges *nudges;                       /* who tells the ends of those that are refused */
	enum routing_side (*side)(void *ctx, struct key address); /* of the gateway */
	void *ctx;
};

struct ending_result {
	unsigned moved, ended, forgotten;
};

/* Bounded in time, by ctnl_dump(). false with a message in error where the kernel cannot be asked. */
bool connections_end(const struct ending *ending, struct ending_result *result, char *error, size_t size);

/* A TCP connection that the kernel has forgotten is refused from now on, like those that connections_end() ends:
 * it gets an entry again. false: it has one, or the kernel does not want to. */
bool connection_put_back(struct ctnl *ctnl, const struct marks *marks, const struct flow_key *key, uint16_t zone);

#endif
