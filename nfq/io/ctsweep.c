/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctsweep.c - changes of many tracked connections at once
 */
#include "ctsweep.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>

#include "netlink.h"

/* The kernel answers only to what it refuses. */
static void send_changes(struct ct_sweep *sweep)
{
	char answer[1024];

	if (sweep->used)
		mnl_socket_sendto(sweep->change.socket, sweep->changes, sweep->used);
	sweep->used = 0;
	while (mnl_socket_recvfrom(sweep->change.socket, answer, sizeof answer) >= 0 || errno == ENOSPC)
		sweep->refused++;
}

int ct_sweep_run(struct ct_sweep *sweep, mnl_cb_t each, void *ctx)
{
	int error = ctnl_open(&sweep->dump);

	sweep->change.socket = NULL;
	sweep->used = 0;
	sweep->refused = 0;
	if (!error)
		error = ctnl_open(&sweep->change);
	if (!error)
		error = ctnl_dump(&sweep->dump, each, ctx);
	if (!error)
		send_changes(sweep);
	ctnl_close(&sweep->dump);
	ctnl_close(&sweep->change);
	return error;
}

char *ct_sweep_room(struct ct_sweep *sweep)
{
	if (sweep->used + CTNL_REQUEST_MAX > sizeof sweep->changes)
		send_changes(sweep);
	return sweep->changes + sweep->used;
}

void ct_sweep_add(struct ct_sweep *sweep, const struct nlmsghdr *request)
{
	sweep->used += MNL_ALIGN(request->nlmsg_len);
}

struct nlmsghdr *ct_sweep_begin(struct ct_sweep *sweep, const struct nlmsghdr *entry, uint16_t type, uint16_t zone)
{
	const struct nlattr *tuple = netlink_attr(entry, sizeof(struct nfgenmsg), CTA_TUPLE_ORIG);
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(entry);
	struct nlmsghdr *request;

	if (!tuple || mnl_attr_get_payload_len(tuple) > CTNL_REQUEST_MAX / 2)
		return NULL;
	request = ctnl_begin(ct_sweep_room(sweep), type, 0, header->nfgen_family);
	mnl_attr_put(request, CTA_TUPLE_ORIG | NLA_F_NESTED, mnl_attr_get_payload_len(tuple),
		     mnl_attr_get_payload(tuple));
	ctnl_put_zone(request, zone);
	return request;
}
