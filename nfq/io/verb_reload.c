/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_reload.c - "reload": read the rules again, and what is wrong with them
 */
#include <string.h>

#include "daemon_state.h"
#include "verbs.h"

json_t *reload_json(const struct reload_result *result)
{
	json_t *list = result->diagnostics ? json_loads(result->diagnostics, 0, NULL) : NULL;

	return json_pack("{s:b, s:I, s:I, s:o, s:s?}", "good", result->good, "at", (json_int_t)result->at, "ms",
			 (json_int_t)result->took, "diagnostics", list ? list : json_array(), "error",
			 *result->error ? result->error : NULL);
}

void verb_reload_answer(const struct daemon *daemon, struct control_requests *waiting)
{
	struct control_request *request;

	while ((request = control_next(waiting))) {
		json_t *answer = reload_json(&daemon->reload);

		json_object_set_new(answer, "generation", json_integer(daemon->ruleset->generation));
		json_object_set_new(answer, "rules", json_integer(daemon->ruleset->rule_count));
		json_object_set_new(answer, "gateways", json_integer(daemon->ruleset->gateway_count));
		control_answer(request, answer);
	}
}

static void run(struct daemon *daemon, struct control_request *request)
{
	daemon_reload_for(daemon, request);
}

const struct control_verb verb_reload = {
	.name = "reload",
	.brief = "read the rules again; any error keeps the old ones in force",
	.changes = true,
	.run = run,
};
