/* SPDX-License-Identifier: GPL-2.0-or-later
 * daemon.c - the running program: from start to end it waits for events
 */
#include "daemon.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon_state.h"
#include "hooks_watch.h"

static void stop(struct daemon *daemon)
{
	daemon->ending = true;
}

/* All that is ours goes on without this process, until the next one has it. */
static void hand_over(struct daemon *daemon)
{
	daemon->ending = daemon->hands_over = true;
}

static void report(struct daemon *daemon)
{
	daemon_report(daemon);
}

void daemon_on_signal(void *ctx, uint32_t events)
{
	static void (*const handlers[])(struct daemon *) = {
		[SIGHUP] = daemon_reload, [SIGTERM] = stop,      [SIGINT] = stop,
		[SIGUSR1] = report,       [SIGUSR2] = hand_over,
	};
	struct daemon *daemon = ctx;
	struct signalfd_siginfo info;

	(void)events;
	while (read(daemon->signals.fd, &info, sizeof info) == sizeof info && !daemon->ending)
		handlers[info.ssi_signo](daemon);
}

void daemon_on_routing(void *ctx, uint32_t events)
{
	struct daemon *daemon = ctx;

	(void)events;
	routing_event(daemon->routing);
	if (routing_rules_changed(daemon->routing))
		hooks_watch_empty(daemon->hooks_watch);
	daemon_watch_gateways(daemon);
	hooks_watch_devices(daemon->hooks_watch);
}

void daemon_on_trouble(void *ctx, uint32_t events)
{
	struct daemon *daemon = ctx;

	(void)events;
	daemon->ending = true;
	daemon->failed = true;
}

int daemon_run(const struct daemon_config *config)
{
	struct daemon daemon = {.config = config,
				.signals.fd = -1,
				.trouble.fd = -1,
				.routes.fd = -1,
				.beat.source.fd = -1,
				.watchdog.source.fd = -1,
				.save_learned.source.fd = -1};

	daemon.failed = !daemon_start(&daemon);
	while (!daemon.failed && !daemon.ending)
		loop_turn(daemon.loop);
	daemon_end(&daemon);
	return daemon.failed ? 1 : 0;
}
