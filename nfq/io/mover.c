/* SPDX-License-Identifier: GPL-2.0-or-later
 * mover.c - what the moving of TCP connections needs of the kernel
 */
#include "mover.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ctentry.h"
#include "ctnl.h"
#include "sender.h"

#define SWAP_TRIES 4
#define TIMEOUT_ESTABLISHED 300 /* seconds; the kernel sets its own at the first packet */

struct mover {
	struct ctnl ctnl;
	struct sender *sender;
	uint16_t zone;
};

struct mover *mover_open(uint16_t zone, char *error, size_t size)
{
	struct mover *mover = calloc(1, sizeof *mover);
	int code;

	if (!mover) {
		snprintf(error, size, "no memory");
		return NULL;
	}
	mover->zone = zone;
	mover->sender = sender_open();
	if (!mover->sender) {
		snprintf(error, size, "no raw sockets: %s", strerror(errno));
		mover_close(mover);
		return NULL;
	}
	code = ctnl_open(&mover->ctnl);
	if (code) {
		snprintf(error, size, "no ctnetlink: %s", strerror(code));
		mover_close(mover);
		return NULL;
	}
	return mover;
}

void mover_close(struct mover *mover)
{
	if (!mover)
		return;
	ctnl_close(&mover->ctnl);
	sender_close(mover->sender);
	free(mover);
}

void mover_set_zone(struct mover *mover, uint16_t zone)
{
	mover->zone = zone;
}

/* --- conntrack --- */

/* How many entries the table has, and may have; most is told from Linux 4.18 on. */
struct room {
	uint32_t entries, most;
};

static void read_room(void *ctx, const struct nlmsghdr *message)
{
	struct room *room = ctx;
	const struct nlattr *attr;

	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_payload_len(attr) != sizeof(uint32_t))
			continue;
		if (mnl_attr_get_type(attr) == CTA_STATS_GLOBAL_ENTRIES)
			room->entries = ntohl(mnl_attr_get_u32(attr));
		else if (mnl_attr_get_type(attr) == CTA_STATS_GLOBAL_MAX_ENTRIES)
			room->most = ntohl(mnl_attr_get_u32(attr));
	}
}

static bool table_is_full(struct mover *mover)
{
	char buffer[CTNL_REQUEST_MAX];
	struct room room = {0};
	int answer;

	ctnl_begin(buffer, IPCTNL_MSG_CT_GET_STATS, 0, AF_UNSPEC);
	ctnl_transact(&mover->ctnl, buffer, 1, &answer, read_room, &room);
	return room.most && room.entries >= room.most;
}

/* The sender is told the same whether a firewall's rule has dropped its packet or conntrack has no room. */
static int send_segment(void *ctx, const struct segment *segment)
{
	struct mover *mover = ctx;
	int error = sender_send(mover->sender, segment);

	return error == EPERM && table_is_full(mover) ? ENFILE : error;
}

struct found {
	struct ct_entry entry;
	bool whole;
};

static void read_entry(void *ctx, const struct nlmsghdr *message)
{
	struct found *found = ctx;

	found->whole = ct_entry_parse(&found->entry, message) && found->entry.answers_port;
}

static int get_entry(struct mover *mover, const struct flow_key *key, uint16_t zone, struct ct_entry *entry)
{
	char buffer[CTNL_REQUEST_MAX];
	struct found found = {.whole = false};
	int answer, error;

	ctnl_begin_about(buffer, IPCTNL_MSG_CT_GET, 0, key, zone);
	error = ctnl_transact(&mover->ctnl, buffer, 1, &answer, read_entry, &found);
	*entry = found.entry;
	if (error || answer)
		return error ? error : answer;
	return found.whole ? 0 : ENOENT;
}

/* How the connection's server knows its client. */
static struct translation source_of(const struct ct_entry *entry)
{
	return (struct translation){.address = entry->answers_to, .port = entry->answers_port};
}

static int inspect(void *ctx, const struct flow_key *key, struct translation *source)
{
	struct mover *mover = ctx;
	struct ct_entry entry;
	int error = get_entry(mover, key, 0, &entry);

	*source = source_of(&entry);
	if (error)
		return error;
	return entry.special || entry.moved || entry.status & IPS_DST_NAT || !key_equal(entry.answers_from, key->dst) ?
		       EOPNOTSUPP :
		       0;
}

static int probe_source(void *ctx, const struct flow_key *key, struct translation *source)
{
	struct mover *mover = ctx;
	struct ct_entry entry;
	int error = get_entry(mover, key, mover->zone, &entry);

	*source = source_of(&entry);
	return error;
}

static int adjustment(void *ctx, const struct flow_key *key, uint32_t *offset)
{
	struct mover *mover = ctx;
	struct ct_entry entry;
	int error = get_entry(mover, key, 0, &entry);

	*offset = entry.reply_offset;
	return error || (entry.moved && entry.synproxy) ? error : ENOENT;
}

static size_t put_delete(char *buffer, const struct flow_key *key, uint16_t zone)
{
	return MNL_ALIGN(ctnl_begin_about(buffer, IPCTNL_MSG_CT_DELETE, 0, key, zone)->nlmsg_len);
}

