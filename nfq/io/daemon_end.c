/* SPDX-License-Identifier: GPL-2.0-or-later
 * daemon_end.c - the daemon's end: what was received is answered, then all that was put in is taken out
 *
 * The queues are emptied and closed before the hooks go, because the kernel drops what is queued when a hook or a
 * queue goes; then routes and marks can go.
 */
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "daemon_state.h"
#include "hooks_watch.h"

/* At the end: how often the queues are looked at, and for how long at most, as packets go on coming where a full
 * queue does not let them pass. Two idle looks in a row mean that no packet is on its way into a queue any more.
 */
#define DRAIN_PAUSE_MS 10
#define DRAIN_MOST_MS 2000

void daemon_drain(struct daemon *daemon)
{
	static const struct timespec pause = {.tv_nsec = DRAIN_PAUSE_MS * 1000000};
	uint64_t until = clock_monotonic() + DRAIN_MOST_MS * 1000000ULL;
	unsigned idle = 0;

	while (idle < 2 && clock_monotonic() < until) {
		bool all = true;

		for (unsigned i = 0; i < daemon->worker_count; i++)
			all = worker_drain(daemon->workers[i]) && all;
		idle = all ? idle + 1 : 0;
		if (idle < 2)
			nanosleep(&pause, NULL);
	}
}

static void close_loop(struct daemon *daemon)
{
	loop_timer_close(daemon->loop, &daemon->beat);
	loop_timer_close(daemon->loop, &daemon->watchdog);
	loop_timer_close(daemon->loop, &daemon->save_learned);
	loop_remove(daemon->loop, &daemon->routes);
	daemon_end_checks(daemon);
	jobs_close(daemon->jobs); /* what they have come to is dealt with by the others */
	orphans_close(daemon->orphans);
	nudges_close(daemon->nudges);
	hooks_watch_close(daemon->hooks_watch);
	metrics_close(daemon->metrics);
	decisions_close(daemon);
	control_close(daemon->control);
	loop_free(daemon->loop);
}

/* What stands stays for the next one: between them nothing that is undecided passes. `nfqroute release` undoes it.
 */
static bool stays(const struct daemon *daemon)
{
	return daemon->hands_over || (daemon->ruleset && daemon->ruleset->options.fail_closed);
}

/* Every packet that has been received gets its verdict. Where a store has the queues' sockets, those that have not
 * been wait in the kernel for the next one; else they are received, too, and what comes then passes. */
static void settle_queues(struct daemon *daemon)
{
	bool go_on = daemon->hands_over && handover_stores(daemon->handover);

	for (unsigned i = 0; i < daemon->worker_count; i++) {
		if (go_on)
			worker_hand_over(daemon->workers[i]);
		else
			handover_forget(daemon->handover, daemon->config->first + i);
	}
	if (!daemon->routing || !daemon->worker_count)
		return;
	if (!go_on)
		daemon_drain(daemon);
	daemon_report(daemon);
}

static void let_go(struct daemon *daemon)
{
	hooks_remove(daemon->hooks);
	if (daemon->routing)
		routing_remove(daemon->routing);
	if (daemon->marks_ours)
		daemon_clear_marks(daemon, true);
}

static void free_all(struct daemon *daemon)
{
	learned_free(daemon->learned);
	routing_close(daemon->routing);
	handover_close(daemon->handover);
	ruleset_free(daemon->ruleset);
	free(daemon->watch);
	free(daemon->reload.diagnostics);
	counters_free(&daemon->counters);
	syscalls_free(&daemon->calls);
	if (daemon->signals.fd >= 0)
		close(daemon->signals.fd);
	if (daemon->trouble.fd >= 0)
		close(daemon->trouble.fd);
}

void daemon_end(struct daemon *daemon)
{
	bool whole;

	sd_notify(0, "STOPPING=1");
	close_loop(daemon);
	settle_queues(daemon);
	decisions_end(daemon);
	whole = daemon_close_workers(daemon);
	daemon_save_learned(daemon);
	if (stays(daemon))
		hooks_forget(daemon->hooks);
	else
		let_go(daemon);
	if (!whole) /* a thread that is stuck may go on at any time: nothing is taken from under it */
		_exit(daemon->failed ? 1 : 0);
	free_all(daemon);
}
