/* SPDX-License-Identifier: GPL-2.0-or-later
 * engine.c - from packets to verdicts
 *
 * The way of a packet: is its connection known and decided? give the same verdict again. Is it one that no rule is
 * asked about (not whole, from before the daemon, link-local)? say so. Else show its bytes to the classifiers, ask
 * the rules, and either end the connection's undecided life or let the packet go by the provisional path, or hold it.
 * A connection that the rules decide on the headers of its first packet leaves no trace here.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "classify.h"
#include "feed.h"
#include "flow.h"
#include "target.h"

#define MILLISECOND 1000000ULL
#define LINGER (10000 * MILLISECOND) /* a decided flow is remembered for packets queued meanwhile */

enum { HOLDING_MAX = 1024, HEADERS_MAX = 160 };

struct engine {
	const struct ruleset *ruleset;
	const struct gateway_state *gateways;
	struct engine_config config;
	struct flow_table *flows;
	struct pool *pool;
	struct classify_index classify;
	struct engine_counters counters;
	uint64_t *hits;
	uint32_t limit;   /* bytes kept of each side of a flow */
	unsigned holding; /* flows that hold packets */
	struct facts facts; /* of the flow at hand */
	struct feed feed;
};

/* One call of engine_packet(). */
struct turn {
	struct engine *engine;
	struct packet *packet;
	uint64_t now;
	struct verdict *out;
	size_t count;
	enum side side;
};

struct engine *engine_new(const struct ruleset *ruleset, const struct engine_config *config)
{
	struct engine *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->config = *config;
	e->flows = flow_table_new(ruleset->options.flows, config->seed);
	e->pool = pool_new(ruleset->options.buffer_memory);
	if (!e->flows || !e->pool) {
		engine_free(e);
		return NULL;
	}
	classify_prepare(&e->classify);
	if (!engine_set_ruleset(e, ruleset, config->gateways)) {
		engine_free(e);
		return NULL;
	}
	return e;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	flow_table_free(engine->flows);
	pool_free(engine->pool);
	free(engine->hits);
	free(engine);
}

bool engine_set_ruleset(struct engine *engine, const struct ruleset *ruleset, const struct gateway_state *gateways)
{
	uint64_t *hits = calloc(ruleset->rule_count + 1, sizeof *hits);

	if (!hits)
		return false;
	free(engine->hits);
	engine->hits = hits;
	engine->ruleset = ruleset;
	engine->gateways = gateways;
	engine->limit = ruleset->options.budget_bytes < POOL_MAX ? ruleset->options.budget_bytes : POOL_MAX;
	return true;
}

size_t engine_verdicts_max(const struct engine *engine)
{
	(void)engine;
	return 2 * FLOW_HELD + 1; /* an evicted flow's, this flow's, and the packet at hand */
}

uint32_t engine_copy_range(const struct ruleset *ruleset)
{
	return ruleset->needs ? 0xffff : HEADERS_MAX;
}

const struct engine_counters *engine_counters(const struct engine *engine)
{
	return &engine->counters;
}

const uint64_t *engine_rule_hits(const struct engine *engine)
{
	return engine->hits;
}

/* --- verdicts ---------------------------------------------------------------------------------------------- */

static void answer(struct turn *t, uint32_t id, uint32_t foreign, uint32_t bits)
{
	uint32_t mask = t->engine->ruleset->marks.mask;

	t->out[t->count++] = (struct verdict){.id = id, .mark = (foreign & ~mask) | bits};
}

static void answer_held(struct turn *t, struct flow *flow, uint32_t bits)
{
	if (!flow->held_count)
		return;
	for (unsigned i = 0; i < flow->held_count; i++)
		answer(t, flow->held[i].id, flow->held[i].mark, bits);
	flow_release(t->engine->flows, flow);
	t->engine->holding--;
}

/* The packet at hand, with these bits of ours. Replies choose no path: none. */
static void let_go(struct turn *t, uint32_t bits)
{
	answer(t, t->packet->id, t->packet->mark, t->side == CLIENT ? bits : 0);
}

