/* SPDX-License-Identifier: GPL-2.0-or-later
 * bareloop.c - the least a program can do with a queue: take each packet, mark it, accept it
 *
 * usage: bareloop QUEUE single|batch
 *
 * "single" is one recv(2) and one send(2) per packet, as most programs on NFQUEUE do it; "batch" is recvmmsg(2)
 * and one send(2) for all verdicts. Nothing is parsed but the packet's id. Both are what nfqroute is measured
 * against. Ends on SIGTERM and says how many packets it took.
 */
#include <arpa/inet.h>
#include <errno.h>
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

enum { BATCH = 64, SLOT = 4096, COPY_RANGE = 160, LENGTH = 65536, BUFFER = 32 << 20, MARK = 9 };

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

static void on_term(int number)
{
	(void)number;
	ending = 1;
}

static struct nlmsghdr *begin(char *buffer, uint16_t type, unsigned queue)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *family;

	message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	message->nlmsg_flags = NLM_F_REQUEST;
	family = mnl_nlmsg_put_extra_header(message, sizeof *family);
	family->res_id = htons((uint16_t)queue);
	return message;
}

static bool open_queue(struct loop *loop)
{
	struct nfqnl_msg_config_cmd command = {.command = NFQNL_CFG_CMD_BIND};
	struct nfqnl_msg_config_params params = {.copy_range = htonl(COPY_RANGE), .copy_mode = NFQNL_COPY_PACKET};
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

static void put_verdict(struct loop *loop, const struct nlmsghdr *packet)
{
	struct nfqnl_msg_verdict_hdr verdict = {.verdict = htonl(NF_ACCEPT)};
	const struct nfqnl_msg_packet_hdr *header;
	const struct nlattr *attr;
	struct nlmsghdr *message;

	mnl_attr_for_each(attr, packet, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFQA_PACKET_HDR) {
			header = mnl_attr_get_payload(attr);
			verdict.id = header->packet_id;
			break;
		}
	}
	message = begin(loop->out + loop->used, NFQNL_MSG_VERDICT, loop->queue);
	mnl_attr_put(message, NFQA_VERDICT_HDR, sizeof verdict, &verdict);
	mnl_attr_put_u32(message, NFQA_MARK, htonl(MARK));
	loop->used += message->nlmsg_len;
	loop->packets++;
}

static void take(struct loop *loop, const char *slot, int length)
{
	const struct nlmsghdr *message = (const void *)slot;

	for (; mnl_nlmsg_ok(message, length); message = mnl_nlmsg_next(message, &length))
		if (message->nlmsg_type == (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
			put_verdict(loop, message);
}

static void answer(struct loop *loop)
{
	if (loop->used && mnl_socket_sendto(loop->socket, loop->out, loop->used) < 0)
		perror("bareloop: send");
	loop->used = 0;
}

static void serve_single(struct loop *loop)
{
	while (!ending) {
		ssize_t length = recv(loop->fd, loop->slots[0], SLOT, 0);

		if (length < 0)
			continue;
		loop->receives++;
		take(loop, loop->slots[0], (int)length);
		answer(loop);
	}
}

static void serve_batch(struct loop *loop)
{
	struct mmsghdr heads[BATCH] = {0};
	struct iovec vectors[BATCH];

	for (int i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){.iov_base = loop->slots[i], .iov_len = SLOT};
		heads[i].msg_hdr.msg_iov = &vectors[i];
		heads[i].msg_hdr.msg_iovlen = 1;
	}
	while (!ending) {
		int count = recvmmsg(loop->fd, heads, BATCH, MSG_WAITFORONE, NULL);

		if (count < 0)
			continue;
		loop->receives++;
		for (int i = 0; i < count; i++)
			take(loop, loop->slots[i], (int)heads[i].msg_len);
		answer(loop);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_term};
	struct loop *loop = calloc(1, sizeof *loop);

	if (argc != 3 || !loop) {
		fputs("usage: bareloop QUEUE single|batch\n", stderr);
		return 2;
	}
	loop->queue = (unsigned)strtoul(argv[1], NULL, 10);
	sigaction(SIGTERM, &action, NULL);
	if (!open_queue(loop)) {
		perror("bareloop");
		return 1;
	}
	if (strcmp(argv[2], "batch") == 0)
		serve_batch(loop);
	else
		serve_single(loop);
	fprintf(stderr, "queued packets: %lu in %lu batches\n", loop->packets, loop->receives);
	mnl_socket_close(loop->socket);
	free(loop);
	return 0;
}
