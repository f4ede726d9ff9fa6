/* SPDX-License-Identifier: GPL-2.0-or-later
 * opening.c - what the two sides of a TCP connection said when it was opened, and whether it can be opened again by
 * another path
 */
#include "engine_private.h"

#include "checksum.h"

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
		[REHOME_TABLE] = "conntrack's table is full",
		[REHOME_SILENT] = "no answer by the gateway",
		[REHOME_RESET] = "refused by the gateway's path",
		[REHOME_ICMP] = "unreachable by the gateway",
		[REHOME_DIFFERENT] = "the server answers differently by the gateway",
		[REHOME_ANSWER] = "no proper answer by the gateway",
		[REHOME_CHANGED] = "the rules have changed meanwhile",
		[REHOME_NO_MEANS] = "hooks or privileges for it are missing",
		[REHOME_REPEATED] = "its client has been reset just before",
		[REHOME_TRANSLATED] = "its address is translated",
		[REHOME_UNTRACKED] = "its conntrack entry was not found",
	};

	return texts[refusal];
}

static enum moving moving(const struct engine *e, const struct flow *flow)
{
	return e->moving[family_of_address(flow->key.src)];
}

bool can_move(const struct engine *e, const struct flow *flow)
{
	return e->moves && moving(e, flow) != MOVING_NONE;
}

/* --- what is noted of the handshake --- */

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
 * (PAWS, RFC 7323 5). So the two sides must not agree on them, unless the kernel adjusts them. true: there are none, or none any more. */
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

static void observe_syn(struct turn *t, struct flow *flow, struct opening *o)
{
	struct packet *p = t->packet;
	size_t length;
	const uint8_t *bytes = tcp_option_bytes(p, &length);
	struct tcp_options options = tcp_options_parse(bytes, length);
	bool kept = options.timestamps && t->engine->ruleset->options.rehome_timestamps == TIMESTAMPS_KEEP &&
		moving(t->engine, flow) == MOVING_TIMESTAMPS;
	bool plain = kept || !can_move(t->engine, flow) || without_timestamps(p, length) ||
		t->engine->config.pretend_rehome;

	if (!o->syn)
		o->begun = t->now;
	memcpy(o->options, bytes, length);
	o->option_length = (uint8_t)length;
	o->syn = true;
	o->bound = options.bound_to_path || options.malformed || p->payload_length || !plain;
	o->syn_window = p->window;
	o->dscp = p->origin.dscp;
	o->client = options;
	o->client.timestamps = kept;
}

static void observe_syn_ack(const struct turn *t, const struct flow *flow, struct opening *o)
{
	size_t length;
	const uint8_t *bytes = tcp_option_bytes(t->packet, &length);

	if (!o->syn || t->packet->ack != flow->stream[CLIENT].start)
		return;
	o->server = tcp_options_parse(bytes, length);
	o->server_isn = t->packet->seq;
	o->syn_ack = true;
}

/* What a segment that goes out in the client's name has to agree with. */
static void observe_client(const struct packet *p, struct opening *o)
{
	size_t length;
	const uint8_t *bytes = tcp_option_bytes(p, &length);

	o->window = p->window;
	if (o->client.timestamps && length)
		o->client.tsval = tcp_options_parse(bytes, length).tsval;
}

void rehome_observe(struct turn *t, struct flow *flow)
{
	uint8_t flags = t->packet->tcp_flags & (TCP_SYN | TCP_ACK);
	struct opening *o;

	if (flow->key.proto != IPPROTO_TCP || !late_watches(t->engine, flow))
		return;
	o = &flow_move(t->engine->flows, flow)->opening;
	if (t->side == CLIENT && flags == TCP_SYN)
		observe_syn(t, flow, o);
	else if (t->side == SERVER && flags == (TCP_SYN | TCP_ACK))
		observe_syn_ack(t, flow, o);
	else if (t->side == CLIENT)
		observe_client(t->packet, o);
	if (t->side == SERVER && t->packet->payload_length)
		o->server_spoke = true;
}

/* --- whether to begin --- */

enum rehome_refusal opening_untouched(const struct turn *t, const struct flow *flow)
{
	const struct opening *o = &flow->move->opening;

	if (!o->syn || !o->syn_ack)
		return REHOME_UNSEEN;
	if (o->server_spoke || t->side == SERVER)
		return REHOME_SERVER_SPOKE;
	if (t->packet->tcp_flags & (TCP_FIN | TCP_RST))
		return REHOME_CLOSED;
	return t->packet->ack == o->server_isn + 1 ? REHOME_DONE : REHOME_SERVER_SPOKE;
}

enum rehome_refusal rehome_possible(const struct turn *t, const struct flow *flow)
{
	const struct opening *o;
	enum rehome_refusal refusal;

	if (!can_move(t->engine, flow))
		return REHOME_NO_MEANS;
	if (flow->key.proto != IPPROTO_TCP)
		return REHOME_NOT_TCP;
	o = &flow->move->opening;
	refusal = opening_untouched(t, flow);
	if (refusal == REHOME_UNSEEN)
		return refusal;
	if (o->bound || (o->client.timestamps && moving(t->engine, flow) != MOVING_TIMESTAMPS))
		return REHOME_OPTIONS;
	if (refusal != REHOME_SERVER_SPOKE && (flow->data_released || flow->stream[CLIENT].lost))
		return REHOME_RELEASED;
	return refusal;
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
	if (sooner.open || !late_now(t, flow, sooner.rule))
		return false;
	target = target_of(e->ruleset, sooner.rule, t->asked, e->gateways);
	if (!is_late(flow, &target))
		return false;
	*ruling = sooner;
	return true;
}
