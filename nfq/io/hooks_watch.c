/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks_watch.c - firewall hooks that somebody removed, put back
 *
 * An event is only a hint to look, as with routes (heal.c): the rules are listed and compared with what was listed
 * after they had been installed. A reload of another's firewall is a burst of events, and often takes everything
 * away and brings it back: one look soon after the first event, and others as long as events come, no more often
 * than the pace allows.
 */
#include "hooks_watch.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "pace.h"
#include "xtables_lock.h"

enum { SLOW_MS = 500, LOCKED_MS = 500, AGAIN_MS = 500, AGAIN_MOST = 6, FILL_MS = 1000, BUFFER = 16384 };

struct hooks_watch {
	struct loop *loop;
	struct hooks **hooks;
	void (*mended)(void *ctx);
	void *ctx;
	struct mnl_socket *socket; /* NULL: no events */
	struct loop_source events;
	struct loop_timer look, slow;
	struct loop_timer fill; /* the flowtable */
	struct pace pace;
	bool waiting;    /* look is set */
	const char *due; /* what a repair would have been for that had to wait for others or failed, for the log; NULL:
			    none */
	unsigned failures; /* of repairs, in a row */
	uint64_t signature; /* of the tables that send no events, when all was well */
};

static void look_soon(struct hooks_watch *watch)
{
	uint64_t now = clock_monotonic();

	if (watch->waiting)
		return;
	watch->waiting = true;
	loop_timer_set(&watch->look,
		       watch->pace.not_before > now ? (watch->pace.not_before - now) / PACE_MILLISECOND + 1 : 1,
		       false);
}

/* Who waits for another program's lock cannot serve anybody: so it is tried again later. */
static void put_off(struct hooks_watch *watch, const char *why)
{
	if (!watch->due)
		log_notice("another program holds the lock of iptables: the firewall hooks are put back when it "
			   "does not");
	watch->due = why;
	watch->waiting = true;
	loop_timer_set(&watch->look, LOCKED_MS, false);
}

/* What failed may be a matter of time (the package of iptables is being upgraded, memory is short), and no event tells
 * when it is over: so it is tried again, ever more rarely. */
static void try_again(struct hooks_watch *watch, const char *why, const char *error)
{
	if (!watch->failures)
		log_error("cannot put back the firewall hooks: %s; trying again", error);
	watch->due = why;
	watch->waiting = true;
	loop_timer_set(&watch->look, AGAIN_MS << watch->failures, false);
	if (watch->failures < AGAIN_MOST)
		watch->failures++;
}

static void repair(struct hooks_watch *watch, const char *why)
{
	char error[1024];
	bool locks = hooks_need_lock(*watch->hooks), mended;

	if (locks && !xtables_lock_try()) {
		put_off(watch, why);
		return;
	}
	watch->due = NULL;
	mended = hooks_repair(*watch->hooks, error, sizeof error);
	if (locks)
		xtables_lock_release();
	if (!mended) {
		try_again(watch, why, error);
		return;
	}
	watch->failures = 0;
	log_notice("%s", why);
	watch->mended(watch->ctx);
}

/* Why they need a repair, for the log; NULL: they do not. */
static const char *find_reason(const struct hooks_watch *watch)
{
	static const char *const reasons[] = {
		[HOOKS_INTACT] = NULL,
		[HOOKS_CHANGED] = "put back the firewall hooks, which somebody had removed or changed",
		[HOOKS_UNSEEN] = "put in the firewall hooks again, as it could not be seen whether they were there",
	};

	if (!*watch->hooks)
		return NULL;
	return watch->due ? watch->due : reasons[hooks_look(*watch->hooks)];
}

static void look(void *ctx)
{
	struct hooks_watch *watch = ctx;
	uint64_t signature = *watch->hooks ? hooks_signature(*watch->hooks) : 0;
	const char *reason = find_reason(watch);

	watch->waiting = false;
	watch->signature =
		reason ? 0 : signature; /* of a state that has been looked at: the next is looked at, too */
	if (reason)
		repair(watch, reason);
	else
		watch->due = NULL; /* a reload has turned them off */
	if (!watch->due)
		pace_looked(&watch->pace, clock_monotonic(), reason, "firewall hooks");
}

