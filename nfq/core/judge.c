/* SPDX-License-Identifier: GPL-2.0-or-later
 * judge.c - connections that are undecided: their bytes shown to the classifiers, and the rules asked
 *
 * After that the rules have decided and end the connection's undecided life, or its packet goes by the provisional
 * path, or is held.
 */
#include "engine_private.h"

static struct ruling ask_rules(struct turn *t)
{
	const struct ruleset *r = t->engine->ruleset;
	struct subject subject;

	if (r->observe)
		return (struct ruling){.open = r->needs & ~(t->engine->facts.known | t->engine->facts.closed)};
	subject = subject_of(t);
	return ruleset_eval(r, &subject);
}

static bool has_payload_facts(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP;
}

void give_back(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;

	hold_gives_way(t, flow);
	if (flow->decided && !flow->rehomed)
		return; /* by one of these */
	feed_free(flow, e->pool);
	flow_remove(e->flows, flow);
}

/* A packet of the answering side as if the initiator had sent it: rules speak of who began. */
static struct packet turned_round(const struct flow *flow, const struct packet *p)
{
	struct packet turned = *p;

	turned.src = p->dst;
	turned.dst = p->src;
	turned.sport = p->dport;
	turned.dport = p->sport;
	turned.origin = flow->origin;
	return turned;
}

static struct flow *new_flow(struct turn *t, const struct flow_key *key)
{
	struct engine *e = t->engine;
	struct flow *flow, *victim = flow_victim(e->flows, t->now > LINGER ? t->now - LINGER : 0);

	if (victim && !victim->decided)
		note_evicted(e, victim);
	if (victim)
		give_back(t, victim);
	flow = flow_add(e->flows, key, t->hash, t->now);
	flow->origin = t->packet->origin;
	return flow;
}

/* The client sends no more, and what it has sent before its FIN is here. What the server ends, or anybody who poses as the
 * server, may still be spoken to; and a RST without ACK answers a segment that did not belong to the connection (RFC 9293 3.5.2). */
static bool client_ends(const struct turn *t)
{
	const struct packet *p = t->packet;

	return t->side == CLIENT && p->proto == IPPROTO_TCP &&
	       ((p->tcp_flags & TCP_FIN && !t->engine->feed.view.client.open) ||
		(p->tcp_flags & (TCP_RST | TCP_ACK)) == (TCP_RST | TCP_ACK));
}

/* A connection that is slow to be set up has its time from there on. */
static bool clock_starts(const struct turn *t, const struct flow *flow)
{
	const struct packet *p = t->packet;

	return p->proto == IPPROTO_TCP && (p->tcp_flags & TCP_SYN || (p->payload_length && !flow->payload_packets));
}

static bool budget_ends(const struct turn *t, const struct flow *flow)
{
	const struct options *o = &t->engine->ruleset->options;

	return flow->payload_packets >= o->budget_packets || flow->payload_bytes >= o->budget_bytes ||
	       (t->now > flow->since && t->now - flow->since >= o->budget_ms * MILLISECOND) || client_ends(t);
}

/* Has the classifiers look at what is new. */
static void show(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	const struct feed *feed = &e->feed;
	/* a known app may still give way to one that runs in it */
	uint32_t known = e->facts.known & ~FACT_BIT(FACT_APP);
	uint32_t wanted = e->ruleset->needs & ~(known | e->facts.closed);
	struct classify_news news = {feed->client_grew, feed->server_grew};

	if (!flow->classified)
		flow->candidates = classify_start(&e->classify, &feed->view);
	flow->classified = true;
	e->counters.classifier_calls +=
		classify(&e->classify, &flow->candidates, &feed->view, &e->facts, wanted, news);
}

static void look(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	struct feed *feed = &e->feed;

	if (t->packet->payload_length) {
		flow->payload_packets++;
		flow->payload_bytes += t->packet->payload_length;
	}
	if (feed_packet(feed, flow, e->pool, t->packet, t->side, e->limit))
		show(t, flow);
	if (flow->key.proto == IPPROTO_UDP && feed->client_grew)
		fact_close(&e->facts, FACT_PAYLOAD); /* payload rules look at the first datagram */
	if (budget_ends(t, flow)) {
		close_all(&e->facts);
		feed->view.client.open = false;
	}
}

/* The packet goes by the path its connection has taken, or takes it now by the rule that holds so far. Data that
 * cannot be held goes behind what is held; what is not data does not wait for it. */
static void go_provisionally(struct turn *t, struct flow *flow, const struct rule *rule)
{
	struct engine *e = t->engine;
	bool data = t->packet->payload_length && t->side == CLIENT;
	struct target target;

	feed_keep(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
	keep_facts(e, flow);
	e->counters.provisional++;
	if (!flow->path_taken && t->side == CLIENT) {
		const struct rule *going = late_retry(t, flow, rule);

		target = target_of(e->ruleset, going, t->asked, e->gateways);
		if (going == rule)
			known_path(t, flow, &target);
		flow->path_mark = target.action == ACTION_VIA ? target.mark : 0;
		flow->path_taken = true;
	}
	if (data) {
		flow->data_released = true;
		let_go_held(t, flow, provisional_bits(e, flow));
	}
	let_go(t, provisional_bits(e, flow));
}

/* A SYN-ACK or a bare acknowledgement: the same rules would say the same of it as of the packet before. */
static bool is_nothing_new(const struct turn *t, const struct flow *flow)
{
	const struct packet *p = t->packet;

	return p->proto == IPPROTO_TCP && !p->payload_length && !(p->tcp_flags & (TCP_FIN | TCP_RST)) &&
	       (t->side == SERVER || !(p->tcp_flags & TCP_SYN)) &&
	       flow->judged_by == t->engine->ruleset->generation && flow->path_taken && !budget_ends(t, flow);
}

void judge_flow(struct turn *t, struct flow *flow)
{
	struct packet turned;
	struct ruling ruling;

	t->engine->judged = flow;
	flow->packets++;
	if (clock_starts(t, flow))
		flow->since = t->now;
	if (is_nothing_new(t, flow)) {
		feed_start(flow, t->packet, t->side);
		rehome_observe(t, flow);
		t->engine->counters.provisional++;
		let_go(t, provisional_bits(t->engine, flow));
		return;
	}
	if (t->side == SERVER) {
		turned = turned_round(flow, t->packet);
		t->asked = &turned;
	}
	flow->judged_by = t->engine->ruleset->generation;
	load_facts(t->engine, flow);
	look(t, flow);
	rehome_observe(t, flow);
	known_name(t, flow);
	ruling = ask_rules(t);
	if (!ruling.open)
		known_stands(t, flow, &ruling);
	if (!ruling.open || rehome_now(t, flow, &ruling))
		decide_flow(t, flow, ruling.rule);
	else if (should_hold(t, flow))
		hold_undecided(t, flow);
	else
		go_provisionally(t, flow, ruling.rule);
	t->asked = t->packet;
}

/* The first packet of a connection: most rules can tell from its headers alone. */
void judge_first(struct turn *t, const struct flow_key *key)
{
	struct engine *e = t->engine;
	const char *why = engine_exempt(e->ruleset, t->packet);
	struct ruling ruling = {.open = false};

	load_facts(e, NULL);
	e->feed.view.client = reader_over(NULL, 0, true);
	if (!has_payload_facts(key->proto) || !e->ruleset->needs)
		close_all(&e->facts);
	if (!why)
		ruling = ask_rules(t);
	if (ruling.open) {
		judge_flow(t, new_flow(t, key));
		return;
	}
	decide_at_once(t, key, ruling.rule, why);
}
