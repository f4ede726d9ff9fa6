/* SPDX-License-Identifier: GPL-2.0-or-later
 * rtnl.h - requests and dumps over a route netlink socket, rtnetlink(7)
 */
#ifndef NFQROUTE_RTNL_H
#define NFQROUTE_RTNL_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RTNL_REQUEST_MAX 512 /* bytes of a request, ample for what we send */

struct rtnl {
	struct mnl_socket *socket; /* NULL: not open */
	uint32_t port;             /* notifications of changes made through this socket carry it in nlmsg_pid */
	uint32_t sequence;
	char reason[120]; /* the kernel's own words on the last failed request, "" if it had none */
};

/* 0 or a negative errno value. */
int rtnl_open(struct rtnl *rtnl);
void rtnl_close(struct rtnl *rtnl);

/* A request's header of this type with a payload of size zeroed bytes, in buffer; *payload is set to it. */
struct nlmsghdr *rtnl_begin(char buffer[RTNL_REQUEST_MAX], uint16_t type, uint16_t flags, size_t size,
			    void *payload);

/* Sends one request and takes its acknowledgement. 0, or the negative errno value the kernel answered; here and below -EBADMSG where
 * its answer was missing or cut short. */
int rtnl_request(struct rtnl *rtnl, struct nlmsghdr *request);

/* The same for a question: its answer is given to each before the acknowledgement is taken. */
int rtnl_ask(struct rtnl *rtnl, struct nlmsghdr *request, void (*each)(void *ctx, const struct nlmsghdr *message),
	     void *ctx);

/* Calls each for every message of the answer. A dump during which the kernel's state changed is inconsistent: it
 * is asked for again, after a call of restart, which forgets what each has gathered. 0 or a negative errno value.
 */
int rtnl_dump(struct rtnl *rtnl, struct nlmsghdr *request, void (*each)(void *ctx, const struct nlmsghdr *message),
	      void (*restart)(void *ctx), void *ctx);

#endif
