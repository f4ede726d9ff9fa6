/* SPDX-License-Identifier: GPL-2.0-or-later
 * target.h - from a rule's verdict to a gateway and a mark
 */
#ifndef NFQROUTE_TARGET_H
#define NFQROUTE_TARGET_H

#include "engine.h"

struct target {
	enum action action; /* ACTION_MAIN as well where the gateway leaves the family to main */
	int gateway;        /* index into ruleset.gateways, or -1 */
	uint32_t mark;      /* the decided connection's mark bits */
	bool down;          /* the gateway cannot be used now, and no other may stand in */
};

/* The gateway can be used now. gateways as in struct engine_config. */
bool target_serves(const struct gateway_state *gateways, unsigned index, enum family family);

/* The rule leads to a gateway that is down, and no other may stand in. */
bool target_is_down(const struct ruleset *ruleset, const struct rule *rule, enum family family,
		    const struct gateway_state *gateways);

/* What rule (NULL: none matched) means for this connection now. gateways as in struct engine_config. A gateway that
 * is down is still the target where no other may stand in: what goes there does not go elsewhere. */
struct target target_of(const struct ruleset *ruleset, const struct rule *rule, const struct packet *packet,
			const struct gateway_state *gateways);

/* The same for a connection that is decided by it: for a gateway that is down it is refused at once. */
struct target target_final(const struct ruleset *ruleset, const struct rule *rule, const struct packet *packet,
			   const struct gateway_state *gateways);

/* The gateway that takes all that goes by this one, now that it is down: what every rule that leads to it, by whatever
 * group, leads to instead. -1: there is none, or it depends. */
int target_heir(const struct ruleset *ruleset, unsigned gateway, enum family family,
		const struct gateway_state *gateways);

/* Some rule names the gateway itself, not a group with it. */
bool target_is_named(const struct ruleset *ruleset, unsigned gateway);

#endif
