/* SPDX-License-Identifier: GPL-2.0-or-later
 * preview.h - the path that a connection takes from its first packet on, while its rules cannot tell yet
 */
#ifndef NFQROUTE_PREVIEW_H
#define NFQROUTE_PREVIEW_H

#include "engine.h"
#include "target.h"

struct preview {
	struct target target;
	uint8_t led_by; /* enum learned_source: what was learned of the destination chose it; 0: the rules did */
};

/* What an engine says of the packet, a connection's first, at now, of which nothing stays; learned (NULL: none) is only
 * read. false: out of memory, or the rules have decided. */
bool preview_first(const struct ruleset *ruleset, const struct gateway_state *gateways, struct learned *learned,
		   struct packet *packet, uint64_t now, struct preview *preview);

#endif
