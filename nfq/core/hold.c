/* SPDX-License-Identifier: GPL-2.0-or-later
 * hold.c - packets that wait for the rest of their connection's name
 *
 * Datagrams of protocols that say their name in the first few (QUIC) are held until it is complete, and then leave
 * together by the right path. The first data of a TCP connection that could still be moved is held until the rules
 * have decided, as data that has reached the server by one path cannot be sent by another.
 */
#include "engine_private.h"

#include <stdlib.h>

struct holding {
	uint32_t timer; /* its place in the heap */
	struct held packets[FLOW_HELD];
};

/* As many as there are timers: who holds packets has one. */
struct holdings {
	uint16_t count; /* that were ever used */
	uint16_t free;  /* of these; a stack */
	uint16_t unused[TIMERS_MAX];
	struct holding of[TIMERS_MAX];
};

struct holdings *holdings_new(void)
{
	return calloc(1, sizeof(struct holdings));
}

static void take_place(struct holdings *h, struct flow *flow)
{
	flow->held = h->free ? h->unused[--h->free] : h->count++;
}

const struct held *held_of(const struct engine *e, const struct flow *flow)
{
	return e->holdings->of[flow->held].packets;
}

void hold_ends(struct engine *e, struct flow *flow)
{
	e->holdings->unused[e->holdings->free++] = flow->held;
	flow_release(e->flows, flow);
	timers_clear(&e->timers, &e->holdings->of[flow->held].timer);
}

bool should_hold(const struct turn *t, const struct flow *flow)
{
	const struct engine *e = t->engine;

	if (t->side != CLIENT || !t->packet->payload_length || flow->held_count == FLOW_HELD)
		return false;
	if (flow->key.proto == IPPROTO_TCP)
		return late_holds(t, flow);
	return !flow->path_taken && e->ruleset->options.hold_ms &&
	       classify_holds(&flow->candidates, &e->facts);
}

void hold_until(struct engine *e, struct flow *flow, uint64_t due)
{
	timers_set(&e->timers, flow, &e->holdings->of[flow->held].timer, due);
}

/* Where all places are taken, whose time is over first gives way: who has just begun is about to say his name, and who has
 * had his time mostly is somebody who never will. */
static void begin_holding(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;

	if (e->timers.count == TIMERS_MAX)
		hold_gives_way(t, timers_first(&e->timers)->owner);
	take_place(e->holdings, flow);
}

bool hold(struct turn *t, struct flow *flow, uint64_t due)
{
	struct engine *e = t->engine;

	if (flow->held_count == FLOW_HELD)
		return false;
	if (!flow->held_count)
		begin_holding(t, flow);
	e->holdings->of[flow->held].packets[flow->held_count] = (struct held){t->packet->id, t->packet->mark};
	if (flow->held_count) {
		flow->held_count++;
		return true;
	}
	flow_hold(e->flows, flow);
	hold_until(e, flow, due);
	e->counters.held++;
	return true;
}

struct ruling ruling_without(struct turn *t, uint32_t unknown)
{
	struct facts *facts = &t->engine->facts;
	uint32_t closed = facts->closed;
	struct subject subject;
	struct ruling ruling;

	facts->closed |= unknown & ~facts->known;
	subject = subject_of(t);
	subject.client.open &= !(unknown & FACT_BIT(FACT_PAYLOAD));
	ruling = ruleset_eval(t->engine->ruleset, &subject);
	facts->closed = closed;
	return ruling;
}

void hold_undecided(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	const struct options *o = &e->ruleset->options;
	bool tcp = flow->key.proto == IPPROTO_TCP;

	feed_keep(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
	keep_facts(e, flow);
	hold(t, flow, t->now + (tcp ? o->rehome_hold_ms : o->hold_ms) * MILLISECOND);
}

/* What rules ask of the headers of those that it holds. */
static struct packet held_packet(const struct flow *flow)
{
	return (struct packet){.family = key_is_ipv4(flow->key.src) ? AF_INET : AF_INET6,
			       .proto = flow->key.proto,
			       .src = flow->key.src,
			       .dst = flow->key.dst,
			       .has_ports = true,
			       .sport = flow->key.sport,
			       .dport = flow->key.dport,
			       .origin = flow->origin};
}

/* Nothing more will be seen of what it says: the rules as they are now have the word. */
static void decide_by_what_is_held(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	const struct packet held = held_packet(flow), *asked = t->asked;

	t->asked = &held;
	load_facts(e, flow);
	feed_packet(&e->feed, flow, e->pool, &held, CLIENT, e->limit);
	close_all(&e->facts);
	known_name(t, flow);
	decide_held(t, flow, ruling_without(t, FACTS_ALL).rule);
	t->asked = asked;
}

void hold_is_over(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;

	if (flow->probing) {
		rehome_timer(t, flow);
		return;
	}
	e->counters.hold_timeouts++;
	if (flow->key.proto == IPPROTO_UDP) {
		decide_by_what_is_held(t, flow);
		return;
	}
	flow->data_released = true;
	let_go_held(t, flow, provisional_bits(e, flow));
}

void hold_gives_way(struct turn *t, struct flow *flow)
{
	if (flow->probing)
		rehome_fail(t, flow, REHOME_FULL);
	else if (flow->held_count)
		hold_is_over(t, flow);
}
