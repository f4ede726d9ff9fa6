/* SPDX-License-Identifier: GPL-2.0-or-later
 * nudges.c - clients that have to hear that their TCP connection is over
 *
 * Theory of operation. All wait equally long between two nudges, so they stand in a ring in the order in which
 * they are due, and whoever is nudged once more goes to its end.
 */
#include "nudges.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "clock.h"
#include "ctentry.h"
#include "ctnl.h"
#include "log.h"
#include "netlink.h"
#include "sender.h"

enum {
	AT_ONCE = 256, /* then the loop's other sources have their turn */
	ROOM_FIRST = 64,
};

struct nudge {
	struct flow_key key;
	uint16_t zone;
	enum nudge_kind kind;
	unsigned sent;
	uint64_t due; /* milliseconds of CLOCK_MONOTONIC */
};

struct nudges {
	struct marks marks;
	struct loop *loop;
	struct loop_timer timer;
	struct mnl_socket *diag; /* NULL: it is not to be had */
	struct sender *sender;   /* likewise */
	struct ctnl ctnl;
	struct nudge *ring;
	size_t room, head, count; /* room: a power of two */
};

static uint64_t now_ms(void)
{
	return clock_monotonic() / 1000000;
}

/* --- what is sent --- */

static void put_address(struct key address, void *at)
{
	uint8_t bytes[16];

	memcpy(at, bytes, key_to_address(address, bytes));
}

/* The initiator's socket, or the other end's, if it is one of this machine. false: there is none of this name, or
 * the kernel cannot destroy it. */
static bool destroy_socket(struct mnl_socket *diag, const struct flow_key *key, bool swapped)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	const struct nlmsgerr *answer;
	struct inet_diag_req_v2 *request;

	message->nlmsg_type = SOCK_DESTROY;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request = mnl_nlmsg_put_extra_header(message, sizeof *request);
	request->sdiag_family = key_is_ipv4(key->src) ? AF_INET : AF_INET6;
	request->sdiag_protocol = IPPROTO_TCP;
	request->idiag_states = ~0U;
	request->id.idiag_sport = htons(swapped ? key->dport : key->sport);
	request->id.idiag_dport = htons(swapped ? key->sport : key->dport);
	put_address(swapped ? key->dst : key->src, request->id.idiag_src);
	put_address(swapped ? key->src : key->dst, request->id.idiag_dst);
	request->id.idiag_cookie[0] = request->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (!diag || mnl_socket_sendto(diag, message, message->nlmsg_len) < 0 ||
	    netlink_answer(diag, buffer, sizeof buffer) < (ssize_t)mnl_nlmsg_size(sizeof *answer))
		return false;
	answer = mnl_nlmsg_get_payload(message);
	return message->nlmsg_type == NLMSG_ERROR && answer->error == 0;
}

static void send_segment(const struct nudges *nudges, const struct flow_key *key)
{
	struct segment segment = {.src = key->dst,
				  .dst = key->src,
				  .sport = key->dport,
				  .dport = key->sport,
				  .flags = TCP_ACK,
				  .mark = marks_nudge(&nudges->marks)};

	if (getrandom(&segment.seq, sizeof segment.seq, 0) == sizeof segment.seq)
		sender_send(nudges->sender, &segment);
}

/* --- what has come of it --- */

static void take_entry(void *ctx, const struct nlmsghdr *message)
{
	ct_entry_parse(ctx, message);
}

/* There still is no entry; or the refused one stands as it was noted, and the client has not acknowledged anything
 * since. */
static bool is_silent(struct nudges *nudges, const struct nudge *nudge)
{
	char buffer[CTNL_REQUEST_MAX];
	struct ct_entry entry = {.mark = 0};
	int answer;

	ctnl_begin_about(buffer, IPCTNL_MSG_CT_GET, 0, &nudge->key, nudge->zone);
	if (ctnl_transact(&nudges->ctnl, buffer, 1, &answer, take_entry, &entry) != 0)
		return true;
	if (nudge->kind == NUDGE_FORGOTTEN)
		return answer == ENOENT;
	return !answer && (entry.mark & nudges->marks.mask) == nudges->marks.reject &&
	       !(entry.tcp_flags[CT_ORIGINAL] & IP_CT_TCP_FLAG_MAXACK_SET);
}

