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

#include "checksum.h"

enum {
	SEGMENT_DEFAULT = 536, /* RFC 9293 3.7.1: without an MSS option */
	SEGMENT_LEAST = 256,
	SYN_RESEND_MS = 1000,  /* RFC 6298 2 */
	FAILURES_MAX = 5,
	PAUSE_MS = 60000,
	WINDOW_LEAST = 1,
};

const char *rehome_refusal_text(enum rehome_refusal refusal)
{
	static const char *const texts[REHOME_REFUSALS] = {
		[REHOME_DONE] = "moved",
		[REHOME_OFF] = "not asked for",
		[REHOME_NOT_TCP] = "not TCP",
		[REHOME_UNSEEN] = "its handshake was not seen",
		[REHOME_OPTIONS] = "its TCP options bind it to its path",
		[REHOME_SERVER_SPOKE] = "the server has sent data",
		[REHOME_RELEASED] = "data has left by the first path",
		[REHOME_CLOSED] = "the client is closing it",
		[REHOME_FULL] = "no room to hold more",
		[REHOME_PAUSED] = "the gateway has failed repeatedly",
		[REHOME_CONNTRACK] = "its conntrack entry cannot be replaced",
		[REHOME_SEND] = "nothing can be sent by the gateway",
		[REHOME_SILENT] = "no answer by the gateway",
		[REHOME_RESET] = "refused by the gateway's path",
		[REHOME_ICMP] = "unreachable by the gateway",
		[REHOME_DIFFERENT] = "the server answers differently by the gateway",
		[REHOME_ANSWER] = "no proper answer by the gateway",
	};

	return texts[refusal];
}

static bool can_move(const struct engine *e, const struct flow *flow)
{
	return e->moves && e->can_move[key_is_ipv4(flow->key.src) ? FAMILY_IPV4 : FAMILY_IPV6];
}

/* --- what is noted of the handshake ----------------------------------------------------------------------------- */

/* Replaces the TCP checksum of a packet that is wholly here. */
static void mend_checksum(struct packet *p)
{
	uint8_t *segment = p->writable + (p->transport - p->data), addresses[2][16];
	size_t length = p->length - (size_t)(p->transport - p->data), size = key_to_address(p->src, addresses[0]);
	uint16_t sum;

	key_to_address(p->dst, addresses[1]);
	segment[16] = segment[17] = 0;
	sum = checksum_tcp(addresses[0], addresses[1], size, segment, length);
	segment[16] = (uint8_t)(sum >> 8);
	segment[17] = (uint8_t)sum;
}

/* Timestamps of two servers' clocks do not go together: the new path's would look like old packets to the client
 * (PAWS, RFC 7323 5), so the two sides must not agree on them. true: there are none, or none any more. */
static bool without_timestamps(struct packet *p, size_t option_length)
{
	size_t offset = (size_t)(p->transport - p->data) + 20;

	if (!tcp_options_parse(p->transport + 20, option_length).timestamps)
		return true;
	if (!p->writable || p->length != p->wire_length || p->length > PACKET_CHANGED_MAX)
		return false;
	tcp_options_strip_timestamps(p->writable + offset, option_length);
	mend_checksum(p);
	p->changed = true;
	return true;
}

static void observe_syn(struct turn *t, struct flow *flow)
{
	struct opening *o = &flow->opening;
	struct packet *p = t->packet;
	size_t length;
	const uint8_t *bytes = tcp_option_bytes(p, &length);
	struct tcp_options options = tcp_options_parse(bytes, length);
	bool plain = without_timestamps(p, length) || t->engine->config.pretend_rehome;

	memcpy(o->options, bytes, length);
	o->option_length = (uint8_t)length;
	o->syn = true;
	o->bound = options.bound_to_path || options.malformed || p->payload_length || !plain;
	o->syn_window = p->window;
	o->dscp = p->dscp;
	o->client = options;
	o->client.timestamps = false;
}

static void observe_syn_ack(struct turn *t, struct flow *flow)
{
	struct opening *o = &flow->opening;
	size_t length;
	const uint8_t *bytes = tcp_option_bytes(t->packet, &length);

	if (!o->syn || t->packet->ack != flow->stream[CLIENT].start)
		return;
	o->server = tcp_options_parse(bytes, length);
	o->server_isn = t->packet->seq;
	o->syn_ack = true;
}

