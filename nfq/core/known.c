/* SPDX-License-Identifier: GPL-2.0-or-later
 * known.c - what has been learned of a destination, and what follows from it for a connection
 *
 * Theory of operation. The rules are asked what they would say if the connection were one of those that have been seen
 * at its destination, once for each thing known. Only if all lead to the same gateway the first packet takes it. The
 * connection stays undecided: its payload has the last word, and where that contradicts, the connection is moved as any
 * other that is late. So a name that nobody has seen at this address yet costs a wrong handshake once, and no data goes
 * astray; deciding at the SYN could not take it back.
 *
 * What a client has asked DNS for goes before what others have seen: where it is known, things seen by this client
 * alone count. Where only others' things are known, all of them count.
 */
#include "engine_private.h"

#include <stddef.h>
#include <stdlib.h>

enum { LESSONS = 32 };

/* What one connection has shown, kept until no packet waits. */
struct lesson {
	struct learned_key key;
	const struct app *app;
	uint32_t closed;
	uint64_t when;
	uint8_t host_length;
	char host[LEARNED_NAME_MAX];
};

struct lessons {
	unsigned count;
	struct lesson at[LESSONS];
};

struct lessons *lessons_new(void)
{
	return calloc(1, sizeof(struct lessons));
}

static struct learned *table_of(const struct engine *e)
{
	return e->ruleset->options.learned ? e->config.learned : NULL;
}

static struct key client_of(const struct flow *flow)
{
	return flow->origin.local ? LEARNED_LOCAL : flow->key.src;
}

/* --- what the rules would say --- */

/* What the things known lead to: asked for those that a client would ask for, aliased for names behind them. */
struct opinion {
	unsigned count;
	bool differs;
	uint8_t sources;
	const struct rule *rule;
	struct target target;
	uint64_t last;                   /* of those asked */
	size_t host_length;
	char host[LEARNED_NAME_MAX];     /* of the thing told last */
};

struct poll {
	struct turn *turn;
	const struct flow *flow;
	uint8_t among;                   /* only things with one of these sources; 0: all */
	bool named;                      /* only things with a host */
	struct opinion asked, aliased;
};

/* The facts at hand as they would be if the connection were this one. */
static const struct facts *suppose(struct engine *e, const struct learned_thing *thing)
{
	struct facts *f = &e->supposed;

	memcpy(f, &e->facts, offsetof(struct facts, text));
	memcpy(f->text, e->facts.text, e->facts.used);
	if (thing->app && !fact_known(f, FACT_APP))
		facts_set_app(f, thing->app);
	f->closed |= thing->closed;
	if (!thing->host_length)
		return f;
	f->known &= ~FACT_BIT(FACT_HOST); /* an outer name gives way */
	facts_set_text(f, FACT_HOST, thing->host, thing->host_length);
	return f;
}

static void weigh(struct opinion *o, const struct learned_thing *thing, const struct rule *rule, struct target target)
{
	if (o->count && (o->target.action != target.action || o->target.mark != target.mark))
		o->differs = true;
	o->count++;
	o->sources |= thing->sources;
	o->rule = rule;
	o->target = target;
	if (thing->last < o->last || !thing->host_length)
		return;
	o->last = thing->last;
	o->host_length = thing->host_length;
	memcpy(o->host, thing->host, thing->host_length);
}

static void ask(void *ctx, const struct learned_thing *thing)
{
	struct poll *poll = ctx;
	struct turn *t = poll->turn;
	struct engine *e = t->engine;
	struct subject subject = subject_of(t);
	bool alias = !(thing->sources & (LEARNED_DNS | LEARNED_PAYLOAD));
	const struct rule *rule;

	if ((poll->among && !(thing->sources & poll->among)) || (poll->named && !thing->host_length))
		return;
	subject.facts = suppose(e, thing);
	subject.names = NULL;
	rule = ruleset_eval(e->ruleset, &subject).rule;
	weigh(alias ? &poll->aliased : &poll->asked, thing, rule, target_of(e->ruleset, rule, t->asked, e->gateways));
}

/* Adds what is known under one key. false: too much to follow anything from it. */
static bool poll_key(struct poll *poll, struct key client, uint16_t port, uint8_t proto, enum learned_state *state)
{
	struct turn *t = poll->turn;
	struct learned_key key = {.address = poll->flow->key.dst, .client = client, .port = port, .proto = proto};

	*state = learned_find(table_of(t->engine), &key, t->now, ask, poll);
	return *state != LEARNED_MANY;
}

/* NULL: nothing is known, or not one thing follows from it. */
static const struct opinion *outcome(const struct poll *poll)
{
	const struct opinion *o = poll->asked.count ? &poll->asked : &poll->aliased;

	return o->count && !o->differs ? o : NULL;
}

/* What all things lead to that the packet's connection may turn out to be. *own: this client has asked for them. Where DNS
 * gives names, a thing without one (an app that says none) is nothing else that it may be. */
static const struct opinion *ask_all(struct poll *poll, bool *own)
{
	const struct flow_key *key = &poll->flow->key;
	struct key client = client_of(poll->flow), anybody = key_of(0);
	enum learned_state dns, payload;

	*own = false;
	if (!poll_key(poll, client, 0, 0, &dns))
		return NULL;
	*own = poll->named = dns == LEARNED_SOME;
	if (*own)
		return poll_key(poll, client, key->dport, key->proto, &payload) ? outcome(poll) : NULL;
	if (!poll_key(poll, anybody, 0, 0, &dns))
		return NULL;
	poll->named = dns == LEARNED_SOME;
	if (!poll_key(poll, anybody, key->dport, key->proto, &payload))
		return NULL;
	return outcome(poll);
}

