/* SPDX-License-Identifier: GPL-2.0-or-later
 * connmark.c - our bits in the marks of the connections the kernel tracks
 *
 * One ctnetlink dump finds the marks; a second socket carries the changes, many in a datagram, each naming its
 * connection by the tuple as the dump gave it. CTA_MARK_MASK makes the kernel change our bits only, so what others
 * write into the same mark meanwhile is not lost (linux/netfilter/nfnetlink_conntrack.h).
 */
#include "connmark.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ctnl.h"

#define REQUEST_MOST CTNL_REQUEST_MAX

enum { DATAGRAM = 32 * 1024 };

/* What is looked at of an entry. */
struct entry {
	uint8_t family;
	uint32_t bits; /* of ours, in its mark */
	const struct nlattr *tuple, *zone;
};

struct plan {
	uint32_t mask, value; /* what the bits of the mask become */
	bool (*wanted)(const struct plan *plan, const struct entry *entry);
	/* wanted()'s */
	const uint32_t *values;
	size_t count;
};

struct sweep {
	struct plan plan;
	struct ctnl dump, change;
	int changed;
	size_t used;
	char changes[DATAGRAM];
};

/* Sends the changes gathered. The kernel answers only to those it refuses: connections that have ended meanwhile.
 */
static void send_changes(struct sweep *sweep)
{
	char answer[1024];

	if (!sweep->used)
		return;
	mnl_socket_sendto(sweep->change.socket, sweep->changes, sweep->used);
	sweep->used = 0;
	while (mnl_socket_recvfrom(sweep->change.socket, answer, sizeof answer) >= 0 || errno == ENOSPC)
		sweep->changed--;
}

static void change(struct sweep *sweep, const struct entry *entry)
{
	struct nlmsghdr *message;

	if (mnl_attr_get_payload_len(entry->tuple) > REQUEST_MOST / 2)
		return;
	if (sweep->used + REQUEST_MOST > sizeof sweep->changes)
		send_changes(sweep);
	message = ctnl_begin(sweep->changes + sweep->used, IPCTNL_MSG_CT_NEW, 0, entry->family);
	mnl_attr_put(message, CTA_TUPLE_ORIG | NLA_F_NESTED, mnl_attr_get_payload_len(entry->tuple),
		     mnl_attr_get_payload(entry->tuple));
	if (entry->zone)
		mnl_attr_put_u16(message, CTA_ZONE, mnl_attr_get_u16(entry->zone));
	mnl_attr_put_u32(message, CTA_MARK, htonl(sweep->plan.value));
	mnl_attr_put_u32(message, CTA_MARK_MASK, htonl(sweep->plan.mask));
	sweep->used += MNL_ALIGN(message->nlmsg_len);
	sweep->changed++;
}

static bool is_stale(const struct plan *plan, const struct entry *entry)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->values[i] == entry->bits)
			return false;
	return entry->bits != 0;
}

static void take_attr(struct entry *entry, const struct nlattr *attr, uint32_t mask)
{
	uint16_t length = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case CTA_TUPLE_ORIG:
		entry->tuple = attr;
		break;
	case CTA_ZONE:
		entry->zone = length == sizeof(uint16_t) ? attr : NULL;
		break;
	case CTA_MARK:
		entry->bits = length == sizeof(uint32_t) ? ntohl(mnl_attr_get_u32(attr)) & mask : 0;
		break;
	default:
		break;
	}
}

static int take_entry(const struct nlmsghdr *message, void *ctx)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;
	struct sweep *sweep = ctx;
	struct entry entry = {0};

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof *header))
		return MNL_CB_OK;
	entry.family = header->nfgen_family;
	mnl_attr_for_each(attr, message, sizeof *header)
		take_attr(&entry, attr, sweep->plan.mask);
	if (entry.tuple && sweep->plan.wanted(&sweep->plan, &entry))
		change(sweep, &entry);
	return MNL_CB_OK;
}

/* Carries out what plan says; the number of connections changed, or -1. */
static int sweep_all(const struct plan *plan, char *error, size_t size)
{
	struct sweep *sweep = calloc(1, sizeof *sweep);
	int changed = -1, failed;

	if (!sweep) {
		snprintf(error, size, "no memory");
		return -1;
	}
	sweep->plan = *plan;
	failed = ctnl_open(&sweep->dump);
	if (!failed)
		failed = ctnl_open(&sweep->change);
	if (!failed)
		failed = ctnl_dump(&sweep->dump, take_entry, sweep);
	if (failed) {
		snprintf(error, size, "conntrack entries cannot be read: %s", strerror(failed));
	} else {
		send_changes(sweep);
		changed = sweep->changed;
	}
	ctnl_close(&sweep->dump);
	ctnl_close(&sweep->change);
	free(sweep);
	return changed;
}

int connmark_clear(uint32_t mask, const uint32_t *keep, size_t count, char *error, size_t size)
{
	const struct plan plan = {.mask = mask, .wanted = is_stale, .values = keep, .count = count};

	return sweep_all(&plan, error, size);
}