/* The translation that the probe got, if it got one. */
static void put_translation(struct nlmsghdr *request, const struct rehome_swap *swap)
{
	uint8_t bytes[16];
	size_t size = key_to_address(swap->source.address, bytes);
	struct nlattr *nat, *proto;

	if (key_equal(swap->source.address, swap->key.src) && swap->source.port == swap->key.sport)
		return;
	nat = mnl_attr_nest_start(request, CTA_NAT_SRC);
	mnl_attr_put(request, size == 4 ? CTA_NAT_V4_MINIP : CTA_NAT_V6_MINIP, size, bytes);
	mnl_attr_put(request, size == 4 ? CTA_NAT_V4_MAXIP : CTA_NAT_V6_MAXIP, size, bytes);
	proto = mnl_attr_nest_start(request, CTA_NAT_PROTO);
	mnl_attr_put_u16(request, CTA_PROTONAT_PORT_MIN, htons(swap->source.port));
	mnl_attr_put_u16(request, CTA_PROTONAT_PORT_MAX, htons(swap->source.port));
	mnl_attr_nest_end(request, proto);
	mnl_attr_nest_end(request, nat);
}

/* Window tracking starts from what it sees, and is lenient: it has not seen the handshake's windows. */
static void put_tcp_state(struct nlmsghdr *request, const struct rehome_swap *swap)
{
	struct nf_ct_tcp_flags flags = {.mask = 0xff, .flags = IP_CT_TCP_FLAG_BE_LIBERAL};
	struct nlattr *info = mnl_attr_nest_start(request, CTA_PROTOINFO), *tcp;

	if (swap->scaled)
		flags.flags |= IP_CT_TCP_FLAG_WINDOW_SCALE;
	if (swap->sack)
		flags.flags |= IP_CT_TCP_FLAG_SACK_PERM;
	tcp = mnl_attr_nest_start(request, CTA_PROTOINFO_TCP);
	mnl_attr_put_u8(request, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
	mnl_attr_put_u8(request, CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, swap->scaled ? swap->client_scale : 0);
	mnl_attr_put_u8(request, CTA_PROTOINFO_TCP_WSCALE_REPLY, swap->scaled ? swap->server_scale : 0);
	mnl_attr_put(request, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof flags, &flags);
	mnl_attr_put(request, CTA_PROTOINFO_TCP_FLAGS_REPLY, sizeof flags, &flags);
	mnl_attr_nest_end(request, tcp);
	mnl_attr_nest_end(request, info);
}

/* The server's timestamps less the offset, and the client's echoes of them plus it. */
static void put_timestamps(struct nlmsghdr *request, const struct rehome_swap *swap)
{
	struct nlattr *proxy;

	if (!swap->timestamps)
		return;
	proxy = mnl_attr_nest_start(request, CTA_SYNPROXY);
	mnl_attr_put_u32(request, CTA_SYNPROXY_ISN, 0);
	mnl_attr_put_u32(request, CTA_SYNPROXY_ITS, 0);
	mnl_attr_put_u32(request, CTA_SYNPROXY_TSOFF, htonl(swap->clock_offset));
	mnl_attr_nest_end(request, proxy);
}

static size_t put_new(char *buffer, const struct rehome_swap *swap, uint32_t mark)
{
	struct nlmsghdr *request = ctnl_begin_about(buffer, IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL, &swap->key, 0);
	struct nlattr *adjust;

	ctnl_put_tuple(request, CTA_TUPLE_REPLY, &swap->key, true);
	mnl_attr_put_u32(request, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
	mnl_attr_put_u32(request, CTA_TIMEOUT, htonl(TIMEOUT_ESTABLISHED));
	mnl_attr_put_u32(request, CTA_MARK, htonl(mark));
	put_translation(request, swap);
	put_tcp_state(request, swap);
	adjust = mnl_attr_nest_start(request, CTA_SEQ_ADJ_REPLY);
	mnl_attr_put_u32(request, CTA_SEQADJ_CORRECTION_POS, 0);
	mnl_attr_put_u32(request, CTA_SEQADJ_OFFSET_BEFORE, htonl(swap->reply_offset));
	mnl_attr_put_u32(request, CTA_SEQADJ_OFFSET_AFTER, htonl(swap->reply_offset));
	mnl_attr_nest_end(request, adjust);
	put_timestamps(request, swap);
	return MNL_ALIGN(request->nlmsg_len);
}

/* A packet of the client's may come between deletion and creation and make an entry of its own, and others' may take the room:
 * then all three again. */
static int swap(void *ctx, const struct rehome_swap *swap)
{
	struct mover *mover = ctx;
	char buffer[3 * CTNL_REQUEST_MAX];
	struct ct_entry old;
	int error = get_entry(mover, &swap->key, 0, &old), answers[3];
	uint32_t mark = (old.mark & ~swap->mask) | swap->mark;

	for (int tries = 0; !error && tries < SWAP_TRIES; tries++) {
		size_t used = put_delete(buffer, &swap->key, 0);

		used += put_delete(buffer + used, &swap->key, mover->zone);
		put_new(buffer + used, swap, mark);
		error = ctnl_transact(&mover->ctnl, buffer, 3, answers, NULL, NULL);
		if (!error && answers[2] != EEXIST && answers[2] != ENOMEM)
			return answers[2];
	}
	return !error && answers[2] == ENOMEM ? ENFILE : error ? error : EEXIST;
}

static void forget_probe(void *ctx, const struct flow_key *key)
{
	struct mover *mover = ctx;
	char buffer[CTNL_REQUEST_MAX];
	int answer;

	put_delete(buffer, key, mover->zone);
	ctnl_transact(&mover->ctnl, buffer, 1, &answer, NULL, NULL);
}

const struct rehome_ops mover_ops = {
	.inspect = inspect,
	.send = send_segment,
	.probe_source = probe_source,
	.swap = swap,
	.adjustment = adjustment,
	.forget_probe = forget_probe,
};