void rehome_observe(struct turn *t, struct flow *flow)
{
	uint8_t flags = t->packet->tcp_flags & (TCP_SYN | TCP_ACK);

	if (flow->key.proto != IPPROTO_TCP || !can_move(t->engine, flow))
		return;
	if (t->side == CLIENT && flags == TCP_SYN)
		observe_syn(t, flow);
	else if (t->side == SERVER && flags == (TCP_SYN | TCP_ACK))
		observe_syn_ack(t, flow);
	else if (t->side == CLIENT)
		flow->opening.window = t->packet->window;
	if (t->side == SERVER && t->packet->payload_length)
		flow->opening.server_spoke = true;
}

/* --- whether to begin -------------------------------------------------------------------------------------------- */

static bool policy_allows(const struct engine *e, const struct flow *flow, const struct rule *rule)
{
	enum late late = rule ? rule->late : e->ruleset->options.late;

	return can_move(e, flow) && (late == LATE_AUTO || late == LATE_REHOME);
}

enum rehome_refusal rehome_possible(const struct turn *t, const struct flow *flow, const struct rule *rule)
{
	const struct opening *o = &flow->opening;

	if (!policy_allows(t->engine, flow, rule))
		return REHOME_OFF;
	if (flow->key.proto != IPPROTO_TCP)
		return REHOME_NOT_TCP;
	if (!o->syn || !o->syn_ack)
		return REHOME_UNSEEN;
	if (o->bound)
		return REHOME_OPTIONS;
	if (o->server_spoke || t->side == SERVER)
		return REHOME_SERVER_SPOKE;
	if (flow->data_released || flow->stream[CLIENT].lost)
		return REHOME_RELEASED;
	if (t->packet->tcp_flags & (TCP_FIN | TCP_RST))
		return REHOME_CLOSED;
	if (t->side == CLIENT && t->packet->ack != o->server_isn + 1)
		return REHOME_SERVER_SPOKE;
	return REHOME_DONE;
}

bool rehome_now(struct turn *t, const struct flow *flow, struct ruling *ruling)
{
	struct engine *e = t->engine;
	uint32_t late = classify_after_answer(&flow->candidates, &e->facts);
	struct ruling sooner;
	struct target target;

	if (!late || !flow->path_taken)
		return false;
	sooner = ruling_without(t, late);
	if (sooner.open || rehome_possible(t, flow, sooner.rule) != REHOME_DONE)
		return false;
	target = target_of(e->ruleset, sooner.rule, t->packet, e->gateways);
	if (!is_late(flow, &target))
		return false;
	*ruling = sooner;
	return true;
}

static struct attempts *attempts_of(struct engine *e, const struct flow *flow)
{
	return flow->meant.gateway >= 0 && flow->meant.generation == e->ruleset->generation ?
		&e->attempts[flow->meant.gateway] : NULL;
}

static void count_attempt(struct turn *t, const struct flow *flow, bool failed)
{
	struct attempts *a = attempts_of(t->engine, flow);

	if (!a)
		return;
	a->failed = failed ? a->failed + 1 : 0;
	if (a->failed < FAILURES_MAX)
		return;
	a->failed = 0;
	a->paused_until = t->now + PAUSE_MS * MILLISECOND;
}

/* --- segments ---------------------------------------------------------------------------------------------------- */

/* From the client, in the new path's zone until the connection has moved. */
static struct segment segment_of(const struct flow *flow, uint8_t flags)
{
	return (struct segment){.src = flow->key.src,
				.dst = flow->key.dst,
				.sport = flow->key.sport,
				.dport = flow->key.dport,
				.seq = flow->stream[CLIENT].start,
				.flags = flags,
				.window = flow->opening.window > WINDOW_LEAST ? flow->opening.window : WINDOW_LEAST,
				.dscp = flow->opening.dscp};
}

static int send_segment(struct engine *e, const struct segment *segment)
{
	return e->config.rehome->send(e->config.rehome_ctx, segment);
}

static int send_syn(struct turn *t, struct flow *flow)
{
	struct segment s = segment_of(flow, TCP_SYN);

	s.seq = flow->stream[CLIENT].start - 1;
	s.window = flow->opening.syn_window;
	s.options = flow->opening.options;
	s.option_length = flow->opening.option_length;
	s.mark = flow->probe.mark;
	flow->probe.sent++;
	return send_segment(t->engine, &s);
}

