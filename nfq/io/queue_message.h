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

/* Puts count verdicts for queue number into out, which has room for as many, and returns how many messages it
 * took. A batch verdict speaks for every queued packet up to its id. So runs of equal verdicts become one message
 * only where the caller says that none_older: no packet older than these waits for its verdict; and where the ids
 * ascend. */
size_t verdicts_encode(struct verdict_message *out, unsigned number, const struct verdict *verdicts, size_t count,
		       bool none_older);

#endif
