/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue_message.c - nfnetlink_queue's messages: a packet taken out of one, verdicts put into others
 */
#include "queue_message.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <string.h>

/* The attributes that are looked at, and the least bytes each must have. */
static const struct {
	bool wanted;
	uint16_t least;
} attributes[NFQA_MAX + 1] = {
	[NFQA_PACKET_HDR] = {true, sizeof(struct nfqnl_msg_packet_hdr)},
	[NFQA_MARK] = {true, sizeof(uint32_t)},
	[NFQA_IFINDEX_INDEV] = {true, sizeof(uint32_t)},
	[NFQA_IFINDEX_OUTDEV] = {true, sizeof(uint32_t)},
	[NFQA_IFINDEX_PHYSINDEV] = {true, sizeof(uint32_t)},
	[NFQA_IFINDEX_PHYSOUTDEV] = {true, sizeof(uint32_t)},
	[NFQA_HWADDR] = {true, sizeof(struct nfqnl_msg_packet_hw)},
	[NFQA_PAYLOAD] = {true, 0},
	[NFQA_CAP_LEN] = {true, sizeof(uint32_t)},
	[NFQA_UID] = {true, sizeof(uint32_t)},
	[NFQA_GID] = {true, sizeof(uint32_t)},
};

/* A message's attributes by type; NULL: absent. */
struct found {
	const struct nlattr *at[NFQA_MAX + 1];
};

static void find_attributes(const struct nlmsghdr *message, size_t length, struct found *found)
{
	const char *end = (const char *)message + length;
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg));

	*found = (struct found){0};
	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr)); attr = mnl_attr_next(attr)) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type <= NFQA_MAX && attributes[type].wanted &&
		    mnl_attr_get_payload_len(attr) >= attributes[type].least)
			found->at[type] = attr;
	}
}

static bool take_u32(const struct found *found, enum nfqnl_attr_type type, uint32_t *value)
{
	if (!found->at[type])
		return false;
	*value = ntohl(mnl_attr_get_u32(found->at[type]));
	return true;
}

/* A bridge's port is named only where the packet has no device of its own: rules speak of what ip(8) shows. */
static struct key device(const struct found *found, enum nfqnl_attr_type type, enum nfqnl_attr_type port,
			 const struct queue_config *config)
{
	uint32_t index;

	if (!take_u32(found, type, &index) && !take_u32(found, port, &index))
		return key_of(0);
	return config->device(config->ctx, index);
}

/* Only 48-bit hardware addresses can be written in rules. */
static void take_mac(const struct nlattr *attr, struct packet_origin *origin)
{
	const struct nfqnl_msg_packet_hw *hw = attr ? mnl_attr_get_payload(attr) : NULL;
	uint64_t mac = 0;

	if (!hw || ntohs(hw->hw_addrlen) != 6)
		return;
	for (unsigned i = 0; i < 6; i++)
		mac = mac << 8 | hw->hw_addr[i];
	origin->mac = mac;
	origin->has_mac = true;
}

/* Where the packet stands in its connection, as the hooks say: those that see the original direction are
 * prerouting and output, and set the open bit on packets of connections seen before; replies are queued in forward
 * and input, those to a probe with the open bit. */
static void position(const struct nfqnl_msg_packet_hdr *header, const struct queue_config *config,
		     struct packet *packet)
{
	packet->reply = header->hook == NF_INET_FORWARD || header->hook == NF_INET_LOCAL_IN;
	packet->probe = packet->reply && packet->mark & config->open_mark;
	packet->continued = packet->reply || packet->mark & config->open_mark;
	packet->origin.local = header->hook == NF_INET_LOCAL_OUT || header->hook == NF_INET_LOCAL_IN;
}

bool queue_message_packet(const struct nlmsghdr *message, size_t length, const struct queue_config *config,
			  struct packet *packet, enum packet_fault *fault)
{
	const struct nlattr *payload;
	const struct nfqnl_msg_packet_hdr *header;
	struct found found;
	uint32_t wire_length = 0;

