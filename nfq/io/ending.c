/* SPDX-License-Identifier: GPL-2.0-or-later
 * ending.c - what becomes of the connections of a gateway that has gone down
 *
 * Theory of operation. A TCP connection that is to end gets the mark of rejected ones, and with it a time to live
 * that no packet prolongs (IPS_FIXED_TIMEOUT): its client's next packet is answered by a reset, and some time
 * later nothing is left of it. A client that only listens is made to speak (nudges.h).
 */
#include "ending.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <stdio.h>
#include <string.h>

#include "ctentry.h"
#include "ctsweep.h"

#define REFUSED_SECONDS 60 /* as long as a client may take to say something */

struct sweep {
	const struct ending *ending;
	struct ending_result *result;
	struct ct_sweep changes;
	struct key asked; /* of side(), and its answer: many connections have one initiator */
	enum routing_side answer;
};

/* --- what the kernel keeps of them --- */

static bool is_untranslated(const struct ct_entry *entry)
{
	return !(entry->status & (IPS_SRC_NAT | IPS_DST_NAT)) && key_equal(entry->answers_from, entry->key.dst) &&
	       key_equal(entry->answers_to, entry->key.src) && !entry->moved;
}

static void move(struct sweep *sweep, const struct nlmsghdr *message, const struct ct_entry *entry)
{
	struct nlmsghdr *request = ct_sweep_begin(&sweep->changes, message, IPCTNL_MSG_CT_NEW, entry->zone);

	if (!request)
		return;
	ctnl_put_mark(request, sweep->ending->heir, sweep->ending->marks->mask);
	ct_sweep_add(&sweep->changes, request);
	sweep->result->moved++;
}

/* As after both sides have closed: the entry gives way at once to another connection between the same ports.
 * Whatever the client says counts as its own, also what is outside the window that the kernel expects, and leaves
 * a trace: IP_CT_TCP_FLAG_MAXACK_SET comes back with its next acknowledgement
 * (net/netfilter/nf_conntrack_proto_tcp.c). */
static void put_closed(struct nlmsghdr *request)
{
	const struct nf_ct_tcp_flags closed = {.flags = IP_CT_TCP_FLAG_CLOSE_INIT | IP_CT_TCP_FLAG_BE_LIBERAL,
					       .mask = IP_CT_TCP_FLAG_CLOSE_INIT | IP_CT_TCP_FLAG_BE_LIBERAL |
						       IP_CT_TCP_FLAG_MAXACK_SET};
	struct nlattr *info = mnl_attr_nest_start(request, CTA_PROTOINFO);
	struct nlattr *tcp = mnl_attr_nest_start(request, CTA_PROTOINFO_TCP);

	mnl_attr_put_u8(request, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_TIME_WAIT);
	mnl_attr_put(request, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof closed, &closed);
	mnl_attr_nest_end(request, tcp);
	mnl_attr_nest_end(request, info);
}

/* An entry from nowhere, as refuse() would leave it; buffer: CTNL_REQUEST_MAX bytes. */
static struct nlmsghdr *put_refused(char *buffer, const struct marks *marks, const struct flow_key *key,
				    uint16_t zone)
{
	struct nlmsghdr *request = ctnl_begin_about(buffer, IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL, key, zone);

	ctnl_put_tuple(request, CTA_TUPLE_REPLY, key, true);
	mnl_attr_put_u32(request, CTA_STATUS,
			 htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED | IPS_FIXED_TIMEOUT));
	mnl_attr_put_u32(request, CTA_TIMEOUT, htonl(REFUSED_SECONDS));
	mnl_attr_put_u32(request, CTA_MARK, htonl(marks->reject));
	put_closed(request);
	return request;
}

bool connection_put_back(struct ctnl *ctnl, const struct marks *marks, const struct flow_key *key, uint16_t zone)
{
	char buffer[CTNL_REQUEST_MAX];
	int answer;

	put_refused(buffer, marks, key, zone);
	return ctnl_transact(ctnl, buffer, 1, &answer, NULL, NULL) == 0 && answer == 0;
}

/* Nobody waits for anything any more: a segment from nowhere would be answered by a reset at the most. */
static bool is_over(const struct ct_entry *entry)
{
	return entry->tcp_state == TCP_CONNTRACK_TIME_WAIT || entry->tcp_state == TCP_CONNTRACK_CLOSE;
}

/* Two requests, as the kernel changes the mark last: what the client says must be refused before it is watched
 * for. */
