/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue.h - one NFQUEUE queue: packets in, verdicts out, many per system call
 */
#ifndef NFQROUTE_QUEUE_H
#define NFQROUTE_QUEUE_H

#include "engine.h"

struct queue;
struct syscalls;

/* Packets received by one call. */
#define QUEUE_BATCH 64

struct queue_config {
	unsigned number;
	uint32_t length;     /* packets the kernel may hold */
	uint32_t copy_range; /* bytes of each packet */
	bool fail_closed;    /* the kernel drops what finds the queue full; else it passes */
	uint32_t open_mark;  /* marks.open: set by the hook on packets of connections that have been seen before */
	const struct syscalls *calls; /* which ones the thread that serves it may make, when it begins: syscalls.h */
	int handed;          /* the socket by which a predecessor has bound it (handover.h), the queue's own from then on; -1: none */
	/* names of devices by index */
	struct key (*device)(void *ctx, unsigned index);
	void *ctx;
};

/* Binds the queue, for two seconds at most where its holder has just ended; one that was handed over goes on, with all that waits in it but for what the predecessor had received and
 * not answered, which is dropped. NULL on failure, with words a user understands in error: another program holds the queue, not
 * allowed, the kernel has no nfnetlink_queue. Flags the kernel refuses are logged and done without. */
struct queue *queue_open(const struct queue_config *config, char *error, size_t size);
/* Unbinds, and the kernel drops what is still queued, unless somebody else has the socket, too. */
void queue_close(struct queue *queue);

/* From another thread, while the queue's own is stuck: gives the queue back, so that packets pass where the rule says
 * bypass and another socket can bind it. The kernel drops what is queued. */
void queue_unbind(const struct queue *queue);

int queue_fd(const struct queue *queue);
/* Receives up to a batch without blocking, judges it by the engine and sends the verdicts. Returns the number of
 * packets, 0 when none was there, -1 on an error that ends the queue (logged). */
int queue_turn(struct queue *queue, struct engine *engine, uint64_t now);
/* Sends the verdicts of packets held too long. */
void queue_tick(struct queue *queue, struct engine *engine, uint64_t now);
/* Lets pass, undecided, what comes from now on, so that the queue runs empty; until queue_configure(). Does nothing to
 * one that fails closed. */
void queue_close_intake(struct queue *queue);
/* Asks the kernel for another length, copy range and end of what finds the queue full, without loss. false: there was
 * no memory, nothing changed. */
bool queue_configure(struct queue *queue, uint32_t length, uint32_t copy_range, bool fail_closed);

struct queue_counters {
	uint64_t packets;      /* handed over by the kernel */
	uint64_t batches;      /* in so many receive calls */
	uint64_t messages;     /* verdict messages sent, each for one packet or a run of them */
	uint64_t passed_by;    /* let through by the kernel because the queue was full (fail-open) */
	uint64_t cut;          /* longer than the buffer: judged by what was there */
	uint64_t unanswerable; /* messages without a packet id */
	uint64_t gone;         /* verdicts for packets the kernel had dropped meanwhile (a device went down) */
};
const struct queue_counters *queue_counters(const struct queue *queue);
/* Packets that wait for a verdict: held by the engine. */
uint64_t queue_held(const struct queue *queue);

#endif
