/* SPDX-License-Identifier: GPL-2.0-or-later
 * reload.c - other rules while packets flow
 *
 * Theory of operation. The rules are read in a thread of their own, for a million names take a second, and the
 * main thread has devices to follow and questions to answer. Then everything that the new rules need is put beside
 * the old (routes, hooks), each step undoing itself if it fails and the earlier ones undone here; then the workers
 * change over, one after the other; and only then goes what the old rules alone needed. Until the change over
 * every packet is judged, marked and routed by the old rules, and the marks of connections decided by them keep
 * their meaning, for a gateway's mark cannot change while the daemon runs.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "connmark.h"
#include "daemon_state.h"
#include "log.h"
#include "xtables_lock.h"

/* A reload under way, and who waits for it. */
struct reload {
	struct job job;
	struct daemon *daemon;
	struct ruleset *next;
	char *diagnostics;
	bool needs_lock, locked; /* of the old iptables, to change the hooks; it is had */
	struct timespec begun;
	bool again; /* asked for since: the files may have changed behind the reader */
	struct control_requests waiting, waiting_again;
};

/* --- putting rules in force --- */

/* What stands in the way, for the log and for whoever asked. The first is the cause. */
static void fault(struct daemon *daemon, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct daemon *daemon, const char *format, ...)
{
	char text[ERROR_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	log_error("%s", text);
	if (!*daemon->reload.error)
		memcpy(daemon->reload.error, text, sizeof text);
}

static bool refuse_mask(struct daemon *daemon, const struct ruleset *next)
{
	uint32_t old = daemon->ruleset->marks.mask;

	if (old == next->marks.mask)
		return false;
	fault(daemon,
	      "option mark-mask cannot change from 0x%x to 0x%x while connections carry marks: restart instead",
	      old, next->marks.mask);
	return true;
}

/* Connections decided for a gateway carry its mark; they would go by another gateway or by none. */
static bool refuse_marks(struct daemon *daemon, const struct ruleset *next)
{
	for (unsigned i = 0; i < next->gateway_count; i++) {
		const struct gateway *after = &next->gateways[i];
		int index = ruleset_gateway_by_name(daemon->ruleset, after->name);
		uint32_t before = index >= 0 ? daemon->ruleset->gateways[index].mark : after->mark;

		if (before == after->mark)
			continue;
		fault(daemon,
		      "%s:%u: the mark of gateway %s cannot change from 0x%x to 0x%x while connections carry "
		      "it: write \"mark 0x%x\", or restart",
		      after->file, after->line, after->name, before, after->mark, before);
		return true;
	}
	return false;
}

static bool route(struct daemon *daemon, const struct ruleset *ruleset)
{
	char error[ERROR_MAX];

	if (routing_apply(daemon->routing, ruleset, error, sizeof error)) {
		daemon_carry_health(daemon, ruleset);
		return true;
	}
	fault(daemon, "routes: %s", error);
	return false;
}

/* Hooks for other rules; where hooks are not wanted any more they stay until the workers have changed over. */
static bool hook(struct daemon *daemon, const struct ruleset *ruleset)
{
	struct hooks_queues queues = {daemon->config->first, daemon->config->last};
	char error[ERROR_MAX];

	if (!ruleset->options.hooks)
		return true;
	if (daemon->hooks) {
		if (hooks_replace(daemon->hooks, ruleset, error, sizeof error))
			return true;
	} else {
		daemon->hooks = hooks_install(ruleset, queues, error, sizeof error);
		if (daemon->hooks)
			return true;
	}
	fault(daemon, "hooks: %s", error);
	return false;
}

static bool change_over(struct daemon *daemon, const struct ruleset *ruleset)
{
	const struct gateway_state *state = routing_state(daemon->routing);

	for (unsigned i = 0; i < daemon->worker_count; i++) {
		uint64_t stood;

		if (!worker_switch(daemon->workers[i], ruleset, state, &stood)) {
			fault(daemon, "no memory for the new rules");
			return false;
		}
		daemon->reload.stood = stood > daemon->reload.stood ? stood : daemon->reload.stood;
	}
	daemon_keep_for_stuck(daemon);
	daemon_allow_moves(daemon);
	return true;
}

/* The queues are emptied first: the kernel drops what is queued when a hook goes. */
static bool unhook(struct daemon *daemon)
{
	if (daemon->ruleset->options.hooks || !daemon->hooks)
		return true;
	daemon_drain(daemon);
	hooks_remove(daemon->hooks);
	daemon->hooks = NULL;
	return change_over(daemon, daemon->ruleset); /* opens the queues again */
}

static void give_up(struct daemon *daemon)
{
	fault(daemon, "the rules in force cannot be served any more");
	daemon->ending = true;
	daemon->failed = true;
}

/* Back to the rules in force, whose routes and, unless rehooked, hooks are still there. What cannot be had again
 * would leave the daemon half in one state and half in another: then it is better to end. */
static void back(struct daemon *daemon, bool rehooked)
{
	bool whole = route(daemon, daemon->ruleset);

	if (rehooked)
		whole = hook(daemon, daemon->ruleset) && whole;
	whole = change_over(daemon, daemon->ruleset) && whole;
	whole = unhook(daemon) && whole;
	routing_prune(daemon->routing);
	if (!whole)
		give_up(daemon);
}

static bool put_in_force(struct daemon *daemon, struct ruleset *next)
{
	struct ruleset *old = daemon->ruleset;
	bool rehooked;

	if (refuse_mask(daemon, next) || refuse_marks(daemon, next) || !route(daemon, next))
		return false;
	rehooked = hook(daemon, next);
	if (!rehooked || !change_over(daemon, next)) {
		back(daemon, rehooked);
		return false;
	}
	daemon->ruleset = next;
	if (!daemon_renote_gateways(daemon, old) || !unhook(daemon))
		give_up(daemon);
	routing_prune(daemon->routing);
	daemon_clear_marks(daemon, false);
	daemon_on_routing(daemon, 0); /* what these changes mean to whoever follows them, before this is told to be done */
	metrics_follow(daemon);
	decisions_follow(daemon);
	daemon_retire(daemon, old);
	return true;
}

/* --- reading them --- */

static void tell_reloading(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

/* In a thread of its own. The rules in force stay in force until it is done, as no other reload begins. */
static void read_rules(struct job *job)
{
	struct reload *reload = (struct reload *)job;
	const struct daemon *daemon = reload->daemon;

	reload->next = daemon->config->load(daemon->config->rules, daemon->ruleset, &reload->diagnostics);
	reload->locked = reload->needs_lock && reload->next && xtables_lock_take();
}

/* Waited for in the reader's thread, for the main thread has others to serve. */
static bool has_lock(struct daemon *daemon, const struct reload *reload)
{
	if (reload->locked || !reload->needs_lock)
		return true;
	fault(daemon, "hooks: another program has held " XTABLES_LOCK " for ten seconds");
	return false;
}

static uint64_t since_ms(const struct timespec *begun)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - begun->tv_sec) * 1000 + (now.tv_nsec - begun->tv_nsec) / 1000000);
}

