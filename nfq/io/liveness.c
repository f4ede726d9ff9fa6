/* SPDX-License-Identifier: GPL-2.0-or-later
 * liveness.c - part of the daemon: does each queue's thread live?
 *
 * Once a second each is asked for a sign of life. One that owes five is stuck (in a classifier, in a call that
 * does not return): its queue is given back, so that packets pass instead of waiting, and a new thread with a new
 * engine serves it from then on. Connections that are decided notice nothing of it, as the kernel has their marks.
 *
 * A thread that is stuck cannot be ended, and may go on at any time. So what it may touch is kept until the daemon
 * ends, and for good if it is stuck even then. Seconds are counted by the main thread's own turns: a machine that
 * slept, or a process that was stopped, has nobody stuck in it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "daemon_state.h"
#include "log.h"

enum {
	BEAT_MS = 1000,
	BEATS_OWED = 5 /* then it is stuck */
};

static void give_up(struct daemon *daemon)
{
	daemon->ending = true;
	daemon->failed = true;
}

/* The new one is to be as the old one was meant to be. */
static struct worker *successor(struct daemon *daemon, unsigned number)
{
	struct worker *worker = daemon_open_worker(daemon, number);

	if (!worker || !daemon_start_worker(daemon, worker)) {
		worker_close(worker);
		return NULL;
	}
	return worker;
}

static void replace(struct daemon *daemon, unsigned index)
{
	unsigned number = daemon->config->first + index;
	struct worker *next;

	log_error("queue %u: its thread is stuck: it has not answered for %d seconds", number, BEATS_OWED);
	worker_abandon(daemon->workers[index]);
	routing_keep(daemon->routing);
	next = daemon->stuck_count < STUCK_MAX ? successor(daemon, number) : NULL;
	if (!next) {
		give_up(daemon);
		return;
	}
	daemon->stuck[daemon->stuck_count++] = daemon->workers[index];
	daemon->workers[index] = next;
	daemon_allow_moves(daemon);
	if (daemon->paused)
		worker_pause(next, true);
	log_warning("queue %u: another thread serves it", number);
}

static void on_beat(void *ctx)
{
	struct daemon *daemon = ctx;

	daemon->alive = true;
	for (unsigned i = 0; i < daemon->worker_count && !daemon->failed; i++) {
		unsigned owed = worker_ping(daemon->workers[i]);

		if (owed > BEATS_OWED)
			replace(daemon, i);
		else if (owed > 1)
			daemon->alive = false;
	}
}

/* A sign of life to systemd is one of the whole program. */
static void on_watchdog(void *ctx)
{
	const struct daemon *daemon = ctx;

	if (daemon->alive)
		sd_notify(0, "WATCHDOG=1");
}

static bool start_timer(struct daemon *daemon, struct loop_timer *timer, void (*due)(void *), uint64_t ms)
{
	if (!loop_timer_open(daemon->loop, timer, due, daemon))
		return false;
	loop_timer_set(timer, ms, true);
	return true;
}

/* To systemd twice as often as it wants one. */
bool daemon_watch_life(struct daemon *daemon)
{
	uint64_t microseconds;

	daemon->alive = true;
	if (start_timer(daemon, &daemon->beat, on_beat, BEAT_MS) &&
	    (sd_watchdog_enabled(0, &microseconds) <= 0 ||
	     start_timer(daemon, &daemon->watchdog, on_watchdog, microseconds / 2000)))
		return true;
	log_error("cannot set a timer: %s", strerror(errno));
	return false;
}

bool daemon_keep_for_stuck(const struct daemon *daemon)
{
	bool any = daemon->stuck_count > 0;

	for (unsigned i = 0; i < daemon->worker_count; i++)
		any = worker_is_stuck(daemon->workers[i]) || any;
	if (any)
		routing_keep(daemon->routing);
	return any;
}

void daemon_retire(struct daemon *daemon, struct ruleset *ruleset)
{
	struct ruleset **retired;

	if (!daemon_keep_for_stuck(daemon)) {
		ruleset_free(ruleset);
		return;
	}
	retired = realloc(daemon->retired, (daemon->retired_count + 1) * sizeof(struct ruleset *));
	if (!retired)
		return; /* lost and not freed: somebody may be reading it */
	daemon->retired = retired;
	daemon->retired[daemon->retired_count++] = ruleset;
}

bool daemon_close_workers(struct daemon *daemon)
{
	bool all = true;

	for (unsigned i = 0; i < daemon->worker_count; i++)
		all = worker_close(daemon->workers[i]) && all;
	for (unsigned i = 0; i < daemon->stuck_count; i++)
		all = worker_close(daemon->stuck[i]) && all;
	daemon->worker_count = daemon->stuck_count = 0;
	free(daemon->workers);
	daemon->workers = NULL;
	for (unsigned i = 0; i < daemon->retired_count && all; i++)
		ruleset_free(daemon->retired[i]);
	free(daemon->retired);
	daemon->retired = NULL;
	if (!all)
		log_warning("a thread is stuck to the end");
	return all;
}