/* --- decisions --------------------------------------------------------------------------------------------- */

static void count_decision(struct engine *e, const struct decision *d)
{
	unsigned slot = d->packets < 1 ? 0 : d->packets > 4 ? 3 : d->packets - 1;

	e->counters.decided[slot]++;
	e->counters.actions[d->action]++;
	e->counters.late += d->late;
	if (d->rule)
		e->hits[d->rule - e->ruleset->rules]++;
	if (e->config.decided)
		e->config.decided(e->config.ctx, d);
}

static struct decision decision_of(const struct flow_key *key, const struct target *target)
{
	return (struct decision){.proto = key->proto,
				 .family = key_is_ipv4(key->src) ? AF_INET : AF_INET6,
				 .src = key->src,
				 .dst = key->dst,
				 .sport = key->sport,
				 .dport = key->dport,
				 .action = target->action,
				 .gateway = target->gateway,
				 .mark = target->mark};
}

/* A connection that has no flow is decided on the packet at hand. */
static void decide_at_once(struct turn *t, const struct flow_key *key, const struct rule *rule, const char *why,
			   uint32_t *mark)
{
	struct engine *e = t->engine;
	struct target target = target_of(e->ruleset, rule, t->packet, e->gateways);
	struct decision decision = decision_of(key, &target);

	decision.facts = &e->facts;
	decision.rule = rule;
	decision.why = why;
	decision.packets = 1;
	count_decision(e, &decision);
	*mark = target.mark;
}

/* The mark that the connection gets. One that has sent packets by another path stays there: its address translation
 * is bound, and a new path would break it. drop and reject hold on any path. */
static uint32_t settled_mark(const struct engine *e, const struct flow *flow, const struct target *target, bool *late)
{
	uint32_t path = target->action == ACTION_VIA ? target->mark : 0;

	*late = flow->path_taken && target->action <= ACTION_VIA && path != flow->path_mark;
	if (!*late)
		return target->mark;
	return flow->path_mark ? flow->path_mark : e->ruleset->marks.main;
}

static void end_flow(struct turn *t, struct flow *flow, struct decision *decision, const struct target *target)
{
	struct engine *e = t->engine;

	flow->mark = settled_mark(e, flow, target, &decision->late);
	decision->packets = flow->packets;
	count_decision(e, decision);
	answer_held(t, flow, flow->mark);
	flow->seen = t->now;
	flow_decided(e->flows, flow);
	feed_free(flow, e->pool);
}

static void decide_flow(struct turn *t, struct flow *flow, const struct rule *rule)
{
	struct engine *e = t->engine;
	struct target target = target_of(e->ruleset, rule, t->packet, e->gateways);
	struct decision decision = decision_of(&flow->key, &target);

	decision.facts = &e->facts;
	decision.rule = rule;
	decision.why = rule ? "rule" : "no rule matched";
	end_flow(t, flow, &decision, &target);
	let_go(t, flow->mark);
}

/* --- facts kept between packets ------------------------------------------------------------------------------ */

static void load_facts(struct engine *e, const struct flow *flow)
{
	size_t head = offsetof(struct facts, text);

	if (!flow || !flow->facts) {
		memset(&e->facts, 0, head);
		return;
	}
	memcpy(&e->facts, flow->facts, head);
	memcpy(e->facts.text, flow->facts + head, e->facts.used);
}

/* Without room for them the facts are found again from the bytes, or the budget ends without them. */
static void keep_facts(struct engine *e, struct flow *flow)
{
	size_t size = offsetof(struct facts, text) + e->facts.used;
	uint8_t *block;

	if (!e->facts.known && !e->facts.closed)
		return;
	block = pool_grow(e->pool, flow->facts, 0, size);
	if (!block)
		return;
	memcpy(block, &e->facts, size);
	flow->facts = block;
}

static void close_all(struct facts *facts)
{
	facts->closed = FACTS_ALL & ~facts->known;
}

