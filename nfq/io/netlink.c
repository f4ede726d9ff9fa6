/* SPDX-License-Identifier: GPL-2.0-or-later
 * netlink.c - answers of the kernel to what was sent over a netlink socket
 */
#include "netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

static bool is_whole(const void *buffer, ssize_t length)
{
	const struct nlmsghdr *message = buffer;
	int left = (int)length;

	while (mnl_nlmsg_ok(message, left))
		message = mnl_nlmsg_next(message, &left);
	return length > 0 && left <= 0; /* the last one may lack its padding */
}

/* While a dump has not been read to its end, the kernel refuses another one on this socket. */
static void let_go(const struct mnl_socket *socket)
{
	char any;

	while (recv(mnl_socket_get_fd(socket), &any, sizeof any, MSG_DONTWAIT) >= 0 || errno == EINTR)
		;
}

ssize_t netlink_answer(const struct mnl_socket *socket, void *buffer, size_t size)
{
	ssize_t received;

	do
		received = mnl_socket_recvfrom(socket, buffer, size);
	while (received < 0 && errno == EINTR);
	if (received >= 0 && is_whole(buffer, received))
		return received;
	if (received >= 0)
		let_go(socket);
	if (received >= 0 || errno == EAGAIN)
		errno = EBADMSG;
	return -1;
}

const struct nlattr *netlink_attr(const struct nlmsghdr *message, unsigned header, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each (attr, message, header) {
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}
