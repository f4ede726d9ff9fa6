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

/* Some rule that holds, or may, leads to a gateway that is down; or *via: the rule that holds leads to a gateway.
 * Nothing but headers is known of the connection. */
static bool may_be_lost(struct turn *t, bool *via)
{
	struct engine *e = t->engine;
	const struct ruleset *r = e->ruleset;
	struct subject subject;

	load_facts(e, NULL);
	e->feed.view.client = reader_over(NULL, 0, true);
	subject = subject_of(t);
	*via = false;
	for (unsigned i = 0; i < r->rule_count && !*via; i++) {
		enum tri answer = rule_eval(&r->rules[i], &subject);
		struct target target = target_of(r, &r->rules[i], t->asked, e->gateways);

		if (answer != TRI_NO && target.down)
			return true;
		if (answer == TRI_YES && target.action != ACTION_VIA)
			return false;
		*via = answer == TRI_YES;
	}
	return false;
}

static bool recalled_packet(struct turn *t, const struct flow_key *key, const struct recalled *recalled)
{
	const struct engine *e = t->engine;
	const struct rule *rule = rule_of(t, recalled);
	struct target target = target_of(e->ruleset, rule, t->asked, e->gateways);

	if (rule && (target.mark == recalled->mark || key->proto != IPPROTO_TCP))
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
	bool via = false;

	if (find(t) || may_be_lost(t, &via) || via)
		drop_packet(t);
	else
		let_go(t, 0);
}

bool forgotten_packet(struct turn *t, const struct flow_key *key)
{
	const struct packet *p = t->packet;
	bool tcp = p->proto == IPPROTO_TCP, via;

	if (t->engine->ruleset->observe || p->continued || (tcp ? opens_tcp(p) : !is_quic_data(p)))
		return false;
	if (find(t))
		return recalled_packet(t, key, find(t));
	if (!tcp || !may_be_lost(t, &via))
		return false;
	refuse_at_once(t, key, NULL, "connection of a gateway that is gone");
	return true;
}
