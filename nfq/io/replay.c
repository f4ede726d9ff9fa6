/* SPDX-License-Identifier: GPL-2.0-or-later
 * replay.c - from frames to decisions
 *
 * Two engines look at every packet. One has the user's rules and is treated as the hooks treat the daemon's:
 * packets of connections without a mark, those of the reply direction only as far as the rules want them. It says what
 * the daemon would have done. The other has no rules and sees both directions: it says what there was to be seen,
 * which the first one finds only as far as some rule asks for it.
 *
 * Packets are numbered for the engine by their connection, so that a verdict, whenever it comes, says where its
 * mark belongs.
 */
#include <stdlib.h>
#include <string.h>

#include "defrag.h"
#include "grow.h"
#include "replay_private.h"

#define MILLISECOND 1000000ULL

/* --- what the engines are given --- */

static void let_time_pass(struct lane *lane, uint64_t now)
{
	size_t count;

	do {
		count = engine_tick(lane->engine, now, lane->verdicts);
		replay_settle(lane, count);
	} while (count);
}

/* hook_dns.c: questions and answers go to the queue whatever has been decided. */
static bool is_dns(const struct lane *lane, const struct packet *packet)
{
	return lane->name == JUDGE && lane->ruleset->options.dns && lane->ruleset->options.learned &&
	       (packet->reply ? packet->sport : packet->dport) == 53;
}

/* hook_replies.c */
static bool is_watched(const struct lane *lane, const struct packet *packet)
{
	bool opens = packet->proto == IPPROTO_TCP && packet->tcp_flags & TCP_SYN;

	return !packet->reply || lane->watched >= (opens ? REPLIES_ALL : REPLIES_BUT_SYN);
}

/* The hooks' steer chain: a packet of a connection without a mark goes to the queue. */
static void steer(struct lane *lane, struct packet packet, uint64_t now)
{
	uint32_t mark;

	if (!lane->engine)
		return;
	lane->at_hand = packet.id;
	let_time_pass(lane, now);
	mark = lane->replay->outcomes[packet.id].marks[lane->name];
	if ((mark || !is_watched(lane, &packet)) && !is_dns(lane, &packet))
		return;
	packet.mark = packet.continued ? lane->ruleset->marks.open : 0;
	if (mark)
		packet.mark = packet.reply ? lane->ruleset->marks.answer : mark;
	replay_settle(lane, engine_packet(lane->engine, &packet, PACKET_OK, now, lane->verdicts));
	engine_learn(lane->engine);
}

static bool is_undecided(const struct replay *replay, const struct outcome *outcome)
{
	return !outcome->marks[OBSERVER] || (replay->lanes[JUDGE].engine && !outcome->marks[JUDGE]);
}

/* Keeps the headers of an undecided connection's packet for replay_finish(). */
static void remember(struct replay *replay, struct outcome *outcome, const struct packet *packet)
{
	static const uint8_t nothing[1];

	if (packet->reply)
		return;
	if (!is_undecided(replay, outcome)) {
		free(outcome->last);
		outcome->last = NULL;
		return;
	}
	if (!outcome->last && !(outcome->last = malloc(sizeof *outcome->last))) {
		replay->lost = true;
		return;
	}
	*outcome->last = *packet;
	outcome->last->data = outcome->last->transport = outcome->last->payload = nothing;
	outcome->last->length = outcome->last->payload_length = outcome->last->payload_wire_length = 0;
	outcome->last->tcp_flags = packet->proto == IPPROTO_TCP ? TCP_ACK : 0;
}

static void count_loss(struct replay_counters *counters, enum track_result result)
{
	counters->related += result == TRACK_RELATED;
	counters->untracked += result == TRACK_UNTRACKED;
	counters->invalid += result == TRACK_INVALID;
}

static bool replay_packet(struct replay *replay, struct packet *packet)
{
	size_t index;
	enum track_result result = track_packet(replay->track, packet, replay->now, &index);

	count_loss(&replay->counters, result);
	if (result != TRACK_OK)
		return result != TRACK_NO_MEMORY;
	if (index == replay->count) {
		struct outcome *outcomes = grow(replay->outcomes, replay->count, &replay->room, sizeof *outcomes);

		if (!outcomes)
			return false;
		replay->outcomes = outcomes;
		outcomes[replay->count++] = (struct outcome){.seen = false};
	}
	packet->id = (uint32_t)index;
	for (size_t i = 0; i < LANES; i++)
		steer(&replay->lanes[i], *packet, replay->now);
	remember(replay, &replay->outcomes[index], packet);
	return true;
}

static void count_link(struct replay_counters *counters, enum link_result result)
{
	counters->frames++;
	counters->link_other += result == LINK_OTHER;
	counters->link_broken += result == LINK_BROKEN;
	counters->link_unknown += result == LINK_UNKNOWN;
}

