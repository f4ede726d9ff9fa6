/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue.c - one NFQUEUE queue: packets in, verdicts out, many per system call
 *
 * Theory of operation. One netlink socket carries everything: the kernel hands the queue only to the port that
 * bound it (queue_setup.c). Packets are received by recvmmsg(2) into slots that are allocated once, and the verdicts of the whole
 * batch go back in one datagram. Answers to requests come in between the packets; those that come before the queue
 * runs are met while waiting for the answer to the bind, so packets received then stay in their slots for the
 * first turn.
 *
 * When the queue is full the kernel lets packets pass (fail-open) and counts them nowhere. But it numbers a packet
 * before it finds that the socket's buffer is full, so with a buffer that fills a little before the queue's own
 * limit does, the gaps in the packet ids say how many passed by.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "log.h"
#include "queue_message.h"
#include "queue_private.h"

#define SEND_TRIES 100

int queue_fd(const struct queue *queue)
{
	return queue->fd;
}

const struct queue_counters *queue_counters(const struct queue *queue)
{
	return &queue->counters;
}

uint64_t queue_held(const struct queue *queue)
{
	return queue->judged - queue->answered;
}

/* Room for a batch's verdicts and for all that one more packet may release; allocates at the first turn only. */
static bool reserve(struct queue *queue, size_t most)
{
	size_t room = QUEUE_BATCH + most;
	struct verdict *verdicts;
	uint8_t *messages;

	if (room <= queue->room)
		return true;
	verdicts = realloc(queue->verdicts, room * sizeof *verdicts);
	if (verdicts)
		queue->verdicts = verdicts;
	messages = realloc(queue->messages, room * VERDICT_ROOM);
	if (messages)
		queue->messages = messages;
	if (!verdicts || !messages) {
		log_error("queue %u: no memory", queue->config.number);
		return false;
	}
	queue->room = room;
	return true;
}

static bool send_messages(const struct queue *queue, size_t size)
{
	static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	for (int tries = 0; tries < SEND_TRIES; tries++) {
		if (sendto(queue->fd, queue->messages, size, 0, (const struct sockaddr *)&kernel, sizeof kernel) >=
		    0)
			return true;
		if (errno != EINTR && errno != ENOBUFS && errno != ENOMEM && errno != EAGAIN)
			break;
	}
	log_error("queue %u: cannot send verdicts: %s", queue->config.number, strerror(errno));
	return false;
}

/* Sends the verdicts gathered so far. Packets still in slots are younger than all that were judged, so when none
 * is held, nothing older than these verdicts waits. */
static bool flush(struct queue *queue)
{
	struct encoded encoded;

	if (!queue->used)
		return true;
	queue->answered += queue->used;
	encoded = verdicts_encode(queue->messages, queue->config.number, queue->verdicts, queue->used,
				  queue_held(queue) == 0);
	queue->used = 0;
	queue->counters.messages += encoded.messages;
	return send_messages(queue, encoded.length);
}

static void count_gap(struct queue *queue, uint32_t id)
{
	if (queue->handed)
		queue_begin_at(queue, id);
	queue->counters.passed_by += id - queue->last_id - 1;
	queue->last_id = id;
}

/* Sends the verdicts gathered so far if there may be no room for those of one more packet. */
static bool make_room(struct queue *queue, const struct engine *engine)
{
	return queue->used + engine_verdicts_max(engine) <= queue->room || flush(queue);
}

/* The packet that has waited longest. */
static void judge_oldest(struct queue *queue, struct engine *engine, uint64_t now)
{
	struct taken *taken = &queue->taken[queue->oldest];

	queue->oldest = (queue->oldest + 1) % TAKEN;
	queue->waiting--;
	queue->judged++;
	queue->used += engine_packet(engine, &taken->packet, taken->fault, now, queue->verdicts + queue->used);
}

/* While packets are judged, what the engine will look at for the next ones comes from memory. */
static void take_packet(struct queue *queue, const struct nlmsghdr *message, size_t length, struct engine *engine,
			uint64_t now)
{
	struct taken *next = &queue->taken[(queue->oldest + queue->waiting) % TAKEN];

	if (!queue_message_packet(message, length, &queue->config, &next->packet, &next->fault)) {
		queue->counters.unanswerable++;
		return;
	}
	queue->counters.packets++;
	count_gap(queue, next->packet.id);
	if (next->fault == PACKET_OK)
		engine_expect(engine, &next->packet);
	if (++queue->waiting == TAKEN)
		judge_oldest(queue, engine, now);
}

static void take_message(struct queue *queue, const struct nlmsghdr *message, size_t length, struct engine *engine,
			 uint64_t now)
{
	struct answer answer;

	if (queue_is_answer(message, &answer))
		queue_take_answer(queue, answer);
	else if (message->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
		take_packet(queue, message, length, engine, now);
}

/* One datagram's messages. One that was cut by the slot's end is alone in it: a packet longer than expected. */
static void take_datagram(struct queue *queue, const struct mmsghdr *head, struct engine *engine, uint64_t now)
{
	const struct nlmsghdr *message = head->msg_hdr.msg_iov->iov_base;
	int length = (int)head->msg_len;

	if (head->msg_hdr.msg_flags & MSG_TRUNC && head->msg_len >= sizeof *message) {
		queue->counters.cut++;
		take_message(queue, message, head->msg_len, engine, now);
		return;
	}
	while (mnl_nlmsg_ok(message, length)) {
		take_message(queue, message, message->nlmsg_len, engine, now);
		message = mnl_nlmsg_next(message, &length);
	}
}

/* Fills the slots that are free. Returns how many are filled, -1 if the socket is of no use any more. */
static int receive(struct queue *queue)
{
	int got =
		recvmmsg(queue->fd, queue->heads + queue->filled, QUEUE_BATCH - queue->filled, MSG_DONTWAIT, NULL);

	if (got > 0)
		queue->filled += (unsigned)got;
	else if (got < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS && errno != ENOMEM) {
		log_error("queue %u: cannot receive: %s", queue->config.number, strerror(errno));
		return -1;
	}
	return (int)queue->filled;
}

int queue_turn(struct queue *queue, struct engine *engine, uint64_t now)
{
	uint64_t before = queue->counters.packets;
	int filled = receive(queue);

	if (filled <= 0 || !reserve(queue, engine_verdicts_max(engine)))
		return filled <= 0 ? filled : -1;
	for (int i = 0; i < filled; i++) {
		if (!make_room(queue, engine))
			return -1;
		take_datagram(queue, &queue->heads[i], engine, now);
	}
	queue->filled = 0;
	while (queue->waiting) {
		if (!make_room(queue, engine))
			return -1;
		judge_oldest(queue, engine, now);
	}
	queue->counters.batches += queue->counters.packets > before;
	return flush(queue) ? (int)(queue->counters.packets - before) : -1;
}

void queue_tick(struct queue *queue, struct engine *engine, uint64_t now)
{
	if (!reserve(queue, engine_verdicts_max(engine)))
		return;
	do
		queue->used = engine_tick(engine, now, queue->verdicts);
	while (flush(queue) && engine_deadline(engine) < now);
}