/* Ends what the packet at hand has answered. */
static void reset_probe(struct turn *t, const struct flow *flow)
{
	struct segment s = segment_of(flow, TCP_RST | TCP_ACK);

	s.ack = t->packet->seq + 1;
	s.mark = flow->probe.mark;
	send_segment(t->engine, &s);
}

/* The handshake's third segment by the new path; by itself, so that the first data may be lost (RFC 4987 3.6: without
 * it a server that keeps no state until then, by SYN cookies, refuses data that is not the first). */
static void send_ack(struct engine *e, const struct flow *flow)
{
	struct segment s = segment_of(flow, TCP_ACK);

	s.ack = flow->opening.server_isn + 1;
	send_segment(e, &s);
}

/* Sends bytes of the client's stream by the path its entry has now, in segments of at most size. */
static void send_bytes(struct engine *e, const struct flow *flow, const uint8_t *bytes, uint32_t length, uint32_t seq,
		       uint32_t size)
{
	struct segment s = segment_of(flow, TCP_ACK | TCP_PSH);
	uint32_t sent = 0;

	s.ack = flow->opening.server_isn + 1;
	while (sent < length) {
		s.payload = bytes + sent;
		s.payload_length = length - sent < size ? length - sent : size;
		s.seq = seq + sent;
		if (send_segment(e, &s) == EMSGSIZE && size > SEGMENT_LEAST) {
			size /= 2; /* the path's MTU is smaller than what the server takes */
			continue;
		}
		sent += (uint32_t)s.payload_length; /* one that could not be sent the client sends again */
	}
}

static uint32_t segment_size(const struct flow *flow)
{
	return flow->opening.server.mss ? flow->opening.server.mss : SEGMENT_DEFAULT;
}

/* --- the move ---------------------------------------------------------------------------------------------------- */

static void set_timer(struct turn *t, struct flow *flow)
{
	uint64_t resend = flow->probe.started + flow->probe.sent * SYN_RESEND_MS * MILLISECOND;

	timers_set(&t->engine->timers, flow, &flow->timer,
		   resend < flow->probe.give_up ? resend : flow->probe.give_up);
}

enum rehome_refusal rehome_begin(struct turn *t, struct flow *flow, const struct target *target)
{
	struct engine *e = t->engine;
	const struct rehome_ops *ops = e->config.rehome;
	const struct attempts *a = attempts_of(e, flow);
	int error;

	if (a && t->now < a->paused_until)
		return REHOME_PAUSED;
	if (ops->inspect(e->config.rehome_ctx, &flow->key, &flow->probe.first) != 0)
		return REHOME_CONNTRACK;
	feed_keep(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
	keep_facts(e, flow);
	flow->probe.mark = (target->action == ACTION_VIA ? target->mark : e->ruleset->marks.probe_main) |
		e->ruleset->marks.open;
	flow->probe.started = t->now;
	flow->probe.give_up = t->now + e->ruleset->options.rehome_timeout_ms * MILLISECOND;
	flow->probe.sent = 0;
	if (!hold(t, flow, flow->probe.give_up))
		return REHOME_FULL;
	flow->probing = true;
	error = send_syn(t, flow);
	if (error)
		rehome_fail(t, flow, REHOME_SEND);
	else
		set_timer(t, flow);
	return REHOME_DONE;
}

void rehome_fail(struct turn *t, struct flow *flow, enum rehome_refusal why)
{
	struct engine *e = t->engine;

	e->config.rehome->forget_probe(e->config.rehome_ctx, &flow->key);
	count_attempt(t, flow, why != REHOME_CLOSED && why != REHOME_FULL);
	end_as_meant(t, flow, why);
}

void rehome_timer(struct turn *t, struct flow *flow)
{
	if (t->now >= flow->probe.give_up)
		rehome_fail(t, flow, REHOME_SILENT);
	else if (send_syn(t, flow) != 0)
		rehome_fail(t, flow, REHOME_SEND);
	else
		set_timer(t, flow);
}

static bool agrees(const struct tcp_options *a, const struct tcp_options *b)
{
	return a->has_scale == b->has_scale && a->scale == b->scale && a->sack == b->sack &&
	       a->timestamps == b->timestamps && !b->malformed && !b->bound_to_path;
}

static struct rehome_swap swap_of(const struct turn *t, const struct flow *flow)
{
	const struct opening *o = &flow->opening;

