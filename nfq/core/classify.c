/* SPDX-License-Identifier: GPL-2.0-or-later
 * classify.c - asks the classifiers that are left what a connection's bytes mean
 */
#include "classify.h"

#include <netinet/in.h>
#include <string.h>

const struct app *app_by_name(const char *name)
{
	for (size_t i = 0; name && classifiers[i]; i++)
		for (const struct app *const *app = classifiers[i]->apps; *app; app++)
			if (strcmp((*app)->name, name) == 0)
				return *app;
	return NULL;
}

static void set(struct candidates *c, unsigned index)
{
	c->bits[index / 64] |= 1ULL << index % 64;
}

static void keep(struct candidates *c, const struct candidates *those)
{
	for (unsigned i = 0; i < CLASSIFIER_MAX / 64; i++)
		c->bits[i] &= those->bits[i];
}

static bool common(const struct candidates *a, const struct candidates *b)
{
	for (unsigned i = 0; i < CLASSIFIER_MAX / 64; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

/* Those bound to ports that may be meant by this one. */
static const struct candidates *bound_to(const struct classify_index *index, uint16_t port)
{
	static const struct candidates none;
	unsigned at = port % BOUND_PORTS;

	while (index->ports[at] && index->ports[at] != port)
		at = (at + 1) % BOUND_PORTS;
	return index->ports[at] ? &index->by_port[at] : &none;
}

struct candidates classify_start(const struct classify_index *index, const struct view *view)
{
	const struct candidates *by_sport = bound_to(index, view->sport), *by_dport = bound_to(index, view->dport);
	struct candidates start = view->transport == IPPROTO_TCP ? index->tcp : index->udp;

	for (unsigned i = 0; i < CLASSIFIER_MAX / 64; i++)
		start.bits[i] &= ~index->bound.bits[i] | by_sport->bits[i] | by_dport->bits[i];
	return start;
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
static uint32_t hopeless(const struct classify_index *index, const struct candidates *left, uint32_t wanted)
{
	uint32_t without = 0;

	if (!first(left)) /* the usual end */
		return wanted;
	for (uint32_t facts = wanted; facts; facts &= facts - 1)
		if (!common(left, &index->writers[facts & -facts]))
			without |= facts & -facts;
	return without;
}

/* The client's bytes are others than they are for this classifier. */
static bool has_other_bytes(const struct reader *client, const struct fixed_place *fixed)
{
	uint32_t bytes;

	if (reader_left(client) < fixed->end)
		return false;
	memcpy(&bytes, client->at + fixed->end - sizeof bytes, sizeof bytes);
	return (bytes & fixed->mask) != fixed->value;
}

/* Asks those, until one knows the app; drops from *left who answers TRI_NO, or would. Returns how many were asked. */
static unsigned ask(const struct classify_index *index, const struct candidates *those, struct candidates *left,
		    const struct view *view, struct facts *facts)
{
	const struct fixed_place *fixed = view->transport == IPPROTO_TCP ? index->tcp_fixed : index->udp_fixed;
	unsigned asked = 0;

	for (unsigned word = 0; word < CLASSIFIER_MAX / 64; word++) {
		for (uint64_t bits = those->bits[word]; bits; bits &= bits - 1) {
			unsigned i = word * 64 + (unsigned)__builtin_ctzll(bits);
			enum tri answer = TRI_NO;

			if (!has_other_bytes(&view->client, &fixed[i])) {
				answer = classifiers[i]->look(view, facts);
				asked++;
			}
			if (answer == TRI_NO) {
				left->bits[word] &= ~(bits & -bits);
			} else if (answer == TRI_YES) {
				memset(left, 0, sizeof *left);
				return asked;
			} else if (fact_known(facts, FACT_APP)) {
				only(left, i);
				return asked;
			}
		}
	}
	return asked;
}

/* Whom this news may bring to an answer. While one side of a TCP connection is silent, those who need to hear it need
 * not be asked about the other's bytes; later they are asked about both. */
static const struct candidates *concerned(const struct classify_index *index, const struct view *view,
					  struct classify_news news)
{
	static const struct candidates all = {.bits = {~0ULL, ~0ULL}};
	bool client = reader_left(&view->client), server = reader_left(&view->server);

	if (view->transport == IPPROTO_TCP && client && !server && view->server.open)
		return &index->stream[*view->client.at].client_alone;
	if (view->transport == IPPROTO_TCP && server && !client && view->client.open)
		return &index->stream[*view->server.at].server_alone;
	return news.client_grew ? &all : &index->server_first;
}

/* Rules out whom the first byte of what is new rules out. */
static void keep_possible(const struct classify_index *index, struct candidates *left, const struct view *view,
			  struct classify_news news)
{
	if (news.client_grew && reader_left(&view->client))
		keep(left, view->transport == IPPROTO_TCP ? &index->stream[*view->client.at].client :
							    &index->datagram[*view->client.at]);
	if (news.server_grew && view->transport == IPPROTO_TCP && reader_left(&view->server))
		keep(left, &index->stream[*view->server.at].server);
}

unsigned classify(const struct classify_index *index, struct candidates *left, const struct view *view,
		  struct facts *facts, uint32_t wanted, struct classify_news news)
{
	struct candidates those = *concerned(index, view, news);
	unsigned asked;

	keep_possible(index, left, view, news);
	keep(&those, left);
	keep(&those, &index->writers[wanted]);
	asked = ask(index, &those, left, view, facts);
	facts->closed |= hopeless(index, left, wanted & ~FACT_BIT(FACT_PAYLOAD));
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
