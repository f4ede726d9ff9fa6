/* SPDX-License-Identifier: GPL-2.0-or-later
 * tool_queue.c - a listener that gives every packet of a queue the same answer
 *
 *   tool_queue QUEUE MASK VALUE...
 *
 * Replaces the bits of MASK in each packet's mark by a VALUE, the first packet's by the first one and so on, and
 * all further packets' by the last; accepts them. "hold" as the only VALUE never answers. Prints "bound", then for
 * each packet "FAMILY PROTOCOL MARK" as it came. Ends at a signal.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

struct answer {
	uint16_t queue;
	uint32_t mask;
	char **values; /* the next one first */
	struct mnl_socket *socket;
};

struct message {
	struct nlmsghdr *header;
	char buffer[512];
};

static void begin(struct message *message, uint16_t type, uint16_t queue, uint16_t flags)
{
	struct nfgenmsg *generic;

	message->header = mnl_nlmsg_put_header(message->buffer);
	message->header->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	message->header->nlmsg_flags = NLM_F_REQUEST | flags;
	generic = mnl_nlmsg_put_extra_header(message->header, sizeof *generic);
	generic->nfgen_family = AF_UNSPEC;
	generic->version = NFNETLINK_V0;
	generic->res_id = htons(queue);
}

static int send_message(const struct answer *answer, struct message *message)
{
	return mnl_socket_sendto(answer->socket, message->header, message->header->nlmsg_len) < 0 ? -1 : 0;
}

static int bind_queue(const struct answer *answer)
{
	const struct nfqnl_msg_config_cmd bind = {.command = NFQNL_CFG_CMD_BIND};
	const struct nfqnl_msg_config_params params = {.copy_range = htonl(128), .copy_mode = NFQNL_COPY_PACKET};
	char reply[1024];
	struct message message;
	ssize_t length;

	begin(&message, NFQNL_MSG_CONFIG, answer->queue, NLM_F_ACK);
	mnl_attr_put(message.header, NFQA_CFG_CMD, sizeof bind, &bind);
	mnl_attr_put(message.header, NFQA_CFG_PARAMS, sizeof params, &params);
	if (send_message(answer, &message) < 0)
		return -1;
	length = mnl_socket_recvfrom(answer->socket, reply, sizeof reply);
	return length < 0
		       ? -1
		       : mnl_cb_run(reply, (size_t)length, 0, mnl_socket_get_portid(answer->socket), NULL, NULL);
}

static int attribute(const struct nlattr *attr, void *table)
{
	if (mnl_attr_get_type(attr) <= NFQA_MAX)
		((const struct nlattr **)table)[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* The transport protocol, for packets without options. */
static unsigned protocol(const struct nlattr *payload)
{
	const uint8_t *at = mnl_attr_get_payload(payload);

	if (mnl_attr_get_payload_len(payload) < 20)
		return 0;
	return at[0] >> 4 == 6 ? at[6] : at[9];
}

static int packet(const struct nlmsghdr *header, void *ctx)
{
	struct answer *answer = ctx;
	const struct nlattr *attrs[NFQA_MAX + 1] = {0};
	const struct nfqnl_msg_packet_hdr *packet;
	struct nfqnl_msg_verdict_hdr verdict = {.verdict = htonl(NF_ACCEPT)};
	struct message message;
	uint32_t mark;

	mnl_attr_parse(header, sizeof(struct nfgenmsg), attribute, attrs);
	if (!attrs[NFQA_PACKET_HDR] || !attrs[NFQA_PAYLOAD])
		return MNL_CB_OK;
	packet = mnl_attr_get_payload(attrs[NFQA_PACKET_HDR]);
	mark = attrs[NFQA_MARK] ? ntohl(mnl_attr_get_u32(attrs[NFQA_MARK])) : 0;
	printf("%d %u 0x%x\n", ntohs(packet->hw_protocol) == 0x86dd ? 6 : 4, protocol(attrs[NFQA_PAYLOAD]), mark);
	fflush(stdout);
	if (strcmp(*answer->values, "hold") == 0)
		return MNL_CB_OK;
	verdict.id = packet->packet_id;
	begin(&message, NFQNL_MSG_VERDICT, answer->queue, 0);
	mnl_attr_put(message.header, NFQA_VERDICT_HDR, sizeof verdict, &verdict);
	mnl_attr_put_u32(message.header, NFQA_MARK,
			 htonl((mark & ~answer->mask) | (uint32_t)strtoul(*answer->values, NULL, 0)));
	if (answer->values[1])
		answer->values++;
	return send_message(answer, &message) < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

static int serve(struct answer *answer)
{
	static char buffer[1 << 16];

	if (mnl_socket_bind(answer->socket, 0, MNL_SOCKET_AUTOPID) < 0 || bind_queue(answer) < 0)
		return -1;
	puts("bound");
	fflush(stdout);
	for (;;) {
		ssize_t length = mnl_socket_recvfrom(answer->socket, buffer, sizeof buffer);

		if (length < 0 || mnl_cb_run(buffer, (size_t)length, 0, 0, packet, answer) < 0)
			return -1;
	}
}

int main(int argc, char **argv)
{
	struct answer answer;

	if (argc < 4)
		return 2;
	answer = (struct answer){
		.queue = (uint16_t)atoi(argv[1]),
		.mask = (uint32_t)strtoul(argv[2], NULL, 0),
		.values = argv + 3,
		.socket = mnl_socket_open(NETLINK_NETFILTER),
	};
	if (!answer.socket || serve(&answer) < 0)
		perror("tool_queue");
	return 1;
}
