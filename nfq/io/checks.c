/* SPDX-License-Identifier: GPL-2.0-or-later
 * checks.c - the gateways' checks while the daemon runs
 *
 * One epoll set holds the sockets of the probes that wait for an answer, and a timer for the next thing that is
 * due. There are a few dozens of checks at most, so who is due is found by looking at all of them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "checks_private.h"
#include "clock.h"
#include "log.h"

#define SECOND (1000 * CHECKS_MILLISECOND)
#define EVENTS 32

static uint32_t random_number(void)
{
	uint32_t number = 0;

	return getrandom(&number, sizeof number, 0) == sizeof number ? number : 0;
}

struct checks *checks_open(const struct checks_config *config)
{
	struct checks *checks = calloc(1, sizeof *checks);
	struct epoll_event event = {.events = EPOLLIN};

	if (!checks)
		return NULL;
	checks->config = *config;
	checks->epoll = epoll_create1(EPOLL_CLOEXEC);
	checks->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (checks->epoll >= 0 && checks->timer >= 0 &&
	    epoll_ctl(checks->epoll, EPOLL_CTL_ADD, checks->timer, &event) == 0)
		return checks;
	checks_close(checks);
	return NULL;
}

static void drop_all(struct watched *at, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		probe_close(&at[i].probe);
		free(at[i].passive);
	}
	free(at);
}

void checks_close(struct checks *checks)
{
	if (!checks)
		return;
	drop_all(checks->at, checks->count);
	ct_events_close(checks->events);
	if (checks->epoll >= 0)
		close(checks->epoll);
	if (checks->timer >= 0)
		close(checks->timer);
	free(checks);
}

int checks_fd(const struct checks *checks)
{
	return checks->epoll;
}

/* --- the timer --- */

static uint64_t overdue_at(const struct watched *w)
{
	return w->begun + w->check->terms.timeout_ms * CHECKS_MILLISECOND;
}

static uint64_t next_of(const struct watched *w)
{
	if (w->probe.fd >= 0)
		return overdue_at(w);
	return w->serves ? w->due : UINT64_MAX;
}

static void set_timer(const struct checks *checks)
{
	struct itimerspec at = {{0}, {0}};
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < checks->count; i++)
		if (next_of(&checks->at[i]) < first)
			first = next_of(&checks->at[i]);
	if (first != UINT64_MAX) { /* a time in the past is at once; only zero would be never */
		at.it_value.tv_sec = (time_t)(first / SECOND);
		at.it_value.tv_nsec = (long)(first % SECOND) + 1;
	}
	if (timerfd_settime(checks->timer, TFD_TIMER_ABSTIME, &at, NULL))
		log_error("cannot set a timer: %s", strerror(errno));
}

/* --- results --- */

void checks_tell(const struct checks *checks, const struct watched *w, enum health_phase before)
{
	const struct gateway *gateway = &checks->ruleset->gateways[w->gateway];
	const char *family = w->family == FAMILY_IPV4 ? "IPv4" : "IPv6";

	if (w->health.phase == before)
		return;
	if (w->health.phase == HEALTH_UP)
		log_notice("gateway %s: %s: check %s: answers (%u.%03u ms)", gateway->name, family, w->check->text,
			   w->last_us / 1000, w->last_us % 1000);
	else
		log_warning("gateway %s: %s: check %s: fails (%s)", gateway->name, family, w->check->text,
			    w->reason);
}

uint64_t checks_next(const struct watched *w)
{
	return health_next(&w->health, &w->check->terms, w->begun, random_number());
}

static void take_result(const struct checks *checks, struct watched *w, bool good, uint64_t time)
{
	enum health_phase before = w->health.phase;

	w->due = 0;
	if (w->passive) {
		checks_passive_result(checks, w, good, time);
		return;
	}
	if (good) {
		w->good++;
		w->last_us = (uint32_t)((time - w->begun) / 1000);
		w->reason[0] = '\0';
	} else {
		memcpy(w->reason, w->probe.reason, sizeof w->reason);
	}
	health_result(&w->health, &w->check->terms, good, time);
	checks_tell(checks, w, before);
	w->due = checks_next(w);
}

