/* SPDX-License-Identifier: GPL-2.0-or-later
 * checks_passive.c - check passive: whether the connections by a gateway are answered
 *
 * Theory of operation. Nothing is asked while all is well: the kernel tells of connections that begin, and of
 * those that are answered (ctevents.h). So many different destinations in a row that have not answered are a
 * suspicion, since somebody who tries addresses in turn looks the same. So the one that answered last is asked, by
 * a connection of our own that is closed again: if it does not answer either, the gateway is down. While it is
 * down no connection goes by it that could tell, so the destinations are asked in turn until one answers. Where
 * none has answered since the gateway has its routes, there is nothing to hold the suspicion against: it counts at
 * once, and not for more than a minute without another trial by whatever comes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "checks_private.h"
#include "clock.h"
#include "log.h"

#define TRIAL_NS UINT64_C(60000000000)

static uint64_t timeout_of(const struct watched *w)
{
	return w->check->terms.timeout_ms * CHECKS_MILLISECOND;
}

/* --- what the kernel tells --- */

static bool wants(const struct checks *checks, const struct watched *w, const struct ct_entry *entry)
{
	enum family family = family_of_address(entry->key.src);

	return w->passive && w->serves && w->family == family &&
	       (entry->mark & checks->ruleset->marks.route_mask) == checks->ruleset->gateways[w->gateway].mark;
}

static void works(const struct checks *checks, struct watched *w, uint64_t time)
{
	enum health_phase before = w->health.phase;

	w->reason[0] = '\0';
	if (before == HEALTH_UP)
		return;
	health_result(&w->health, &w->check->terms, true, time);
	checks_tell(checks, w, before);
}

/* An answer to what comes in by the gateway is this side's own: it says nothing. */
static void take(void *ctx, enum ct_event event, const struct ct_entry *entry)
{
	struct checks *checks = ctx;
	uint64_t time = clock_monotonic();

	for (size_t i = 0; i < checks->count; i++) {
		struct watched *w = &checks->at[i];

		if (!wants(checks, w, entry))
			continue;
		if (event == CT_ENDED) {
			passive_end(w->passive, &entry->key);
		} else if (checks->config.near(checks->config.ctx, w->gateway, w->family, entry->key.dst)) {
			continue;
		} else if (event == CT_BEGUN) {
			passive_begin(w->passive, &entry->key, time);
		} else {
			passive_answer(w->passive, &entry->key, time);
			w->last_us = w->passive->answer_us;
			works(checks, w, time);
		}
		if (w->passive->watching && w->due > time + timeout_of(w))
			w->due = time + timeout_of(w);
	}
}

void checks_hear(struct checks *checks)
{
	if (!checks->events || ct_events_read(checks->events, take, checks))
		return;
	for (size_t i = 0; i < checks->count; i++)
		if (checks->at[i].passive)
			passive_forget(checks->at[i].passive);
}

static bool is_wanted(const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		if (checks->at[i].passive)
			return true;
	return false;
}

static void cannot_listen(const struct checks *checks)
{
	const char *why = errno == EOPNOTSUPP ? "sysctl net.netfilter.nf_conntrack_events is 0" : strerror(errno);

	log_warning("check passive sees nothing: no events of connections (%s)", why);
	for (size_t i = 0; i < checks->count; i++)
		if (checks->at[i].passive)
			snprintf(checks->at[i].reason, sizeof checks->at[i].reason, "no events: %s", why);
}

void checks_listen(struct checks *checks)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (checks->events && !is_wanted(checks)) {
		ct_events_close(checks->events);
		checks->events = NULL;
	}
	if (checks->events || !is_wanted(checks))
		return;
	checks->events = ct_events_open(&checks->ruleset->marks, CT_TRAFFIC);
	if (!checks->events ||
	    epoll_ctl(checks->epoll, EPOLL_CTL_ADD, ct_events_fd(checks->events), &event) < 0)
		cannot_listen(checks);
}

/* --- what is asked --- */

static void ask(const struct checks *checks, struct watched *w, uint64_t time)
{
	struct endpoint target;

	if (!passive_target(w->passive, &target))
		return;
	w->trial = (struct check){.kind = CHECK_TCP,
				  .text = w->check->text,
				  .address = target.address,
				  .port = target.port,
				  .terms = w->check->terms};
	checks_ask(checks, w, &w->trial, time);
}

static void goes_down(const struct checks *checks, struct watched *w, const char *also, uint64_t time)
{
	struct health_terms terms = w->check->terms;
	enum health_phase before = w->health.phase;

	terms.down = 1; /* the destinations have been counted */
	snprintf(w->reason, sizeof w->reason, "%u destinations in a row have not answered%s",
		 w->passive->silent_count, also);
	health_result(&w->health, &terms, false, time);
	checks_tell(checks, w, before);
}

static void suspect(const struct checks *checks, struct watched *w, uint64_t time)
{
	if (!passive_suspects(w->passive, w->check->terms.down))
		return;
	if (w->passive->answered_count)
		ask(checks, w, time);
	else
		goes_down(checks, w, "", time);
}

void checks_passive_turn(const struct checks *checks, struct watched *w, uint64_t time)
{
	passive_look(w->passive, timeout_of(w), time);
	if (health_is_up(&w->health)) {
		suspect(checks, w, time);
		w->due = w->passive->watching ? time + timeout_of(w) / 4 : UINT64_MAX;
	} else if (!w->passive->answered_count && time - w->health.since >= TRIAL_NS) {
		passive_forget(w->passive);
		health_start(&w->health, true, time);
		w->due = UINT64_MAX;
	} else {
		w->due = time + timeout_of(w);
		ask(checks, w, time);
	}
}

void checks_passive_result(const struct checks *checks, struct watched *w, bool good, uint64_t time)
{
	if (good) {
		passive_works(w->passive);
		works(checks, w, time);
	} else if (!health_is_up(&w->health)) {
		health_result(&w->health, &w->check->terms, false, time);
	} else if (passive_suspects(w->passive, w->check->terms.down)) {
		goes_down(checks, w, ", nor has one that did before", time);
	}
	w->due = health_is_up(&w->health) ? time : checks_next(w);
}

/* One that has come back is asked if it is known where; else nothing speaks against it. */
void checks_passive_path(struct watched *w, bool first, uint64_t time)
{
	passive_forget(w->passive);
	health_start(&w->health, w->serves && (first || !w->passive->answered_count), time);
}
