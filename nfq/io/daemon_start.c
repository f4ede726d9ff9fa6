/* SPDX-License-Identifier: GPL-2.0-or-later
 * daemon_start.c - the daemon's start, step by step
 *
 * The order is the order of who could be hurt. Queues are bound first: a second daemon fails there, before it has
 * touched the routes and hooks of the first. Hooks come last, when routes are in and queues are served. A start
 * that fails half-way ends as any other (daemon_end.c).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "daemon_state.h"
#include "flowtable.h"
#include "hooks_watch.h"
#include "log.h"
#include "queue_owner.h"
#include "xtables_lock.h"

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

static void note_unfiltered(int failed)
{
	log_notice("system calls are not filtered: %s", strerror(failed));
}

/* Before there is much that the process which does it would copy. Without it all goes on as well. */
static bool make_lists(struct daemon *daemon)
{
	int failed = daemon->config->seccomp
			     ? syscalls_make(&daemon->calls, geteuid() == 0 && !daemon->identity.changes)
			     : 0;

	if (failed)
		note_unfiltered(failed);
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

/* Signals are blocked before threads are started, so that no thread gets them. */
static bool open_loop(struct daemon *daemon)
{
	static const int numbers[] = {SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	daemon->signals =
		(struct loop_source){signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), daemon_on_signal, daemon};
	daemon->trouble = (struct loop_source){eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), daemon_on_trouble, daemon};
	daemon->loop = loop_new();
	if (daemon->loop && loop_add(daemon->loop, &daemon->signals) &&
	    loop_add(daemon->loop, &daemon->trouble)) {
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
				     .calls = &daemon->calls,
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

/* Routes, rules and hooks are told by what is ours in them, not by whose: two daemons would take each other's away. */
static bool find_no_other(struct daemon *daemon)
{
	const struct daemon_config *config = daemon->config;
	char owner[128];
	unsigned number;

	if (!queue_other_daemon(config->first, config->last, &number, owner, sizeof owner))
		return true;
	log_error("%s serves this network already, by queue %u: end it first, as a network takes one daemon", owner,
		  number);
	return false;
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

static bool restrict_calls(struct daemon *daemon)
{
	int failed = syscalls_restrict(&daemon->calls, SYSCALLS_DAEMON);

	if (failed)
		note_unfiltered(failed);
	return true;
}

static bool set_routes(struct daemon *daemon)
{
	char error[ERROR_MAX];

	daemon->routing = routing_open(error, sizeof error);
	if (daemon->routing && routing_apply(daemon->routing, daemon->ruleset, error, sizeof error)) {
		daemon->routes = (struct loop_source){routing_fd(daemon->routing), daemon_on_routing, daemon};
		if (loop_add(daemon->loop, &daemon->routes))
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

/* What a predecessor's flowtable carries does not know of rules that have come since. */
static void forget_ways(const struct daemon *daemon)
{
	routing_event(daemon->routing);
	if (routing_rules_changed(daemon->routing))
		flowtable_purge();
}

static bool install_hooks(struct daemon *daemon)
{
	struct hooks_queues queues = {daemon->config->first, daemon->config->last};
	char error[ERROR_MAX];

	forget_ways(daemon);
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

bool daemon_start(struct daemon *daemon)
{
	static bool (*const steps[])(struct daemon *) = {
		take_handed,
		look_up_user,
		make_lists,
		load,
		open_loop,
		bind_queues,
		find_no_other,
		drop_privileges,
		restrict_calls,
		set_routes,
		open_nudges,
		daemon_note_gateways,
		adopt_marks,
		daemon_start_learning,
		serve_queues,
		install_hooks,
		watch_hooks,
		prune_routes,
		daemon_watch_life,
		open_control,
		tell_others,
		announce,
	};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (!steps[i](daemon))
			return false;
	return true;
}
