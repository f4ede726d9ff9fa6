/* SPDX-License-Identifier: GPL-2.0-or-later
 * engine.c - from packets to verdicts
 *
 * The way of a packet: is its connection known and decided? give the same verdict again. Is it one that no rule is
 * asked about (not whole, from before the daemon, link-local)? say so. Else show its bytes to the classifiers, ask
 * the rules, and either end the connection's undecided life or let the packet go by the provisional path, or hold it.
 * A connection that the rules decide on the headers of its first packet leaves no trace here.
 */
#include "engine_private.h"

#include <stdlib.h>
#include <string.h>

#include "resets.h"
#include "table_memory.h"

#define LINGER (10000 * MILLISECOND) /* a rehomed flow is remembered for packets queued meanwhile; others: past.h */

enum { HEADERS_MAX = 160 };

/* Who has been undecided longest of those that have buffers gives them to one that needs some now. */
static bool evict_for_buffer(void *engine)
{
	struct engine *e = engine;
	struct flow *victim = flow_with_buffers(e->flows, e->judged);

	if (!victim)
		return false;
	e->counters.evicted++;
	feed_free(victim, e->pool);
	flow_remove(e->flows, victim);
	return true;
}

struct engine *engine_new(const struct ruleset *ruleset, const struct engine_config *config)
{
	struct engine *e = table_memory(sizeof *e);

	if (!e)
		return NULL;
	e->config = *config;
	e->listener = (struct facts_listener){expect_host, e};
	e->moving[FAMILY_IPV4] = e->moving[FAMILY_IPV6] = config->pretend_rehome ? MOVING_PLAIN : MOVING_NONE;
	e->flows = flow_table_new(ruleset->options.flows, config->seed);
	e->past = past_new(ruleset->options.flows);
	e->holdings = holdings_new();
	e->pool = pool_new(ruleset->options.buffer_memory);
	e->lessons = config->learned ? lessons_new() : NULL;
	e->recall = memory_reserve(sizeof *e->recall);
	if (!e->flows || !e->past || !e->holdings || !e->pool || !e->recall || (config->learned && !e->lessons)) {
		engine_free(e);
		return NULL;
	}
	pool_reclaim(e->pool, (struct reclaim){evict_for_buffer, e});
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
	past_free(engine->past);
	free(engine->holdings);
	pool_free(engine->pool);
	memory_release(engine->recall, sizeof *engine->recall);
	free(engine->hits);
	free(engine->attempts);
	resets_free(engine->resets);
	free(engine->lessons);
	free(engine);
}

/* What is there stays, so that a reload allows nothing twice. false: out of memory. */
static bool want_resets(struct engine *e, const struct ruleset *ruleset)
{
	if (!e->resets && ruleset_resets(ruleset))
		e->resets = resets_new(e->config.seed);
	return e->resets || !ruleset_resets(ruleset);
}

bool engine_set_ruleset(struct engine *engine, const struct ruleset *ruleset, const struct gateway_state *gateways)
{
	uint64_t *hits = calloc(ruleset->rule_count + 1, sizeof *hits);
	struct attempts *attempts = calloc(ruleset->gateway_count + 1, sizeof *attempts);

	if (!hits || !attempts || !want_resets(engine, ruleset)) {
		free(hits);
		free(attempts);
		return false;
	}
	free(engine->hits);
	free(engine->attempts);
	expect_nothing(engine);
	engine->hits = hits;
	engine->attempts = attempts;
	engine->moves = (engine->config.rehome || engine->config.pretend_rehome) && ruleset_moves(ruleset);
	engine->ruleset = ruleset;
	engine->gateways = gateways;
	engine->limit = ruleset->options.budget_bytes < STREAM_MAX ? ruleset->options.budget_bytes : STREAM_MAX;
	return true;
}

void engine_allow_moves(struct engine *engine, enum family family, enum moving moving)
{
	engine->moving[family] = moving;
}

size_t engine_verdicts_max(const struct engine *engine)
{
	(void)engine;
	return 2 * FLOW_HELD + 1; /* an evicted flow's, this flow's, and the packet at hand */
}

uint32_t engine_copy_range(const struct ruleset *ruleset)
{
	return ruleset->needs || ruleset->options.dns ? 0xffff : HEADERS_MAX;
}

const struct engine_counters *engine_counters(const struct engine *engine)
{
	return &engine->counters;
}

const uint64_t *engine_rule_hits(const struct engine *engine)
{
	return engine->hits;
}

size_t engine_tick(struct engine *engine, uint64_t now, struct verdict *verdicts)
{
	struct turn t = {.engine = engine, .now = now, .out = verdicts};
	const struct timer *first = timers_first(&engine->timers);

	if (first && first->due <= now)
		hold_is_over(&t, first->owner);
	return t.count;
}

uint64_t engine_deadline(const struct engine *engine)
{
	const struct timer *first = timers_first(&engine->timers);

	return first ? first->due : UINT64_MAX;
}

/* --- the way of a packet --- */

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