/* --- the first packet's path --- */

/* Whether a connection can be led by what was learned though it may turn out to be another: it could be moved back, or
 * it is none of those that are ever moved and its rule wants it so. What the client itself has asked for needs neither. */
static bool may_guess(const struct turn *t, const struct flow *flow)
{
	if (flow->key.proto != IPPROTO_TCP)
		return false;
	return !(can_move(t->engine, flow) && flow->move->opening.bound);
}

static bool is_usable(const struct turn *t, const struct target *target)
{
	const struct engine *e = t->engine;

	if (target->action == ACTION_MAIN)
		return true;
	return target->action == ACTION_VIA &&
	       target_serves(e->gateways, (unsigned)target->gateway, family_of(t->packet));
}

bool known_path(struct turn *t, struct flow *flow, struct target *target)
{
	const struct opinion *o;
	bool own;

	if (!table_of(t->engine) || t->side != CLIENT)
		return false;
	struct poll poll = {.turn = t, .flow = flow}; /* which is large: not for those who have left */

	o = ask_all(&poll, &own);
	if (!o || !is_usable(t, &o->target) || !(own || may_guess(t, flow)))
		return false;
	if (o->target.mark == target->mark)
		return false;
	*target = o->target;
	flow->led_by = o->sources;
	t->engine->counters.led++;
	return true;
}

bool known_stands(struct turn *t, const struct flow *flow, struct ruling *ruling)
{
	const struct opinion *o;
	bool own;

	if (!flow->led_by || flow->payload_packets || t->engine->facts.known || !table_of(t->engine))
		return false;
	struct poll poll = {.turn = t, .flow = flow};

	o = ask_all(&poll, &own);
	if (!o || is_late(flow, &o->target))
		return false;
	*ruling = (struct ruling){.rule = o->rule};
	return true;
}

/* --- names that are not to be seen --- */

static bool wants_name(const struct engine *e)
{
	const struct facts *f = &e->facts;
	bool outer = fact_known(f, FACT_ECH) && f->ech;

	if (!(e->ruleset->needs & FACT_BIT(FACT_HOST)) || f->host_by_dns)
		return false;
	return fact_known(f, FACT_HOST) ? outer : !fact_open(f, FACT_HOST);
}

void known_name(struct turn *t, const struct flow *flow)
{
	struct engine *e = t->engine;
	const struct opinion *o = NULL;
	enum learned_state state;

	if (!table_of(e) || !wants_name(e))
		return;
	struct poll poll = {.turn = t, .flow = flow};

	if (e->facts.ech) { /* names that are known to offer it go before others */
		poll.among = LEARNED_ECH;
		o = poll_key(&poll, client_of(flow), 0, 0, &state) ? outcome(&poll) : NULL;
		if (poll.asked.differs)
			return;
		poll.among = 0;
	}
	if (!o)
		o = poll_key(&poll, client_of(flow), 0, 0, &state) ? outcome(&poll) : NULL;
	if (!o || !o->host_length)
		return;
	e->facts.known &= ~FACT_BIT(FACT_HOST);
	facts_set_text(&e->facts, FACT_HOST, o->host, o->host_length);
	e->facts.host_by_dns = true;
}

/* --- learning --- */

void note_lesson(struct turn *t, const struct flow *flow)
{
	struct engine *e = t->engine;
	const struct facts *f = &e->facts;
	bool hidden = fact_known(f, FACT_ECH) && f->ech, named = fact_known(f, FACT_HOST) && !f->host_by_dns;
	struct lesson *lesson;
	const char *host;
	size_t length;

	if (!table_of(e) || hidden || !(named || fact_known(f, FACT_APP)))
		return;
	if (e->lessons->count == LESSONS) {
		e->counters.unlearned++;
		return;
	}
	host = facts_text(f, FACT_HOST, &length);
	lesson = &e->lessons->at[e->lessons->count++];
	lesson->key = (struct learned_key){.address = flow->key.dst,
					   .client = client_of(flow),
					   .port = flow->key.dport,
					   .proto = flow->key.proto};
	lesson->app = fact_known(f, FACT_APP) ? f->app : NULL;
	lesson->closed = f->closed & ~FACT_BIT(FACT_PAYLOAD);
	lesson->when = t->now;
	lesson->host_length = named && length <= LEARNED_NAME_MAX ? (uint8_t)length : 0;
	memcpy(lesson->host, host, lesson->host_length);
}

void engine_learn(struct engine *e)
{
	const struct options *o = &e->ruleset->options;

	for (unsigned i = 0; e->lessons && i < e->lessons->count; i++) {
		const struct lesson *lesson = &e->lessons->at[i];
		struct learned_key anybody = lesson->key;
		struct learned_thing thing = {.host = lesson->host,
					      .host_length = lesson->host_length,
					      .app = lesson->app,
					      .closed = lesson->closed,
					      .sources = LEARNED_PAYLOAD,
					      .expires = lesson->when + o->learned_ttl_max_ms * MILLISECOND};

		anybody.client = key_of(0);
		learned_add(e->config.learned, &anybody, &thing, lesson->when);
		if (o->dns)
			learned_add(e->config.learned, &lesson->key, &thing, lesson->when);
	}
	if (e->lessons)
		e->lessons->count = 0;
}
