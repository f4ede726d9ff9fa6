/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctevents.c - TCP connections that begin, are answered, and end, as the kernel tells of them
 */
#include "ctevents.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_compat.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BUFFER = 65536, RECEIVE_BYTES = 4 << 20 };

struct ct_events {
	struct mnl_socket *socket;
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
};

/* Programs of the kernel's (linux/filter.h) that say which messages come as far as the socket. The offset of an
 * attribute of the message, or of one nested in the attribute whose offset is at hand, 0: there is none. */
#define ATTRIBUTE(type)                                                                                           \
	BPF_STMT(BPF_LD | BPF_IMM, sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg)),                            \
		BPF_STMT(BPF_LDX | BPF_IMM, type),                                                                \
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_AD_OFF + SKF_AD_NLATTR)
#define NESTED(type)                                                                                              \
	BPF_STMT(BPF_LDX | BPF_IMM, type),                                                                        \
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_AD_OFF + SKF_AD_NLATTR_NEST)
/* Its payload, where there is one. */
#define PAYLOAD(size) BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_LD | (size) | BPF_IND, sizeof(struct nlattr))
/* Unless what is at hand is so, the message is not wanted; likewise if it is so. */
#define MUST(test, value) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0)
#define MUST_NOT(test, value) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0)
#define WANTED BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)
/* What nobody has decided has no mark, or none of ours. */
#define OF_A_GATEWAY(route_mask)                                                                                  \
	ATTRIBUTE(CTA_MARK), MUST_NOT(BPF_JEQ, 0), PAYLOAD(BPF_W),                                                \
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, route_mask), MUST_NOT(BPF_JEQ, 0),                            \
		MUST_NOT(BPF_JEQ, route_mask)

static bool attach(const struct mnl_socket *socket, struct sock_filter *code, size_t count)
{
	struct sock_fprog program = {.len = (unsigned short)count, .filter = code};

	return setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

static bool filter_traffic(const struct mnl_socket *socket, uint32_t route_mask)
{
	struct sock_filter code[] = {OF_A_GATEWAY(route_mask), WANTED};

	return attach(socket, code, sizeof code / sizeof *code);
}

static bool filter_cut(const struct mnl_socket *socket, uint32_t route_mask)
{
	struct sock_filter code[] = {
		/* who has asked for it; 0: the kernel itself. Moving a connection replaces its entry */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
		MUST(BPF_JEQ, 0),
		OF_A_GATEWAY(route_mask),
		ATTRIBUTE(CTA_STATUS),
		MUST_NOT(BPF_JEQ, 0),
		PAYLOAD(BPF_W),
		MUST(BPF_JSET, IPS_SRC_NAT),
		ATTRIBUTE(CTA_PROTOINFO),
		MUST_NOT(BPF_JEQ, 0),
		NESTED(CTA_PROTOINFO_TCP),
		MUST_NOT(BPF_JEQ, 0),
		NESTED(CTA_PROTOINFO_TCP_STATE),
		MUST_NOT(BPF_JEQ, 0),
		PAYLOAD(BPF_B),
		MUST(BPF_JGE, TCP_CONNTRACK_SYN_RECV), /* then established, and those with one side closed */
		MUST_NOT(BPF_JGT, TCP_CONNTRACK_CLOSE_WAIT),
		WANTED,
	};

	return attach(socket, code, sizeof code / sizeof *code);
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

static bool listen_to(struct mnl_socket *socket, const struct marks *marks, enum ct_interest interest)
{
	static const struct {
		bool (*filter)(const struct mnl_socket *socket, uint32_t route_mask);
		unsigned groups;
		int again; /* what did not fit is told again */
	} of[] = {
		[CT_TRAFFIC] = {filter_traffic,
				NF_NETLINK_CONNTRACK_NEW | NF_NETLINK_CONNTRACK_UPDATE |
					NF_NETLINK_CONNTRACK_DESTROY,
				0},
		[CT_CUT] = {filter_cut, NF_NETLINK_CONNTRACK_DESTROY, 1},
	};
	const int bytes = RECEIVE_BYTES;
	int again = of[interest].again;

	if (!of[interest].filter(socket, marks->route_mask) ||
	    mnl_socket_setsockopt(socket, NETLINK_BROADCAST_ERROR, &again, sizeof again) < 0 ||
	    mnl_socket_bind(socket, of[interest].groups, MNL_SOCKET_AUTOPID) < 0)
		return false;
	setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
	return true;
}

struct ct_events *ct_events_open(const struct marks *marks, enum ct_interest interest)
{
	struct ct_events *events = malloc(sizeof *events);
	int error;

	if (!events)
		return NULL;
	events->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (events->socket && are_to_be_had() && listen_to(events->socket, marks, interest))
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
