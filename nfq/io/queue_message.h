/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue_message.h - nfnetlink_queue's messages: a packet taken out of one, verdicts put into others
 *
 * Pure functions over bytes, so that they can be tested and fuzzed without a queue. Source: the kernel's
 * include/uapi/linux/netfilter/nfnetlink_queue.h; all numbers on the wire are in network byte order, except the
 * netlink headers' own.
 */
#ifndef NFQROUTE_QUEUE_MESSAGE_H
#define NFQROUTE_QUEUE_MESSAGE_H

#include <linux/netlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "queue.h"

/* What a message holds besides a packet's own bytes: room for all attributes the kernel may add, a security context
 * being the longest. */
#define QUEUE_MESSAGE_ROOM 2048

/* Takes the packet out of an NFQNL_MSG_PACKET message, length bytes of which are here (less than it says where the
 * buffer was too small). The packet borrows the message's bytes. Attributes that are missing, too short or unknown
 * are as if absent. false: not even the id is there, nobody can answer it. */
bool queue_message_packet(const struct nlmsghdr *message, size_t length, const struct queue_config *config,
			  struct packet *packet, enum packet_fault *fault);

/* One verdict as the kernel reads it, mark included; an array of them is a valid netlink datagram. */
struct verdict_message {
	struct nlmsghdr header;
	struct nfgenmsg family;
	struct nlattr verdict_attr;
	struct nfqnl_msg_verdict_hdr verdict;
	struct nlattr mark_attr;
	uint32_t mark;
};
_Static_assert(sizeof(struct verdict_message) == 40, "no padding: it is sent as it is");

/* The most bytes that one verdict's message takes: with a packet that was changed. */
#define VERDICT_ROOM (sizeof(struct verdict_message) + NLA_HDRLEN + PACKET_CHANGED_MAX)

/* What verdicts_encode() has written. */
struct encoded {
	size_t length; /* bytes */
	size_t messages;
};

/* Puts count verdicts for queue number into out, aligned for netlink, which has VERDICT_ROOM bytes for each. A batch
 * verdict speaks for every queued packet up to its id. So runs of equal verdicts become one message only where the
 * caller says that none_older: no packet older than these waits for its verdict; and where the ids ascend. */
struct encoded verdicts_encode(uint8_t *out, unsigned number, const struct verdict *verdicts, size_t count,
			       bool none_older);

/* The same for one message that drops all packets up to this one. */
struct verdict_message verdict_drop_until(unsigned number, uint32_t id);

#endif
