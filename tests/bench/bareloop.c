/* SPDX-License-Identifier: GPL-2.0-or-later
 * bareloop.c - the least a program can do with a queue: take each packet, mark it, accept it
 *
 * usage: bareloop QUEUE single|batch
 *
 * "single" is one recv(2) and one send(2) per packet, as most programs on NFQUEUE do it; "batch" is recvmmsg(2)
 * and one send(2) for all verdicts. Nothing is parsed but the packet's id. Both are what nfqroute is measured
 * against. Ends on SIGTERM and says how many packets it took.
 */
#include "loop.h"

enum { COPY_RANGE = 160 };

static void take(struct loop *loop, const char *slot, int length)
{
	const struct nlmsghdr *message = (const void *)slot;
	uint32_t id;

	for (; mnl_nlmsg_ok(message, length); message = mnl_nlmsg_next(message, &length))
		if (find_id(message, &id))
			put_verdict(loop, id, MARK);
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
	if (!open_queue(loop, COPY_RANGE)) {
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