	return (struct rehome_swap){.key = flow->key,
				    .mark = flow->meant.mark,
				    .mask = t->engine->ruleset->marks.mask,
				    .reply_offset = o->server_isn - t->packet->seq,
				    .scaled = o->client.has_scale && o->server.has_scale,
				    .client_scale = o->client.scale,
				    .server_scale = o->server.scale,
				    .sack = o->client.sack && o->server.sack};
}

/* The first path's server is told that the connection is over, in its own terms: no entry translates this any more. In
 * the probe's zone it belongs to no connection, least of all to the one that has moved. */
static void reset_first(struct engine *e, const struct flow *flow)
{
	struct segment reset = segment_of(flow, TCP_RST | TCP_ACK);

	reset.src = flow->probe.first.address;
	reset.sport = flow->probe.first.port;
	reset.ack = flow->opening.server_isn + 1;
	reset.window = 0;
	reset.mark = (flow->path_mark ? flow->path_mark : e->ruleset->marks.probe_main) | e->ruleset->marks.open;
	send_segment(e, &reset);
}

static void complete(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;
	struct rehome_swap swap = swap_of(t, flow);
	uint16_t mss = 0;
	size_t length;
	const uint8_t *bytes = tcp_option_bytes(t->packet, &length);
	struct tcp_options server = tcp_options_parse(bytes, length);

	if (flow->meant.generation != e->ruleset->generation) {
		reset_probe(t, flow);
		rehome_fail(t, flow, REHOME_OFF);
		return;
	}
	if (!agrees(&flow->opening.server, &server)) {
		reset_probe(t, flow);
		rehome_fail(t, flow, REHOME_DIFFERENT);
		return;
	}
	mss = server.mss;
	if (e->config.rehome->probe_source(e->config.rehome_ctx, &flow->key, &swap.source) != 0) {
		rehome_fail(t, flow, REHOME_CONNTRACK);
		return;
	}
	if (e->config.rehome->swap(e->config.rehome_ctx, &swap) != 0) {
		reset_probe(t, flow);
		rehome_fail(t, flow, REHOME_CONNTRACK);
		return;
	}
	flow->opening.server.mss = mss;
	count_attempt(t, flow, false);
	drop_held(t, flow);
	reset_first(e, flow);
	send_ack(e, flow);
	send_bytes(e, flow, flow->stream[CLIENT].buffer, flow->stream[CLIENT].length, flow->stream[CLIENT].start,
		   segment_size(flow));
	end_as_meant(t, flow, REHOME_DONE);
}

/* --- packets meanwhile ------------------------------------------------------------------------------------------- */

static void answer_of_probe(struct turn *t, struct flow *flow)
{
	const struct packet *p = t->packet;

	if (p->proto != IPPROTO_TCP)
		rehome_fail(t, flow, REHOME_ICMP);
	else if (p->tcp_flags & TCP_RST)
		rehome_fail(t, flow, REHOME_RESET);
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

void rehome_answer(struct turn *t)
{
	struct flow_key key = flow_key_of(t->packet, true);
	struct flow *flow;
	bool known = t->packet->proto == IPPROTO_TCP || quoted_key(t->packet, &key);

	drop_packet(t);
	flow = known ? flow_find(t->engine->flows, &key) : NULL;
	if (flow && flow->probing)
		answer_of_probe(t, flow);
}

void rehome_packet(struct turn *t, struct flow *flow)
{
	struct engine *e = t->engine;

	flow->packets++;
	rehome_observe(t, flow);
	if (t->packet->tcp_flags & (TCP_FIN | TCP_RST) || flow->opening.server_spoke) {
		rehome_fail(t, flow, flow->opening.server_spoke ? REHOME_SERVER_SPOKE : REHOME_CLOSED);
		let_go(t, flow->mark);
		return;
	}
	if (t->side == SERVER || !t->packet->payload_length) {
		let_go(t, provisional_bits(e, flow));
		return;
	}
	feed_packet(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
	feed_keep(&e->feed, flow, e->pool, t->packet, t->side, e->limit);
	if (flow->stream[CLIENT].lost || !hold(t, flow, flow->probe.give_up)) {
		rehome_fail(t, flow, REHOME_FULL);
		let_go(t, flow->mark);
	}
}

void rehome_straggler(struct turn *t, const struct flow *flow)
{
	drop_packet(t);
	if (t->side == CLIENT)
		send_bytes(t->engine, flow, t->packet->payload, t->packet->payload_length, t->packet->seq,
			   segment_size(flow));
}
