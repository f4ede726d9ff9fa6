/* SPDX-License-Identifier: GPL-2.0-or-later
 * preview.c - the path that a connection takes from its first packet on, while its rules cannot tell yet
 *
 * An engine of its own is given the packet, so that what is said here is what the daemon's do.
 */
#include "preview.h"

#include <stdlib.h>

#include "engine_private.h"

enum { FLOWS = 16, BUFFER_MEMORY = 1 << 16 };

static struct target target_of_path(const struct ruleset *ruleset, uint32_t mark)
{
	int gateway = ruleset_gateway_of_mark(ruleset, mark);

	if (gateway >= 0)
		return (struct target){.action = ACTION_VIA, .gateway = gateway, .mark = mark};
	return (struct target){.action = ACTION_MAIN, .gateway = -1, .mark = ruleset->marks.main};
}

bool preview_first(const struct ruleset *ruleset, const struct gateway_state *gateways, struct learned *learned,
		   struct packet *packet, uint64_t now, struct preview *preview)
{
	const struct engine_config config = {.gateways = gateways, .learned = learned};
	struct ruleset small = *ruleset;
	struct verdict *verdicts;
	struct engine *engine;
	bool open = false;

	small.options.flows = FLOWS;
	small.options.buffer_memory = BUFFER_MEMORY;
	engine = engine_new(&small, &config);
	verdicts = engine ? calloc(engine_verdicts_max(engine), sizeof *verdicts) : NULL;
	if (verdicts) {
		engine_packet(engine, packet, PACKET_OK, now, verdicts);
		open = engine->judged && engine->judged->path_taken;
	}
	if (open) {
		preview->target = target_of_path(ruleset, engine->judged->path_mark);
		preview->led_by = engine->judged->led_by;
	}
	free(verdicts);
	engine_free(engine);
	return open;
}
