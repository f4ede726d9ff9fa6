/* SPDX-License-Identifier: GPL-2.0-or-later
 * replay_outcomes.c - what a replay's engines say of connections, kept for whoever asks after it
 */
#include <stdlib.h>
#include <string.h>

#include "replay_private.h"

/* Copies a fact into *owned; not known: NULL. */
static struct replay_text keep_text(struct replay *replay, const struct facts *facts, enum fact fact, char **owned)
{
	struct replay_text kept;
	const char *text = facts_text(facts, fact, &kept.length);

	*owned = fact_known(facts, fact) ? malloc(kept.length + 1) : NULL;
	replay->lost |= fact_known(facts, fact) && !*owned;
	if (*owned) {
		memcpy(*owned, text, kept.length);
		(*owned)[kept.length] = '\0';
	}
	kept.text = *owned;
	return kept;
}

static void keep_decision(const struct lane *lane, struct outcome *outcome, const struct decision *decision,
			  uint64_t packet)
{
	struct replay_flow *flow = &outcome->flow;

	flow->decided = true;
	flow->decided_packet = packet;
	flow->decision = *decision;
	flow->decision.facts = NULL; /* the engine's, for the call */
	flow->gateway = decision->gateway < 0 ? NULL : lane->ruleset->gateways[decision->gateway].name;
	if (decision->facts->host_by_dns)
		flow->taught = keep_text(lane->replay, decision->facts, FACT_HOST, &outcome->taught);
}

static void keep_facts(struct replay *replay, struct outcome *outcome, const struct facts *facts, uint64_t packet)
{
	struct replay_flow *flow = &outcome->flow;

	outcome->seen = true;
	flow->app = fact_known(facts, FACT_APP) ? facts->app : NULL;
	flow->host = keep_text(replay, facts, FACT_HOST, &outcome->host);
	flow->alpn = keep_text(replay, facts, FACT_ALPN, &outcome->alpn);
	flow->seen_packet = packet;
}

static bool is_about(const struct decision *decision, const struct connection *c)
{
	return decision->proto == c->proto && key_equal(decision->src, c->src) && key_equal(decision->dst, c->dst) &&
	       (!c->has_ports || (decision->sport == c->sport && decision->dport == c->dport));
}

/* Which connection a decision is about: that of the packet at hand, or one that gave way to it or was held. */
static bool find_decided(const struct lane *lane, const struct decision *decision, size_t *index)
{
	struct connection like = {.src = decision->src,
				  .dst = decision->dst,
				  .sport = decision->sport,
				  .dport = decision->dport,
				  .proto = decision->proto,
				  .family = decision->family};

	*index = lane->at_hand;
	return is_about(decision, track_at(lane->replay->track, *index)) ||
	       track_find(lane->replay->track, &like, index);
}

void replay_decided(void *ctx, const struct decision *decision)
{
	const struct lane *lane = ctx;
	struct replay *replay = lane->replay;
	struct outcome *outcome;
	uint64_t packet;
	size_t index;

	if (!find_decided(lane, decision, &index) || index >= replay->count)
		return;
	outcome = &replay->outcomes[index];
	packet = replay->over ? 0 : track_at(replay->track, index)->packets;
	if (lane->name == JUDGE && !outcome->flow.decided)
		keep_decision(lane, outcome, decision, packet);
	if (lane->name == OBSERVER && !outcome->seen)
		keep_facts(replay, outcome, decision->facts, packet);
}

void replay_settle(struct lane *lane, size_t count)
{
	const struct marks *marks = &lane->ruleset->marks;

	for (size_t i = 0; i < count; i++) {
		uint32_t bits = lane->verdicts[i].mark & marks->mask;
		uint32_t *mark = &lane->replay->outcomes[lane->verdicts[i].id].marks[lane->name];

		if (!*mark && (bits == marks->main || !(bits & marks->open)))
			*mark = bits;
	}
}
