/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_netlink.c - netlink messages of any attributes to all that takes such messages apart
 *
 * The first byte chooses who, the second and third the type; the rest is a message's payload, and what stands in
 * it may be anything. The message as a whole is as the kernel gives it: its length is right, and it is filled up
 * to a multiple of four.
 */
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "ctentry.h"
#include "links.h"
#include "queue_message.h"
#include "rtmsg.h"

enum { HEAD = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static struct key device(void *ctx, unsigned index)
{
	(void)ctx;
	return key_of(index);
}

static void take_packet(const struct nlmsghdr *message)
{
	static const struct queue_config config = {.open_mark = 0x80, .device = device};
	const uint8_t *bytes = (const uint8_t *)message;
	struct packet packet;
	enum packet_fault fault;

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof(struct nfgenmsg)))
		return;
	for (size_t cut = 0; cut < 8 && cut * 16 < message->nlmsg_len; cut++) {
		memset(&packet, 0, sizeof packet);
		if (!queue_message_packet(message, message->nlmsg_len - cut * 16, &config, &packet, &fault) ||
		    !packet.length)
			continue;
		require(packet.payload >= bytes &&
			packet.payload + packet.payload_length <= bytes + message->nlmsg_len);
		require(packet.payload_length <= packet.length && packet.length <= message->nlmsg_len);
	}
}

static void count_hop(void *ctx, const struct entry *entry)
{
	require(entry->kind == ENTRY_ROUTE || entry->kind == ENTRY_RULE);
	++*(size_t *)ctx;
}

/* What is read can be said again, and is then read as the same. */
static void take_route_or_rule(const struct nlmsghdr *message)
{
	_Alignas(struct nlmsghdr) char buffer[RTNL_REQUEST_MAX];
	struct entry entry, again;
	size_t hops = 0;

	rtmsg_each_hop(message, count_hop, &hops);
	require(hops <= message->nlmsg_len);
	if (!rtmsg_parse(message, &entry))
		return;
	require(rtmsg_parse(rtmsg_add(buffer, &entry), &again));
	require(again.kind == entry.kind && again.family == entry.family && again.table == entry.table);
}

static void take_connection(const struct nlmsghdr *message)
{
	struct ct_entry entry;

	ct_entry_parse(&entry, message);
}

static void take_link(const struct nlmsghdr *message)
{
	struct links *links = links_new();

	require(links);
	links_message(links, message);
	links_publish(links);
	links_message(links, message);
	require(!links_failed(links));
	links_free(links);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const takers[])(const struct nlmsghdr *) = {take_packet, take_route_or_rule, take_connection,
								  take_link};
	struct nlmsghdr *message;

	if (size < HEAD)
		return 0;
	/* a block of exactly that size, for the sanitizer to watch */
	message = calloc(1, MNL_ALIGN(sizeof *message + size - HEAD));
	require(message);
	*message = (struct nlmsghdr){.nlmsg_len = (uint32_t)(sizeof *message + size - HEAD),
				     .nlmsg_type = (uint16_t)(data[1] << 8 | data[2])};
	memcpy(message + 1, data + HEAD, size - HEAD);
	takers[data[0] % (sizeof takers / sizeof *takers)](message);
	free(message);
	return 0;
}
