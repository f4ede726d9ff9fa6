/* SPDX-License-Identifier: GPL-2.0-or-later
 * rehome.c - TCP connections on their way to another path
 *
 * Theory of operation. While a connection is undecided, SYN and SYN-ACK are noted and the client's first data is
 * held. When the rules decide for another path than the SYN took:
 *
 *   1. the same SYN goes out by the other gateway, tracked in a zone of its own (the probe);
 *   2. its SYN-ACK must agree to what the first one agreed to, as the client has been told that;
 *   3. the conntrack entry is replaced by one with the probe's translation and an adjustment of the server's sequence
 *      numbers;
 *   4. the first path's server is told that its connection is over: it may allow a client only one at a time;
 *   5. the probe's handshake is completed through the new entry. Not sooner: if the program dies in between, an entry
 *      in the probe's zone that is half open ends within a minute, one that is open would stay for days;
 *   6. the held packets are dropped, as they still refer to the old entry, and their bytes sent anew.
 *
 * Until step 3, which is one request to the kernel, the client's packets are queued and the first connection is whole,
 * and any doubt ends in rehome_fail(): the held packets go by the first path, nothing is lost, nobody has noticed.
 */
#include "engine_private.h"

#include <errno.h>

enum {
	SYN_RESEND_MS = 1000, /* RFC 6298 2 */
	SYNS_MAX = 3,
};

/* --- attempts by a gateway --- */

static struct attempts *attempts_of(struct engine *e, const struct flow *flow)
{
	const struct purpose *meant = &flow->move->meant;

	return meant->gateway >= 0 && meant->generation == e->ruleset->generation ? &e->attempts[meant->gateway] : NULL;
}

/* Whether it says something of the gateway, or of the path behind it, that an attempt has failed for this reason. */
static bool is_held_against(enum rehome_refusal why)
{
	return why != REHOME_CLOSED && why != REHOME_FULL && why != REHOME_TABLE && why != REHOME_SERVER_SPOKE &&
	       why != REHOME_CHANGED;
}

/* The count outlives the pause: the first attempt behind it tells whether there is to be another one. */
static void count_attempt(struct turn *t, const struct flow *flow, enum rehome_refusal outcome)
{
	struct engine *e = t->engine;
	const struct options *options = &e->ruleset->options;
	struct attempts *a = attempts_of(e, flow);

	if (!a || (outcome != REHOME_DONE && !is_held_against(outcome)))
		return;
	a->failed = outcome == REHOME_DONE ? 0 : a->failed + 1;
	if (!options->rehome_failures || a->failed < options->rehome_failures || t->now < a->paused_until)
		return;
	a->paused_until = t->now + options->rehome_pause_ms * MILLISECOND;
	if (e->config.gave_up)
		e->config.gave_up(e->config.ctx, (unsigned)flow->move->meant.gateway, outcome);
}

/* --- the move --- */

static void set_timer(struct turn *t, struct flow *flow)
{
	const struct probe *probe = &flow->move->probe;
	uint64_t resend = probe->started + probe->sent * SYN_RESEND_MS * MILLISECOND;

	hold_until(t->engine, flow, resend < probe->give_up ? resend : probe->give_up);
}

static enum rehome_refusal refusal_of(int error, enum rehome_refusal usually)
{
	return error == ENFILE ? REHOME_TABLE : usually;
}

/* The probe's SYN, for the first time or once more. */
static void ask(struct turn *t, struct flow *flow)
{
	int error = send_syn(t, flow);

	if (error)
		rehome_fail(t, flow, refusal_of(error, REHOME_SEND));
	else
		set_timer(t, flow);
}

enum rehome_refusal rehome_begin(struct turn *t, struct flow *flow, const struct target *target)
{
	struct engine *e = t->engine;
	const struct rehome_ops *ops = e->config.rehome;
	const struct attempts *a = attempts_of(e, flow);
	struct probe *probe = &flow->move->probe;

