/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctevents.c - TCP connections that begin, are answered, and end, as the kernel tells of them
 */
#include "ctevents.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_compat.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BUFFER = 65536, RECEIVE_BYTES = 4 << 20 };

struct ct_events {
	struct mnl_socket *socket;
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
};

/* What nobody has decided, and what is main's, does not come as far as the socket. */
static bool filter(const struct mnl_socket *socket, uint32_t route_mask)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_IMM, sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg)),
		BPF_STMT(BPF_LDX | BPF_IMM, CTA_MARK),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_AD_OFF + SKF_AD_NLATTR),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 6, 0), /* it has none */
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, sizeof(struct nlattr)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, route_mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, route_mask, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};

	return setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/* The kernel's own word for this network namespace: "0" is never. */
static bool are_to_be_had(void)
{
	FILE *file = fopen("/proc/sys/net/netfilter/nf_conntrack_events", "re");
	int word = file ? getc(file) : EOF;

	if (file)
		fclose(file);
	return word != '0';
}

static bool listen_to(struct mnl_socket *socket, const struct marks *marks)
{
	const int bytes = RECEIVE_BYTES;

	if (!filter(socket, marks->route_mask) ||
	    mnl_socket_bind(socket,
			    NF_NETLINK_CONNTRACK_NEW | NF_NETLINK_CONNTRACK_UPDATE | NF_NETLINK_CONNTRACK_DESTROY,
			    MNL_SOCKET_AUTOPID) < 0)
		return false;
	setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
	return true;
}

struct ct_events *ct_events_open(const struct marks *marks)
{
	struct ct_events *events = malloc(sizeof *events);
	int error;

	if (!events)
		return NULL;
	events->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (events->socket && are_to_be_had() && listen_to(events->socket, marks))
		return events;
	error = events->socket && !are_to_be_had() ? EOPNOTSUPP : errno;
	ct_events_close(events);
	errno = error;
	return NULL;
}

void ct_events_close(struct ct_events *events)
{
	if (events && events->socket)
		mnl_socket_close(events->socket);
	free(events);
}

int ct_events_fd(const struct ct_events *events)
{
	return mnl_socket_get_fd(events->socket);
}

/* false: of no interest here. */
static bool kind_of(const struct nlmsghdr *message, const struct ct_entry *entry, enum ct_event *event)
{
	bool begins = message->nlmsg_flags & NLM_F_CREATE;

	if ((message->nlmsg_type & 0xff) == IPCTNL_MSG_CT_DELETE)
		*event = CT_ENDED;
	else if (begins && entry->tcp_state == TCP_CONNTRACK_SYN_SENT)
		*event = CT_BEGUN;
	else if (!begins && entry->tcp_state == TCP_CONNTRACK_SYN_RECV)
		*event = CT_ANSWERED;
	else
		return false;
	return true;
}

bool ct_events_read(struct ct_events *events,
		    void (*each)(void *ctx, enum ct_event event, const struct ct_entry *entry), void *ctx)
{
	const struct nlmsghdr *message;
	struct ct_entry entry;
	enum ct_event event;
	bool whole = true;
	ssize_t got;

	while ((got = mnl_socket_recvfrom(events->socket, events->buffer, sizeof events->buffer)) >= 0 ||
	       errno == ENOBUFS || errno == EINTR) {
		int left = (int)got;

		whole &= got >= 0 || errno == EINTR;
		for (message = (const void *)events->buffer; got > 0 && mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			if (ct_entry_parse(&entry, message) && entry.key.proto == IPPROTO_TCP &&
			    kind_of(message, &entry, &event))
				each(ctx, event, &entry);
	}
	return whole;
}
