/* SPDX-License-Identifier: GPL-2.0-or-later
 * classify_index.c - which classifiers are worth asking, worked out from what they say of first bytes
 *
 * Most classifiers know from a stream's first byte that it is not theirs. By the law of prefixes (classifier.h) an
 * answer of TRI_NO over one byte stands for every stream that starts with it, so the tables of who is worth asking
 * for which first byte are made by asking each of them about all 256, at each of the ports it cares for.
 */
#include "classify.h"

#include <netinet/in.h>

static void set(struct candidates *c, unsigned index)
{
	c->bits[index / 64] |= 1ULL << index % 64;
}

/* A stream of one byte, of which more may come; the other side is silent, for the time being or for ever. */
struct beginning {
	uint8_t transport, byte;
	enum side side;
	bool other_open;
};

static bool may_begin_at(const struct classifier *classifier, const struct beginning *b, uint16_t port)
{
	struct reader one = reader_over(&b->byte, 1, true), none = reader_over(NULL, 0, b->other_open);
	struct view view = {.transport = b->transport,
			    .dport = port,
			    .client = b->side == CLIENT ? one : none,
			    .server = b->side == SERVER ? one : none};
	struct facts facts;

	memset(&facts, 0, sizeof facts);
	return classifier->look(&view, &facts) != TRI_NO;
}

static bool may_begin(const struct classifier *classifier, const struct beginning *b)
{
	bool may = !classifier->bound && may_begin_at(classifier, b, 0);

	for (const uint16_t *port = classifier->ports; port && *port && !may; port++)
		may = may_begin_at(classifier, b, *port);
	return may;
}

/* Notes for which first bytes the classifier is worth asking. */
static bool index_bytes(struct candidates by_byte[256], unsigned index, struct beginning b)
{
	bool any = false;

	for (unsigned byte = 0; byte < 256; byte++) {
		b.byte = (uint8_t)byte;
		if (!may_begin(classifiers[index], &b))
			continue;
		set(&by_byte[byte], index);
		any = true;
	}
	return any;
}

/* One that rules out all of them does not go by what this view shows (but by whole datagrams, say), and is asked
 * always. */
static void index_all_bytes(struct candidates by_byte[256], unsigned index)
{
	for (unsigned byte = 0; byte < 256; byte++)
		set(&by_byte[byte], index);
}

static void index_streams(struct classify_index *index, unsigned i)
{
	struct beginning client = {.transport = IPPROTO_TCP, .side = CLIENT, .other_open = true};
	struct beginning server = {.transport = IPPROTO_TCP, .side = SERVER, .other_open = true};

	set(&index->tcp, i);
	if (!index_bytes(index->client_byte, i, client))
		index_all_bytes(index->client_byte, i);
	if (!index_bytes(index->server_byte, i, server))
		index_all_bytes(index->server_byte, i);
	client.other_open = server.other_open = false;
	index_bytes(index->client_alone, i, client);
	index_bytes(index->server_alone, i, server);
}

static void index_datagrams(struct classify_index *index, unsigned i)
{
	struct beginning client = {.transport = IPPROTO_UDP, .side = CLIENT, .other_open = true};

	set(&index->udp, i);
	if (!index_bytes(index->datagram_byte, i, client))
		index_all_bytes(index->datagram_byte, i);
}

static void index_writers(struct candidates writers[1U << FACT_COUNT], unsigned index)
{
	for (uint32_t wanted = 0; wanted < 1U << FACT_COUNT; wanted++)
		if (classifiers[index]->writes & wanted)
			set(&writers[wanted], index);
}

static struct bound_port *slot_of(struct classify_index *index, uint16_t port)
{
	unsigned at = port % BOUND_PORTS;

	while (index->ports[at].port && index->ports[at].port != port)
		at = (at + 1) % BOUND_PORTS;
	return &index->ports[at];
}

static void index_ports(struct classify_index *index, unsigned i)
{
	for (const uint16_t *port = classifiers[i]->ports; *port; port++) {
		struct bound_port *slot = slot_of(index, *port);

		slot->port = *port;
		set(&slot->those, i);
	}
	set(&index->bound, i);
}

void classify_prepare(struct classify_index *index)
{
	memset(index, 0, sizeof *index);
	for (; index->count < CLASSIFIER_MAX && classifiers[index->count]; index->count++) {
		const struct classifier *c = classifiers[index->count];

		if (c->transports & CLASSIFY_TCP)
			index_streams(index, index->count);
		if (c->transports & CLASSIFY_UDP)
			index_datagrams(index, index->count);
		if (c->server_first)
			set(&index->server_first, index->count);
		if (c->bound)
			index_ports(index, index->count);
		index_writers(index->writers, index->count);
	}
}
