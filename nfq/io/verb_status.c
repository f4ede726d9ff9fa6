/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_status.c - "status": what the daemon is and does
 */
#include <unistd.h>

#include "daemon_state.h"
#include "verbs.h"

static void run(struct daemon *daemon, struct control_request *request)
{
	json_t *status = json_pack("{s:s, s:I, s:I, s:b}", "program", "nfqroute " NFQROUTE_VERSION, "pid",
				   (json_int_t)getpid(), "started", (json_int_t)daemon->started, "reloading",
				   daemon->reloading != NULL);
	json_t *rules =
		json_pack("{s:I, s:I, s:o}", "generation", (json_int_t)daemon->ruleset->generation, "rules",
			  (json_int_t)daemon->ruleset->rule_count, "reload", reload_json(&daemon->reload));

	json_object_set_new(status, "ruleset", rules);
	control_answer(request, status);
}

const struct control_verb verb_status = {
	.name = "status",
	.brief = "what the daemon is and does, and whether the kernel is as it should be",
	.run = run,
};
