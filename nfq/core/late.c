/* SPDX-License-Identifier: GPL-2.0-or-later
 * late.c - what becomes of a connection whose verdict came when it had begun on another path
 *
 * Theory of operation. Each rule has a policy (ruleset.h, enum late). rehome.c opens the connection again by the right
 * path; the others are here:
 *
 *   leave   the connection keeps its path.
 *   reset   the client is told that its connection is over, and opens another one. The packet that decided gets the
 *           verdict of "reject": the hooks make the RST of it, as they do for any refused connection. The server, which
 *           has not seen a byte of data or has not answered it, gets one from us. resets.h keeps this from looping, and
 *           has the next connection go by the right path from its SYN on.
 *   switch  the new mark, in the middle of the connection. That is all: where nobody translates addresses, a path is
 *           nothing but a route.
 *
 * Where a policy cannot be carried out, the connection keeps its path, and the decision says why.
 */
#include "engine_private.h"

#include <errno.h>

#include "resets.h"

enum late late_policy(const struct engine *e, const struct flow *flow, const struct rule *rule)
{
	enum late policy = rule ? rule->late : e->ruleset->options.late;

	if (!flow->led_by || policy == LATE_RESET || policy == LATE_SWITCH)
		return policy;
	if (e->moves)
		return policy == LATE_LEAVE ? LATE_REHOME : policy;
	return e->resets ? LATE_RESET : policy;
}

/* --- reset --- */

static bool can_reset(const struct engine *e, const struct flow *flow)
{
	return e->resets && (e->config.rehome || e->config.pretend_rehome) &&
	       e->moving[family_of_address(flow->key.src)] != MOVING_NONE;
}

static enum rehome_refusal reset_possible(const struct turn *t, const struct flow *flow)
{
	if (flow->key.proto != IPPROTO_TCP)
		return REHOME_NOT_TCP;
	return can_reset(t->engine, flow) ? opening_untouched(t, flow) : REHOME_NO_MEANS;
}

static uint64_t interval_of(const struct engine *e)
{
	return e->ruleset->options.late_reset_ms * MILLISECOND;
}

static bool is_allowed(struct turn *t, const struct flow *flow, const struct rule *rule)
{
	struct engine *e = t->engine;
	struct reset_case which = {
		.key = &flow->key,
		.begun = flow->move->opening.begun,
		.note = {e->ruleset->generation, rule ? (uint32_t)(rule - e->ruleset->rules) + 1 : 0},
	};

	which.host = facts_text(&e->facts, FACT_HOST, &which.length);
	return resets_allow(e->resets, &which, t->now, interval_of(e));
}

static enum rehome_refusal reset(struct turn *t, struct flow *flow, const struct rule *rule)
{
	const struct rehome_ops *ops = t->engine->config.rehome;
	enum rehome_refusal refusal = reset_possible(t, flow);

	if (refusal != REHOME_DONE)
		return refusal;
	if (ops && ops->inspect(t->engine->config.rehome_ctx, &flow->key, &flow->move->probe.first) != 0)
		return REHOME_CONNTRACK;
	if (!is_allowed(t, flow, rule))
		return REHOME_REPEATED;
	drop_held(t, flow);
	if (ops)
		reset_first(t->engine, flow, flow->data_released ? t->packet->seq : flow->stream[CLIENT].start);
	return REHOME_DONE;
}

const struct rule *late_retry(struct turn *t, struct flow *flow, const struct rule *rule)
{
	struct engine *e = t->engine;
	struct reset_note note;

	if (!e->resets || flow->key.proto != IPPROTO_TCP ||
	    !resets_awaited(e->resets, &flow->key, t->now, interval_of(e), &note) || note.generation != e->ruleset->generation)
		return rule;
	flow->led_by = LEARNED_RESET;
	return note.rule ? &e->ruleset->rules[note.rule - 1] : NULL;
}

/* --- switch --- */

static bool masquerades(const struct ruleset *r, uint32_t mark)
{
	int gateway = ruleset_gateway_of_mark(r, mark);

	return gateway >= 0 && r->gateways[gateway].masquerade;
}

/* A translation is bound once, by the first packet. Without conntrack to ask, the user's word is taken. */
static enum rehome_refusal switch_possible(const struct turn *t, const struct flow *flow, const struct target *target)
{
	const struct engine *e = t->engine;
	struct translation source;
	int error;

	if (masquerades(e->ruleset, flow->path_mark) || masquerades(e->ruleset, target->mark))
		return REHOME_TRANSLATED;
	if (!e->config.rehome)
		return REHOME_DONE;
	error = e->config.rehome->inspect(e->config.rehome_ctx, &flow->key, &source);
	if (error && error != EOPNOTSUPP) /* which says that it is there */
		return REHOME_UNTRACKED;
	return key_equal(source.address, flow->key.src) && source.port == flow->key.sport ? REHOME_DONE :
		REHOME_TRANSLATED;
}

/* --- rehome --- */

static enum rehome_refusal rehome(struct turn *t, struct flow *flow, const struct rule *rule,
				  const struct target *target)
{
	enum rehome_refusal refusal = rehome_possible(t, flow);

	if (refusal != REHOME_DONE || !t->engine->config.rehome)
		return refusal;
	mean(t->engine, flow, rule, target);
	return rehome_begin(t, flow, target);
}

/* --- whichever --- */

bool late_watches(const struct engine *e, const struct flow *flow)
{
	return (e->moves || e->resets) && e->moving[family_of_address(flow->key.src)] != MOVING_NONE;
}

bool late_holds(const struct turn *t, const struct flow *flow)
{
	const struct engine *e = t->engine;

	return (e->moves && rehome_possible(t, flow) == REHOME_DONE) ||
	       (!flow->data_released && reset_possible(t, flow) == REHOME_DONE);
}

bool late_now(const struct turn *t, const struct flow *flow, const struct rule *rule)
{
	switch (late_policy(t->engine, flow, rule)) {
	case LATE_AUTO:
	case LATE_REHOME:
		return rehome_possible(t, flow) == REHOME_DONE;
	case LATE_RESET:
		return reset_possible(t, flow) == REHOME_DONE;
	case LATE_LEAVE:
	case LATE_SWITCH:
		break;
	}
	return false;
}

enum rehome_refusal late_apply(struct turn *t, struct flow *flow, const struct rule *rule,
			       const struct target *target)
{
	switch (late_policy(t->engine, flow, rule)) {
	case LATE_AUTO:
	case LATE_REHOME:
		return rehome(t, flow, rule, target);
	case LATE_RESET:
		return reset(t, flow, rule);
	case LATE_SWITCH:
		return switch_possible(t, flow, target);
	case LATE_LEAVE:
		break;
	}
	return REHOME_OFF;
}