/* --- holding ------------------------------------------------------------------------------------------------- */

static bool should_hold(const struct turn *t, const struct flow *flow)
{
	const struct engine *e = t->engine;

	return !flow->path_taken && t->side == CLIENT && e->ruleset->options.hold_ms &&
	       flow->held_count < FLOW_HELD && (flow->held_count || e->holding < HOLDING_MAX) &&
	       classify_holds(&e->classify, &flow->candidates, &e->facts);
}

static struct subject subject_of(const struct turn *t, const struct facts *facts)
{
	return (struct subject){.packet = t->packet, .facts = facts, .client = t->engine->feed.view.client};
}

/* What the rules say if nothing more becomes known; facts are closed for the question only. */
static const struct rule *ruling_if_closed(struct turn *t)
{
	struct facts *facts = &t->engine->facts;
	uint32_t closed = facts->closed;
	struct subject subject;
	struct ruling ruling;

	close_all(facts);
	subject = subject_of(t, facts);
	subject.client.open = false;
	ruling = ruleset_eval(t->engine->ruleset, &subject);
	facts->closed = closed;
	return ruling.rule;
}

static void hold(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	const struct rule *rule = ruling_if_closed(t);
	struct target target = target_of(e->ruleset, rule, t->packet, e->gateways);

	flow->fallback.mark = target.mark;
	flow->fallback.gateway = target.gateway;
	flow->fallback.generation = e->ruleset->generation;
	flow->fallback.rule = rule ? (uint32_t)(rule - e->ruleset->rules) + 1 : 0;
	flow->held[flow->held_count].id = t->packet->id;
	flow->held[flow->held_count].mark = t->packet->mark;
	if (flow->held_count) {
		flow->held_count++;
		return;
	}
	flow_hold(e->flows, flow);
	flow->deadline = t->now + e->ruleset->options.hold_ms * MILLISECOND;
	e->holding++;
	e->counters.held++;
}

/* Ends a holding flow by what was worked out when its last packet came: no packet is at hand now. */
static void end_hold(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	const struct ruleset *r = e->ruleset;
	bool same = flow->fallback.generation == r->generation;
	const struct rule *rule = same && flow->fallback.rule ? &r->rules[flow->fallback.rule - 1] : NULL;
	struct target target = {.action = ACTION_MAIN, .gateway = -1, .mark = r->marks.main};
	struct decision decision;

	if (same && flow->fallback.mark != r->marks.main) {
		target.mark = flow->fallback.mark;
		target.gateway = flow->fallback.gateway;
		target.action = rule && target.gateway < 0 ? rule->action : ACTION_VIA;
	}
	load_facts(e, flow);
	decision = decision_of(&flow->key, &target);
	decision.facts = &e->facts;
	decision.rule = rule;
	decision.why = rule ? "rule" : "no rule matched";
	e->counters.hold_timeouts++;
	end_flow(t, flow, &decision, &target);
}

size_t engine_tick(struct engine *engine, uint64_t now, struct verdict *verdicts)
{
	struct turn t = {.engine = engine, .now = now, .out = verdicts};
	struct flow *flow = flow_oldest_held(engine->flows);

	if (flow && flow->deadline <= now)
		end_hold(&t, flow);
	return t.count;
}

uint64_t engine_deadline(const struct engine *engine)
{
	const struct flow *flow = flow_oldest_held(engine->flows);

	return flow ? flow->deadline : UINT64_MAX;
}

/* --- the way of a packet ------------------------------------------------------------------------------------- */

/* Destinations that belong to the link or the machine, whatever a rule says (RFC 4291 2.4, RFC 1122 3.2.1.3,
 * RFC 3927, RFC 5771): diverting them breaks neighbour discovery, DHCP and service discovery. */
