/* SPDX-License-Identifier: GPL-2.0-or-later
 * reload.c - other rules while packets flow
 *
 * Theory of operation. First everything that the new rules need is put beside the old (routes, hooks), each step
 * undoing itself if it fails and the earlier ones undone here; then the workers change over, one after the other;
 * and only then goes what the old rules alone needed. Until the change over every packet is judged, marked and
 * routed by the old rules, and the marks of connections decided by them keep their meaning, for a gateway's mark
 * cannot change while the daemon runs.
 */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "connmark.h"
#include "daemon_state.h"
#include "log.h"

static bool refuse_mask(const struct ruleset *old, const struct ruleset *next)
{
	if (old->marks.mask == next->marks.mask)
		return false;
	log_error(
		"option mark-mask cannot change from 0x%x to 0x%x while connections carry marks: restart instead",
		old->marks.mask, next->marks.mask);
	return true;
}

static const struct gateway *gateway_by_name(const struct ruleset *ruleset, const char *name)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (strcmp(ruleset->gateways[i].name, name) == 0)
			return &ruleset->gateways[i];
	return NULL;
}

/* Connections decided for a gateway carry its mark; they would go by another gateway or by none. */
static bool refuse_marks(const struct ruleset *old, const struct ruleset *next)
{
	for (unsigned i = 0; i < next->gateway_count; i++) {
		const struct gateway *after = &next->gateways[i];
		const struct gateway *before = gateway_by_name(old, after->name);

		if (!before || before->mark == after->mark)
			continue;
		log_error("%s:%u: the mark of gateway %s cannot change from 0x%x to 0x%x while connections carry "
			  "it: write \"mark 0x%x\", or restart",
			  after->file, after->line, after->name, before->mark, after->mark, before->mark);
		return true;
	}
	return false;
}

static bool route(const struct daemon *daemon, const struct ruleset *ruleset)
{
	char error[ERROR_MAX];

	if (routing_apply(daemon->routing, ruleset, error, sizeof error))
		return true;
	log_error("routes: %s", error);
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
	log_error("hooks: %s", error);
	return false;
}

static bool change_over(const struct daemon *daemon, const struct ruleset *ruleset)
{
	const struct gateway_state *state = routing_state(daemon->routing);

	for (unsigned i = 0; i < daemon->worker_count; i++)
		if (!worker_switch(daemon->workers[i], ruleset, state)) {
			log_error("no memory for the new rules");
			return false;
		}
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
	log_error("the rules in force cannot be served any more");
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

	if (refuse_mask(old, next) || refuse_marks(old, next) || !route(daemon, next))
		return false;
	rehooked = hook(daemon, next);
	if (!rehooked || !change_over(daemon, next)) {
		back(daemon, rehooked);
		return false;
	}
	daemon->ruleset = next;
	if (!daemon_note_gateways(daemon) || !unhook(daemon))
		give_up(daemon);
	routing_prune(daemon->routing);
	daemon_clear_marks(daemon, false);
	ruleset_free(old);
	return true;
}

static void tell_reloading(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

void daemon_reload(struct daemon *daemon)
{
	struct ruleset *next;

	tell_reloading();
	next = daemon_load(daemon);
	if (next && put_in_force(daemon, next)) {
		log_notice("reloaded, rules: %u, gateways: %u", next->rule_count, next->gateway_count);
	} else {
		ruleset_free(next);
		log_error("not reloaded: the rules of before stay in force");
	}
	sd_notify(0, "READY=1");
}

void daemon_clear_marks(const struct daemon *daemon, bool everything)
{
	const struct ruleset *ruleset = daemon->ruleset;
	uint32_t *keep = calloc(ruleset->gateway_count + 3, sizeof *keep);
	char error[ERROR_MAX];
	size_t count = 0;
	int cleared;

	if (!keep)
		return;
	for (unsigned i = 0; i < ruleset->gateway_count && !everything; i++)
		keep[count++] = ruleset->gateways[i].mark;
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
