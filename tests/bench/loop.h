/* SPDX-License-Identifier: GPL-2.0-or-later
 * loop.h - a queue as programs that nfqroute is measured against hold it; for bareloop.c and ndpiloop.c
 */
#ifndef NFQROUTE_BENCH_LOOP_H
#define NFQROUTE_BENCH_LOOP_H

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, SLOT = 4096, LENGTH = 65536, BUFFER = 32 << 20, MARK = 9 };

struct loop {
	unsigned queue;
	int fd;
	struct mnl_socket *socket;
	unsigned long packets, receives;
	size_t used;
	char out[BATCH * 64];
	char slots[BATCH][SLOT];
};

static volatile sig_atomic_t ending;

static inline void on_term(int number)
{
	(void)number;
	ending = 1;
}

static inline struct nlmsghdr *begin(char *buffer, uint16_t type, unsigned queue)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *family;

	message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	message->nlmsg_flags = NLM_F_REQUEST;
	family = mnl_nlmsg_put_extra_header(message, sizeof *family);
	family->res_id = htons((uint16_t)queue);
	return message;
}

/* Binds the queue, copy_range bytes of each packet. */
static inline bool open_queue(struct loop *loop, uint32_t copy_range)
{
	struct nfqnl_msg_config_cmd command = {.command = NFQNL_CFG_CMD_BIND};
	struct nfqnl_msg_config_params params = {.copy_range = htonl(copy_range), .copy_mode = NFQNL_COPY_PACKET};
	uint32_t flags = htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID | NFQA_CFG_F_FAIL_OPEN);
	int on = 1, size = BUFFER;
	struct nlmsghdr *message;
	char buffer[256];

	loop->socket = mnl_socket_open(NETLINK_NETFILTER);
	if (!loop->socket || mnl_socket_bind(loop->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return false;
	loop->fd = mnl_socket_get_fd(loop->socket);
	setsockopt(loop->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
	setsockopt(loop->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	message = begin(buffer, NFQNL_MSG_CONFIG, loop->queue);
	mnl_attr_put(message, NFQA_CFG_CMD, sizeof command, &command);
	mnl_attr_put(message, NFQA_CFG_PARAMS, sizeof params, &params);
	mnl_attr_put_u32(message, NFQA_CFG_QUEUE_MAXLEN, htonl(LENGTH));
	mnl_attr_put_u32(message, NFQA_CFG_FLAGS, flags);
	mnl_attr_put_u32(message, NFQA_CFG_MASK, flags);
	return mnl_socket_sendto(loop->socket, message, message->nlmsg_len) >= 0;
}

/* An attribute of a packet's message; NULL: it is not there. */
static inline const struct nlattr *find_attribute(const struct nlmsghdr *message, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

/* The packet's id, as in the message; false: this is no packet. */
static inline bool find_id(const struct nlmsghdr *message, uint32_t *id)
{
	const struct nlattr *attr = NULL;

	if (message->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
		attr = find_attribute(message, NFQA_PACKET_HDR);
	if (attr)
		*id = ((const struct nfqnl_msg_packet_hdr *)mnl_attr_get_payload(attr))->packet_id;
	return attr;
}

/* Appends a verdict to those that answer() sends. */
static inline void put_verdict(struct loop *loop, uint32_t id, uint32_t mark)
{
	struct nfqnl_msg_verdict_hdr verdict = {.verdict = htonl(NF_ACCEPT), .id = id};
	struct nlmsghdr *message = begin(loop->out + loop->used, NFQNL_MSG_VERDICT, loop->queue);

	mnl_attr_put(message, NFQA_VERDICT_HDR, sizeof verdict, &verdict);
	mnl_attr_put_u32(message, NFQA_MARK, htonl(mark));
	loop->used += message->nlmsg_len;
	loop->packets++;
}

static inline void answer(struct loop *loop)
{
	if (loop->used && mnl_socket_sendto(loop->socket, loop->out, loop->used) < 0)
		perror("send");
	loop->used = 0;
}

#endif
