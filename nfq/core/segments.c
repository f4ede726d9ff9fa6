/* SPDX-License-Identifier: GPL-2.0-or-later
 * segments.c - the segments that a connection takes to be moved, in its client's name
 */
#include "engine_private.h"

#include <errno.h>

enum {
	SEGMENT_DEFAULT = 536, /* RFC 9293 3.7.1: without an MSS option */
	SEGMENT_LEAST = 256,
	WINDOW_LEAST = 1,
};

/* From the client, in the new path's zone until the connection has moved. */
static struct segment segment_of(const struct flow *flow, uint8_t flags)
{
	const struct opening *o = &flow->move->opening;

	return (struct segment){.src = flow->key.src,
				.dst = flow->key.dst,
				.sport = flow->key.sport,
				.dport = flow->key.dport,
				.seq = flow->stream[CLIENT].start,
				.flags = flags,
				.window = o->window > WINDOW_LEAST ? o->window : WINDOW_LEAST,
				.dscp = o->dscp};
}

/* The timestamps of the connection in bytes, where it has them. The kernel adjusts the echo as the client's own. */
static void stamp(const struct flow *flow, struct segment *segment, uint8_t bytes[TCP_TIMESTAMPS_SIZE])
{
	const struct opening *o = &flow->move->opening;

	if (!o->client.timestamps || !o->server.timestamps)
		return;
	tcp_options_put_timestamps(bytes, o->client.tsval, o->server.tsval);
	segment->options = bytes;
	segment->option_length = TCP_TIMESTAMPS_SIZE;
}

static int send_segment(struct engine *e, const struct segment *segment)
{
	return e->config.rehome->send(e->config.rehome_ctx, segment);
}

int send_syn(struct turn *t, struct flow *flow)
{
	struct segment s = segment_of(flow, TCP_SYN);
	struct move *move = flow->move;

	s.seq = flow->stream[CLIENT].start - 1;
	s.window = move->opening.syn_window;
	s.options = move->opening.options;
	s.option_length = move->opening.option_length;
	s.mark = move->probe.mark;
	move->probe.sent++;
	return send_segment(t->engine, &s);
}

void reset_probe(struct turn *t, const struct flow *flow)
{
	const struct packet *p = t->packet;
	struct segment s = segment_of(flow, TCP_RST | TCP_ACK);

	s.seq = p->ack;
	s.ack = p->seq + (p->tcp_flags & TCP_SYN ? 1 : 0); /* conntrack takes no notice of a reset without it */
	s.mark = flow->move->probe.mark;
	send_segment(t->engine, &s);
}

/* By itself, so that the first data may be lost (RFC 4987 3.6: without it a server that keeps no state until then, by
 * SYN cookies, refuses data that is not the first). */
void send_ack(struct engine *e, const struct flow *flow)
{
	struct segment s = segment_of(flow, TCP_ACK);
	uint8_t options[TCP_TIMESTAMPS_SIZE];

	s.ack = flow->move->opening.server_isn + 1;
	stamp(flow, &s, options);
	send_segment(e, &s);
}

void send_bytes(struct engine *e, const struct flow *flow, const uint8_t *bytes, uint32_t length, uint32_t seq)
{
	const struct opening *o = &flow->move->opening;
	struct segment s = segment_of(flow, TCP_ACK | TCP_PSH);
	uint32_t size = o->server.mss ? o->server.mss : SEGMENT_DEFAULT, sent = 0;
	uint8_t options[TCP_TIMESTAMPS_SIZE];

	s.ack = o->server_isn + 1;
	stamp(flow, &s, options);
	if (size > s.option_length)
		size -= (uint32_t)s.option_length; /* RFC 6691 */
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

/* In the server's own terms: no entry translates this any more. In the probe's zone it belongs to no connection, least
 * of all to the one that has moved. */
void reset_first(struct engine *e, const struct flow *flow, uint32_t seq)
{
	struct segment reset = segment_of(flow, TCP_RST | TCP_ACK);

	reset.seq = seq;
	reset.src = flow->move->probe.first.address;
	reset.sport = flow->move->probe.first.port;
	reset.ack = flow->move->opening.server_isn + 1;
	reset.window = 0;
	reset.mark = (flow->path_mark ? flow->path_mark : e->ruleset->marks.probe_main) | e->ruleset->marks.open;
	send_segment(e, &reset);
}

void send_server_reset(struct turn *t, uint32_t offset)
{
	const struct packet *p = t->packet;
	struct segment reset = {.src = p->src,
				.dst = p->dst,
				.sport = p->sport,
				.dport = p->dport,
				.seq = p->seq + offset,
				.ack = p->ack,
				.flags = p->tcp_flags & (TCP_RST | TCP_ACK),
				.mark = marks_nudge(&t->engine->ruleset->marks)};

	send_segment(t->engine, &reset);
}
