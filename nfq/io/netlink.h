/* SPDX-License-Identifier: GPL-2.0-or-later
 * netlink.h - answers of the kernel to what was sent over a netlink socket, and what is in them
 */
#ifndef NFQROUTE_NETLINK_H
#define NFQROUTE_NETLINK_H

#include <libmnl/libmnl.h>
#include <sys/types.h>

/* The next datagram of an answer, the length of its messages, all of them whole. -1 with errno: EBADMSG where there is none,
 * or one that ends early; the rest of the answer is let go then, so that another request can be made. It never waits: the
 * kernel answers requests before sendto(2) returns, and goes on with a dump before recvmsg(2) does (netlink_dump() in
 * net/netlink/af_netlink.c), so what is not there does not come. The socket is a non-blocking one. */
ssize_t netlink_answer(const struct mnl_socket *socket, void *buffer, size_t size);

/* The message's first attribute of this type, behind a header of so many bytes; its payload is not checked. NULL: there is
 * none. */
const struct nlattr *netlink_attr(const struct nlmsghdr *message, unsigned header, uint16_t type);

#endif
