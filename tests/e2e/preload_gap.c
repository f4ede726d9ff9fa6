/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_gap.c - has the daemon take its time over the steps of a move, for LD_PRELOAD
 *
 * NFQR_GAP milliseconds go by before each segment that it sends, and between the requests that replace a conntrack entry (the old
 * one, the probe's, the new one), which are one call of sendto(2) and some microseconds apart else. So what comes in between
 * is no rare chance.
 */
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int gap;

__attribute__((constructor)) static void read_gap(void)
{
	const char *text = getenv("NFQR_GAP");

	gap = text ? atoi(text) : 0;
	unsetenv("LD_PRELOAD"); /* what the daemon runs is let alone */
}

/* With what the thread of a queue may do. */
static void pass(void)
{
	poll(NULL, 0, gap);
}

static int option_of(int fd, int name)
{
	int value = 0;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : 0;
}

/* The size of the request at the beginning of several to ctnetlink; 0: it is something else. */
static size_t first_of_several(int fd, const uint8_t *bytes, size_t length)
{
	struct nlmsghdr message;

	if (option_of(fd, SO_DOMAIN) != AF_NETLINK || length < sizeof message)
		return 0;
	memcpy(&message, bytes, sizeof message);
	if (NFNL_SUBSYS_ID(message.nlmsg_type) != NFNL_SUBSYS_CTNETLINK || NLMSG_ALIGN(message.nlmsg_len) >= length)
		return 0;
	return NLMSG_ALIGN(message.nlmsg_len);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size)
{
	size_t sent = 0, first;

	if (option_of(fd, SO_TYPE) == SOCK_RAW && option_of(fd, SO_DOMAIN) != AF_NETLINK)
		pass();
	while ((first = first_of_several(fd, (const uint8_t *)bytes + sent, length - sent)) > 0) {
		if (syscall(SYS_sendto, fd, (const uint8_t *)bytes + sent, first, flags, to, size) < 0)
			return -1;
		sent += first;
		pass();
	}
	if (syscall(SYS_sendto, fd, (const uint8_t *)bytes + sent, length - sent, flags, to, size) < 0)
		return -1;
	return (ssize_t)length;
}