static void watch_socket(const struct checks *checks, struct watched *w, int operation)
{
	struct epoll_event event = {.events = w->probe.events, .data.ptr = w};

	epoll_ctl(checks->epoll, operation, w->probe.fd, &event);
}

void checks_ask(const struct checks *checks, struct watched *w, const struct check *question, uint64_t time)
{
	const struct gateway *gateway = &checks->ruleset->gateways[w->gateway];
	char device[IFNAMSIZ];
	enum probe_result result;

	w->begun = time;
	w->asked += !w->passive;
	if (checks->config.device(checks->config.ctx, w->gateway, w->family, device))
		result = probe_ask(&w->probe, question, device, gateway->check_mark);
	else
		result = probe_failed(&w->probe, ENODEV);
	if (result == PROBE_WAITS)
		watch_socket(checks, w, EPOLL_CTL_ADD);
	else
		take_result(checks, w, result == PROBE_GOOD, clock_monotonic());
}

static void look(const struct checks *checks, struct watched *w)
{
	unsigned events = w->probe.events;
	enum probe_result result = probe_look(&w->probe);

	if (result != PROBE_WAITS)
		take_result(checks, w, result == PROBE_GOOD, clock_monotonic());
	else if (w->probe.events != events)
		watch_socket(checks, w, EPOLL_CTL_MOD);
}

static void give_up(const struct checks *checks, struct watched *w, uint64_t time)
{
	probe_close(&w->probe);
	snprintf(w->probe.reason, sizeof w->probe.reason, "no answer in %u ms", w->check->terms.timeout_ms);
	take_result(checks, w, false, time);
}

