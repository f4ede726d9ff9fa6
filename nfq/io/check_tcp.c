/* SPDX-License-Identifier: GPL-2.0-or-later
 * check_tcp.c - check tcp: a connection is accepted. One that is refused is not: any box on the way can do that.
 */
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "probe.h"

static enum probe_result ask(struct probe *probe)
{
	/* Closed by a reset: nobody is to be left with half a connection, nor with one in TIME-WAIT. */
	struct linger linger = {.l_onoff = 1};

	setsockopt(probe->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	probe->events = EPOLLOUT;
	return PROBE_WAITS;
}

const struct probe_type probe_tcp = {
	.socket_type = SOCK_STREAM,
	.protocol = {IPPROTO_TCP, IPPROTO_TCP},
	.ask = ask,
	.look = probe_connecting,
};
