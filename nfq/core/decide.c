/* SPDX-License-Identifier: GPL-2.0-or-later
 * decide.c - verdicts, and the end of a connection's undecided life
 */
#include "engine_private.h"

#include <stddef.h>
#include <string.h>

#include "clear.h"

/* --- verdicts --- */

static struct verdict *answer(struct turn *t, uint32_t id, uint32_t foreign, uint32_t bits)
{
	struct verdict *verdict = &t->out[t->count++];

	*verdict = (struct verdict){.id = id, .mark = (foreign & ~t->engine->ruleset->marks.mask) | bits};
	return verdict;
}

void let_go(struct turn *t, uint32_t bits)
{
	struct verdict *verdict = answer(t, t->packet->id, t->packet->mark, t->side == CLIENT ? bits : 0);

	if (!t->packet->changed)
		return;
	verdict->replacement = t->packet->data;
	verdict->replacement_length = t->packet->length;
}

void drop_packet(struct turn *t)
{
	answer(t, t->packet->id, t->packet->mark, 0)->drop = true;
}

/* true drops them. */
static void end_held(struct turn *t, struct flow *flow, uint32_t bits, bool drop)
{
	const struct held *held;

	if (!flow->held_count)
		return;
	held = held_of(t->engine, flow);
	for (unsigned i = 0; i < flow->held_count; i++)
		answer(t, held[i].id, held[i].mark, bits)->drop = drop;
	hold_ends(t->engine, flow);
}

void let_go_held(struct turn *t, struct flow *flow, uint32_t bits)
{
	end_held(t, flow, bits, false);
}

void drop_held(struct turn *t, struct flow *flow)
{
	end_held(t, flow, 0, true);
}

/* Led to main by what was learned: told from what nobody has looked at (io/hook_guard.c). */
uint32_t provisional_bits(const struct engine *e, const struct flow *flow)
{
	const struct marks *marks = &e->ruleset->marks;

	if (flow->path_mark)
		return flow->path_mark | marks->open;
	return flow->led_by ? marks->probe_main | marks->open : 0;
}

/* --- facts kept between packets --- */

void load_facts(struct engine *e, const struct flow *flow)
{
	size_t head = offsetof(struct facts, text);

	e->named = false;
	if (!flow || !flow->facts) {
		memset(&e->facts, 0, head);
		e->facts.closed = flow ? flow->closed : 0;
		e->facts.listener = &e->listener;
		return;
	}
	memcpy(&e->facts, flow->facts, head);
	memcpy(e->facts.text, flow->facts + head, e->facts.used);
}

/* Without room for them the facts are found again from the bytes, or the budget ends without them. */
void keep_facts(struct engine *e, struct flow *flow)
{
	size_t size = offsetof(struct facts, text) + e->facts.used;
	uint8_t *block;

	if (!e->facts.known) {
		flow->closed = (uint8_t)e->facts.closed;
		return;
	}
	block = pool_grow(e->pool, flow->facts, 0, size);
	if (!block)
		return;
	memcpy(block, &e->facts, size);
	flow->facts = block;
}

void close_all(struct facts *facts)
{
	facts->closed = FACTS_ALL;
}

struct subject subject_of(const struct turn *t)
{
	struct engine *e = t->engine;

	return (struct subject){.packet = t->asked,
				.facts = &e->facts,
				.client = e->feed.view.client,
				.names = e->named ? &e->names : NULL,
				.lookup = t->asked == t->packet ? expected_lookup(e, t->packet) : NULL,
				.cut_off = &e->counters.cut_off};
}

/* --- decisions --- */

/* In place: what has just been written field by field is not copied without waiting for it. */
static void begin_decision(struct decision *d, const struct engine *e, const struct flow_key *key,
			   const struct rule *rule, const struct target *target)
{
	clear_bytes(d, sizeof *d);
	d->proto = key->proto;
	d->family = key_is_ipv4(key->src) ? AF_INET : AF_INET6;
	d->src = key->src;
	d->dst = key->dst;
	d->sport = key->sport;
	d->dport = key->dport;
	d->facts = &e->facts;
	d->rule = rule;
	d->why = rule ? "rule" : "no rule matched";
	d->action = target->action;
	d->gateway = target->gateway;
	d->mark = target->mark;
	d->packets = 1;
}

static void tell(struct engine *e, const struct decision *d)
{
	unsigned slot = d->packets > 4 ? 3 : d->packets - 1;

	e->counters.decided[slot]++;
	e->counters.actions[d->action]++;
	e->counters.late += d->late;
	if (d->rule)
		e->hits[d->rule - e->ruleset->rules]++;
	if (e->config.decided)
		e->config.decided(e->config.ctx, d);
}

/* For the time when the kernel has forgotten it, see forgotten.h. hash: of the connection. */
static void note_decided(struct turn *t, uint64_t hash, const struct decision *d)
{
	const struct ruleset *r = t->engine->ruleset;

	if (d->action == ACTION_VIA && !d->late)
		recall_note(t->engine->recall, (uint32_t)hash, d->mark, r->generation,
			    d->rule ? (uint32_t)(d->rule - r->rules) + 1 : 0);
}

/* why: NULL if the rule tells. */
static void settle_at_once(struct turn *t, const struct flow_key *key, const struct rule *rule,
			   const struct target *target, const char *why)
{
	struct decision decision;

	begin_decision(&decision, t->engine, key, rule, target);
	if (why)
		decision.why = why;
	tell(t->engine, &decision);
	note_decided(t, t->hash, &decision);
	let_go(t, target->mark);
}

void decide_at_once(struct turn *t, const struct flow_key *key, const struct rule *rule, const char *why)
{
	const struct target target = target_final(t->engine->ruleset, rule, t->asked, t->engine->gateways);

	settle_at_once(t, key, rule, &target, why);
}

