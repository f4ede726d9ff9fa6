/* SPDX-License-Identifier: GPL-2.0-or-later
 * ctnl.c - requests about tracked connections
 *
 * There is never a wait (netlink.h).
 */
#include "ctnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "netlink.h"

#define ANSWER_MAX 16384
#define DUMP_MAX 65536

int ctnl_open(struct ctnl *ctnl)
{
	ctnl->sequence = 0;
	ctnl->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!ctnl->socket)
		return errno;
	if (mnl_socket_bind(ctnl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int error = errno;

		ctnl_close(ctnl);
		return error;
	}
	mnl_socket_setsockopt(ctnl->socket, NETLINK_CAP_ACK, &(int){1}, sizeof(int));
	return 0;
}

void ctnl_close(struct ctnl *ctnl)
{
	if (ctnl->socket)
		mnl_socket_close(ctnl->socket);
	ctnl->socket = NULL;
}

struct nlmsghdr *ctnl_begin(char *buffer, uint16_t type, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *header;

	message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	header = mnl_nlmsg_put_extra_header(message, sizeof *header);
	header->nfgen_family = family;
	header->version = NFNETLINK_V0;
	return message;
}

static void put_address(struct nlmsghdr *request, uint16_t ipv4_type, uint16_t ipv6_type, struct key address)
{
	uint8_t bytes[16];
	size_t size = key_to_address(address, bytes);

	mnl_attr_put(request, size == 4 ? ipv4_type : ipv6_type, size, bytes);
}

void ctnl_put_tuple(struct nlmsghdr *request, uint16_t type, const struct flow_key *key, bool swapped)
{
	struct nlattr *tuple = mnl_attr_nest_start(request, type), *part;

	part = mnl_attr_nest_start(request, CTA_TUPLE_IP);
	put_address(request, CTA_IP_V4_SRC, CTA_IP_V6_SRC, swapped ? key->dst : key->src);
	put_address(request, CTA_IP_V4_DST, CTA_IP_V6_DST, swapped ? key->src : key->dst);
	mnl_attr_nest_end(request, part);
	part = mnl_attr_nest_start(request, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(request, CTA_PROTO_NUM, key->proto);
	mnl_attr_put_u16(request, CTA_PROTO_SRC_PORT, htons(swapped ? key->dport : key->sport));
	mnl_attr_put_u16(request, CTA_PROTO_DST_PORT, htons(swapped ? key->sport : key->dport));
	mnl_attr_nest_end(request, part);
	mnl_attr_nest_end(request, tuple);
}

void ctnl_put_zone(struct nlmsghdr *request, uint16_t zone)
{
	if (zone)
		mnl_attr_put_u16(request, CTA_ZONE, htons(zone));
}

struct nlmsghdr *ctnl_begin_about(char *buffer, uint16_t type, uint16_t flags, const struct flow_key *key, uint16_t zone)
{
	struct nlmsghdr *request = ctnl_begin(buffer, type, flags, key_is_ipv4(key->src) ? AF_INET : AF_INET6);

	ctnl_put_tuple(request, CTA_TUPLE_ORIG, key, false);
	ctnl_put_zone(request, zone);
	return request;
}

void ctnl_put_mark(struct nlmsghdr *request, uint32_t mark, uint32_t mask)
{
	mnl_attr_put_u32(request, CTA_MARK, htonl(mark));
	mnl_attr_put_u32(request, CTA_MARK_MASK, htonl(mask));
}

/* What is waited for. */
struct wait {
	uint32_t first;
	unsigned count, answered;
	int *errors;
	void (*each)(void *ctx, const struct nlmsghdr *entry);
	void *ctx;
};

static void take_message(struct wait *wait, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	uint32_t index = message->nlmsg_seq - wait->first;

	if (index >= wait->count)
		return; /* left over from a request that was given up */
	if (message->nlmsg_type != NLMSG_ERROR) {
		if (wait->each)
			wait->each(wait->ctx, message);
		return;
	}
	if (mnl_nlmsg_get_payload_len(message) < sizeof *error)
		return;
	wait->errors[index] = -error->error;
	wait->answered++;
}

static int receive(struct ctnl *ctnl, struct wait *wait)
{
	_Alignas(struct nlmsghdr) char buffer[ANSWER_MAX];
	ssize_t received = netlink_answer(ctnl->socket, buffer, sizeof buffer);
	const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
	int left = (int)received;

	if (received < 0)
		return errno;
	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		take_message(wait, message);
	return 0;
}

int ctnl_transact(struct ctnl *ctnl, char *buffer, unsigned count, int *errors,
		  void (*each)(void *ctx, const struct nlmsghdr *entry), void *ctx)
{
	struct wait wait = {
		.first = ctnl->sequence + 1, .count = count, .errors = errors, .each = each, .ctx = ctx};
	size_t length = 0;
	int error = 0;

	for (unsigned i = 0; i < count; i++) {
		struct nlmsghdr *message = (struct nlmsghdr *)(void *)(buffer + length);

		message->nlmsg_flags |= NLM_F_ACK;
		message->nlmsg_seq = ++ctnl->sequence;
		length += MNL_ALIGN(message->nlmsg_len);
	}
	if (mnl_socket_sendto(ctnl->socket, buffer, length) < 0)
		return errno;
	while (!error && wait.answered < count)
		error = receive(ctnl, &wait);
	return error;
}

int ctnl_dump(struct ctnl *ctnl, mnl_cb_t each, void *ctx)
{
	_Alignas(struct nlmsghdr) char request[128];
	struct nlmsghdr *message = ctnl_begin(request, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC);
	unsigned port = mnl_socket_get_portid(ctnl->socket);
	uint64_t end = clock_monotonic() + CTNL_DUMP_SECONDS * 1000000000ULL;
	char *buffer = malloc(DUMP_MAX);
	int more = MNL_CB_OK, error = 0;

	if (!buffer)
		return ENOMEM;
	if (mnl_socket_sendto(ctnl->socket, message, message->nlmsg_len) < 0)
		error = errno;
	while (!error && more > MNL_CB_STOP && clock_monotonic() < end) {
		ssize_t length = netlink_answer(ctnl->socket, buffer, DUMP_MAX);

		more = length < 0 ? MNL_CB_ERROR : mnl_cb_run(buffer, (size_t)length, 0, port, each, ctx);
		if (more == MNL_CB_ERROR)
			error = errno;
	}
	free(buffer);
	return error;
}
