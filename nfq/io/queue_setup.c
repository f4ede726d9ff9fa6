/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue_setup.c - what is asked of the kernel for a queue: its socket, the bind, flags, length and copy range
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "queue_message.h"
#include "queue_owner.h"
#include "queue_private.h"

#define BIND_TRIES 40
#define BIND_PAUSE_MS 50

/* What the kernel charges the receive buffer for the smallest message is above this, so that the buffer and not
 * the queue's length is the limit that is met. */
#define MESSAGE_COST 768
#define BUFFER_LEAST (16 * 1024)
#define BUFFER_MOST (512 * 1024 * 1024)

/* The requests that are made at the start, each with its own acknowledgement: one that is refused does not undo
 * the others. A request's sequence number is its index here. */
enum request {
	REQUEST_NONE,
	REQUEST_BIND,
	REQUEST_FAIL_OPEN,
	REQUEST_GSO,
	REQUEST_UID_GID,
	REQUEST_CONFIGURE,
	REQUEST_DROP_OLDER,
	REQUEST_COUNT
};

static const struct {
	uint32_t flag;
	const char *loss; /* what the user goes without */
} requests[REQUEST_COUNT] = {
	[REQUEST_FAIL_OPEN] = {NFQA_CFG_F_FAIL_OPEN, "fail-open: packets are dropped when the queue is full"},
	[REQUEST_GSO] = {NFQA_CFG_F_GSO, "GSO: large packets are split before they are queued"},
	[REQUEST_UID_GID] = {NFQA_CFG_F_UID_GID, "user and group of local sockets: such rules do not match"},
	[REQUEST_CONFIGURE] = {0, "the new queue length and copy range"},
};

/* Puts len bytes per slot in place, keeping the datagrams that are in them. They never shrink: what the kernel
 * has queued already may be as long as was once asked for. */
static bool slots_grow(struct queue *queue, uint32_t copy_range)
{
	size_t size = ((size_t)copy_range + QUEUE_MESSAGE_ROOM + 63) & ~(size_t)63;
	uint8_t *slots;

	if (size <= queue->slot_size)
		return true;
	slots = calloc(QUEUE_BATCH, size);
	if (!slots)
		return false;
	for (unsigned i = 0; i < queue->filled; i++)
		memcpy(slots + i * size, queue->slots + i * queue->slot_size, queue->heads[i].msg_len);
	for (unsigned i = 0; i < QUEUE_BATCH; i++) {
		queue->vectors[i] = (struct iovec){.iov_base = slots + i * size, .iov_len = size};
		queue->heads[i].msg_hdr.msg_iov = &queue->vectors[i];
		queue->heads[i].msg_hdr.msg_iovlen = 1;
	}
	free(queue->slots);
	queue->slots = slots;
	queue->slot_size = size;
	return true;
}

static struct nlmsghdr *config_begin(const struct queue *queue, char *buffer, enum request request)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *family;

	message->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = request;
	family = mnl_nlmsg_put_extra_header(message, sizeof *family);
	family->nfgen_family = AF_UNSPEC;
	family->version = NFNETLINK_V0;
	family->res_id = htons((uint16_t)queue->config.number);
	return message;
}

static void put_params(const struct queue *queue, struct nlmsghdr *message)
{
	struct nfqnl_msg_config_params params = {.copy_range = htonl(queue->config.copy_range),
						 .copy_mode = NFQNL_COPY_PACKET};

	mnl_attr_put(message, NFQA_CFG_PARAMS, sizeof params, &params);
	mnl_attr_put_u32(message, NFQA_CFG_QUEUE_MAXLEN, htonl(queue->config.length));
}

static bool config_send(const struct queue *queue, const struct nlmsghdr *message)
{
	return mnl_socket_sendto(queue->socket, message, message->nlmsg_len) >= 0;
}

/* Bind and parameters in one message: a bound queue that was not told to copy drops packets. */
static bool send_bind(const struct queue *queue)
{
	char buffer[256];
	struct nlmsghdr *message = config_begin(queue, buffer, REQUEST_BIND);
	struct nfqnl_msg_config_cmd command = {.command = NFQNL_CFG_CMD_BIND};

	mnl_attr_put(message, NFQA_CFG_CMD, sizeof command, &command);
	put_params(queue, message);
	return config_send(queue, message);
}

static void send_flag(const struct queue *queue, enum request request, bool on)
{
	uint32_t flag = requests[request].flag;
	char buffer[256];
	struct nlmsghdr *message = config_begin(queue, buffer, request);

	mnl_attr_put_u32(message, NFQA_CFG_FLAGS, htonl(on ? flag : 0));
	mnl_attr_put_u32(message, NFQA_CFG_MASK, htonl(flag));
	if (!config_send(queue, message))
		log_warning("queue %u: cannot ask for %s: %s", queue->config.number, requests[request].loss,
			    strerror(errno));
}

