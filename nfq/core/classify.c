/* SPDX-License-Identifier: GPL-2.0-or-later
 * classify.c - asks the classifiers that are left what a connection's bytes mean
 *
 * Most classifiers know from a stream's first byte that it is not theirs. By the law of prefixes (classifier.h) an
 * answer of TRI_NO over one byte stands for every stream that starts with it, so the tables of who is worth asking
 * for which first byte are made by asking each of them about all 256 at the start.
 */
#include "classify.h"

#include <netinet/in.h>

static void set(struct candidates *c, unsigned index)
{
	c->bits[index / 64] |= 1ULL << index % 64;
}

static void clear(struct candidates *c, unsigned index)
{
	c->bits[index / 64] &= ~(1ULL << index % 64);
}

static void keep(struct candidates *c, const struct candidates *those)
{
	for (unsigned i = 0; i < CLASSIFIER_MAX / 64; i++)
		c->bits[i] &= those->bits[i];
}

/* other_open: the other side may yet say something. */
static bool may_begin_with(const struct classifier *classifier, uint8_t transport, enum side side, uint8_t byte,
			   bool other_open)
{
	struct reader one = reader_over(&byte, 1, true), none = reader_over(NULL, 0, other_open);
	struct view view = {.transport = transport,
			    .client = side == CLIENT ? one : none,
			    .server = side == SERVER ? one : none};
	struct facts facts;

	memset(&facts, 0, sizeof facts);
	return classifier->look(&view, &facts) != TRI_NO;
}

/* Notes for which first bytes the classifier is worth asking. One that rules out all of them does not go by what this
 * view shows (but by whole datagrams, say), and is asked always. */
static void index_bytes(struct candidates by_byte[256], unsigned index, uint8_t transport, enum side side)
{
	bool any = false;

	for (unsigned byte = 0; byte < 256; byte++) {
		if (!may_begin_with(classifiers[index], transport, side, (uint8_t)byte, true))
			continue;
		set(&by_byte[byte], index);
		any = true;
	}
	for (unsigned byte = 0; !any && byte < 256; byte++)
		set(&by_byte[byte], index);
}

/* Notes for which first bytes of the client the classifier may tell something while the server is silent. By the same
 * law, a TRI_NO for a server that will never speak means that this client's bytes are not enough for a TRI_YES. */
static void index_alone(struct candidates by_byte[256], unsigned index)
{
	for (unsigned byte = 0; byte < 256; byte++)
		if (may_begin_with(classifiers[index], IPPROTO_TCP, CLIENT, (uint8_t)byte, false))
			set(&by_byte[byte], index);
}

void classify_prepare(struct classify_index *index)
{
	memset(index, 0, sizeof *index);
	for (; index->count < CLASSIFIER_MAX && classifiers[index->count]; index->count++) {
		const struct classifier *c = classifiers[index->count];

		if (c->transports & CLASSIFY_TCP) {
			set(&index->tcp, index->count);
			index_bytes(index->client_byte, index->count, IPPROTO_TCP, CLIENT);
			index_bytes(index->server_byte, index->count, IPPROTO_TCP, SERVER);
			index_alone(index->alone_byte, index->count);
		}
		if (c->transports & CLASSIFY_UDP) {
			set(&index->udp, index->count);
			index_bytes(index->datagram_byte, index->count, IPPROTO_UDP, CLIENT);
		}
		if (c->server_first)
			set(&index->server_first, index->count);
	}
}

struct candidates classify_start(const struct classify_index *index, uint8_t transport)
{
	static const struct candidates none;

	if (transport == IPPROTO_TCP)
		return index->tcp;
	return transport == IPPROTO_UDP ? index->udp : none;
}

/* No candidate but this one is left. */
static void only(struct candidates *left, unsigned index)
{
	memset(left, 0, sizeof *left);
	set(left, index);
}

/* The first that is left; NULL: none. */
static const struct classifier *first(const struct candidates *left)
{
	for (unsigned word = 0; word < CLASSIFIER_MAX / 64; word++) {
		if (left->bits[word])
			return classifiers[word * 64 + (unsigned)__builtin_ctzll(left->bits[word])];
	}
	return NULL;
}

/* Those of the wanted facts that nobody left can write. */
static uint32_t hopeless(const struct candidates *left, uint32_t wanted)
{
	for (unsigned word = 0; word < CLASSIFIER_MAX / 64; word++) {
		for (uint64_t bits = left->bits[word]; bits && wanted; bits &= bits - 1)
			wanted &= ~classifiers[word * 64 + (unsigned)__builtin_ctzll(bits)]->writes;
	}
	return wanted;
}

/* Asks one. true: no other need be asked any more. */
static bool ask(unsigned index, struct candidates *left, const struct view *view, struct facts *facts)
{
	switch (classifiers[index]->look(view, facts)) {
	case TRI_NO:
		clear(left, index);
		return false;
	case TRI_MORE:
		if (fact_known(facts, FACT_APP))
			only(left, index);
		return fact_known(facts, FACT_APP);
	case TRI_YES:
		break;
	}
	memset(left, 0, sizeof *left);
	return true;
}

/* Whom this news may bring to an answer. Who waits for the server is asked about the client's bytes once, as it may
 * rule itself out by them, and then not before the server speaks. */
static const struct candidates *concerned(const struct classify_index *index, const struct view *view,
					  struct classify_news news)
{
	static const struct candidates all = {.bits = {~0ULL, ~0ULL}};

	if (!news.client_grew)
		return &index->server_first;
	if (news.first || !reader_left(&view->client) || view->transport != IPPROTO_TCP ||
	    reader_left(&view->server) || !view->server.open)
		return &all;
	return &index->alone_byte[*view->client.at];
}

unsigned classify(const struct classify_index *index, struct candidates *left, const struct view *view,
		  struct facts *facts, uint32_t wanted, struct classify_news news)
{
	const struct candidates *those = concerned(index, view, news);
	unsigned asked = 0;
	bool done = false;

	if (news.client_grew && reader_left(&view->client))
		keep(left, view->transport == IPPROTO_TCP ? &index->client_byte[*view->client.at] :
							    &index->datagram_byte[*view->client.at]);
	if (news.server_grew && view->transport == IPPROTO_TCP && reader_left(&view->server))
		keep(left, &index->server_byte[*view->server.at]);
	for (unsigned word = 0; word < CLASSIFIER_MAX / 64 && !done; word++) {
		uint64_t bits = left->bits[word] & those->bits[word];

		for (; bits && !done; bits &= bits - 1) {
			unsigned i = word * 64 + (unsigned)__builtin_ctzll(bits);

			if (!(classifiers[i]->writes & wanted))
				continue;
			asked++;
			done = ask(i, left, view, facts);
		}
	}
	facts->closed |= hopeless(left, wanted & ~FACT_BIT(FACT_PAYLOAD));
	return asked;
}

/* Who knows the app is the only one left, see ask(). */
uint32_t classify_after_answer(const struct candidates *left, const struct facts *facts)
{
	const struct classifier *one = fact_known(facts, FACT_APP) ? first(left) : NULL;

	return one ? one->after_answer : 0;
}

bool classify_holds(const struct candidates *left, const struct facts *facts)
{
	const struct classifier *one = fact_known(facts, FACT_APP) ? first(left) : NULL;

	return one && one->holds;
}
