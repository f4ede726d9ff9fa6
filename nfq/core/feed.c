/* SPDX-License-Identifier: GPL-2.0-or-later
 * feed.c - a packet's bytes on their way into a flow
 */
#include "feed.h"

/* Where the server's stream begins is said by its SYN or, before it has sent any data, by the client's first ACK. */
void feed_start(struct flow *flow, const struct packet *p, enum side side)
{
	struct stream *own = &flow->stream[side];
	struct stream *other = &flow->stream[!side];

	if (!own->started)
		stream_start(own, p->tcp_flags & TCP_SYN ? p->seq + 1 : p->seq);
	if (side == CLIENT && !other->started && p->tcp_flags & TCP_ACK)
		stream_start(other, p->ack);
}

static struct reader stream_window(const struct stream *s, uint32_t limit)
{
	return reader_over(s->buffer, s->length, !s->lost && s->length < limit);
}

/* The packet's payload is the stream's very beginning and nothing is kept yet. */
static bool is_beginning(const struct stream *s, const struct packet *p, uint32_t seq)
{
	return p->payload_length && !s->length && !s->islands && seq == s->start;
}

static uint32_t first_byte_seq(const struct packet *p)
{
	return p->tcp_flags & TCP_SYN ? p->seq + 1 : p->seq;
}

static bool feed_tcp(struct feed *feed, struct flow *flow, struct pool *pool, const struct packet *p, enum side side,
		     uint32_t limit)
{
	struct stream *s = &flow->stream[side];
	struct reader *window = side == CLIENT ? &feed->view.client : &feed->view.server;
	uint32_t seq = first_byte_seq(p);
	bool grew;

	feed_start(flow, p, side);
	feed->in_place = is_beginning(s, p, seq);
	grew = feed->in_place || (stream_near(s, seq) &&
				  stream_add(s, pool, limit, seq, p->payload, p->payload_length));
	feed->view.client = stream_window(&flow->stream[CLIENT], limit);
	feed->view.server = stream_window(&flow->stream[SERVER], limit);
	if (feed->in_place)
		*window = reader_over(p->payload, p->payload_length, p->payload_length < limit);
	if (p->tcp_flags & TCP_FIN && seq + p->payload_length == s->start + (uint32_t)(window->end - window->at))
		window->open = false;
	feed->client_grew = grew && side == CLIENT;
	feed->server_grew = grew && side == SERVER;
	return grew;
}

static void add_datagram(struct feed *feed, const uint8_t *data, uint32_t len, bool from_server)
{
	struct view *view = &feed->view;

	feed->datagrams[view->datagram_count++] =
		(struct datagram){.data = data, .len = len, .from_server = from_server};
	if (from_server && view->server.open)
		view->server = reader_over(data, len, false);
	if (!from_server && view->client.open)
		view->client = reader_over(data, len, false);
}

static bool feed_udp(struct feed *feed, const struct flow *flow, const struct packet *p, enum side side)
{
	uint32_t from = 0;

	feed->view.client = reader_over(NULL, 0, true);
	feed->view.server = reader_over(NULL, 0, true);
	feed->view.datagrams = feed->datagrams;
	for (unsigned i = 0; i < flow->datagram_count; i++) {
		add_datagram(feed, flow->udp.bytes + from, flow->udp.end[i] - from, flow->udp.from_server >> i & 1);
		from = flow->udp.end[i];
	}
	if (!p->payload_length)
		return false;
	add_datagram(feed, p->payload, p->payload_length, side == SERVER);
	feed->in_place = true;
	feed->client_grew = side == CLIENT;
	feed->server_grew = side == SERVER;
	return true;
}

bool feed_packet(struct feed *feed, struct flow *flow, struct pool *pool, const struct packet *packet, enum side side,
		 uint32_t limit)
{
	feed->view = (struct view){.transport = flow->key.proto, .sport = flow->key.sport, .dport = flow->key.dport};
	feed->client_grew = feed->server_grew = feed->in_place = false;
	if (flow->key.proto == IPPROTO_TCP)
		return feed_tcp(feed, flow, pool, packet, side, limit);
	if (flow->key.proto == IPPROTO_UDP)
		return feed_udp(feed, flow, packet, side);
	feed->view.client = feed->view.server = reader_over(NULL, 0, false);
	return false;
}

static void keep_datagram(struct flow *flow, struct pool *pool, const struct packet *p, enum side side, uint32_t limit)
{
	unsigned n = flow->datagram_count;
	uint32_t used = n ? flow->udp.end[n - 1] : 0;
	uint8_t *bytes;

	if (n == FLOW_DATAGRAMS || p->payload_length > limit - used)
		return;
	bytes = pool_grow(pool, flow->udp.bytes, used, used + p->payload_length);
	if (!bytes)
		return;
	memcpy(bytes + used, p->payload, p->payload_length);
	flow->udp.bytes = bytes;
	flow->udp.end[n] = used + p->payload_length;
	flow->udp.from_server |= (uint8_t)((side == SERVER) << n);
	flow->datagram_count++;
}

void feed_keep(struct feed *feed, struct flow *flow, struct pool *pool, const struct packet *p, enum side side,
	       uint32_t limit)
{
	if (!feed->in_place)
		return;
	if (flow->key.proto == IPPROTO_UDP)
		keep_datagram(flow, pool, p, side, limit);
	else
		stream_add(&flow->stream[side], pool, limit, first_byte_seq(p), p->payload, p->payload_length);
}

void feed_free(struct flow *flow, struct pool *pool)
{
	pool_give(pool, flow->facts);
	flow->facts = NULL;
	if (flow->key.proto == IPPROTO_UDP) {
		pool_give(pool, flow->udp.bytes);
		flow->udp.bytes = NULL;
		flow->datagram_count = 0;
		return;
	}
	stream_free(&flow->stream[CLIENT], pool);
	stream_free(&flow->stream[SERVER], pool);
}