const char *engine_exempt(const struct ruleset *ruleset, const struct packet *packet)
{
	const char *why = link_destination(packet);

	if (ruleset->observe)
		return NULL;
	if (why)
		return why;
	return is_endpoint(ruleset, packet) ? "gateway endpoint" : NULL;
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

static void give_back(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;

	if (flow->probing)
		rehome_fail(t, flow, REHOME_FULL);
	else if (flow->held_count)
		hold_is_over(t, flow);
	if (flow->decided && !flow->rehomed)
		return; /* by one of these */
	feed_free(flow, e->pool);
	flow_remove(e->flows, flow);
}

static struct origin origin_of(const struct packet *p)
{
	return (struct origin){.iif = p->iif,
			       .oif = p->oif,
			       .mac = p->mac,
			       .uid = p->uid,
			       .gid = p->gid,
			       .has_mac = p->has_mac,
			       .has_uid = p->has_uid,
			       .has_gid = p->has_gid,
			       .local = p->local,
			       .dscp = p->dscp};
}

/* A packet of the answering side as if the initiator had sent it: rules speak of who began. */
static struct packet turned_round(const struct flow *flow, const struct packet *p)
{
	const struct origin *o = &flow->origin;
	struct packet turned = *p;

	turned.src = p->dst;
	turned.dst = p->src;
	turned.sport = p->dport;
	turned.dport = p->sport;
	turned.iif = o->iif;
	turned.oif = o->oif;
	turned.mac = o->mac;
	turned.uid = o->uid;
	turned.gid = o->gid;
	turned.has_mac = o->has_mac;
	turned.has_uid = o->has_uid;
	turned.has_gid = o->has_gid;
	turned.dscp = o->dscp;
	return turned;
}

static struct flow *new_flow(struct turn *t, const struct flow_key *key)
{
	struct engine *e = t->engine;
	struct flow *flow, *victim = flow_victim(e->flows, t->now > LINGER ? t->now - LINGER : 0);

	if (victim) {
		e->counters.evicted += !victim->decided;
		give_back(t, victim);
	}
	flow = flow_add(e->flows, key, t->hash, t->now);
	flow->origin = origin_of(t->packet);
	return flow;
}

/* The client sends no more. What the server ends, or anybody who poses as the server, may still be spoken to; and a
 * RST without ACK answers a segment that did not belong to the connection (RFC 9293 3.5.2). */
static bool client_ends(const struct turn *t)
{
	const struct packet *p = t->packet;

	return t->side == CLIENT && p->proto == IPPROTO_TCP &&
	       (p->tcp_flags & TCP_FIN || (p->tcp_flags & (TCP_RST | TCP_ACK)) == (TCP_RST | TCP_ACK));
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
	expect_host_further(t);
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

static void judge_flow(struct turn *t, struct flow *flow)
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
static void judge_first(struct turn *t, const struct flow_key *key)
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

static void judge_midstream(struct turn *t, const struct flow_key *key)
{
	t->engine->counters.midstream++;
	load_facts(t->engine, NULL);
	decide_at_once(t, key, NULL, "connection from before");
}

static bool opens_tcp(const struct turn *t)
{
	const struct packet *p = t->packet;

	return p->proto == IPPROTO_TCP && t->side == CLIENT && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* Whether the flow's record is still about the connection of the packet at hand. */
static bool is_same_connection(const struct turn *t, const struct flow *flow)
{
	if (flow->decided && t->now > flow->move->seen && t->now - flow->move->seen >= LINGER)
		return false;
	return !opens_tcp(t) || flow->stream[CLIENT].start == t->packet->seq + 1;
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

/* A packet that was queued before its connection's mark was saved. */
static bool is_past(struct turn *t)
{
	struct past_packet packet = {t->hash, t->now, opens_tcp(t), t->packet->seq + 1};
	uint32_t mark;

	if (!past_find(t->engine->past, &packet, &mark))
		return false;
	let_go(t, mark);
	return true;
}

/* A packet of a connection that is in the table. */
static void judge_known(struct turn *t, struct flow *flow)
{
	if (flow->decided) {
		flow->move->seen = t->now;
		rehome_straggler(t, flow);
	} else if (flow->probing) {
		rehome_packet(t, flow);
	} else {
		judge_flow(t, flow);
	}
}

/* A packet of a connection that is not. */
static void judge_unknown(struct turn *t, const struct flow_key *key)
{
	if (t->side == SERVER || is_icmp_error(t->packet))
		let_go(t, 0); /* its connection is decided, or not ours */
	else if (forgotten_packet(t, key))
		return;
	else if (is_midstream(t))
		judge_midstream(t, key);
	else
		judge_first(t, key);
}

static void judge(struct turn *t)
{
	struct flow_key key = flow_key_of(t->packet, t->packet->reply);
	struct flow *flow;

	t->hash = t->packet->hash ? t->packet->hash : flow_hash(t->engine->flows, &key);
	if (is_invalid(t)) {
		if (rehome_outlived(t))
			drop_packet(t);
		else
			invalid_packet(t);
		return;
	}
	flow = flow_find(t->engine->flows, &key, t->hash);
	if (flow && !is_same_connection(t, flow)) {
		give_back(t, flow);
		flow = NULL;
	}
	if (flow)
		judge_known(t, flow);
	else if (!is_past(t))
		judge_unknown(t, &key);
}

size_t engine_packet(struct engine *engine, struct packet *packet, enum packet_fault fault, uint64_t now,
		     struct verdict *verdicts)
{
	struct turn t = {.engine = engine,
			 .packet = packet,
			 .asked = packet,
			 .now = now,
			 .out = verdicts,
			 .side = packet->reply ? SERVER : CLIENT};

	engine->counters.packets++;
	engine->counters.faults[fault] += fault != PACKET_OK;
	if (packet->probe)
		rehome_answer(&t);
	else if (fault != PACKET_OK)
		let_go(&t, 0);
	else if (!watch_dns(&t))
		judge(&t);
	return t.count;
}
