/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue.h - one NFQUEUE queue: packets in, verdicts out, many per system call
 */
#ifndef NFQROUTE_QUEUE_H
#define NFQROUTE_QUEUE_H

#include "engine.h"

struct queue;

struct queue_config {
	unsigned number;
	uint32_t length;      /* packets the kernel may hold */
	uint32_t copy_range;  /* bytes of each packet */
	/* names of devices by index */
	struct key (*device)(void *ctx, unsigned index);
	void *ctx;
};

/* Binds the queue. NULL on failure, with words a user understands in error: another program holds the queue, not
 * allowed, the kernel has no nfnetlink_queue. Flags the kernel refuses are logged and done without. */
struct queue *queue_open(const struct queue_config *config, char *error, size_t size);
/* Unbinds; the kernel drops what is still queued. */
void queue_close(struct queue *queue);

int queue_fd(const struct queue *queue);
/* Receives up to one batch without blocking, judges it by the engine and sends the verdicts. Returns the number of
 * packets, 0 when none was there, -1 on an error that ends the queue (logged). */
int queue_turn(struct queue *queue, struct engine *engine, uint64_t now);
/* Sends the verdicts of packets held too long. */
void queue_tick(struct queue *queue, struct engine *engine, uint64_t now);
/* Asks the kernel for another copy range, without loss. */
bool queue_set_copy_range(struct queue *queue, uint32_t copy_range);

#endif