static void set_origin(const struct replay *replay, struct packet_origin *origin, const struct link_payload *link)
{
	origin->iif = replay->config.iif;
	origin->has_uid = replay->config.has_uid;
	origin->has_gid = replay->config.has_gid;
	origin->uid = replay->config.uid;
	origin->gid = replay->config.gid;
	origin->has_mac = link->has_mac;
	origin->mac = link->mac;
}

bool replay_frame(struct replay *replay, const struct frame *frame)
{
	struct link_payload link;
	enum link_result result = link_strip(frame, &link);
	struct defrag_datagram datagram;
	enum packet_fault fault;
	struct packet packet;

	if (frame->time > replay->now)
		replay->now = frame->time;
	count_link(&replay->counters, result);
	if (result != LINK_IP)
		return true;
	datagram = (struct defrag_datagram){link.data, link.length, link.wire_length};
	if (!defrag_packet(replay->defrag, &datagram, replay->now, &datagram))
		return true;
	fault = packet_parse(&packet, datagram.data, datagram.length, datagram.wire_length);
	replay->counters.faults[fault]++;
	if (fault != PACKET_OK)
		return true;
	set_origin(replay, &packet.origin, &link);
	return replay_packet(replay, &packet);
}

bool replay_finish(struct replay *replay)
{
	replay->over = true;
	for (size_t i = 0; i < LANES; i++) {
		struct lane *lane = &replay->lanes[i];
		uint64_t later;

		if (!lane->engine)
			continue;
		later = replay->now +
			(lane->ruleset->options.budget_ms + lane->ruleset->options.hold_ms + 1) * MILLISECOND;
		let_time_pass(lane, later);
		for (size_t k = 0; k < replay->count; k++)
			if (replay->outcomes[k].last)
				steer(lane, *replay->outcomes[k].last, later);
	}
	return !replay->lost;
}

/* --- the replay --- */

static enum replies replies_for(const struct ruleset *rules)
{
	if (!rules)
		return REPLIES_NONE;
	if (ruleset_interferes(rules))
		return REPLIES_ALL;
	return rules->replies ? REPLIES_BUT_SYN : REPLIES_NONE;
}

static bool open_lane(struct replay *replay, enum lane_name name, const struct ruleset *ruleset, enum replies watched)
{
	struct lane *lane = &replay->lanes[name];
	struct engine_config config = {.decided = replay_decided, .ctx = lane, .pretend_rehome = true,
					.learned = name == JUDGE ? replay->learned : NULL};

	lane->replay = replay;
	lane->name = name;
	lane->ruleset = ruleset;
	lane->watched = watched;
	if (!ruleset)
		return name == JUDGE;
	lane->engine = engine_new(ruleset, &config);
	lane->verdicts = lane->engine ? calloc(engine_verdicts_max(lane->engine), sizeof *lane->verdicts) : NULL;
	return lane->verdicts;
}

static struct ruleset *observe(uint32_t flows)
{
	struct ruleset *ruleset = ruleset_observe();

	if (ruleset && flows && flows < ruleset->options.flows) {
		ruleset->options.buffer_memory =
			(uint32_t)((uint64_t)ruleset->options.buffer_memory * flows / ruleset->options.flows);
		ruleset->options.flows = flows;
	}
	return ruleset;
}

struct replay *replay_new(const struct replay_config *config)
{
	struct replay *replay = calloc(1, sizeof *replay);

	if (!replay)
		return NULL;
	replay->config = *config;
	replay->track = track_new();
	replay->defrag = defrag_new();
	replay->observe = observe(config->flows);
	replay->learned = config->rules ? learned_new(config->rules->options.learned_entries, 0) : NULL;
	if (!replay->track || !replay->defrag || (config->rules && !replay->learned) ||
	    !open_lane(replay, JUDGE, config->rules, replies_for(config->rules)) ||
	    !open_lane(replay, OBSERVER, replay->observe, REPLIES_ALL)) {
		replay_free(replay);
		return NULL;
	}
	return replay;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	for (size_t i = 0; i < replay->count; i++) {
		free(replay->outcomes[i].host);
		free(replay->outcomes[i].alpn);
		free(replay->outcomes[i].taught);
		free(replay->outcomes[i].last);
	}
	for (size_t i = 0; i < LANES; i++) {
		engine_free(replay->lanes[i].engine);
		free(replay->lanes[i].verdicts);
	}
	learned_free(replay->learned);
	ruleset_free(replay->observe);
	defrag_free(replay->defrag);
	track_free(replay->track);
	free(replay->outcomes);
	free(replay);
}

size_t replay_count(const struct replay *replay)
{
	return replay->count;
}

struct replay_flow replay_at(const struct replay *replay, size_t index)
{
	struct replay_flow flow = replay->outcomes[index].flow;

	flow.connection = track_at(replay->track, index);
	return flow;
}

struct replay_counters replay_counters(const struct replay *replay)
{
	struct replay_counters counters = replay->counters;

	counters.incomplete = defrag_incomplete(replay->defrag);
	return counters;
}
