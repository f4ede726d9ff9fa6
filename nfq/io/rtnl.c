/* SPDX-License-Identifier: GPL-2.0-or-later
 * rtnl.c - requests and dumps over a route netlink socket
 *
 * There is never a wait (netlink.h).
 * libmnl's own run loop is not used because it gives up in the middle of an interrupted dump, which leaves the
 * rest of the answer in the socket, and because it does not hand out the kernel's words (extended
 * acknowledgements).
 */
#include "rtnl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "netlink.h"

#define DUMP_TRIES 16    /* a state that changes during each of so many dumps is not going to hold still */
#define ANSWER_MAX 32768 /* what the kernel puts in one datagram at most, netlink_dump() */

int rtnl_open(struct rtnl *rtnl)
{
	static const int options[] = {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK};

	memset(rtnl, 0, sizeof *rtnl);
	rtnl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!rtnl->socket)
		return -errno;
	if (mnl_socket_bind(rtnl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int failure = -errno;

		rtnl_close(rtnl);
		return failure;
	}
	rtnl->port = mnl_socket_get_portid(rtnl->socket);
	/* Old kernels lack some of them: then there are fewer words, and dumps are filtered here alone. */
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		mnl_socket_setsockopt(rtnl->socket, options[i], &(int){1}, sizeof(int));
	return 0;
}

void rtnl_close(struct rtnl *rtnl)
{
	if (rtnl->socket)
		mnl_socket_close(rtnl->socket);
	rtnl->socket = NULL;
}

struct nlmsghdr *rtnl_begin(char buffer[RTNL_REQUEST_MAX], uint16_t type, uint16_t flags, size_t size,
			    void *payload)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

	request->nlmsg_type = type;
	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	*(void **)payload = mnl_nlmsg_put_extra_header(request, size);
	return request;
}

static int keep_reason(const struct nlattr *attr, void *ctx)
{
	struct rtnl *rtnl = ctx;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
		strncpy(rtnl->reason, mnl_attr_get_str(attr), sizeof rtnl->reason - 1);
	return MNL_CB_OK;
}

/* The errno value of an acknowledgement or a dump's end, 0 or negative; offset bytes lie before the attributes. */
static int answer_of(struct rtnl *rtnl, const struct nlmsghdr *message, size_t offset)
{
	const int *error = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof *error)
		return -EBADMSG;
	if (message->nlmsg_flags & NLM_F_ACK_TLVS && mnl_nlmsg_get_payload_len(message) >= offset)
		mnl_attr_parse(message, offset, keep_reason, rtnl);
	return *error;
}

static int acknowledged(struct rtnl *rtnl, const struct nlmsghdr *message)
{
	const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);
	size_t offset = sizeof *answer;

	if (mnl_nlmsg_get_payload_len(message) < sizeof *answer)
		return -EBADMSG;
	/* Without NLM_F_CAPPED the whole request stands before the attributes. */
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		offset += mnl_nlmsg_get_payload_len(&answer->msg);
	return answer_of(rtnl, message, MNL_ALIGN(offset));
}

struct dump {
	void (*each)(void *ctx, const struct nlmsghdr *message);
	void *ctx;
	bool interrupted, ended;
	int failure;
};

static void take_answer(struct rtnl *rtnl, const struct nlmsghdr *message, struct dump *dump)
{
	/* Anything else is what is left of an answer that was given up. */
	if (message->nlmsg_seq != rtnl->sequence || message->nlmsg_pid != rtnl->port)
		return;
	dump->interrupted |= message->nlmsg_flags & NLM_F_DUMP_INTR;
	switch (message->nlmsg_type) {
	case NLMSG_ERROR:
		dump->failure = acknowledged(rtnl, message);
		dump->ended = true;
		break;
	case NLMSG_DONE:
		dump->failure = answer_of(rtnl, message, MNL_ALIGN(sizeof(int)));
		dump->ended = true;
		break;
	default:
		if (dump->each)
			dump->each(dump->ctx, message);
	}
}

/* Sends request and reads up to the end of its answer. */
static int transact(struct rtnl *rtnl, struct nlmsghdr *request, struct dump *dump)
{
	_Alignas(struct nlmsghdr) char buffer[ANSWER_MAX];

	request->nlmsg_seq = ++rtnl->sequence;
	rtnl->reason[0] = '\0';
	if (mnl_socket_sendto(rtnl->socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (!dump->ended) {
		ssize_t received = netlink_answer(rtnl->socket, buffer, sizeof buffer);
		const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
		int left = (int)received;

		if (received < 0)
			return -errno;
		for (; mnl_nlmsg_ok(message, left) && !dump->ended; message = mnl_nlmsg_next(message, &left))
			take_answer(rtnl, message, dump);
	}
	return dump->failure;
}

int rtnl_ask(struct rtnl *rtnl, struct nlmsghdr *request, void (*each)(void *ctx, const struct nlmsghdr *message),
	     void *ctx)
{
	struct dump answer = {.each = each, .ctx = ctx};

	request->nlmsg_flags |= NLM_F_ACK;
	return transact(rtnl, request, &answer);
}

int rtnl_request(struct rtnl *rtnl, struct nlmsghdr *request)
{
	return rtnl_ask(rtnl, request, NULL, NULL);
}

int rtnl_dump(struct rtnl *rtnl, struct nlmsghdr *request, void (*each)(void *ctx, const struct nlmsghdr *message),
	      void (*restart)(void *ctx), void *ctx)
{
	request->nlmsg_flags |= NLM_F_DUMP;
	for (int tries = 0; tries < DUMP_TRIES; tries++) {
		struct dump dump = {.each = each, .ctx = ctx};
		int failure = transact(rtnl, request, &dump);

		if (failure || !dump.interrupted)
			return failure;
		restart(ctx);
	}
	return -EAGAIN;
}
