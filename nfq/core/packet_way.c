/* SPDX-License-Identifier: GPL-2.0-or-later
 * packet_way.c - from packets to verdicts
 *
 * The way of a packet: is its connection known and decided? give the same verdict again. Is it one that no rule is
 * asked about (not whole, from before the daemon, link-local)? say so. Else the rules are asked, and, while they cannot
 * tell, the classifiers (judge.c). A connection that the rules decide on the headers of its first packet leaves no trace here.
 */
#include "engine_private.h"

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

	engine->now = now;
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
