/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_pause.c - "pause" and "resume": nothing is decided for a while
 *
 * The queues let pass what comes, undecided. Hooks, routes and marks stay, so connections that are decided keep
 * their path: were the hooks taken out, those by a gateway would change to the main table in mid-flow.
 */
#include "daemon_state.h"
#include "log.h"
#include "verbs.h"

static void set(struct daemon *daemon, struct control_request *request, bool pause)
{
	if (pause && daemon->ruleset->options.fail_closed) {
		control_fail(request, CONTROL_FAILED, "option fail-closed: nothing passes undecided");
		return;
	}
	if (daemon->paused != pause) {
		for (unsigned i = 0; i < daemon->worker_count; i++)
			worker_pause(daemon->workers[i], pause);
		daemon->paused = pause;
		log_notice(pause ? "paused: new connections pass undecided" : "resumed");
	}
	control_answer(request, json_pack("{s:b}", "paused", pause));
}

static void pause_run(struct daemon *daemon, struct control_request *request)
{
	set(daemon, request, true);
}

static void resume_run(struct daemon *daemon, struct control_request *request)
{
	set(daemon, request, false);
}

const struct control_verb verb_pause = {
	.name = "pause",
	.brief = "decide nothing until resume; connections that are decided keep their path",
	.changes = true,
	.run = pause_run,
};

const struct control_verb verb_resume = {
	.name = "resume",
	.brief = "decide again",
	.changes = true,
	.run = resume_run,
};
