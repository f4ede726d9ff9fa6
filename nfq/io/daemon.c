/* SPDX-License-Identifier: GPL-2.0-or-later
 * daemon.c - the running program: queues, routes and hooks from start to end
 *
 * Theory of operation. The order of the start is the order of who could be hurt. Queues are bound first: a second
 * daemon fails there, before it has touched the routes and hooks of the first. Hooks come last, when routes are in
 * and queues are served. At the end the queues are emptied and closed before the hooks go, because the kernel
 * drops what is queued when a hook or a queue goes; then routes and marks can go. A start that fails half-way ends
 * the same way.
 */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "daemon_state.h"
#include "hooks_watch.h"
#include "log.h"
#include "rp_filter.h"
#include "syscalls.h"
#include "xtables_lock.h"

/* At the end: how often the queues are looked at, and for how long at most, as packets go on coming where a full
 * queue does not let them pass. Two idle looks in a row mean that no packet is on its way into a queue any more.
 */
#define DRAIN_PAUSE_MS 10
#define DRAIN_MOST_MS 2000

/* --- start -----------------------------------------------------------------------------------------------------
 */

/* First of all: what goes wrong from here on is not to leave a queue bound that nobody serves. */
static bool take_handed(struct daemon *daemon)
{
	daemon->handover = handover_open();
	return daemon->handover;
}

/* Whom it is to become once it holds what takes root. */
static bool look_up_user(struct daemon *daemon)
{
	daemon->identity = privileges_identity(daemon->config->user);
	return true;
}

/* As the user that will read them at a reload. */
static bool load(struct daemon *daemon)
{
	privileges_try(&daemon->identity);
	daemon->ruleset = daemon->config->load(daemon->config->rules, NULL, &daemon->reload.diagnostics);
	privileges_untry(&daemon->identity);
	if (!daemon->ruleset && daemon->identity.changes)
		log_info("the rules are read as user %s, as a reload will read them", daemon->identity.name);
	if (!daemon->ruleset)
		return false;
	daemon->ruleset->generation = ++daemon->generation;
	daemon_note_loaded(daemon);
	return true;
}

static void on_signal(void *ctx, uint32_t events);
static void on_trouble(void *ctx, uint32_t events);
static void on_routing(void *ctx, uint32_t events);

/* Signals are blocked before threads are started, so that no thread gets them. */
static bool open_loop(struct daemon *daemon)
{
	static const int numbers[] = {SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	daemon->signals = (struct loop_source){signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), on_signal, daemon};
	daemon->trouble = (struct loop_source){eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), on_trouble, daemon};
	daemon->loop = loop_new();
	if (daemon->loop && loop_add(daemon->loop, &daemon->signals, EPOLLIN) &&
	    loop_add(daemon->loop, &daemon->trouble, EPOLLIN)) {
		daemon->jobs = jobs_open(daemon->loop);
		if (daemon->jobs)
			return true;
	}
	log_error("cannot wait for events: %s", strerror(errno));
	return false;
}

static struct key device(void *ctx, unsigned index)
{
	const struct daemon *daemon = ctx;

	return routing_device(daemon->routing, index);
}

struct worker *daemon_open_worker(struct daemon *daemon, unsigned number)
{
	struct queue_config queue = {.number = number,
				     .length = daemon->ruleset->options.queue_length,
				     .copy_range = engine_copy_range(daemon->ruleset),
				     .fail_closed = daemon->ruleset->options.fail_closed,
				     .open_mark = daemon->ruleset->marks.open,
				     .filtered = daemon->config->seccomp,
				     .handed = handover_take(daemon->handover, number),
				     .device = device,
				     .ctx = daemon};
	char error[ERROR_MAX];
	struct worker *worker = worker_open(&queue, daemon->trouble.fd, error, sizeof error);

	if (worker) {
		handover_keep(daemon->handover, number, worker_socket(worker));
	} else {
		log_error("%s", error);
		handover_forget(daemon->handover, number);
	}
	return worker;
}

static bool bind_queues(struct daemon *daemon)
{
	const struct daemon_config *config = daemon->config;

	daemon->workers = calloc(config->last - config->first + 1, sizeof(struct worker *));
	for (unsigned number = config->first; daemon->workers && number <= config->last; number++) {
		struct worker *worker = daemon_open_worker(daemon, number);

		if (!worker)
			return false;
		daemon->workers[daemon->worker_count++] = worker;
	}
	return daemon->workers;
}

/* From here on a reload can do all that the start can. */
static bool drop_privileges(struct daemon *daemon)
{
	char error[ERROR_MAX];

	xtables_lock_open(RUN_DIRECTORY);
	privileges_give(&daemon->identity, RUN_DIRECTORY, NULL);
	daemon_give_learned(daemon);
	if (privileges_drop(&daemon->identity, error, sizeof error))
		return true;
	log_error("%s", error);
	return false;
}

/* Without it all goes on as well. */
static bool restrict_calls(struct daemon *daemon)
{
	int failed = daemon->config->seccomp ? syscalls_restrict(SYSCALLS_DAEMON) : 0;

	if (failed)
		log_notice("system calls are not filtered: %s", strerror(failed));
	return true;
}

static bool set_routes(struct daemon *daemon)
{
	char error[ERROR_MAX];

	daemon->routing = routing_open(error, sizeof error);
	if (daemon->routing && routing_apply(daemon->routing, daemon->ruleset, error, sizeof error)) {
		daemon->routes = (struct loop_source){routing_fd(daemon->routing), on_routing, daemon};
		if (loop_add(daemon->loop, &daemon->routes, EPOLLIN))
			return true;
		snprintf(error, sizeof error, "cannot wait for events: %s", strerror(errno));
	}
	log_error("routes: %s", error);
	return false;
}

