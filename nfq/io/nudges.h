/* SPDX-License-Identifier: GPL-2.0-or-later
 * nudges.h - clients that have to hear that their TCP connection is over
 *
 * The connection's entry has been noted as refused (ending.c): what its client sends is answered by a reset. One
 * that only listens, as in a download, would send nothing. A socket of this machine is destroyed (sock_diag(7),
 * SOCK_DESTROY). Another machine's is sent an empty segment in the server's name, with a sequence number from
 * nowhere: it answers with an acknowledgement of what it is waiting for (RFC 9293 section 3.10.7.4), and that is
 * the packet which is answered by a reset, with the right number in it.
 *
 * A segment may be lost, and TCPs bound how often they answer such (Linux: twice a second and connection, counting
 * those for the server's window probes). So it is sent again, NUDGE_EVERY_MS apart, until the entry shows that the
 * client has spoken, or is gone; NUDGES_MAX times at most.
 *
 * Served by the main thread, from a timer of its loop, some hundreds at a time.
 */
#ifndef NFQROUTE_NUDGES_H
#define NFQROUTE_NUDGES_H

#include "flow_key.h"
#include "loop.h"
#include "ruleset.h"

#define NUDGE_EVERY_MS 600
#define NUDGES_MAX 10

enum nudge_kind {
	/* The initiator is on this side of the gateway. Its entry is there, marked as refused, without
	 * IP_CT_TCP_FLAG_MAXACK_SET in the original direction: the kernel sets it at the client's next
	 * acknowledgement. */
	NUDGE_REFUSED,
	/* It is not: nothing is sent, and it is only looked whether either end is a socket of this machine. */
	NUDGE_SOCKETS,
	/* The kernel has forgotten the connection, while the gateway may serve on: the client, also one of this
	 * machine, is to speak, so that what it says is judged (core/forgotten.h). It has when there is an entry
	 * again. */
	NUDGE_FORGOTTEN,
};

struct nudges;

/* The values of marks are copied: they do not change while the daemon runs. NULL with errno set. */
struct nudges *nudges_open(struct loop *loop, const struct marks *marks);
void nudges_close(struct nudges *nudges);

/* To be told from now on. Out of memory: the client hears of it when it next sends. */
void nudges_add(struct nudges *nudges, const struct flow_key *key, uint16_t zone, enum nudge_kind kind);

#endif
