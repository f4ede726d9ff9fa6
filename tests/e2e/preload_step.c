/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_step.c - ends the daemon, or has a call of it fail, at a chosen step of moving a connection, for LD_PRELOAD
 *
 * Each sendto(2) is a step: a segment by a raw socket, a request to ctnetlink, a batch of verdicts unless the error is EPERM,
 * which those never meet. A connection's first one is the probe's SYN. All are made by one thread, which nothing but this library disturbs in between.
 *
 * NFQR_STEP is "FAMILY STEP ERRNO": a connection of this family (4 or 6), the number of the step, and the errno value that
 * it fails with; 0: the process is gone instead, as if killed (the thread of a queue may send no signal). With step 0 the
 * first connection fails at its first step, the second one at its second, and so on.
 */
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	int family, step, error;
} wanted;

__attribute__((constructor)) static void read_wanted(void)
{
	const char *text = getenv("NFQR_STEP");

	if (text)
		sscanf(text, "%d %d %d", &wanted.family, &wanted.step, &wanted.error);
	unsetenv("LD_PRELOAD"); /* what the daemon runs is let alone */
}

static int option_of(int fd, int name)
{
	int value = 0;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : 0;
}

/* A probe's SYN, which the daemon sends with its IP header. */
static bool is_syn(int fd, const void *bytes, size_t length)
{
	int domain = option_of(fd, SO_DOMAIN);
	size_t head = domain == AF_INET ? sizeof(struct ip) : sizeof(struct ip6_hdr);
	struct tcphdr tcp;

	if (option_of(fd, SO_TYPE) != SOCK_RAW || (domain != AF_INET && domain != AF_INET6) || length < head + sizeof tcp)
		return false;
	memcpy(&tcp, (const char *)bytes + head, sizeof tcp);
	return domain == (wanted.family == 6 ? AF_INET6 : AF_INET) && tcp.syn && !tcp.ack;
}

static bool is_verdict(int fd, const void *bytes, size_t length)
{
	struct nlmsghdr message;

	if (option_of(fd, SO_DOMAIN) != AF_NETLINK || length < sizeof message)
		return false;
	memcpy(&message, bytes, sizeof message);
	return NFNL_SUBSYS_ID(message.nlmsg_type) == NFNL_SUBSYS_QUEUE;
}

static bool is_step(int fd, const void *bytes, size_t length)
{
	return wanted.error != EPERM || !is_verdict(fd, bytes, length);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size)
{
	static _Thread_local int connections, steps;

	if (is_syn(fd, bytes, length)) {
		connections++;
		steps = 0;
	}
	if (connections && is_step(fd, bytes, length) && ++steps == (wanted.step ? wanted.step : connections) && (!wanted.step || connections == 1)) {
		if (!wanted.error)
			syscall(SYS_exit_group, 128 + SIGKILL);
		errno = wanted.error;
		return -1;
	}
	return syscall(SYS_sendto, fd, bytes, length, flags, to, size);
}