	if (a && t->now < a->paused_until)
		return REHOME_PAUSED;
	if (ops->inspect(e->config.rehome_ctx, &flow->key, &probe->first) != 0)
		return REHOME_CONNTRACK;
	feed_keep(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
	keep_facts(e, flow);
	probe->mark = (target->action == ACTION_VIA ? target->mark : e->ruleset->marks.probe_main) |
		e->ruleset->marks.open;
	probe->started = t->now;
	probe->give_up = t->now + e->ruleset->options.rehome_timeout_ms * MILLISECOND;
	probe->sent = 0;
	if (!hold(t, flow, probe->give_up))
		return REHOME_FULL;
	flow->probing = true;
	ask(t, flow);
	return REHOME_DONE;
}

void rehome_fail(struct turn *t, struct flow *flow, enum rehome_refusal why)
{
	struct engine *e = t->engine;

	e->config.rehome->forget_probe(e->config.rehome_ctx, &flow->key);
	count_attempt(t, flow, why);
	end_as_meant(t, flow, why);
}

void rehome_timer(struct turn *t, struct flow *flow)
{
	if (t->now >= flow->move->probe.give_up)
		rehome_fail(t, flow, REHOME_SILENT);
	else
		ask(t, flow);
}

static bool agrees(const struct tcp_options *a, const struct tcp_options *b)
{
	return a->has_scale == b->has_scale && a->scale == b->scale && a->sack == b->sack &&
	       a->timestamps == b->timestamps && !b->malformed && !b->bound_to_path;
}

static struct rehome_swap swap_of(const struct turn *t, const struct flow *flow, const struct tcp_options *server)
{
	const struct opening *o = &flow->move->opening;

	return (struct rehome_swap){.key = flow->key,
				    .mark = flow->move->meant.mark,
				    .mask = t->engine->ruleset->marks.mask,
				    .reply_offset = o->server_isn - t->packet->seq,
				    .scaled = o->client.has_scale && o->server.has_scale,
				    .client_scale = o->client.scale,
				    .server_scale = o->server.scale,
				    .sack = o->client.sack && o->server.sack,
				    .timestamps = o->client.timestamps && o->server.timestamps,
				    .clock_offset = server->tsval - o->server.tsval};
}

static void complete(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	size_t length;
	const uint8_t *bytes = tcp_option_bytes(t->packet, &length);
	struct tcp_options server = tcp_options_parse(bytes, length);
	struct rehome_swap swap = swap_of(t, flow, &server);
	int error;

	if (flow->move->meant.generation != e->ruleset->generation) {
		reset_probe(t, flow);
		rehome_fail(t, flow, REHOME_CHANGED);
		return;
	}
	if (!agrees(&flow->move->opening.server, &server)) {
		reset_probe(t, flow);
		rehome_fail(t, flow, REHOME_DIFFERENT);
		return;
	}
	if (e->config.rehome->probe_source(e->config.rehome_ctx, &flow->key, &swap.source) != 0) {
		rehome_fail(t, flow, REHOME_CONNTRACK);
		return;
	}
	error = e->config.rehome->swap(e->config.rehome_ctx, &swap);
	if (error) {
		reset_probe(t, flow);
		rehome_fail(t, flow, refusal_of(error, REHOME_CONNTRACK));
		return;
	}
	flow->move->opening.server.mss = server.mss;
	count_attempt(t, flow, REHOME_DONE);
	drop_held(t, flow);
	reset_first(e, flow, flow->stream[CLIENT].start);
	send_ack(e, flow);
	send_bytes(e, flow, flow->stream[CLIENT].buffer, flow->stream[CLIENT].length, flow->stream[CLIENT].start);
	end_as_meant(t, flow, REHOME_DONE);
}

/* --- packets meanwhile --- */

/* The server has an old connection by these ports, as it has when a gateway went and took the end of its connections along. It
 * says where that one stands (RFC 9293 3.10.7.4, challenge ACK). The client's own kernel would reset the old one (3.10.7.3)
 * and send its SYN again a second later; this is done here, at once. */
static void open_anew(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;

	reset_probe(t, flow);
	e->config.rehome->forget_probe(e->config.rehome_ctx, &flow->key);
	ask(t, flow);
}

static bool is_challenge(const struct packet *p, const struct flow *flow)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_ACK && p->ack != flow->stream[CLIENT].start;
}

static void answer_of_probe(struct turn *t, struct flow *flow)
{
	const struct packet *p = t->packet;

	if (p->proto != IPPROTO_TCP)
		rehome_fail(t, flow, REHOME_ICMP);
	else if (p->tcp_flags & TCP_RST)
		rehome_fail(t, flow, REHOME_RESET);
	else if (is_challenge(p, flow) && flow->move->probe.sent < SYNS_MAX)
		open_anew(t, flow);
	else if ((p->tcp_flags & (TCP_SYN | TCP_ACK)) != (TCP_SYN | TCP_ACK) || p->ack != flow->stream[CLIENT].start)
		rehome_fail(t, flow, REHOME_ANSWER);
	else
		complete(t, flow);
}

