/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_kill.c - kills the daemon at a chosen step of moving a connection, for LD_PRELOAD
 *
 * Each sendto(2) is a step: a segment by a raw socket, a request to ctnetlink, a batch of verdicts. They are
 * counted from the first segment on, which is the probe's SYN; instead of the one whose number is NFQR_KILL_AT the
 * process is gone, as if killed: the thread of a queue may send no signal. All are made by one thread, which
 * nothing but this library disturbs in between.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_raw(int fd)
{
	int type = 0;
	socklen_t size = sizeof type;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_RAW;
}

static bool is_netlink(int fd)
{
	int domain = 0;
	socklen_t size = sizeof domain;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK;
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size)
{
	static _Thread_local long steps;
	const char *last = getenv("NFQR_KILL_AT");

	/* a netlink socket is raw as well */
	if (is_raw(fd) && (steps || !is_netlink(fd)) && last && ++steps == atol(last))
		syscall(SYS_exit_group, 128 + SIGKILL);
	return syscall(SYS_sendto, fd, bytes, length, flags, to, size);
}