static bool open_nudges(struct daemon *daemon)
{
	daemon->nudges = nudges_open(daemon->loop, &daemon->ruleset->marks);
	if (!daemon->nudges)
		log_error("cannot tell clients of the end of connections: %s", strerror(errno));
	return daemon->nudges;
}

/* Connections decided by a predecessor that was killed keep their path where their mark still means one. */
static bool adopt_marks(struct daemon *daemon)
{
	daemon->marks_ours = true;
	daemon_clear_marks(daemon, false);
	return true;
}

bool daemon_start_worker(const struct daemon *daemon, struct worker *worker)
{
	char error[ERROR_MAX];
	bool started = worker_start(worker, daemon->ruleset, routing_state(daemon->routing), daemon->learned,
				    error, sizeof error);

	if (!started)
		log_error("%s", error);
	return started;
}

static bool serve_queues(struct daemon *daemon)
{
	for (unsigned i = 0; i < daemon->worker_count; i++)
		if (!daemon_start_worker(daemon, daemon->workers[i]))
			return false;
	return true;
}

/* Whoever keeps hooks of their own has what nfqroute hooks prints. */
void daemon_allow_moves(const struct daemon *daemon)
{
	enum moving moving[FAMILY_COUNT];

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		moving[family] = daemon->hooks ? hooks_move(daemon->hooks, family) : MOVING_TIMESTAMPS;
	for (unsigned i = 0; i < daemon->worker_count; i++)
		worker_allow_moves(daemon->workers[i], moving);
}

static bool install_hooks(struct daemon *daemon)
{
	struct hooks_queues queues = {daemon->config->first, daemon->config->last};
	char error[ERROR_MAX];

	if (daemon->ruleset->options.hooks) {
		daemon->hooks = hooks_install(daemon->ruleset, queues, error, sizeof error);
		if (!daemon->hooks)
			log_error("hooks: %s", error);
	}
	daemon_allow_moves(daemon);
	return daemon->hooks || !daemon->ruleset->options.hooks;
}

/* Some parts may be in now that were not, or the other way round. */
static void on_hooks_mended(void *ctx)
{
	daemon_allow_moves(ctx);
}

static bool watch_hooks(struct daemon *daemon)
{
	daemon->hooks_watch = hooks_watch_open(daemon->loop, &daemon->hooks, on_hooks_mended, daemon);
	return daemon->hooks_watch;
}

/* What a predecessor that was killed needed, and these rules do not. */
static bool prune_routes(struct daemon *daemon)
{
	routing_prune(daemon->routing);
	return true;
}

static const char *hooks_name(const struct daemon *daemon)
{
	if (!daemon->hooks)
		return "no hooks";
	return hooks_backend(daemon->hooks) == HOOKS_NFT ? "hooks by nftables" : "hooks by iptables";
}

static bool tell_others(struct daemon *daemon)
{
	metrics_follow(daemon);
	decisions_follow(daemon);
	return true;
}

/* Without it all goes on but being asked. */
static bool open_control(struct daemon *daemon)
{
	char error[ERROR_MAX];

	if (!daemon->config->control)
		return true;
	daemon->control = control_open(daemon, daemon->loop, daemon->config->control, error, sizeof error);
	if (!daemon->control)
		log_warning("nobody can ask or command this daemon: %s", error);
	return true;
}

static bool announce(struct daemon *daemon)
{
	const struct ruleset *ruleset = daemon->ruleset;
	char queues[32];

	snprintf(queues, sizeof queues, daemon->worker_count > 1 ? "queues %u to %u" : "queue %u",
		 daemon->config->first, daemon->config->last);
	log_notice("ready: %s, rules: %u, gateways: %u, %s", queues, ruleset->rule_count, ruleset->gateway_count,
		   hooks_name(daemon));
	sd_notify(0, "READY=1");
	return true;
}

static bool start(struct daemon *daemon)
{
	static bool (*const steps[])(struct daemon *) = {
		take_handed,     look_up_user,          load,         open_loop,     bind_queues,
		drop_privileges, restrict_calls,        set_routes,   open_nudges,   daemon_note_gateways,
		adopt_marks,     daemon_start_learning, serve_queues, install_hooks, watch_hooks,
		prune_routes,    daemon_watch_life,     open_control, tell_others,   announce,
	};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (!steps[i](daemon))
			return false;
	return true;
}

/* --- end -------------------------------------------------------------------------------------------------------
 */

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
	orphans_close(daemon->orphans);
	nudges_close(daemon->nudges);
	hooks_watch_close(daemon->hooks_watch);
	jobs_close(daemon->jobs);
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
	if (daemon->signals.fd >= 0)
		close(daemon->signals.fd);
	if (daemon->trouble.fd >= 0)
		close(daemon->trouble.fd);
}

static void end(struct daemon *daemon)
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
/* --- events ----------------------------------------------------------------------------------------------------
 */

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

static void on_signal(void *ctx, uint32_t events)
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

static void on_routing(void *ctx, uint32_t events)
{
	struct daemon *daemon = ctx;

	(void)events;
	routing_event(daemon->routing);
	daemon_watch_gateways(daemon);
	hooks_watch_devices(daemon->hooks_watch);
}

static void on_trouble(void *ctx, uint32_t events)
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

	daemon.failed = !start(&daemon);
	while (!daemon.failed && !daemon.ending)
		loop_turn(daemon.loop);
	end(&daemon);
	return daemon.failed ? 1 : 0;
}
