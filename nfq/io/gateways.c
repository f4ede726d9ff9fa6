/* SPDX-License-Identifier: GPL-2.0-or-later
 * gateways.c - what happens to connections when a gateway goes
 */
#include <stdlib.h>

#include "connmark.h"
#include "daemon_state.h"
#include "log.h"

/* The kernel ends masqueraded connections with their device; moved ones it does not know for such. Refused, their
 * clients get a reset at their next packet, and nothing of them leaves by another path. */
static void end_moved(const struct daemon *daemon, const struct gateway *gateway, enum family family)
{
	const struct marks *marks = &daemon->ruleset->marks;
	char error[ERROR_MAX];
	int ended = connmark_change_moved(marks->mask, family == FAMILY_IPV6 ? AF_INET6 : AF_INET, gateway->mark,
					  marks->reject, error, sizeof error);

	if (ended > 0)
		log_info("gateway %s is gone: ended %d connections that had been moved to it", gateway->name, ended);
	else if (ended < 0)
		log_info("moved connections of gateway %s are not ended: %s", gateway->name, error);
}

static void note(struct daemon *daemon, bool act)
{
	const struct gateway_state *state = routing_state(daemon->routing);

	for (unsigned i = 0; i < daemon->ruleset->gateway_count; i++) {
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			bool up = state[i].up[family], was_up = daemon->was_up[i * FAMILY_COUNT + family];

			if (act && was_up && !up)
				end_moved(daemon, &daemon->ruleset->gateways[i], family);
			daemon->was_up[i * FAMILY_COUNT + family] = up;
		}
	}
}

bool daemon_note_gateways(struct daemon *daemon)
{
	bool *was_up = calloc((size_t)daemon->ruleset->gateway_count * FAMILY_COUNT + 1, sizeof *was_up);

	if (!was_up)
		return false;
	free(daemon->was_up);
	daemon->was_up = was_up;
	note(daemon, false);
	return true;
}

void daemon_watch_gateways(struct daemon *daemon)
{
	note(daemon, true);
}
