/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue_private.h - shared by queue.c (packets and verdicts) and queue_setup.c (what is asked of the kernel)
 */
#ifndef NFQROUTE_QUEUE_PRIVATE_H
#define NFQROUTE_QUEUE_PRIVATE_H

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include "queue.h"

#define TAKEN 4 /* a power of 2. What is far takes as long to come as two or three packets to be judged */

struct queue {
	struct mnl_socket *socket;
	int fd;
	struct queue_config config;
	struct queue_counters counters;
	uint64_t judged, answered; /* packets given to the engine, verdicts taken from it */
	uint32_t last_id;
	bool handed;    /* by a predecessor: last_id is not known until a packet has come */
	bool fail_open; /* the kernel lets packets pass when the queue is full */

	unsigned filled; /* slots with a datagram not looked at yet */
	size_t slot_size;
	uint8_t *slots; /* QUEUE_BATCH slots */
	struct mmsghdr heads[QUEUE_BATCH];
	struct iovec vectors[QUEUE_BATCH];

	struct taken {
		struct packet packet;
		enum packet_fault fault;
	} taken[TAKEN];          /* a ring of packets taken apart, which wait until some more are */
	unsigned oldest, waiting; /* the first of them, and how many: one place is for the next packet */

	size_t room, used; /* of verdicts, and of messages */
	struct verdict *verdicts;
	uint8_t *messages; /* VERDICT_ROOM for each */
};

/* The kernel's answer to a request: which one, and an errno, 0 if it was granted. */
struct answer {
	uint32_t request;
	int error;
};

/* --- queue_setup.c --- */

bool queue_is_answer(const struct nlmsghdr *message, struct answer *answer);
/* What a request that was refused means for the queue, and a verdict. */
void queue_take_answer(struct queue *queue, struct answer answer);
/* This is the first packet that comes from a queue that a predecessor had. */
void queue_begin_at(struct queue *queue, uint32_t id);

#endif
