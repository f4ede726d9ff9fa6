/* SPDX-License-Identifier: GPL-2.0-or-later
 * forgotten.c - packets of connections that the kernel has forgotten
 *
 * What was decided for a gateway goes on by it if it can: the kernel translates its address anew, to the same one
 * if that is still there, and the server notices nothing. If the gateway is down, or another one should have the
 * connection now, TCP is refused, so that the client begins again, and a datagram is led as a new connection would
 * be.
 *
 * What is not remembered (the daemon has been started again since) is refused if any rule could lead it to a
 * gateway that is down, and is left to main otherwise, like all connections from before.
 */
#include "forgotten.h"

#include "engine_private.h"
#include "rule_index.h"

void recall_note(struct recall *recall, uint32_t hash, uint32_t mark, uint32_t generation, uint32_t rule)
{
	recall->at[hash % RECALL_SLOTS] =
		(struct recalled){.hash = hash, .mark = mark, .generation = generation, .rule = rule};
}

void recall_forget(struct recall *recall, uint32_t hash)
{
	struct recalled *at = &recall->at[hash % RECALL_SLOTS];

	if (at->hash == hash)
		at->mark = 0;
}

static const struct recalled *find(const struct turn *t)
{
	const struct recalled *found = &t->engine->recall->at[(uint32_t)t->hash % RECALL_SLOTS];

	return found->mark && found->hash == (uint32_t)t->hash ? found : NULL;
}

/* The rule it was decided by; NULL: under other rules. */
static const struct rule *rule_of(const struct turn *t, const struct recalled *recalled)
{
	const struct ruleset *r = t->engine->ruleset;

	return recalled->generation == r->generation && recalled->rule ? &r->rules[recalled->rule - 1] : NULL;
}

/* Of a QUIC connection that is under way: a short header (RFC 9000 section 17.3). Name servers' questions have
 * none. */
static bool is_quic_data(const struct packet *p)
{
	return p->proto == IPPROTO_UDP && p->payload_length && (p->payload[0] & 0xc0) == 0x40 && p->dport != 53;
}

static bool opens_tcp(const struct packet *p)
{
	return p->proto == IPPROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* What the rules may come to, when nothing but headers is known of the connection. */
struct outlook {
	bool lost; /* a rule that holds, or may, leads to a gateway that is down */
	bool via;  /* the rule that holds leads to a gateway */
	bool open; /* a rule before it may hold */
};

static bool all_serve(const struct turn *t)
{
	const struct engine *e = t->engine;

	for (unsigned i = 0; i < e->ruleset->gateway_count; i++)
		if (!target_serves(e->gateways, i, family_of(t->packet)))
			return false;
	return true;
}

/* One of the rules before this one (NULL: of all) may hold, and leads to a gateway that is down. */
static bool may_be_lost(const struct turn *t, const struct subject *subject, const struct rule *end)
{
	const struct engine *e = t->engine;
	const struct ruleset *r = e->ruleset;

	if (all_serve(t))
		return false;
	if (!end)
		end = r->rules + r->rule_count;
	for (const struct rule *rule = r->rules; rule < end; rule++)
		if (target_is_down(r, rule, family_of(t->packet), e->gateways) && rule_eval(rule, subject) != TRI_NO)
			return true;
	return false;
}

/* Anybody can send such packets: it takes a look at each rule only while a gateway is down. */
static struct outlook outlook_of(struct turn *t)
{
	struct engine *e = t->engine;
	struct subject subject;
	struct ruling ruling;
	struct target target;

	load_facts(e, NULL);
	e->feed.view.client = reader_over(NULL, 0, true);
	subject = subject_of(t);
	ruling = ruleset_eval(e->ruleset, &subject);
	target = target_of(e->ruleset, ruling.rule, t->asked, e->gateways);
	return (struct outlook){
		.lost = target.down || (ruling.open && may_be_lost(t, &subject, ruling.rule)),
		.via = target.action == ACTION_VIA,
		.open = ruling.open,
	};
}

/* -1: no gateway has this mark any more, or it is down. */
static int serving_gateway(const struct turn *t, uint32_t mark)
{
	const struct engine *e = t->engine;
	int gateway = ruleset_gateway_of_mark(e->ruleset, mark);

	return gateway >= 0 && target_serves(e->gateways, (unsigned)gateway, family_of(t->packet)) ? gateway : -1;
}

/*
 * Decided before the rules were read again. It keeps its gateway, as it would have if the kernel knew it still.
 * But a datagram may as well be the first one of a new connection by the same ports: where its headers tell, they
 * do.
 */
static bool older_packet(struct turn *t, const struct flow_key *key, uint32_t mark)
{
	bool tcp = key->proto == IPPROTO_TCP;
	struct outlook outlook = outlook_of(t);
	int gateway = serving_gateway(t, mark);

	if (outlook.lost || (tcp && gateway < 0))
		refuse_at_once(t, key, NULL, "its gateway is gone");
	else if (gateway >= 0 && (tcp || outlook.open))
		keep_at_once(t, key, (unsigned)gateway);
	else
		return false;
	return true;
}

static bool recalled_packet(struct turn *t, const struct flow_key *key, const struct recalled *recalled)
{
	const struct engine *e = t->engine;
	const struct rule *rule = rule_of(t, recalled);
	struct target target;

	if (!rule)
		return older_packet(t, key, recalled->mark);
	target = target_of(e->ruleset, rule, t->asked, e->gateways);
	if (target.mark == recalled->mark || key->proto != IPPROTO_TCP)
		decide_at_once(t, key, rule, NULL); /* refused if the gateway is down */
	else
		refuse_at_once(t, key, rule, "its gateway is gone");
	return true;
}

bool is_invalid(const struct turn *t)
{
	const struct marks *marks = &t->engine->ruleset->marks;

	return (t->packet->mark & marks->mask) == marks_invalid(marks);
}

void invalid_packet(struct turn *t)
{
	struct outlook outlook = {.lost = find(t) != NULL};

	if (!outlook.lost)
		outlook = outlook_of(t);
	if (outlook.lost || outlook.via)
		drop_packet(t);
	else
		let_go(t, 0);
}

bool forgotten_packet(struct turn *t, const struct flow_key *key)
{
	const struct packet *p = t->packet;
	bool tcp = p->proto == IPPROTO_TCP;

	if (t->engine->ruleset->observe || p->continued || (tcp ? opens_tcp(p) : !is_quic_data(p)))
		return false;
	if (find(t))
		return recalled_packet(t, key, find(t));
	if (!tcp || !outlook_of(t).lost)
		return false;
	refuse_at_once(t, key, NULL, "connection of a gateway that is gone");
	return true;
}
