/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_classifier.c - any bytes in any steps to one classifier, and the law of prefixes
 *
 * The input's first byte chooses the classifier, unless the program is called by the name of one
 * (fuzz_classifier_NAME); the second the transport, the third and fourth the port. Then come pieces: a control
 * byte (bit 0: from the server), a length of two bytes, the bytes. After each piece (a datagram, or a part of a
 * stream) and in the middle of each part of a stream the classifier is asked anew, with fresh facts. What must
 * hold is what include/classifier.h says: no answer and no fact is ever taken back, a no has written nothing, and where
 * the bytes that a classifier has named are others, it knows nothing.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "classifier.h"

#define PIECES 24
#define PIECE_MAX 4096

struct piece {
	bool from_server;
	const uint8_t *data;
	size_t len;
};

struct said {
	enum tri answer;
	struct facts facts;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct classifier *named;

static size_t table_size(void)
{
	size_t n = 0;

	while (classifiers[n])
		n++;
	return n;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = *argc ? strrchr((*argv)[0], '_') : NULL;

	for (size_t i = 0; name && classifiers[i]; i++)
		if (strcmp(classifiers[i]->name, name + 1) == 0)
			named = classifiers[i];
	return 0;
}

static bool within(const struct app *app, const struct app *outer)
{
	while (app && app != outer)
		app = app->within;
	return app != NULL;
}

static bool same_text(const struct facts *a, const struct facts *b, enum fact fact)
{
	size_t len_a, len_b;
	const char *text_a = facts_text(a, fact, &len_a), *text_b = facts_text(b, fact, &len_b);

	return len_a == len_b && memcmp(text_a, text_b, len_a) == 0;
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* now was said of more than before was. */
static void check_law(const struct said *before, const struct said *now)
{
	const struct facts *a = &before->facts, *b = &now->facts;

	require(now->answer <= TRI_YES);
	require(now->answer != TRI_NO || !b->known);
	require(now->answer != TRI_YES || fact_known(b, FACT_APP));
	require(before->answer == TRI_MORE || now->answer == before->answer);
	if (before->answer == TRI_NO)
		return;
	if (before->answer == TRI_YES)
		require(a->app == b->app);
	require((a->known & ~b->known) == 0);
	require(!fact_known(a, FACT_APP) || within(b->app, a->app));
	require(!fact_known(a, FACT_ECH) || a->ech == b->ech);
	for (enum fact fact = FACT_HOST; fact <= FACT_PATH; fact++)
		require(!fact_known(a, fact) || same_text(a, b, fact));
}

/* A copy of exactly that size, for the sanitizer to watch. */
static uint8_t *copy(const uint8_t *data, size_t len, uint8_t *old, size_t old_len)
{
	uint8_t *bytes = malloc(old_len + len);

	require(bytes || old_len + len == 0);
	if (old_len)
		memcpy(bytes, old, old_len);
	if (len)
		memcpy(bytes + old_len, data, len);
	free(old);
	return bytes;
}

static bool has_other_bytes(const struct fixed *fixed, struct reader client)
{
	uint32_t bytes;

	reader_skip(&client, fixed->offset);
	bytes = reader_u32(&client);
	return reader_ok(&client) && (bytes & fixed->mask) != fixed->value;
}

static void look(const struct classifier *c, const struct view *view, struct said *said)
{
	struct said now;

	memset(&now, 0, sizeof now);
	now.answer = c->look(view, &now.facts);
	check_law(said, &now);
	require((now.answer != TRI_YES && !now.facts.known) ||
		!has_other_bytes(view->transport == IPPROTO_TCP ? &c->tcp : &c->udp, view->client));
	*said = now;
}

static void run_tcp(const struct classifier *c, struct view *view, const struct piece *pieces, unsigned count)
{
	uint8_t *stream[2] = {NULL, NULL};
	size_t len[2] = {0, 0};
	struct said said = {.answer = TRI_MORE};

	for (unsigned i = 0; i < 2 * count; i++) {
		const struct piece *p = &pieces[i / 2];
		size_t half = p->len / 2, part = i % 2 ? p->len - half : half;
		int side = p->from_server;

		stream[side] = copy(p->data + (i % 2 ? half : 0), part, stream[side], len[side]);
		len[side] += part;
		view->client = reader_over(stream[0], len[0], true);
		view->server = reader_over(stream[1], len[1], true);
		look(c, view, &said);
	}
	free(stream[0]);
	free(stream[1]);
}

static struct reader first_datagram(const struct view *view, bool from_server)
{
	for (unsigned i = 0; i < view->datagram_count; i++)
		if (view->datagrams[i].from_server == from_server)
			return reader_over(view->datagrams[i].data, view->datagrams[i].len, false);
	return reader_over(NULL, 0, true);
}

static void run_udp(const struct classifier *c, struct view *view, const struct piece *pieces, unsigned count)
{
	struct datagram datagrams[PIECES];
	struct said said = {.answer = TRI_MORE};
	uint8_t *copies[PIECES];

	view->datagrams = datagrams;
	for (unsigned i = 0; i < count; i++) {
		copies[i] = copy(pieces[i].data, pieces[i].len, NULL, 0);
		datagrams[i] = (struct datagram){copies[i], (uint32_t)pieces[i].len, pieces[i].from_server};
		view->datagram_count = i + 1;
		view->client = first_datagram(view, false);
		view->server = first_datagram(view, true);
		look(c, view, &said);
	}
	view->datagrams = NULL;
	for (unsigned i = 0; i < count; i++)
		free(copies[i]);
}

static unsigned read_pieces(struct reader r, struct piece *pieces)
{
	unsigned count = 0;

	while (count < PIECES && reader_left(&r)) {
		struct piece *p = &pieces[count];

		p->from_server = reader_u8(&r) & 1;
		p->len = (size_t)reader_le(&r, 2) % PIECE_MAX;
		if (p->len > reader_left(&r))
			p->len = reader_left(&r);
		p->data = reader_bytes(&r, p->len);
		count += reader_ok(&r);
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = reader_over(data, size, false);
	uint8_t index = reader_u8(&r);
	bool udp = reader_u8(&r) & 1;
	struct view view = {.transport = udp ? IPPROTO_UDP : IPPROTO_TCP, .sport = 40000, .dport = reader_u16(&r)};
	const struct classifier *c = named ? named : classifiers[index % table_size()];
	struct piece pieces[PIECES];
	unsigned count = read_pieces(r, pieces);

	if (c->transports & (udp ? CLASSIFY_UDP : CLASSIFY_TCP))
		(udp ? run_udp : run_tcp)(c, &view, pieces, count);
	return 0;
}