void keep_at_once(struct turn *t, const struct flow_key *key, unsigned gateway)
{
	const struct target target = {.action = ACTION_VIA,
				      .gateway = (int)gateway,
				      .mark = t->engine->ruleset->gateways[gateway].mark};

	settle_at_once(t, key, NULL, &target, "decided before");
}

void refuse_at_once(struct turn *t, const struct flow_key *key, const struct rule *rule, const char *why)
{
	const struct target target = {.action = ACTION_REJECT,
				      .gateway = -1,
				      .mark = t->engine->ruleset->marks.reject};

	settle_at_once(t, key, rule, &target, why);
}

bool is_late(const struct flow *flow, const struct target *target)
{
	uint32_t path = target->action == ACTION_VIA ? target->mark : 0;

	return flow->path_taken && target->action <= ACTION_VIA && path != flow->path_mark;
}

static void note_late(struct engine *e, const struct flow *flow, struct decision *d, enum rehome_refusal refusal)
{
	enum late policy = late_policy(e, flow, d->rule);

	d->refusal = refusal;
	d->late = refusal != REHOME_DONE;
	d->reset = !d->late && policy == LATE_RESET;
	d->switched = !d->late && policy == LATE_SWITCH;
	d->moved = !d->late && !d->reset && !d->switched;
	e->counters.reset += d->reset;
	e->counters.switched += d->switched;
	if (!d->reset && !d->switched)
		e->counters.rehome[refusal]++;
}

static void end_flow(struct turn *t, struct flow *flow, const struct rule *rule, const struct target *target,
		     enum rehome_refusal refusal)
{
	struct engine *e = t->engine;
	struct decision decision;

	begin_decision(&decision, e, &flow->key, rule, target);
	decision.packets = flow->packets;
	decision.led_by = flow->led_by;
	if (is_late(flow, target)) {
		e->counters.misled += flow->led_by != 0;
		note_late(e, flow, &decision, refusal);
	}
	if (!decision.late)
		flow->path_mark = decision.reset ? e->ruleset->marks.reject : target->mark;
	else if (!flow->path_mark) /* its address translation is bound: another path would break it */
		flow->path_mark = e->ruleset->marks.main;
	flow->rehomed = decision.moved && e->config.rehome;
	flow->probing = false;
	if (flow->rehomed)
		flow->move->seen = t->now;
	tell(e, &decision);
	note_decided(t, flow->hash, &decision);
	note_lesson(t, flow);
}

/* It leaves the table. */
static void note_past(struct engine *e, const struct flow *flow, uint64_t now)
{
	past_note(e->past, flow->hash, flow->key.proto == IPPROTO_TCP ? flow->stream[CLIENT].start : 0, flow->path_mark, now);
}

void note_evicted(struct engine *e, const struct flow *flow)
{
	e->counters.evicted++;
	if (flow->path_mark)
		note_past(e, flow, e->now);
}

/* What may still be asked about it. */
static void put_away(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;

	feed_free(flow, e->pool);
	if (flow->rehomed) {
		flow_decided(e->flows, flow);
		return;
	}
	note_past(e, flow, t->now);
	flow_remove(e->flows, flow);
	flow->decided = true;
}

void decide_flow(struct turn *t, struct flow *flow, const struct rule *rule)
{
	struct engine *e = t->engine;
	struct target target = target_final(e->ruleset, rule, t->asked, e->gateways);
	enum rehome_refusal refusal = REHOME_DONE;

	if (is_late(flow, &target)) {
		refusal = late_apply(t, flow, rule, &target);
		if (flow->probing || flow->decided)
			return;
	}
	end_flow(t, flow, rule, &target, refusal);
	let_go_held(t, flow, flow->path_mark);
	let_go(t, flow->path_mark);
	put_away(t, flow);
}

/* The same when none of its packets is at hand. */
static void end_without_packet(struct turn *t, struct flow *flow, const struct rule *rule, const struct target *target,
			       enum rehome_refusal refusal)
{
	end_flow(t, flow, rule, target, refusal);
	let_go_held(t, flow, flow->path_mark);
	put_away(t, flow);
}

void decide_held(struct turn *t, struct flow *flow, const struct rule *rule)
{
	struct target target = target_final(t->engine->ruleset, rule, t->asked, t->engine->gateways);

	end_without_packet(t, flow, rule, &target, REHOME_NOT_TCP);
}

void mean(struct engine *e, struct flow *flow, const struct rule *rule, const struct target *target)
{
	flow_move(e->flows, flow)->meant = (struct purpose){
		.mark = target->mark,
		.gateway = target->gateway,
		.generation = e->ruleset->generation,
		.rule = rule ? (uint32_t)(rule - e->ruleset->rules) + 1 : 0,
	};
}

/* Under other rules than those it was meant by, the rule is not known any more, and neither is the gateway. */
void end_as_meant(struct turn *t, struct flow *flow, enum rehome_refusal refusal)
{
	struct engine *e = t->engine;
	const struct ruleset *r = e->ruleset;
	const struct purpose *meant = &flow->move->meant;
	bool same = meant->generation == r->generation;
	const struct rule *rule = same && meant->rule ? &r->rules[meant->rule - 1] : NULL;
	struct target target = {.action = ACTION_MAIN, .gateway = -1, .mark = r->marks.main};

	if (same && meant->mark != r->marks.main) {
		target.mark = meant->mark;
		target.gateway = meant->gateway;
		target.action = rule && target.gateway < 0 ? rule->action : ACTION_VIA;
	}
	load_facts(e, flow);
	end_without_packet(t, flow, rule, &target, refusal);
}