static void refuse(struct sweep *sweep, const struct nlmsghdr *message, const struct ct_entry *entry)
{
	struct nlmsghdr *request = ct_sweep_begin(&sweep->changes, message, IPCTNL_MSG_CT_NEW, entry->zone);

	if (!request)
		return;
	ctnl_put_mark(request, sweep->ending->marks->reject, sweep->ending->marks->mask);
	ct_sweep_add(&sweep->changes, request);
	request = ct_sweep_begin(&sweep->changes, message, IPCTNL_MSG_CT_NEW, entry->zone);
	mnl_attr_put_u32(request, CTA_TIMEOUT, htonl(REFUSED_SECONDS));
	mnl_attr_put_u32(request, CTA_STATUS, htonl(entry->status | IPS_FIXED_TIMEOUT));
	put_closed(request);
	ct_sweep_add(&sweep->changes, request);
	if (is_over(entry))
		return;
	sweep->result->ended++;
	nudges_add(sweep->ending->nudges, &entry->key, entry->zone, NUDGE_REFUSED);
}

static void forget(struct sweep *sweep, const struct nlmsghdr *message, const struct ct_entry *entry)
{
	struct nlmsghdr *request = ct_sweep_begin(&sweep->changes, message, IPCTNL_MSG_CT_DELETE, entry->zone);

	if (!request)
		return;
	ct_sweep_add(&sweep->changes, request);
	sweep->result->forgotten++;
}

/* --- which of them --- */

static enum routing_side side_of(struct sweep *sweep, struct key address)
{
	if (!key_equal(sweep->asked, address))
		sweep->answer = sweep->ending->side(sweep->ending->ctx, address);
	sweep->asked = address;
	return sweep->answer;
}

/* The kernel has made the entry anew from a segment in mid-stream (tcp_new() of
 * net/netfilter/nf_conntrack_proto_tcp.c is liberal with such), and it was one of the server's: the client is
 * where the connection seems to go to. */
static bool is_turned(struct sweep *sweep, const struct ct_entry *entry)
{
	return entry->tcp_flags[CT_ORIGINAL] & IP_CT_TCP_FLAG_BE_LIBERAL && is_untranslated(entry) &&
	       side_of(sweep, entry->key.dst) == ROUTING_NEAR;
}

/* What goes against an entry's direction is dropped and not answered by a reset: so one takes its place that has
 * the client as the initiator. */
static void refuse_turned(struct sweep *sweep, const struct nlmsghdr *message, const struct ct_entry *entry)
{
	const struct flow_key *was = &entry->key;
	const struct flow_key key = {was->dst, was->src, was->dport, was->sport, was->proto};
	struct nlmsghdr *request = ct_sweep_begin(&sweep->changes, message, IPCTNL_MSG_CT_DELETE, entry->zone);

	if (!request)
		return;
	ct_sweep_add(&sweep->changes, request);
	request = put_refused(ct_sweep_room(&sweep->changes), sweep->ending->marks, &key, entry->zone);
	ct_sweep_add(&sweep->changes, request);
	sweep->result->ended++;
	nudges_add(sweep->ending->nudges, &key, entry->zone, NUDGE_REFUSED);
}

static void end_far(struct sweep *sweep, const struct nlmsghdr *message, const struct ct_entry *entry)
{
	if (entry->key.proto != IPPROTO_TCP)
		return;
	if (is_turned(sweep, entry))
		refuse_turned(sweep, message, entry);
	else
		nudges_add(sweep->ending->nudges, &entry->key, entry->zone, NUDGE_SOCKETS);
}

static int take(const struct nlmsghdr *message, void *ctx)
{
	struct sweep *sweep = ctx;
	const struct ending *ending = sweep->ending;
	struct ct_entry entry;

	if (!ct_entry_parse(&entry, message) || (entry.mark & ending->marks->mask) != ending->mark ||
	    family_of_address(entry.key.src) != ending->family)
		return MNL_CB_OK;
	if (side_of(sweep, entry.key.src) == ROUTING_FAR)
		end_far(sweep, message, &entry);
	else if (ending->heir && is_untranslated(&entry))
		move(sweep, message, &entry);
	else if (entry.key.proto == IPPROTO_TCP)
		refuse(sweep, message, &entry);
	else
		forget(sweep, message, &entry);
	return MNL_CB_OK;
}

bool connections_end(const struct ending *ending, struct ending_result *result, char *error, size_t size)
{
	struct sweep sweep = {.ending = ending, .result = result};
	int failed;

	*result = (struct ending_result){0};
	failed = ct_sweep_run(&sweep.changes, take, &sweep);
	if (failed)
		snprintf(error, size, "conntrack entries cannot be read: %s", strerror(failed));
	return !failed;
}