static void send_fail_open(struct queue *queue)
{
	queue->fail_open = !queue->config.fail_closed; /* until the answer says otherwise */
	send_flag(queue, REQUEST_FAIL_OPEN, queue->fail_open);
}

static void send_flags(const struct queue *queue)
{
	for (enum request i = REQUEST_NONE; i < REQUEST_COUNT; i++)
		if (requests[i].flag && i != REQUEST_FAIL_OPEN)
			send_flag(queue, i, true);
}

bool queue_is_answer(const struct nlmsghdr *message, struct answer *answer)
{
	const struct nlmsgerr *error;

	if (message->nlmsg_type != NLMSG_ERROR || message->nlmsg_len < mnl_nlmsg_size(sizeof *error))
		return false;
	error = mnl_nlmsg_get_payload(message);
	*answer = (struct answer){.request = message->nlmsg_seq, .error = -error->error};
	return true;
}

/* Reads one datagram after the other until the request is answered; whatever else comes stays in its slot. Returns
 * the errno of the answer, which the kernel gives before sendto(2) returns. */
static int await_answer(struct queue *queue, enum request request)
{
	while (queue->filled < QUEUE_BATCH) {
		struct mmsghdr *head = &queue->heads[queue->filled];
		const struct nlmsghdr *message = head->msg_hdr.msg_iov->iov_base;
		struct answer answer;
		ssize_t got = recvmsg(queue->fd, &head->msg_hdr, MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		head->msg_len = (unsigned)got;
		if (mnl_nlmsg_ok(message, (int)got) && queue_is_answer(message, &answer) && answer.request == request)
			return answer.error;
		queue->filled++;
	}
	return 0; /* so many packets come only from a queue that is bound */
}

static void explain_bind(const struct queue *queue, int error, char *text, size_t size)
{
	unsigned number = queue->config.number;
	char owner[128];

	if ((error == EPERM || error == EBUSY) && queue_owner(number, owner, sizeof owner))
		snprintf(text, size, "queue %u is held by %s", number, owner);
	else if (error == EBUSY)
		snprintf(text, size, "queue %u is held by another program", number);
	else if (error == EPERM)
		snprintf(text, size, "queue %u: not allowed: needs root or CAP_NET_ADMIN", number);
	else if (error == EINVAL || error == EOPNOTSUPP || error == ENOENT)
		snprintf(text, size,
			 "queue %u: this kernel has no nfnetlink_queue (CONFIG_NETFILTER_NETLINK_QUEUE)", number);
	else
		snprintf(text, size, "queue %u: cannot bind: %s", number, strerror(error));
}

/* The receive buffer bounds how many packets wait; SO_RCVBUFFORCE may be refused in a user namespace. */
static void set_buffer(const struct queue *queue)
{
	uint64_t want = (uint64_t)queue->config.length * MESSAGE_COST;
	int size, on = 1;

	want = want < BUFFER_LEAST ? BUFFER_LEAST : want > BUFFER_MOST ? BUFFER_MOST : want;
	size = (int)(want / 2); /* the kernel doubles it */
	if (setsockopt(queue->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		setsockopt(queue->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	/* a full buffer is dealt with by fail-open and must not end the receiving */
	setsockopt(queue->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
	setsockopt(queue->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
}

/* NULL: errno tells. */
static struct mnl_socket *new_socket(void)
{
	struct mnl_socket *new = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (new &&mnl_socket_bind(new, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(new);
		return NULL;
	}
	return new;
}

static bool open_socket(struct queue *queue, char *error, size_t size)
{
	queue->socket = queue->config.handed >= 0 ? mnl_socket_fdopen(queue->config.handed) : new_socket();
	if (!queue->socket) {
		if (errno == EPROTONOSUPPORT)
			snprintf(error, size, "this kernel has no nfnetlink (CONFIG_NETFILTER_NETLINK)");
		else
			snprintf(error, size, "cannot open a netlink socket: %s", strerror(errno));
		return false;
	}
	queue->fd = mnl_socket_get_fd(queue->socket);
	set_buffer(queue);
	return true;
}

static bool send_configure(const struct queue *queue)
{
	char buffer[256];
	struct nlmsghdr *message = config_begin(queue, buffer, REQUEST_CONFIGURE);

	put_params(queue, message);
	return config_send(queue, message);
}

/* A socket that was handed over has the queue already, unless the predecessor had to give it back. */
static int bind_handed(struct queue *queue)
{
	int code = send_configure(queue) ? await_answer(queue, REQUEST_CONFIGURE) : errno;

	queue->handed = code == 0;
	return code;
}

/* A program that has ended holds its queue until the kernel has put its socket away, and has no name any more. */
static bool is_being_given_back(const struct queue *queue, int error)
{
	char owner[128];

	return (error == EPERM || error == EBUSY) &&
		queue_owner(queue->config.number, owner, sizeof owner) == QUEUE_NAMELESS;
}

static int bind_once(struct queue *queue)
{
	return send_bind(queue) ? await_answer(queue, REQUEST_BIND) : errno;
}

static bool bind_queue(struct queue *queue, char *error, size_t size)
{
	static const struct timespec pause = {.tv_nsec = BIND_PAUSE_MS * 1000000};
	int code = queue->config.handed >= 0 ? bind_handed(queue) : ENODEV;

	if (code == ENODEV)
		code = bind_once(queue);
	for (int tries = 0; tries < BIND_TRIES && is_being_given_back(queue, code); tries++) {
		if (!tries)
			log_notice("queue %u is still held by a program that has ended: waiting %d s for it at most",
				   queue->config.number, BIND_TRIES * BIND_PAUSE_MS / 1000);
		nanosleep(&pause, NULL);
		code = bind_once(queue);
	}
	if (!code)
		return true;
	explain_bind(queue, code, error, size);
	return false;
}

struct queue *queue_open(const struct queue_config *config, char *error, size_t size)
{
	struct queue *queue = calloc(1, sizeof *queue);

	if (!queue || (queue->config = *config, !slots_grow(queue, config->copy_range))) {
		snprintf(error, size, "no memory for queue %u", config->number);
		queue_close(queue);
		return NULL;
	}
	if (!open_socket(queue, error, size) || !bind_queue(queue, error, size)) {
		queue_close(queue);
		return NULL;
	}
	send_fail_open(queue);
	send_flags(queue);
	return queue;
}

void queue_close(struct queue *queue)
{
	if (!queue)
		return;
	if (queue->socket)
		mnl_socket_close(queue->socket);
	free(queue->slots);
	free(queue->verdicts);
	free(queue->messages);
	free(queue);
}

/* The kernel takes it from no other socket than the one that bound the queue. The answer would be another
 * thread's. */
void queue_unbind(const struct queue *queue)
{
	char buffer[256];
	struct nlmsghdr *message = config_begin(queue, buffer, REQUEST_NONE);
	struct nfqnl_msg_config_cmd command = {.command = NFQNL_CFG_CMD_UNBIND};

	message->nlmsg_flags = NLM_F_REQUEST;
	mnl_attr_put(message, NFQA_CFG_CMD, sizeof command, &command);
	if (!config_send(queue, message))
		log_error("queue %u: cannot be given back: %s", queue->config.number, strerror(errno));
}

bool queue_configure(struct queue *queue, uint32_t length, uint32_t copy_range, bool fail_closed)
{
	if (fail_closed != queue->config.fail_closed) {
		queue->config.fail_closed = fail_closed;
		send_fail_open(queue);
	}
	if (length == queue->config.length && copy_range == queue->config.copy_range)
		return true;
	if (!slots_grow(queue, copy_range))
		return false;
	queue->config.length = length;
	queue->config.copy_range = copy_range;
	set_buffer(queue);
	return send_configure(queue);
}

/* A queue of length 0 is always full. */
void queue_close_intake(struct queue *queue)
{
	if (!queue->fail_open || !queue->config.length)
		return;
	queue->config.length = 0;
	send_configure(queue);
}

/* What comes first is the oldest that a predecessor has not received. What it had received nobody answers any
 * more. */
void queue_begin_at(struct queue *queue, uint32_t id)
{
	struct verdict_message message = verdict_drop_until(queue->config.number, id - 1);

	message.header.nlmsg_seq = REQUEST_DROP_OLDER;
	config_send(queue, &message.header);
	queue->last_id = id - 1;
	queue->handed = false;
}

/* A verdict has no sequence number; it fails when its packet is gone. */
void queue_take_answer(struct queue *queue, struct answer answer)
{
	if (!answer.error)
		return;
	if (answer.request == REQUEST_FAIL_OPEN)
		queue->fail_open = false;
	if (answer.request == REQUEST_NONE && answer.error == ENOENT)
		queue->counters.gone++;
	else if (answer.request == REQUEST_NONE)
		log_error("queue %u: verdict refused: %s", queue->config.number, strerror(answer.error));
	else if (answer.request < REQUEST_COUNT && requests[answer.request].loss)
		log_warning("queue %u: the kernel refuses %s (%s)", queue->config.number,
			    requests[answer.request].loss, strerror(answer.error));
}
