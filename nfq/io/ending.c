/* SPDX-License-Identifier: GPL-2.0-or-later
 * ending.c - what becomes of the connections of a gateway that has gone down
 *
 * Theory of operation. A TCP connection that is to end gets the mark of rejected ones, and with it a time to live
 * that no packet prolongs (IPS_FIXED_TIMEOUT): its client's next packet is answered by a reset, and some time
 * later nothing is left of it. But the client of a download sends nothing until it hears from the server. A socket
 * of this machine is destroyed (sock_diag(7), SOCK_DESTROY). Another machine's is sent an empty segment in the
 * server's name, with a sequence number from nowhere: it answers with an acknowledgement of what it is waiting for
 * (RFC 9293 section 3.10.7.4), and that is the packet which is answered by a reset, with the right number in it.
 * The segment is not tracked (hook_nudge.c), else it would count as a connection of its own.
 */
#include "ending.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "ctentry.h"
#include "ctnl.h"
#include "sender.h"

#define REFUSED_SECONDS 60 /* as long as a client may take to say something */

enum { DATAGRAM = 32 * 1024 };

/* A TCP connection whose ends are to be told. */
struct ended {
	struct flow_key key;
	bool near; /* its initiator is on this side of the gateway, and can be nudged */
};

struct sweep {
	const struct ending *ending;
	struct ending_result *result;
	struct ctnl dump, change;
	size_t used;
	char changes[DATAGRAM];
	struct ended *ended;
	size_t count, room;
	struct key asked; /* of near(), and its answer: many connections have one initiator */
	bool answer;
};

/* --- what the kernel keeps of them --- */

/* The kernel answers only to what it refuses: connections that have ended meanwhile. */
static void send_changes(struct sweep *sweep)
{
	char answer[1024];

	if (sweep->used)
		mnl_socket_sendto(sweep->change.socket, sweep->changes, sweep->used);
	sweep->used = 0;
	while (mnl_socket_recvfrom(sweep->change.socket, answer, sizeof answer) >= 0 || errno == ENOSPC)
		;
}

static const struct nlattr *tuple_of(const struct nlmsghdr *message)
{
	const struct nlattr *attr;

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG)
			return attr;
	}
	return NULL;
}

/* A request about the entry, its tuple as the dump gave it. NULL: it does not fit. */
static struct nlmsghdr *begin(struct sweep *sweep, const struct nlmsghdr *entry, uint16_t type, uint16_t zone)
{
	const struct nlattr *tuple = tuple_of(entry);
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(entry);
	struct nlmsghdr *request;

	if (!tuple || mnl_attr_get_payload_len(tuple) > CTNL_REQUEST_MAX / 2)
		return NULL;
	if (sweep->used + CTNL_REQUEST_MAX > sizeof sweep->changes)
		send_changes(sweep);
	request = ctnl_begin(sweep->changes + sweep->used, type, 0, header->nfgen_family);
	mnl_attr_put(request, CTA_TUPLE_ORIG | NLA_F_NESTED, mnl_attr_get_payload_len(tuple),
		     mnl_attr_get_payload(tuple));
	ctnl_put_zone(request, zone);
	return request;
}

static void put_mark(struct nlmsghdr *request, const struct marks *marks, uint32_t mark)
{
	mnl_attr_put_u32(request, CTA_MARK, htonl(mark));
	mnl_attr_put_u32(request, CTA_MARK_MASK, htonl(marks->mask));
}

static void remember(struct sweep *sweep, const struct flow_key *key, bool near)
{
	if (sweep->count == sweep->room) {
		size_t room = sweep->room ? sweep->room * 2 : 64;
		struct ended *ended = reallocarray(sweep->ended, room, sizeof *ended);

		if (!ended)
			return; /* its client hears of it at its next packet */
		sweep->ended = ended;
		sweep->room = room;
	}
	sweep->ended[sweep->count++] = (struct ended){.key = *key, .near = near};
}

static bool is_untranslated(const struct ct_entry *entry)
{
	return !(entry->status & (IPS_SRC_NAT | IPS_DST_NAT)) && key_equal(entry->answers_from, entry->key.dst) &&
	       key_equal(entry->answers_to, entry->key.src) && !entry->moved;
}

static void move(struct sweep *sweep, const struct nlmsghdr *message, const struct ct_entry *entry)
{
	struct nlmsghdr *request = begin(sweep, message, IPCTNL_MSG_CT_NEW, entry->zone);

	if (!request)
		return;
	put_mark(request, sweep->ending->marks, sweep->ending->heir);
	sweep->used += MNL_ALIGN(request->nlmsg_len);
	sweep->result->moved++;
}

/* As after both sides have closed: the entry gives way at once to another connection between the same ports. */
static void put_closed(struct nlmsghdr *request)
{
	const struct nf_ct_tcp_flags closed = {.flags = IP_CT_TCP_FLAG_CLOSE_INIT, .mask = IP_CT_TCP_FLAG_CLOSE_INIT};
	struct nlattr *info = mnl_attr_nest_start(request, CTA_PROTOINFO);
	struct nlattr *tcp = mnl_attr_nest_start(request, CTA_PROTOINFO_TCP);

	mnl_attr_put_u8(request, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_TIME_WAIT);
	mnl_attr_put(request, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof closed, &closed);
	mnl_attr_nest_end(request, tcp);
	mnl_attr_nest_end(request, info);
}

