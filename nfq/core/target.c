/* SPDX-License-Identifier: GPL-2.0-or-later
 * target.c - from a rule's verdict to a gateway and a mark
 *
 * Balanced groups use weighted rendezvous hashing: each member gets a score from a hash of (client, destination,
 * its name) and its weight, the highest wins. A member that comes or goes moves only its own share, and the choice
 * is the same in every thread and after every restart.
 */
#include "target.h"

#include <math.h>

#include "hash.h"

enum { TO_MAIN = -1 };

bool target_serves(const struct gateway_state *gateways, unsigned index, enum family family)
{
	return !gateways || gateways[index].up[family];
}

/* Higher is better: -weight / ln(u), u uniform in (0, 1). */
static double score(const struct gateway *gateway, unsigned weight, const struct packet *p)
{
	uint64_t h = hash_mix(hash_mix(p->src.high, p->src.low), hash_mix(p->dst.high, p->dst.low));

	for (const char *c = gateway->name; *c; c++)
		h = hash_mix(h, (uint8_t)*c);
	return -(double)weight / log(((double)(h >> 11) + 0.5) / 9007199254740992.0); /* 2^53 */
}

/* The first member that is up, else what is done without one. */
static int group_first(const struct group *group, enum family family, const struct gateway_state *gateways)
{
	for (unsigned i = 0; i < group->count; i++)
		if (target_serves(gateways, group->members[i].gateway, family))
			return group->members[i].gateway;
	return group->else_main || !group->count ? TO_MAIN : group->members[0].gateway;
}

static int group_choose(const struct ruleset *ruleset, const struct group *group, const struct packet *packet,
			const struct gateway_state *gateways)
{
	enum family family = family_of(packet);
	int chosen = group_first(group, family, gateways);
	double best = 0;

	for (unsigned i = 0; group->balanced && i < group->count; i++) {
		unsigned index = group->members[i].gateway;
		double value;

		if (!target_serves(gateways, index, family))
			continue;
		value = score(&ruleset->gateways[index], group->members[i].weight, packet);
		if (value > best) {
			best = value;
			chosen = (int)index;
		}
	}
	return chosen;
}

static bool takes_family(const struct ruleset *ruleset, int gateway, enum family family)
{
	return gateway != TO_MAIN && ruleset->gateways[gateway].family[family].policy != FAMILY_MAIN;
}

bool target_is_down(const struct ruleset *ruleset, const struct rule *rule, enum family family,
		    const struct gateway_state *gateways)
{
	int gateway = rule->target;

	if (rule->action != ACTION_VIA)
		return false;
	if (rule->to_group)
		gateway = group_first(&ruleset->groups[rule->target], family, gateways);
	return takes_family(ruleset, gateway, family) && !target_serves(gateways, (unsigned)gateway, family);
}

struct target target_of(const struct ruleset *ruleset, const struct rule *rule, const struct packet *packet,
			const struct gateway_state *gateways)
{
	struct target target = {.action = rule ? rule->action : ACTION_MAIN, .gateway = TO_MAIN};

	switch (target.action) {
	case ACTION_DROP:
		target.mark = ruleset->marks.drop;
		return target;
	case ACTION_REJECT:
		target.mark = ruleset->marks.reject;
		return target;
	case ACTION_VIA:
		target.gateway = rule->to_group
					 ? group_choose(ruleset, &ruleset->groups[rule->target], packet, gateways)
					 : rule->target;
		break;
	case ACTION_MAIN:
	case ACTION_COUNT:
		break;
	}
	if (!takes_family(ruleset, target.gateway, family_of(packet)))
		target.gateway = TO_MAIN;
	target.action = target.gateway >= 0 ? ACTION_VIA : ACTION_MAIN;
	target.mark = target.gateway >= 0 ? ruleset->gateways[target.gateway].mark : ruleset->marks.main;
	target.down = target.gateway >= 0 && !target_serves(gateways, (unsigned)target.gateway, family_of(packet));
	return target;
}

struct target target_final(const struct ruleset *ruleset, const struct rule *rule, const struct packet *packet,
			   const struct gateway_state *gateways)
{
	struct target target = target_of(ruleset, rule, packet, gateways);

	if (target.down) {
		target.action = ACTION_REJECT;
		target.mark = ruleset->marks.reject;
	}
	return target;
}

/* Which member of the group takes over for the gateway: the first that is up, or the only one; -1: none, or
 * several. */
static int group_heir(const struct group *group, unsigned gateway, enum family family,
		      const struct gateway_state *gateways)
{
	int heir = -1;

	for (unsigned i = 0; i < group->count; i++) {
		unsigned index = group->members[i].gateway;

		if (index == gateway || !target_serves(gateways, index, family))
			continue;
		if (heir >= 0)
			return -1;
		heir = (int)index;
		if (!group->balanced)
			break;
	}
	return heir;
}

static bool has_member(const struct group *group, unsigned gateway)
{
	for (unsigned i = 0; i < group->count; i++)
		if (group->members[i].gateway == gateway)
			return true;
	return false;
}

bool target_is_named(const struct ruleset *ruleset, unsigned gateway)
{
	for (unsigned i = 0; i < ruleset->rule_count; i++) {
		const struct rule *rule = &ruleset->rules[i];

		if (rule->action == ACTION_VIA && !rule->to_group && rule->target == gateway)
			return true;
	}
	return false;
}

int target_heir(const struct ruleset *ruleset, unsigned gateway, enum family family,
		const struct gateway_state *gateways)
{
	int heir = -1;

	if (target_is_named(ruleset, gateway))
		return -1;
	for (unsigned i = 0; i < ruleset->group_count; i++) {
		int next;

		if (!has_member(&ruleset->groups[i], gateway))
			continue;
		next = group_heir(&ruleset->groups[i], gateway, family, gateways);
		if (next < 0 || (heir >= 0 && heir != next))
			return -1;
		heir = next;
	}
	return heir;
}