/* The connection that an ICMP error speaks of, from the packet it quotes (RFC 792, RFC 4443 3); at least the ports
 * are there. */
static bool quoted_key(const struct packet *error, struct flow_key *key)
{
	struct packet quoted;
	enum packet_fault fault = packet_parse(&quoted, error->payload, error->payload_length, 0);
	struct reader ports;

	if ((fault != PACKET_OK && fault != PACKET_TRANSPORT) || quoted.proto != IPPROTO_TCP)
		return false;
	ports = reader_over(quoted.transport, (size_t)(error->payload + error->payload_length - quoted.transport), false);
	quoted.sport = reader_u16(&ports);
	quoted.dport = reader_u16(&ports);
	*key = flow_key_of(&quoted, false);
	return reader_ok(&ports);
}

/* Where timestamps are kept, the kernel spoils the number of a reset that a server sends on a connection that has moved:
 * for a closed one it takes the entry for its SYN proxy's own (net/netfilter/nf_synproxy_core.c, ipv4_synproxy_hook()),
 * and the client would take no notice. So it is sent again, past conntrack. */
static void mend_reset(struct turn *t)
{
	const struct engine *e = t->engine;
	struct flow_key key = flow_key_of(t->packet, true);
	uint32_t offset;

	if (t->packet->proto != IPPROTO_TCP || !(t->packet->tcp_flags & TCP_RST) || !e->config.rehome ||
	    e->config.rehome->adjustment(e->config.rehome_ctx, &key, &offset) != 0) {
		let_go(t, 0);
		return;
	}
	drop_packet(t);
	send_server_reset(t, offset);
}

void rehome_answer(struct turn *t)
{
	const struct marks *marks = &t->engine->ruleset->marks;
	struct flow_key key = flow_key_of(t->packet, true);
	struct flow *flow;
	bool known = t->packet->proto == IPPROTO_TCP || quoted_key(t->packet, &key);

	if ((t->packet->mark & marks->mask) == marks->main) {
		mend_reset(t);
		return;
	}
	drop_packet(t);
	flow = known ? flow_find(t->engine->flows, &key, flow_hash(t->engine->flows, &key)) : NULL;
	if (flow && flow->probing)
		answer_of_probe(t, flow);
}

/* A bare acknowledgement does not leave: it says nothing that the held data does not say as well. Its verdict is carried out
 * with others', when the connection may have moved and its first server been reset, and that one would answer it by a reset of
 * the right number. */
void rehome_packet(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	const struct move *move = flow->move;

	flow->packets++;
	rehome_observe(t, flow);
	if (t->packet->tcp_flags & (TCP_FIN | TCP_RST) || move->opening.server_spoke) {
		rehome_fail(t, flow, move->opening.server_spoke ? REHOME_SERVER_SPOKE : REHOME_CLOSED);
		let_go(t, flow->path_mark);
		return;
	}
	if (t->side == SERVER) {
		let_go(t, 0);
		return;
	}
	if (!t->packet->payload_length) {
		drop_packet(t);
		return;
	}
	feed_packet(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
	feed_keep(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
	if (flow->stream[CLIENT].lost || !hold(t, flow, move->probe.give_up)) {
		rehome_fail(t, flow, REHOME_FULL);
		let_go(t, flow->path_mark);
	}
}

void rehome_straggler(struct turn *t, struct flow *flow)
{
	drop_packet(t);
	if (t->side != CLIENT)
		return;
	rehome_observe(t, flow);
	send_bytes(t->engine, flow, t->packet->payload, t->packet->payload_length, t->packet->seq);
}

bool rehome_outlived(const struct turn *t)
{
	const struct engine *e = t->engine;
	const struct flow_key key = flow_key_of(t->packet, true);
	const struct flow *flow;

	if (!e->moves || t->packet->proto != IPPROTO_TCP)
		return false;
	flow = flow_find(e->flows, &key, flow_hash(e->flows, &key));
	return flow && flow->rehomed;
}