static void refuse(struct sweep *sweep, const struct nlmsghdr *message, const struct ct_entry *entry)
{
	struct nlmsghdr *request = begin(sweep, message, IPCTNL_MSG_CT_NEW, entry->zone);

	if (!request)
		return;
	put_mark(request, sweep->ending->marks, sweep->ending->marks->reject);
	mnl_attr_put_u32(request, CTA_TIMEOUT, htonl(REFUSED_SECONDS));
	mnl_attr_put_u32(request, CTA_STATUS, htonl(entry->status | IPS_FIXED_TIMEOUT));
	put_closed(request);
	sweep->used += MNL_ALIGN(request->nlmsg_len);
	sweep->result->ended++;
	remember(sweep, &entry->key, true);
}

static void forget(struct sweep *sweep, const struct nlmsghdr *message, const struct ct_entry *entry)
{
	struct nlmsghdr *request = begin(sweep, message, IPCTNL_MSG_CT_DELETE, entry->zone);

	if (!request)
		return;
	sweep->used += MNL_ALIGN(request->nlmsg_len);
	sweep->result->forgotten++;
}

static bool is_near(struct sweep *sweep, struct key address)
{
	if (!key_equal(sweep->asked, address))
		sweep->answer = sweep->ending->near(sweep->ending->ctx, address);
	sweep->asked = address;
	return sweep->answer;
}

static int take(const struct nlmsghdr *message, void *ctx)
{
	struct sweep *sweep = ctx;
	const struct ending *ending = sweep->ending;
	struct ct_entry entry;

	if (!ct_entry_parse(&entry, message) || (entry.mark & ending->marks->mask) != ending->mark ||
	    key_is_ipv4(entry.key.src) != (ending->family == FAMILY_IPV4))
		return MNL_CB_OK;
	if (!is_near(sweep, entry.key.src)) {
		if (entry.key.proto == IPPROTO_TCP)
			remember(sweep, &entry.key, false);
	} else if (ending->heir && is_untranslated(&entry)) {
		move(sweep, message, &entry);
	} else if (entry.key.proto == IPPROTO_TCP) {
		refuse(sweep, message, &entry);
	} else {
		forget(sweep, message, &entry);
	}
	return MNL_CB_OK;
}

/* --- what their ends hear --- */

static void put_address(struct key address, void *at)
{
	uint8_t bytes[16];

	memcpy(at, bytes, key_to_address(address, bytes));
}

/* A socket of this machine, from its end; that there is none of this name is no error. */
static void destroy_socket(struct mnl_socket *diag, const struct flow_key *key, bool swapped)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *request;

	message->nlmsg_type = SOCK_DESTROY;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request = mnl_nlmsg_put_extra_header(message, sizeof *request);
	request->sdiag_family = key_is_ipv4(key->src) ? AF_INET : AF_INET6;
	request->sdiag_protocol = IPPROTO_TCP;
	request->idiag_states = ~0U;
	request->id.idiag_sport = htons(swapped ? key->dport : key->sport);
	request->id.idiag_dport = htons(swapped ? key->sport : key->dport);
	put_address(swapped ? key->dst : key->src, request->id.idiag_src);
	put_address(swapped ? key->src : key->dst, request->id.idiag_dst);
	request->id.idiag_cookie[0] = request->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (mnl_socket_sendto(diag, message, message->nlmsg_len) > 0)
		mnl_socket_recvfrom(diag, buffer, sizeof buffer);
}

/* Makes the client speak. */
static void nudge(struct sender *sender, const struct marks *marks, const struct flow_key *key)
{
	struct segment segment = {.src = key->dst,
				  .dst = key->src,
				  .sport = key->dport,
				  .dport = key->sport,
				  .flags = TCP_ACK,
				  .mark = marks_nudge(marks)};

	if (getrandom(&segment.seq, sizeof segment.seq, 0) == sizeof segment.seq)
		sender_send(sender, &segment);
}

static void tell(const struct sweep *sweep)
{
	struct mnl_socket *diag = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	struct sender *sender = sender_open();

	for (size_t i = 0; i < sweep->count; i++) {
		const struct ended *ended = &sweep->ended[i];

		if (diag)
			destroy_socket(diag, &ended->key, false);
		if (diag && !ended->near)
			destroy_socket(diag, &ended->key, true);
		if (sender && ended->near)
			nudge(sender, sweep->ending->marks, &ended->key);
	}
	sender_close(sender);
	if (diag)
		mnl_socket_close(diag);
}

bool connections_end(const struct ending *ending, struct ending_result *result, char *error, size_t size)
{
	struct sweep *sweep = calloc(1, sizeof *sweep);
	int failed = sweep ? ctnl_open(&sweep->dump, 0) : ENOMEM;

	*result = (struct ending_result){0};
	if (sweep) {
		sweep->ending = ending;
		sweep->result = result;
		if (!failed)
			failed = ctnl_open(&sweep->change, SOCK_NONBLOCK);
		if (!failed)
			failed = ctnl_dump(&sweep->dump, take, sweep);
		if (!failed) {
			send_changes(sweep);
			tell(sweep);
		}
		ctnl_close(&sweep->dump);
		ctnl_close(&sweep->change);
		free(sweep->ended);
		free(sweep);
	}
	if (failed)
		snprintf(error, size, "conntrack entries cannot be read: %s", strerror(failed));
	return !failed;
}
