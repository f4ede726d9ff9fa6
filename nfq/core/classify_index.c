/* SPDX-License-Identifier: GPL-2.0-or-later
 * classify_index.c - which classifiers are worth asking, worked out from what they say of first bytes
 *
 * Most classifiers know from a stream's first byte that it is not theirs. By the law of prefixes (classifier.h) an
 * answer of TRI_NO over one byte stands for every stream that starts with it, so the tables of who is worth asking
 * for which first byte are made by asking each of them about all 256, at each of the ports it cares for.
 */
#include "classify.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>

static void set(struct candidates *c, unsigned index)
{
	c->bits[index / 64] |= 1ULL << index % 64;
}

static void set_if(bool condition, struct candidates *c, unsigned index)
{
	if (condition)
		set(c, index);
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

/* First bytes for which a classifier is worth asking. */
struct byte_set {
	bool has[256], any;
};

static struct byte_set may_begin_with(const struct classifier *classifier, struct beginning b)
{
	struct byte_set set = {.any = false};

	for (unsigned byte = 0; byte < 256; byte++) {
		b.byte = (uint8_t)byte;
		set.has[byte] = may_begin(classifier, &b);
		set.any = set.any || set.has[byte];
	}
	return set;
}

/* One that rules out all of them does not go by what this view shows (but by whole datagrams, say), and is asked
 * always. */
static bool leaves(const struct byte_set *set, unsigned byte)
{
	return set->has[byte] || !set->any;
}

static struct fixed_place place_of_fixed(const struct fixed *fixed)
{
	uint32_t size = sizeof fixed->value;

	return (struct fixed_place){fixed->offset + size, htonl(fixed->mask), htonl(fixed->value)};
}

static void index_streams(struct classify_index *index, unsigned i)
{
	const struct classifier *c = classifiers[i];
	struct beginning begins = {.transport = IPPROTO_TCP, .side = CLIENT, .other_open = true};
	struct beginning answers = {.transport = IPPROTO_TCP, .side = SERVER, .other_open = true};
	struct byte_set client = may_begin_with(c, begins), server = may_begin_with(c, answers), client_alone,
			server_alone;

	begins.other_open = answers.other_open = false;
	client_alone = may_begin_with(c, begins);
	server_alone = may_begin_with(c, answers);
	set(&index->tcp, i);
	index->tcp_fixed[i] = place_of_fixed(&c->tcp);
	for (unsigned byte = 0; byte < 256; byte++) {
		struct first_byte *first = &index->stream[byte];

		set_if(leaves(&client, byte), &first->client, i);
		set_if(leaves(&server, byte), &first->server, i);
		set_if(client_alone.has[byte], &first->client_alone, i);
		set_if(server_alone.has[byte], &first->server_alone, i);
	}
}

static void index_datagrams(struct classify_index *index, unsigned i)
{
	struct beginning begins = {.transport = IPPROTO_UDP, .side = CLIENT, .other_open = true};
	struct byte_set client = may_begin_with(classifiers[i], begins);

	set(&index->udp, i);
	index->udp_fixed[i] = place_of_fixed(&classifiers[i]->udp);
	for (unsigned byte = 0; byte < 256; byte++)
		set_if(leaves(&client, byte), &index->datagram[byte], i);
}

static void index_writers(struct candidates writers[1U << FACT_COUNT], unsigned index)
{
	for (uint32_t wanted = 0; wanted < 1U << FACT_COUNT; wanted++)
		set_if(classifiers[index]->writes & wanted, &writers[wanted], index);
}

static unsigned place_of(const struct classify_index *index, uint16_t port)
{
	unsigned at = port % BOUND_PORTS;

	while (index->ports[at] && index->ports[at] != port)
		at = (at + 1) % BOUND_PORTS;
	return at;
}

static void index_ports(struct classify_index *index, unsigned i)
{
	for (const uint16_t *port = classifiers[i]->ports; *port; port++) {
		unsigned at = place_of(index, *port);

		index->ports[at] = *port;
		set(&index->by_port[at], i);
	}
	set(&index->bound, i);
}

static void prepare(struct classify_index *index)
{
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

/* It follows from constant tables and is constant itself, but is too large a question to be put to the compiler, and takes
 * milliseconds: so it is made when it is first needed. */
static struct classify_index made;

static void make(void)
{
	prepare(&made);
}

void classify_prepare(struct classify_index *index)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make);
	*index = made;
}