/* --- the ring --- */

static bool grow(struct nudges *nudges)
{
	size_t room = nudges->room ? nudges->room * 2 : ROOM_FIRST;
	struct nudge *ring = reallocarray(NULL, room, sizeof *ring);

	if (!ring)
		return false;
	for (size_t i = 0; i < nudges->count; i++)
		ring[i] = nudges->ring[(nudges->head + i) & (nudges->room - 1)];
	free(nudges->ring);
	nudges->ring = ring;
	nudges->room = room;
	nudges->head = 0;
	return true;
}

static void push(struct nudges *nudges, const struct nudge *nudge)
{
	if (nudges->count < nudges->room || grow(nudges))
		nudges->ring[(nudges->head + nudges->count++) & (nudges->room - 1)] = *nudge;
}

/* To the front, before all that wait: nobody is kept from being told by those that do not answer. */
static void push_first(struct nudges *nudges, const struct nudge *nudge)
{
	if (nudges->count == nudges->room && !grow(nudges))
		return;
	nudges->head = (nudges->head - 1) & (nudges->room - 1);
	nudges->ring[nudges->head] = *nudge;
	nudges->count++;
}

static struct nudge pop(struct nudges *nudges)
{
	struct nudge nudge = nudges->ring[nudges->head];

	nudges->head = (nudges->head + 1) & (nudges->room - 1);
	nudges->count--;
	return nudge;
}

static void set_timer(struct nudges *nudges, uint64_t now)
{
	uint64_t due = nudges->count ? nudges->ring[nudges->head].due : 0;

	if (nudges->count) /* else it has been due, and is not set any more */
		loop_timer_set(&nudges->timer, due > now ? due - now : 1, false);
}

static void nudge_once(struct nudges *nudges, struct nudge *nudge, uint64_t now)
{
	if (nudge->kind != NUDGE_FORGOTTEN && !nudge->sent && destroy_socket(nudges->diag, &nudge->key, false))
		return;
	if (nudge->kind == NUDGE_SOCKETS) {
		destroy_socket(nudges->diag, &nudge->key, true);
		return;
	}
	if (!nudges->sender || !is_silent(nudges, nudge))
		return;
	if (nudge->sent == NUDGES_MAX) {
		log_debug("a client does not answer: it is told when it next sends something");
		return;
	}
	send_segment(nudges, &nudge->key);
	nudge->sent++;
	nudge->due = now + NUDGE_EVERY_MS;
	push(nudges, nudge);
}

static void on_timer(void *ctx)
{
	struct nudges *nudges = ctx;
	uint64_t now = now_ms();

	for (unsigned i = 0; i < AT_ONCE && nudges->count && nudges->ring[nudges->head].due <= now; i++) {
		struct nudge nudge = pop(nudges);

		nudge_once(nudges, &nudge, now);
	}
	set_timer(nudges, now);
}

/* --- opening and closing --- */

struct nudges *nudges_open(struct loop *loop, const struct marks *marks)
{
	struct nudges *nudges = calloc(1, sizeof *nudges);

	if (!nudges)
		return NULL;
	nudges->marks = *marks;
	nudges->loop = loop;
	if (!loop_timer_open(loop, &nudges->timer, on_timer, nudges)) {
		nudges_close(nudges);
		return NULL;
	}
	nudges->diag = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (ctnl_open(&nudges->ctnl) == 0)
		nudges->sender = sender_open();
	return nudges;
}

void nudges_close(struct nudges *nudges)
{
	if (!nudges)
		return;
	loop_timer_close(nudges->loop, &nudges->timer);
	if (nudges->diag)
		mnl_socket_close(nudges->diag);
	sender_close(nudges->sender);
	ctnl_close(&nudges->ctnl);
	free(nudges->ring);
	free(nudges);
}

void nudges_add(struct nudges *nudges, const struct flow_key *key, uint16_t zone, enum nudge_kind kind)
{
	struct nudge nudge = {.key = *key, .zone = zone, .kind = kind};

	push_first(nudges, &nudge);
	set_timer(nudges, 0);
}
