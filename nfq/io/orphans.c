/* SPDX-License-Identifier: GPL-2.0-or-later
 * orphans.c - TCP connections whose conntrack entry goes before them
 *
 * Theory of operation. The kernel deletes the entries before it tells of the device, so it is not known yet
 * whether the gateway has gone, and for how long. The orphans wait for a moment, in which the main thread hears of
 * that. If the gateway is down then, or has been, they are refused like the connections that still have an entry
 * (ending.h). Otherwise the client is made to speak, and goes on if it can.
 */
#include "orphans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctevents.h"
#include "daemon_state.h"
#include "ending.h"
#include "grow.h"
#include "log.h"

enum {
	WAIT_MS = 50,  /* for the device's event */
	AT_ONCE = 256, /* then the loop's other sources have their turn */
};

struct orphan {
	struct flow_key key;
	uint16_t zone;
	uint32_t mark;
	uint64_t downs; /* of its gateway, when it became one */
};

struct orphans {
	struct daemon *daemon;
	struct ct_events *events;
	struct loop_source source; /* of events */
	struct loop_timer timer;
	struct ctnl ctnl;
	struct orphan *at;
	size_t count, room, done; /* done: of those that the timer is at */
};

/* -1: none of the rules in force, or it wants its connections left alone. */
static int gateway_of(const struct daemon *daemon, uint32_t mark)
{
	int gateway = ruleset_gateway_of_mark(daemon->ruleset, mark);

	return gateway >= 0 && daemon->ruleset->gateways[gateway].keep_on_down ? -1 : gateway;
}

/* --- the kernel's word --- */

static void take(void *ctx, enum ct_event event, const struct ct_entry *entry)
{
	struct orphans *orphans = ctx;
	const struct daemon *daemon = orphans->daemon;
	uint32_t mark = entry->mark & daemon->ruleset->marks.route_mask;
	int gateway = gateway_of(daemon, mark);
	struct orphan *at;

	(void)event;
	if (gateway < 0)
		return;
	at = grow(orphans->at, orphans->count, &orphans->room, sizeof *at);
	if (!at)
		return;
	orphans->at = at;
	at[orphans->count++] =
		(struct orphan){.key = entry->key,
				.zone = entry->zone,
				.mark = mark,
				.downs = daemon->watch[gateway][family_of_address(entry->key.src)].downs};
}

static void on_events(void *ctx, uint32_t events)
{
	struct orphans *orphans = ctx;
	bool idle = !orphans->count;

	(void)events;
	ct_events_read(orphans->events, take, orphans);
	if (idle && orphans->count)
		loop_timer_set(&orphans->timer, WAIT_MS, false);
}

/* --- what becomes of them --- */

static void settle(struct orphans *orphans, const struct orphan *orphan)
{
	const struct daemon *daemon = orphans->daemon;
	enum family family = family_of_address(orphan->key.src);
	int gateway = gateway_of(daemon, orphan->mark);
	bool near;

	if (gateway < 0)
		return;
	near = routing_side(daemon->routing, (unsigned)gateway, family, orphan->key.src) != ROUTING_FAR;
	if (daemon->watch[gateway][family].up && daemon->watch[gateway][family].downs == orphan->downs) {
		if (near)
			nudges_add(daemon->nudges, &orphan->key, orphan->zone, NUDGE_FORGOTTEN);
	} else if (near) {
		connection_put_back(&orphans->ctnl, &daemon->ruleset->marks, &orphan->key, orphan->zone);
		nudges_add(daemon->nudges, &orphan->key, orphan->zone, NUDGE_REFUSED);
	} else {
		nudges_add(daemon->nudges, &orphan->key, orphan->zone, NUDGE_SOCKETS);
	}
}

static void on_timer(void *ctx)
{
	struct orphans *orphans = ctx;

	for (unsigned i = 0; i < AT_ONCE && orphans->done < orphans->count; i++)
		settle(orphans, &orphans->at[orphans->done++]);
	if (orphans->done < orphans->count) {
		loop_timer_set(&orphans->timer, 1, false);
		return;
	}
	log_info("connections in use whose entry the kernel has deleted: %zu", orphans->count);
	orphans->count = orphans->done = 0;
}

/* --- opening and closing --- */

static bool is_wanted(const struct ruleset *ruleset)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (!ruleset->gateways[i].keep_on_down)
			return true;
	return false;
}

static bool open_all(struct orphans *orphans)
{
	struct daemon *daemon = orphans->daemon;
	int error = ctnl_open(&orphans->ctnl);

	if (!error && !loop_timer_open(daemon->loop, &orphans->timer, on_timer, orphans))
		error = errno;
	if (!error)
		orphans->events = ct_events_open(&daemon->ruleset->marks, CT_CUT);
	if (!error && !orphans->events)
		error = errno;
	errno = error;
	if (error)
		return false;
	orphans->source = (struct loop_source){ct_events_fd(orphans->events), on_events, orphans};
	return loop_add(daemon->loop, &orphans->source);
}

static struct orphans *open_orphans(struct daemon *daemon)
{
	struct orphans *orphans = calloc(1, sizeof *orphans);

	if (!orphans)
		return NULL;
	*orphans = (struct orphans){.daemon = daemon, .source.fd = -1, .timer.source.fd = -1};
	if (open_all(orphans))
		return orphans;
	log_info("clients that only listen may not hear that a device has gone: no events of connections (%s)",
		 strerror(errno));
	orphans_close(orphans);
	return NULL;
}

void orphans_follow(struct daemon *daemon)
{
	bool wanted = is_wanted(daemon->ruleset);

	if (wanted && !daemon->orphans) {
		daemon->orphans = open_orphans(daemon);
	} else if (!wanted) {
		orphans_close(daemon->orphans);
		daemon->orphans = NULL;
	}
}

void orphans_close(struct orphans *orphans)
{
	if (!orphans)
		return;
	loop_remove(orphans->daemon->loop, &orphans->source);
	loop_timer_close(orphans->daemon->loop, &orphans->timer);
	ct_events_close(orphans->events);
	ctnl_close(&orphans->ctnl);
	free(orphans->at);
	free(orphans);
}
