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
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "checks_private.h"
#include "clock.h"
#include "log.h"
#include "secret.h"

#define SECOND (1000 * CHECKS_MILLISECOND)
#define EVENTS 32

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

void checks_close(struct checks *checks)
{
	if (!checks)
		return;
	checks_drop(checks->at, checks->count);
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

void checks_set_timer(const struct checks *checks)
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
	const char *family = family_name(w->family);

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
	return health_next(&w->health, &w->check->terms, w->begun, (uint32_t)secret_number());
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
	checks_set_timer(checks);
}