void hooks_watch_devices(struct hooks_watch *watch)
{
	if (!watch || !*watch->hooks)
		return;
	if (!hooks_current(*watch->hooks))
		repair(watch, "the firewall hooks follow a device or a default route that has changed");
	hooks_follow_devices(*watch->hooks);
}

void hooks_watch_empty(struct hooks_watch *watch)
{
	if (watch && *watch->hooks && hooks_empty_flowtable(*watch->hooks))
		loop_timer_set(&watch->fill, FILL_MS, false);
}

static void fill(void *ctx)
{
	struct hooks_watch *watch = ctx;

	if (*watch->hooks)
		hooks_fill_flowtable(*watch->hooks);
}

/* --- what tells --- */

/* The first attribute of each of these is the table's name: NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE. */
static bool removes_ours(const struct hooks_watch *watch, const struct nlmsghdr *message)
{
	const struct nlattr *attr;

	if (NFNL_SUBSYS_ID(message->nlmsg_type) != NFNL_SUBSYS_NFTABLES || !*watch->hooks)
		return false;
	switch (NFNL_MSG_TYPE(message->nlmsg_type)) {
	case NFT_MSG_DELTABLE:
	case NFT_MSG_DELCHAIN:
	case NFT_MSG_DELRULE:
		break;
	default:
		return false;
	}
	mnl_attr_for_each (attr, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == NFTA_RULE_TABLE &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
			return hooks_use_table(*watch->hooks, mnl_attr_get_str(attr));
	}
	return false;
}

static void on_events(void *ctx, uint32_t events)
{
	struct hooks_watch *watch = ctx;
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
	ssize_t length;

	(void)events;
	while ((length = mnl_socket_recvfrom(watch->socket, buffer, sizeof buffer)) > 0 || errno == ENOBUFS) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
		int left = (int)length;

		if (length <= 0) { /* some were lost */
			look_soon(watch);
			continue;
		}
		for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
			if (removes_ours(watch, message))
				look_soon(watch);
	}
}

static void on_slow(void *ctx)
{
	struct hooks_watch *watch = ctx;

	if (*watch->hooks && hooks_signature(*watch->hooks) != watch->signature)
		look_soon(watch);
}

/* --- opening and closing --- */

static void open_events(struct hooks_watch *watch)
{
	int group = NFNLGRP_NFTABLES;

	watch->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_NONBLOCK | SOCK_CLOEXEC);
	watch->events.fd = -1;
	if (watch->socket && mnl_socket_bind(watch->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    mnl_socket_setsockopt(watch->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0) {
		watch->events = (struct loop_source){mnl_socket_get_fd(watch->socket), on_events, watch};
		if (loop_add(watch->loop, &watch->events))
			return;
	}
	log_info("nf_tables' events are not to be had (%s): what is removed there is not seen", strerror(errno));
}

struct hooks_watch *hooks_watch_open(struct loop *loop, struct hooks **hooks, void (*mended)(void *ctx), void *ctx)
{
	struct hooks_watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return NULL;
	*watch = (struct hooks_watch){.loop = loop, .hooks = hooks, .mended = mended, .ctx = ctx};
	open_events(watch);
	if (loop_timer_open(loop, &watch->look, look, watch) && loop_timer_open(loop, &watch->slow, on_slow, watch) &&
	    loop_timer_open(loop, &watch->fill, fill, watch)) {
		if (!*hooks || hooks_signature(*hooks)) /* what a reload will install is not known */
			loop_timer_set(&watch->slow, SLOW_MS, true);
		return watch;
	}
	hooks_watch_close(watch);
	return NULL;
}

void hooks_watch_close(struct hooks_watch *watch)
{
	if (!watch)
		return;
	loop_remove(watch->loop, &watch->events);
	loop_timer_close(watch->loop, &watch->look);
	loop_timer_close(watch->loop, &watch->slow);
	loop_timer_close(watch->loop, &watch->fill);
	if (watch->socket)
		mnl_socket_close(watch->socket);
	free(watch);
}