static void read_timer(const struct checks *checks)
{
	uint64_t expirations;

	if (read(checks->timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
		log_error("cannot read a timer: %s", strerror(errno));
}

/* Answers first: what is there in time has come in time, however late it is looked at. */
static void read_answers(const struct checks *checks)
{
	struct epoll_event events[EVENTS];
	int count;

	do {
		count = epoll_wait(checks->epoll, events, EVENTS, 0);
		for (int i = 0; i < count; i++) {
			struct watched *w = events[i].data.ptr;

			if (w)
				look(checks, w);
		}
	} while (count == EVENTS);
}

void checks_event(struct checks *checks)
{
	uint64_t time;

	read_timer(checks);
	checks_hear(checks);
	read_answers(checks);
	time = clock_monotonic();
	for (size_t i = 0; i < checks->count; i++) {
		struct watched *w = &checks->at[i];

		if (w->probe.fd >= 0 && time >= overdue_at(w))
			give_up(checks, w, time);
		if (w->probe.fd >= 0 || !w->serves || time < w->due)
			continue;
		if (w->passive)
			checks_passive_turn(checks, w, time);
		else
			checks_ask(checks, w, w->check, time);
	}
	set_timer(checks);
}

/* --- which checks --- */

static bool speaks_for(const struct check *check, enum family family)
{
	return check->kind == CHECK_PASSIVE || key_is_ipv4(check->address) == (family == FAMILY_IPV4);
}

static bool add(struct watched **next, const struct gateway *gateway, unsigned index, enum family family)
{
	for (unsigned i = 0; i < gateway->check_count; i++) {
		if (!speaks_for(&gateway->checks[i], family))
			continue;
		**next = (struct watched){.check = &gateway->checks[i],
					  .gateway = index,
					  .family = family,
					  .probe.fd = -1};
		if (gateway->checks[i].kind == CHECK_PASSIVE &&
		    !((*next)->passive = calloc(1, sizeof *(*next)->passive)))
			return false;
		++*next;
	}
	return true;
}

static size_t count_checks(const struct ruleset *ruleset)
{
	size_t count = 0;

	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		count += ruleset->gateways[i].check_count;
	return count * FAMILY_COUNT;
}

static bool is_same(const struct checks *checks, const struct watched *old, const struct ruleset *ruleset,
		    const struct watched *new)
{
	return old->family == new->family &&strcmp(old->check->text, new->check->text) == 0 &&
	       strcmp(checks->ruleset->gateways[old->gateway].name, ruleset->gateways[new->gateway].name) == 0;
}

/* What is known goes on; an open question is asked anew. */
static void take_over(struct checks *checks, struct watched *at, size_t count, const struct ruleset *ruleset)
{
	for (size_t i = 0; i < checks->count; i++) {
		for (size_t k = 0; k < count; k++) {
			struct watched *old = &checks->at[i], *new = &at[k];

			if (!is_same(checks, old, ruleset, new))
				continue;
			new->serves = old->serves;
			new->placed = old->placed;
			new->health = old->health;
			new->due = old->due;
			if (new->passive) {
				free(new->passive);
				new->passive = old->passive;
				old->passive = NULL;
			}
			new->asked = old->asked - (old->probe.fd >= 0);
			new->good = old->good;
			new->last_us = old->last_us;
			memcpy(new->reason, old->reason, sizeof new->reason);
		}
	}
}

bool checks_set(struct checks *checks, const struct ruleset *ruleset)
{
	struct watched *at = calloc(count_checks(ruleset) + 1, sizeof *at), *next = at;

	bool whole = at;

	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		for (enum family family = 0; family < FAMILY_COUNT; family++)
			whole = whole && add(&next, &ruleset->gateways[i], i, family);
	if (!whole) {
		drop_all(at, (size_t)(next - at));
		return false;
	}
	take_over(checks, at, (size_t)(next - at), ruleset);
	drop_all(checks->at, checks->count);
	checks->at = at;
	checks->count = (size_t)(next - at);
	checks->ruleset = ruleset;
	checks_listen(checks);
	set_timer(checks);
	return true;
}

/* What works at first is taken to be well until that is known; what has come (back) is not. */
static void path_changes(struct watched *w, bool serves, uint64_t time)
{
	bool first = !w->placed;

	w->placed = true;
	w->serves = serves;
	w->due = time;
	if (w->passive)
		checks_passive_path(w, first, time);
	else if (first || !serves)
		health_start(&w->health, first && serves, time);
	if (!serves)
		probe_close(&w->probe);
}

void checks_path(struct checks *checks, unsigned gateway, enum family family, bool serves)
{
	bool changed = false;

	for (size_t i = 0; i < checks->count; i++) {
		struct watched *w = &checks->at[i];

		if (w->gateway != gateway || w->family != family || (w->placed && w->serves == serves))
			continue;
		path_changes(w, serves, clock_monotonic());
		changed = true;
	}
	if (changed)
		set_timer(checks);
}

bool checks_healthy(const struct checks *checks, unsigned gateway, enum family family)
{
	bool probed = false, answers = false;

	for (size_t i = 0; i < checks->count; i++) {
		const struct watched *w = &checks->at[i];

		if (w->gateway != gateway || w->family != family)
			continue;
		if (w->passive && !health_is_up(&w->health))
			return false;
		probed |= !w->passive;
		answers |= !w->passive && health_is_up(&w->health);
	}
	return answers || !probed;
}

size_t checks_status(const struct checks *checks, unsigned gateway, struct check_status *status, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < checks->count; i++) {
		const struct watched *w = &checks->at[i];

		if (w->gateway != gateway)
			continue;
		if (count < room)
			status[count] =
				(struct check_status){.check = w->check,
						      .family = w->family,
						      .phase = w->health.phase,
						      .up = health_is_up(&w->health),
						      .since = w->health.since,
						      .run = w->health.run,
						      .asked = w->passive ? w->passive->begun : w->asked,
						      .good = w->passive ? w->passive->answers : w->good,
						      .unanswered =
							      w->passive ? w->passive->unanswered
									 : w->asked - w->good - (w->probe.fd >= 0),
						      .last_us = w->last_us,
						      .reason = w->reason};
		count++;
	}
	return count;
}
