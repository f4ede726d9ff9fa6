/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctnl.h - requests about tracked connections: ctnetlink, linux/netfilter/nfnetlink_conntrack.h
 */
#ifndef NFQROUTE_CTNL_H
#define NFQROUTE_CTNL_H

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "flow_key.h"

/* Bytes that one request with two tuples and all that rehoming says needs at most. */
#define CTNL_REQUEST_MAX 1024

struct ctnl {
	struct mnl_socket *socket; /* NULL: not open */
	uint32_t sequence;
};

/* 0 or an errno value. */
int ctnl_open(struct ctnl *ctnl);
void ctnl_close(struct ctnl *ctnl);

/* A request's header in buffer: type is IPCTNL_MSG_CT_*, flags are NLM_F_*, family AF_*. */
struct nlmsghdr *ctnl_begin(char *buffer, uint16_t type, uint16_t flags, uint8_t family);
/* The tuple of a connection, as attribute type (CTA_TUPLE_ORIG, CTA_TUPLE_REPLY), from its initiator or, swapped, to it. */
void ctnl_put_tuple(struct nlmsghdr *request, uint16_t type, const struct flow_key *key, bool swapped);
/* zone 0 is the default one and needs no attribute. */
void ctnl_put_zone(struct nlmsghdr *request, uint16_t zone);
/* A header and the initiator's tuple: a request about one connection, in its zone. */
struct nlmsghdr *ctnl_begin_about(char *buffer, uint16_t type, uint16_t flags, const struct flow_key *key, uint16_t zone);
/* The bits of mask in its mark are to be those of mark. The kernel changes no others, so what somebody writes into them
 * meanwhile is not lost. */
void ctnl_put_mark(struct nlmsghdr *request, uint32_t mark, uint32_t mask);

/* Sends the count requests that lie one behind the other in buffer, each asking for an acknowledgement, and waits for
 * them: errors[i] is 0 or an errno value. Entries that come as answers are given to each (which may be NULL). 0, or
 * an errno value if the socket failed. */
int ctnl_transact(struct ctnl *ctnl, char *buffer, unsigned count, int *errors,
		  void (*each)(void *ctx, const struct nlmsghdr *entry), void *ctx);

/* Has each() called for every tracked connection of this network namespace, at most for CTNL_DUMP_SECONDS; it returns
 * MNL_CB_OK to go on. 0 or an errno value. Not beside ctnl_transact() on the same socket. */
int ctnl_dump(struct ctnl *ctnl, mnl_cb_t each, void *ctx);
#define CTNL_DUMP_SECONDS 5

#endif