static const char *link_destination(const struct packet *p)
{
	uint32_t v4 = (uint32_t)p->dst.low;

	if (p->family == AF_INET) {
		if (v4 >> 28 == 0xe)
			return "multicast destination";
		if (v4 == 0xffffffff)
			return "broadcast destination";
		if (v4 >> 24 == 127)
			return "loopback destination";
		return v4 >> 16 == 0xa9fe ? "link-local destination" : NULL;
	}
	if (p->dst.high >> 56 == 0xff)
		return "multicast destination";
	if (p->dst.high >> 54 == 0xfe80 >> 6)
		return "link-local destination";
	return !p->dst.high && p->dst.low == 1 ? "loopback destination" : NULL;
}

static bool is_endpoint(const struct ruleset *r, const struct packet *p)
{
	for (unsigned i = 0; i < r->gateway_count; i++) {
		if (r->gateways[i].endpoints && interval_set_has(r->gateways[i].endpoints, p->dst))
			return true;
	}
	return false;
}

/* Why no rule is asked about this connection's first packet; NULL: they are. */
static const char *exempt(const struct turn *t)
{
	const struct packet *p = t->packet;
	const char *why = link_destination(p);

	if (t->engine->ruleset->observe)
		return NULL;
	if (why)
		return why;
	if (is_endpoint(t->engine->ruleset, p))
		return "gateway endpoint";
	return NULL;
}

/* A connection of which an earlier packet went by unseen: from before the daemon, or past a full queue. */
static bool is_midstream(const struct turn *t)
{
	const struct packet *p = t->packet;

	if (t->engine->ruleset->observe)
		return false;
	return p->continued || (p->proto == IPPROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN);
}

static struct ruling ask_rules(struct turn *t)
{
	const struct ruleset *r = t->engine->ruleset;
	struct subject subject = subject_of(t, &t->engine->facts);

	if (r->observe)
		return (struct ruling){.open = r->needs & ~(t->engine->facts.known | t->engine->facts.closed)};
	return ruleset_eval(r, &subject);
}

static bool has_payload_facts(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP;
}

static void give_back(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;

	if (flow->held_count)
		end_hold(t, flow);
	feed_free(flow, e->pool);
	flow_remove(e->flows, flow);
}

static struct flow *new_flow(struct turn *t, const struct flow_key *key)
{
	struct engine *e = t->engine;
	struct flow *victim = flow_victim(e->flows);

	if (victim) {
		e->counters.evicted += !victim->decided;
		give_back(t, victim);
	}
	return flow_add(e->flows, key, t->now);
}

static bool budget_ends(const struct turn *t, const struct flow *flow)
{
	const struct options *o = &t->engine->ruleset->options;

	return flow->payload_packets >= o->budget_packets || flow->payload_bytes >= o->budget_bytes ||
	       (t->now > flow->since && t->now - flow->since >= o->budget_ms * MILLISECOND) ||
	       (t->packet->proto == IPPROTO_TCP && t->packet->tcp_flags & (TCP_FIN | TCP_RST));
}

static void look(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	struct feed *feed = &e->feed;
	uint32_t wanted = e->ruleset->needs & ~(e->facts.known | e->facts.closed);

	if (t->packet->payload_length) {
		flow->payload_packets++;
		flow->payload_bytes += t->packet->payload_length;
	}
	feed_packet(feed, flow, e->pool, t->packet, t->side, e->limit);
	if (!flow->classified) {
		flow->candidates = classify_start(&e->classify, flow->key.proto);
		flow->classified = true;
	}
	if (feed->client_grew || feed->server_grew)
		e->counters.classifier_calls += classify(&e->classify, &flow->candidates, &feed->view, &e->facts,
							 wanted, feed->client_grew, feed->server_grew);
	if (flow->key.proto == IPPROTO_UDP && feed->client_grew)
		fact_close(&e->facts, FACT_PAYLOAD); /* payload rules look at the first datagram */
	if (budget_ends(t, flow)) {
		close_all(&e->facts);
		feed->view.client.open = false;
	}
}