static void take_rules(struct daemon *daemon, struct reload *reload)
{
	struct ruleset *next = reload->next;

	free(daemon->reload.diagnostics);
	daemon->reload = (struct reload_result){.diagnostics = reload->diagnostics};
	if (next)
		next->generation = ++daemon->generation;
	daemon->reload.good = next && has_lock(daemon, reload) && put_in_force(daemon, next);
	daemon->reload.at = time(NULL);
	daemon->reload.took = since_ms(&reload->begun);
	if (daemon->reload.good) {
		log_notice("reloaded, rules: %u, gateways: %u; in %" PRIu64 " ms, and queues waited %" PRIu64
			   " us at most",
			   next->rule_count, next->gateway_count, daemon->reload.took,
			   daemon->reload.stood / 1000);
	} else {
		ruleset_free(next);
		log_error("not reloaded: the rules of before stay in force");
	}
}

/* Who asked while the rules were read waits for the next reading. */
static void go_on(struct daemon *daemon, struct reload *reload)
{
	struct control_requests waiting = reload->waiting_again;
	bool again = reload->again && !daemon->ending;

	free(reload);
	daemon->reloading = NULL;
	if (again)
		daemon_reload(daemon);
	else
		sd_notify(0, "READY=1");
	if (daemon->reloading)
		daemon->reloading->waiting = waiting;
	else
		control_fail_all(&waiting);
}

static void rules_read(struct job *job)
{
	struct reload *reload = (struct reload *)job;
	struct daemon *daemon = reload->daemon;

	if (daemon->ending) {
		ruleset_free(reload->next);
		free(reload->diagnostics);
		control_fail_all(&reload->waiting);
	} else {
		take_rules(daemon, reload);
		verb_reload_answer(daemon, &reload->waiting);
	}
	if (reload->locked)
		xtables_lock_release();
	go_on(daemon, reload);
}

/* false: it could not begin, which is logged. */
static bool begin(struct daemon *daemon)
{
	struct reload *reload = calloc(1, sizeof *reload);

	if (reload) {
		reload->daemon = daemon;
		reload->needs_lock = daemon->hooks && hooks_need_lock(daemon->hooks);
		reload->job.work = read_rules;
		reload->job.done = rules_read;
		clock_gettime(CLOCK_MONOTONIC, &reload->begun);
		tell_reloading();
		if (jobs_start(daemon->jobs, &reload->job)) {
			daemon->reloading = reload;
			return true;
		}
		free(reload);
		sd_notify(0, "READY=1");
	}
	log_error("not reloaded: there is no memory, or no thread to be had");
	return false;
}

void daemon_reload(struct daemon *daemon)
{
	if (daemon->reloading)
		daemon->reloading->again = true;
	else
		begin(daemon);
}

void daemon_reload_for(struct daemon *daemon, struct control_request *request)
{
	if (daemon->reloading) {
		daemon->reloading->again = true;
		control_wait(&daemon->reloading->waiting_again, request);
	} else if (begin(daemon)) {
		control_wait(&daemon->reloading->waiting, request);
	} else {
		control_fail(request, CONTROL_FAILED, "there is no memory, or no thread to be had");
	}
}

void daemon_note_loaded(struct daemon *daemon)
{
	daemon->started = daemon->reload.at = time(NULL);
	daemon->reload.good = true;
}

void daemon_clear_marks(const struct daemon *daemon, bool everything)
{
	const struct ruleset *ruleset = daemon->ruleset;
	uint32_t *keep = calloc(2 * (size_t)ruleset->gateway_count + 3, sizeof *keep);
	char error[ERROR_MAX];
	size_t count = 0;
	int cleared;

	if (!keep)
		return;
	for (unsigned i = 0; i < ruleset->gateway_count && !everything; i++) {
		keep[count++] = ruleset->gateways[i].mark;
		keep[count++] = ruleset->gateways[i].mark |
				ruleset->marks.open; /* has come in by it, is not decided yet */
	}
	if (!everything) {
		keep[count++] = ruleset->marks.main;
		keep[count++] = ruleset->marks.drop;
		keep[count++] = ruleset->marks.reject;
	}
	cleared = connmark_clear(ruleset->marks.mask, keep, count, error, sizeof error);
	free(keep);
	if (cleared > 0)
		log_info("cleared the marks of %d connections", cleared);
	else if (cleared < 0)
		log_info("marks of connections stay as they are: %s", error);
}