	find_attributes(message, length, &found);
	if (!found.at[NFQA_PACKET_HDR])
		return false;
	payload = found.at[NFQA_PAYLOAD];
	take_u32(&found, NFQA_CAP_LEN, &wire_length);
	*fault = packet_parse(packet, payload ? mnl_attr_get_payload(payload) : NULL,
			      payload ? mnl_attr_get_payload_len(payload) : 0, wire_length);
	header = mnl_attr_get_payload(found.at[NFQA_PACKET_HDR]);
	packet->id = ntohl(header->packet_id);
	packet->writable = payload ? mnl_attr_get_payload(payload) : NULL;
	take_u32(&found, NFQA_MARK, &packet->mark);
	packet->origin.iif = device(&found, NFQA_IFINDEX_INDEV, NFQA_IFINDEX_PHYSINDEV, config);
	packet->origin.oif = device(&found, NFQA_IFINDEX_OUTDEV, NFQA_IFINDEX_PHYSOUTDEV, config);
	take_mac(found.at[NFQA_HWADDR], &packet->origin);
	packet->origin.has_uid = take_u32(&found, NFQA_UID, &packet->origin.uid);
	packet->origin.has_gid = take_u32(&found, NFQA_GID, &packet->origin.gid);
	position(header, config, packet);
	return true;
}

static bool same(const struct verdict *a, const struct verdict *b)
{
	return a->mark == b->mark && a->drop == b->drop && !a->replacement && !b->replacement;
}

/* Ids are counted modulo 2^32. */
static bool ascending(const struct verdict *verdicts, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if ((int32_t)(verdicts[i].id - verdicts[i - 1].id) <= 0)
			return false;
	return true;
}

static void encode(struct verdict_message *out, unsigned number, const struct verdict *verdict, bool batch)
{
	*out = (struct verdict_message){
		.header = {.nlmsg_len = sizeof *out,
			   .nlmsg_type =
				   NFNL_SUBSYS_QUEUE << 8 | (batch ? NFQNL_MSG_VERDICT_BATCH : NFQNL_MSG_VERDICT),
			   .nlmsg_flags = NLM_F_REQUEST},
		.family = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons((uint16_t)number)},
		.verdict_attr = {.nla_len = sizeof out->verdict_attr + sizeof out->verdict,
				 .nla_type = NFQA_VERDICT_HDR},
		.verdict = {.verdict = htonl(verdict->drop ? NF_DROP : NF_ACCEPT), .id = htonl(verdict->id)},
		.mark_attr = {.nla_len = sizeof out->mark_attr + sizeof out->mark, .nla_type = NFQA_MARK},
		.mark = htonl(verdict->mark),
	};
}

struct verdict_message verdict_drop_until(unsigned number, uint32_t id)
{
	const struct verdict drop = {.id = id, .drop = true};
	struct verdict_message message;

	encode(&message, number, &drop, true);
	return message;
}

/* Lets the packet's new bytes go with its verdict; returns how much longer the message is. */
static size_t encode_replacement(struct verdict_message *out, const struct verdict *verdict)
{
	struct nlattr *attr = (struct nlattr *)(void *)(out + 1);
	size_t padded = NLA_ALIGN(verdict->replacement_length);

	*attr = (struct nlattr){.nla_len = (uint16_t)(NLA_HDRLEN + verdict->replacement_length),
				.nla_type = NFQA_PAYLOAD};
	memset((uint8_t *)attr + NLA_HDRLEN, 0, padded);
	memcpy((uint8_t *)attr + NLA_HDRLEN, verdict->replacement, verdict->replacement_length);
	out->header.nlmsg_len += (uint32_t)(NLA_HDRLEN + padded);
	return NLA_HDRLEN + padded;
}

struct encoded verdicts_encode(uint8_t *out, unsigned number, const struct verdict *verdicts, size_t count,
			       bool none_older)
{
	bool runs = none_older && ascending(verdicts, count);
	struct encoded encoded = {0};

	for (size_t i = 0; i < count; i++) {
		struct verdict_message *message = (struct verdict_message *)(void *)(out + encoded.length);
		size_t first = i;

		while (runs && i + 1 < count && same(&verdicts[i], &verdicts[i + 1]))
			i++;
		encode(message, number, &verdicts[i], i > first);
		encoded.length += sizeof *message;
		if (verdicts[i].replacement)
			encoded.length += encode_replacement(message, &verdicts[i]);
		encoded.messages++;
	}
	return encoded;
}