/* The packet goes by the path its connection has taken, or takes it now by the rule that holds so far. */
static void go_provisionally(struct turn *t, struct flow *flow, const struct rule *rule)
{
	struct engine *e = t->engine;
	struct target target;
	uint32_t bits;

	feed_keep(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
	keep_facts(e, flow);
	e->counters.provisional++;
	if (!flow->path_taken && t->side == CLIENT) {
		target = target_of(e->ruleset, rule, t->packet, e->gateways);
		flow->path_mark = target.action == ACTION_VIA ? target.mark : 0;
		flow->path_taken = true;
	}
	bits = flow->path_mark ? flow->path_mark | e->ruleset->marks.open : 0;
	answer_held(t, flow, bits);
	let_go(t, bits);
}

static void judge_flow(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	struct ruling ruling;

	flow->packets++;
	load_facts(e, flow);
	look(t, flow);
	ruling = ask_rules(t);
	if (!ruling.open) {
		decide_flow(t, flow, ruling.rule);
	} else if (should_hold(t, flow)) {
		feed_keep(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
		keep_facts(e, flow);
		hold(t, flow);
	} else {
		go_provisionally(t, flow, ruling.rule);
	}
}

/* The first packet of a connection: most rules can tell from its headers alone. */
static void judge_first(struct turn *t, const struct flow_key *key)
{
	struct engine *e = t->engine;
	const char *why = exempt(t);
	struct ruling ruling = {.open = false};
	uint32_t mark;

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
	decide_at_once(t, key, ruling.rule, why ? why : ruling.rule ? "rule" : "no rule matched", &mark);
	let_go(t, mark);
}

static void judge_midstream(struct turn *t, const struct flow_key *key)
{
	uint32_t mark;

	t->engine->counters.midstream++;
	load_facts(t->engine, NULL);
	decide_at_once(t, key, NULL, "connection from before", &mark);
	let_go(t, mark);
}

/* Whether the decided flow's record is still about the connection of the packet at hand. */
static bool is_same_connection(const struct turn *t, const struct flow *flow)
{
	const struct packet *p = t->packet;
	bool opens = p->proto == IPPROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;

	if (opens && t->side == CLIENT)
		return flow->stream[CLIENT].started && flow->stream[CLIENT].start == p->seq + 1;
	return !flow->decided || t->now - flow->seen < LINGER;
}

/* It speaks of another connection, and shares that one's conntrack entry: it must not decide it. */
static bool is_icmp_error(const struct packet *p)
{
	if (p->proto == IPPROTO_ICMPV6)
		return p->icmp_type < 128; /* RFC 4443 2.1 */
	return p->proto == IPPROTO_ICMP &&
	       (p->icmp_type == 3 || p->icmp_type == 4 || p->icmp_type == 5 || p->icmp_type == 11 ||
		p->icmp_type == 12); /* RFC 1122 3.2.2 */
}

static void judge(struct turn *t)
{
	struct flow_key key = flow_key_of(t->packet, t->packet->reply);
	struct flow *flow = flow_find(t->engine->flows, &key);

	if (flow && !is_same_connection(t, flow)) {
		give_back(t, flow);
		flow = NULL;
	}
	if (flow && flow->decided) {
		flow->seen = t->now;
		let_go(t, flow->mark);
	} else if (flow) {
		judge_flow(t, flow);
	} else if (t->side == SERVER || is_icmp_error(t->packet)) {
		let_go(t, 0); /* its connection is decided, or not ours */
	} else if (is_midstream(t)) {
		judge_midstream(t, &key);
	} else {
		judge_first(t, &key);
	}
}

size_t engine_packet(struct engine *engine, struct packet *packet, enum packet_fault fault, uint64_t now,
		     struct verdict *verdicts)
{
	struct turn t = {.engine = engine,
			 .packet = packet,
			 .now = now,
			 .out = verdicts,
			 .side = packet->reply ? SERVER : CLIENT};

	engine->counters.packets++;
	if (fault != PACKET_OK) {
		engine->counters.faults[fault]++;
		let_go(&t, 0);
	} else {
		judge(&t);
	}
	return t.count;
}
