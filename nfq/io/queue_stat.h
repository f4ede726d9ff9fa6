/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue_stat.h - a queue as the kernel counts it
 */
#ifndef NFQROUTE_QUEUE_STAT_H
#define NFQROUTE_QUEUE_STAT_H

#include <stdbool.h>
#include <stdint.h>

/* A line of /proc/net/netfilter/nfnetlink_queue (net/netfilter/nfnetlink_queue.c, seq_show()). */
struct queue_stat {
	unsigned number, port; /* port: of the netlink socket that serves it */
	unsigned waiting;      /* packets handed over or to be, without a verdict yet */
	unsigned copy_mode, copy_range;
	unsigned dropped_full;   /* because the queue was full */
	unsigned dropped_unread; /* because the socket's buffer was */
	unsigned last_id;        /* of the last packet: how many there were */
};

/* false: nobody serves it in this network namespace. */
bool queue_stat(unsigned number, struct queue_stat *stat);
/* The first served queue of this network namespace that is(); false: there is none. */
bool queue_stat_find(bool (*is)(void *ctx, const struct queue_stat *stat), void *ctx, struct queue_stat *stat);

#endif
