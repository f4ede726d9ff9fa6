/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_classifiers.c - runs the vectors of tests/classifiers: one TAP line a vector
 *
 * The format is described in tests/classifiers/README.md. Every view a classifier gets here lies in memory of
 * exactly its size, so that a sanitizer sees a read past the end.
 */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "classify.h"

#define EVENTS_MAX 64
#define NEUTRAL_PORT 9999
#define CLIENT_PORT 40000
#define TAIL_ROUNDS 8
#define TAIL_MAX 64
#define DAMAGE_ROUNDS 64
#define CROSS_DENSE                                                                                               \
	600 /* prefixes up to this length are all given to all classifiers, longer ones now and then              \
	     */
#define CROSS_STRIDE 61
#define APPS_MAX 1024

/* A run of bytes from one side: a datagram, or a piece of a stream. */
struct event {
	bool from_server;
	uint8_t *data;
	size_t len;
};

struct vector {
	const struct classifier *classifier;
	enum tri answer;
	char *app;               /* NULL: not known */
	char *value[FACT_COUNT]; /* NULL: not known */
	uint8_t transport;
	uint16_t port;
	struct event events[EVENTS_MAX];
	size_t count;
	char label[160];
	char why[400]; /* the first failure */
};

static const char *const fact_names[FACT_COUNT] = {
	[FACT_HOST] = "host", [FACT_ALPN] = "alpn", [FACT_PATH] = "path", [FACT_ECH] = "ech"};
static const char answer_letters[] = "-~+";

/* ---- reading vectors ---- */

__attribute__((format(printf, 2, 3))) static bool fail(struct vector *v, const char *format, ...)
{
	va_list args;

	if (v->why[0])
		return false;
	va_start(args, format);
	vsnprintf(v->why, sizeof v->why, format, args);
	va_end(args);
	return false;
}

static void append(struct event *e, const uint8_t *data, size_t len)
{
	e->data = realloc(e->data, e->len + len + 1);
	if (!e->data)
		abort();
	memcpy(e->data + e->len, data, len);
	e->len += len;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* One character of a text at *at, which moves behind it; -1: not an escape we know. */
static int unescape(const char **at)
{
	static const char from[] = "rnt0\\\"", to[] = "\r\n\t\0\\\"";
	const char *p = *at, *known;

	if (*p != '\\') {
		*at = p + 1;
		return (unsigned char)*p;
	}
	known = p[1] ? strchr(from, p[1]) : NULL;
	if (known) {
		*at = p + 2;
		return (unsigned char)to[known - from];
	}
	if (p[1] != 'x' || hex_digit(p[2]) < 0 || hex_digit(p[3]) < 0)
		return -1;
	*at = p + 4;
	return hex_digit(p[2]) << 4 | hex_digit(p[3]);
}

/* Decodes the item at *at into out; false: not an item. */
static bool read_item(const char **at, struct event *out)
{
	const char *p = *at;
	bool quoted = *p == '"';

	for (p += quoted; *p && *p != (quoted ? '"' : ' ') && *p != (quoted ? '"' : '*');) {
		int c = quoted ? unescape(&p) : hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0 ? -1 : 0;
		uint8_t byte;

		if (c < 0)
			return false;
		if (!quoted) {
			c = hex_digit(p[0]) << 4 | hex_digit(p[1]);
			p += 2;
		}
		byte = (uint8_t)c;
		append(out, &byte, 1);
	}
	if (quoted && *p++ != '"')
		return false;
	*at = p;
	return true;
}

static struct event *new_event(struct vector *v, bool from_server)
{
	struct event *last = v->count ? &v->events[v->count - 1] : NULL;

	if (last && last->len == 0) {
		last->from_server = from_server;
		return last;
	}
	if (v->count == EVENTS_MAX)
		return NULL;
	last = &v->events[v->count++];
	last->from_server = from_server;
	append(last, (const uint8_t *)"", 0);
	return last;
}

static bool read_bytes(struct vector *v, const char *p)
{
	struct event *now = new_event(v, false);

	while (*(p += strspn(p, " "))) {
		struct event item = {0};
		unsigned long times = 1;

		if (*p == '>' || *p == '<') {
			now = new_event(v, *p++ == '<');
			if (!now)
				return fail(v, "more than %d events", EVENTS_MAX);
			continue;
		}
		if (!read_item(&p, &item)) {
			free(item.data);
			return fail(v, "neither text nor hex at: %.40s", p);
		}
		if (*p == '*')
			times = strtoul(p + 1, (char **)&p, 10);
		while (item.data && times--)
			append(now, item.data, item.len);
		free(item.data);
	}
	return true;
}

static bool read_transport(struct vector *v, const char *p)
{
	char name[8] = "";
	unsigned port = NEUTRAL_PORT;

	if (sscanf(p, "%7s %u", name, &port) < 1)
		return fail(v, "no transport");
	if (strcmp(name, "tcp") != 0 && strcmp(name, "udp") != 0)
		return fail(v, "transport %s is neither tcp nor udp", name);
	v->transport = name[0] == 't' ? IPPROTO_TCP : IPPROTO_UDP;
	v->port = (uint16_t)port;
	return true;
}

static bool read_fact(struct vector *v, const char *word)
{
	const char *equals = strchr(word, '=');
	struct event value = {0};

	if (!equals) {
		v->app = strdup(word);
		return v->app != NULL;
	}
	for (int fact = 0; fact < FACT_COUNT; fact++) {
		if (!fact_names[fact] || strncmp(word, fact_names[fact], (size_t)(equals - word)) != 0)
			continue;
		for (const char *p = equals + 1; *p;) {
			int c = unescape(&p);
			uint8_t byte = (uint8_t)c;

			if (c <= 0)
				return fail(v, "bad value %s", word);
			append(&value, &byte, 1);
		}
		append(&value, (const uint8_t *)"", 1);
		v->value[fact] = (char *)value.data;
		return true;
	}
	return fail(v, "no such fact: %s", word);
}

static bool read_expected(struct vector *v, char *text)
{
	char *rest = text, *word = strtok_r(rest, " \t", &rest);
	const char *letter = word && word[0] && !word[1] ? strchr(answer_letters, word[0]) : NULL;

	if (!letter)
		return fail(v, "a vector begins with +, - or ~");
	v->answer = (enum tri)(letter - answer_letters);
	while ((word = strtok_r(NULL, " \t", &rest)))
		if (!read_fact(v, word))
			return false;
	if (v->answer == TRI_YES && !v->app)
		return fail(v, "+ needs the app");
	return true;
}

static bool read_vector(struct vector *v, char *line)
{
	char *transport = strstr(line, " | "), *bytes = transport ? strstr(transport + 3, " | ") : NULL;

	if (!bytes)
		return fail(v, "not ANSWER | TRANSPORT | BYTES");
	*transport = *bytes = '\0';
	return read_expected(v, line) && read_transport(v, transport + 3) && read_bytes(v, bytes + 3);
}

static void free_vector(struct vector *v)
{
	free(v->app);
	for (int fact = 0; fact < FACT_COUNT; fact++)
		free(v->value[fact]);
	for (size_t i = 0; i < v->count; i++)
		free(v->events[i].data);
}

/* ---- showing them to classifiers ---- */

/* A view and the memory behind it. */
struct stage {
	struct view view;
	uint8_t *stream[2];
	struct datagram datagrams[EVENTS_MAX + 2];
	uint8_t *copies[EVENTS_MAX + 2];
	unsigned count;
};

/* What is put behind a vector, or what is done to its bytes. */
struct change {
	const uint8_t *tail; /* NULL: none */
	size_t tail_len;
	bool tail_from_server;
	uint32_t damage; /* seed; 0: none */
};

static uint32_t rnd(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint8_t *copy(const uint8_t *data, size_t len)
{
	uint8_t *bytes = malloc(len);

	if (!bytes && len)
		abort();
	if (len)
		memcpy(bytes, data, len);
	return bytes;
}

/* Changes a few bytes, and cuts a datagram now and then. */
static void damage(uint8_t *data, size_t *len, bool may_cut, uint32_t *seed)
{
	for (uint32_t n = rnd(seed) % 4 + 1; *len && n; n--)
		data[rnd(seed) % *len] = (uint8_t)rnd(seed);
	if (may_cut && *len && rnd(seed) % 3 == 0)
		*len = rnd(seed) % *len;
}

static void stage_datagram(struct stage *s, const uint8_t *data, size_t len, bool from_server, uint32_t *seed)
{
	uint8_t *bytes = copy(data, len);

	if (*seed) {
		uint8_t *whole = bytes;

		damage(whole, &len, true, seed);
		bytes = copy(whole, len);
		free(whole);
	}
	s->copies[s->count] = bytes;
	s->datagrams[s->count++] =
		(struct datagram){.data = bytes, .len = (uint32_t)len, .from_server = from_server};
}

static struct reader first_datagram(const struct stage *s, bool from_server)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->datagrams[i].from_server == from_server)
			return reader_over(s->datagrams[i].data, s->datagrams[i].len, false);
	return reader_over(NULL, 0, true);
}

static void stage_udp(struct stage *s, const struct vector *v, size_t steps, const struct change *change)
{
	uint32_t seed = change->damage;

	for (size_t i = 0; i < steps; i++)
		stage_datagram(s, v->events[i].data, v->events[i].len, v->events[i].from_server, &seed);
	if (change->tail)
		stage_datagram(s, change->tail, change->tail_len, change->tail_from_server, &seed);
	s->view.client = first_datagram(s, false);
	s->view.server = first_datagram(s, true);
	s->view.datagrams = s->datagrams;
	s->view.datagram_count = s->count;
}

static void stage_tcp(struct stage *s, const struct vector *v, size_t steps, const struct change *change)
{
	struct event side[2] = {0};
	uint32_t seed = change->damage;

	for (size_t i = 0; i < v->count; i++) {
		size_t part = v->events[i].len < steps ? v->events[i].len : steps;

		append(&side[v->events[i].from_server], v->events[i].data, part);
		steps -= part;
	}
	if (change->tail)
		append(&side[change->tail_from_server], change->tail, change->tail_len);
	for (int i = 0; i < 2; i++) {
		if (seed)
			damage(side[i].data, &side[i].len, false, &seed);
		s->stream[i] = copy(side[i].data, side[i].len);
		free(side[i].data);
	}
	s->view.client = reader_over(s->stream[0], side[0].len, true);
	s->view.server = reader_over(s->stream[1], side[1].len, true);
}

/* The first steps of a vector: bytes of a stream, datagrams of a UDP flow. */
static void stage_set(struct stage *s, const struct vector *v, size_t steps, const struct change *change)
{
	static const struct change none;

	*s = (struct stage){.view = {.transport = v->transport, .sport = CLIENT_PORT, .dport = v->port}};
	(v->transport == IPPROTO_TCP ? stage_tcp : stage_udp)(s, v, steps, change ? change : &none);
}

static void stage_clear(struct stage *s)
{
	free(s->stream[0]);
	free(s->stream[1]);
	for (unsigned i = 0; i < s->count; i++)
		free(s->copies[i]);
}

static size_t all_steps(const struct vector *v)
{
	size_t bytes = 0;

	for (size_t i = 0; i < v->count; i++)
		bytes += v->events[i].len;
	return v->transport == IPPROTO_TCP ? bytes : v->count;
}

/* The bytes that a classifier has named are others: nobody asks it then. */
static bool has_other_bytes(const struct classifier *c, const struct view *view)
{
	const struct fixed *fixed = view->transport == IPPROTO_TCP ? &c->tcp : &c->udp;
	struct reader r = view->client;
	uint32_t bytes;

	reader_skip(&r, fixed->offset);
	bytes = reader_u32(&r);
	return reader_ok(&r) && (bytes & fixed->mask) != fixed->value;
}

static enum tri look(const struct classifier *c, const struct vector *v, size_t steps, const struct change *change,
		     struct facts *facts)
{
	struct stage stage;
	enum tri answer;

	stage_set(&stage, v, steps, change);
	answer = c->look(&stage.view, facts);
	if ((answer == TRI_YES || facts->known) && has_other_bytes(c, &stage.view)) {
		fprintf(stderr, "%s knows a connection whose bytes are others than those that it has named\n", c->name);
		abort();
	}
	stage_clear(&stage);
	return answer;
}

/* ---- what must hold ---- */

static bool takes(const struct classifier *c, uint8_t transport)
{
	return c->transports & (transport == IPPROTO_TCP ? CLASSIFY_TCP : CLASSIFY_UDP);
}

static bool lists(const struct classifier *c, const struct app *app)
{
	for (const struct app *const *a = c->apps; *a; a++)
		if (*a == app)
			return true;
	return false;
}

/* app is the one called name, or one it runs in. */
static bool leads_to(const struct classifier *c, const struct app *app, const char *name)
{
	for (const struct app *const *a = c->apps; *a; a++)
		for (const struct app *up = *a; up && strcmp((*a)->name, name) == 0; up = up->within)
			if (up == app)
				return true;
	return false;
}

/* Facts that are known and are not what the vector ends with; NULL if none. */
static const char *wrong_fact(const struct vector *v, const struct facts *f)
{
	for (enum fact fact = FACT_HOST; fact < FACT_COUNT; fact++) {
		const char *want = v->value[fact], *have;
		size_t len;

		if (!fact_known(f, fact))
			continue;
		if (!want || !(v->classifier->writes & FACT_BIT(fact)))
			return fact_names[fact] ? fact_names[fact] : "payload";
		have = facts_text(f, fact, &len);
		if (fact == FACT_ECH ? strcmp(want, f->ech ? "yes" : "no") != 0
				     : strlen(want) != len || memcmp(want, have, len) != 0)
			return fact_names[fact];
	}
	return NULL;
}

static bool same_answer(struct vector *v, const char *when, enum tri answer, const struct facts *f)
{
	const char *wrong = wrong_fact(v, f);
	size_t len = 0;

	if (answer != v->answer)
		return fail(v, "%s: answers %c", when, answer_letters[answer]);
	if (fact_known(f, FACT_APP) != (v->app != NULL) || (v->app && strcmp(v->app, f->app->name) != 0))
		return fail(v, "%s: app %s", when, fact_known(f, FACT_APP) ? f->app->name : "is not known");
	if (fact_known(f, FACT_APP) && !lists(v->classifier, f->app))
		return fail(v, "%s: app %s is not in its list", when, f->app->name);
	if (wrong) {
		const char *have = "";

		for (enum fact fact = FACT_HOST; fact < FACT_COUNT; fact++)
			if (fact_names[fact] == wrong && fact != FACT_ECH)
				have = facts_text(f, fact, &len);
		return fail(v, "%s: %s is \"%.*s\"", when, wrong, (int)len, have);
	}
	for (enum fact fact = FACT_HOST; fact < FACT_COUNT; fact++)
		if (v->value[fact] && !fact_known(f, fact))
			return fail(v, "%s: %s is not known", when, fact_names[fact]);
	return true;
}

struct said {
	enum tri answer;
	struct facts facts;
};

/* What may be said of a proper prefix. */
static bool lawful(struct vector *v, const char *when, size_t steps, enum tri answer, const struct facts *f)
{
	const char *wrong = wrong_fact(v, f);

	if (answer != TRI_MORE && answer != v->answer)
		return fail(v, "%s %zu: answers %c", when, steps, answer_letters[answer]);
	if (fact_known(f, FACT_APP) && !(v->app && leads_to(v->classifier, f->app, v->app)))
		return fail(v, "%s %zu: app %s", when, steps, f->app->name);
	if (answer == TRI_YES && !fact_known(f, FACT_APP))
		return fail(v, "%s %zu: yes, but to what?", when, steps);
	if (wrong)
		return fail(v, "%s %zu: wrong %s", when, steps, wrong);
	return true;
}

static bool check_whole(struct vector *v)
{
	struct facts f = {0};
	enum tri answer = look(v->classifier, v, all_steps(v), NULL, &f);

	if (!same_answer(v, "whole", answer, &f))
		return false;
	return same_answer(v, "asked again", look(v->classifier, v, all_steps(v), NULL, &f), &f);
}

static bool check_once(struct vector *v)
{
	struct facts f = {0};

	return same_answer(v, "whole", look(v->classifier, v, all_steps(v), NULL, &f), &f);
}

/* An answer is never taken back, and no fact is, though each prefix is asked about anew. */
static bool stands(struct vector *v, size_t steps, const struct said *before, const struct said *now)
{
	if (before->answer != TRI_MORE && now->answer != before->answer)
		return fail(v, "prefix %zu: answered %c before, answers %c", steps, answer_letters[before->answer],
			    answer_letters[now->answer]);
	if (before->facts.known & ~now->facts.known)
		return fail(v, "prefix %zu: knew %x before, knows %x", steps, before->facts.known, now->facts.known);
	return true;
}

static bool check_prefixes(struct vector *v)
{
	struct said before = {.answer = TRI_MORE};

	for (size_t steps = 0; steps <= all_steps(v); steps++) {
		struct said now = {.answer = TRI_NO};

		now.answer = look(v->classifier, v, steps, NULL, &now.facts);
		if (!lawful(v, "prefix", steps, now.answer, &now.facts) || !stands(v, steps, &before, &now))
			return false;
		before = now;
	}
	return true;
}

/* As the engine does it: facts stay, and nobody asks after yes or no. */
static bool check_growing(struct vector *v)
{
	struct facts f = {0};
	enum tri answer = TRI_MORE;

	for (size_t steps = 0; steps <= all_steps(v) && answer == TRI_MORE; steps++) {
		answer = look(v->classifier, v, steps, NULL, &f);
		if (!lawful(v, "grown to", steps, answer, &f))
			return false;
	}
	return same_answer(v, "grown", answer, &f);
}

static bool check_tails(struct vector *v)
{
	uint32_t seed = 2463534242U;
	uint8_t tail[TAIL_MAX];

	for (int round = 0; round < TAIL_ROUNDS && v->answer != TRI_MORE; round++) {
		struct change change = {.tail = tail, .tail_len = rnd(&seed) % sizeof tail + 1};
		struct facts f = {0};

		change.tail_from_server = round & 1;
		for (size_t i = 0; i < sizeof tail; i++)
			tail[i] = (uint8_t)rnd(&seed);
		if (!same_answer(v, "with a tail", look(v->classifier, v, all_steps(v), &change, &f), &f))
			return false;
	}
	return true;
}

/* Any answer will do, as long as it is an answer and a no has written nothing. */
static bool check_damaged(struct vector *v)
{
	for (uint32_t seed = 1; seed <= DAMAGE_ROUNDS; seed++) {
		struct change change = {.damage = seed * 2654435761U};
		struct facts f = {0};
		enum tri answer = look(v->classifier, v, all_steps(v), &change, &f);

		if (answer > TRI_YES || (answer == TRI_NO && f.known) || (answer == TRI_YES && !f.app))
			return fail(v, "damaged by seed %u: answer %d, known %x", seed, (int)answer, f.known);
	}
	return true;
}

/* Nobody else may claim what is ours, neither before nor after. */
static bool check_others(struct vector *v)
{
	size_t all = all_steps(v), step;

	for (size_t steps = 0; v->answer == TRI_YES && steps <= all; steps += step) {
		enum tri answer = TRI_NO;

		step = steps < CROSS_DENSE || steps == all ? 1 : CROSS_STRIDE;
		if (steps + step > all && steps != all)
			step = all - steps;
		for (const struct classifier *const *c = classifiers; *c && answer != TRI_YES; c++) {
			struct facts f = {0};

			if (!takes(*c, v->transport))
				continue;
			answer = look(*c, v, steps, NULL, &f);
			if (fact_known(&f, FACT_APP) && !leads_to(v->classifier, f.app, v->app))
				return fail(v, "%s says at %zu: app %s", (*c)->name, steps, f.app->name);
			if (answer == TRI_NO && f.known)
				return fail(v, "%s writes %x and says no", (*c)->name, f.known);
		}
	}
	return true;
}

/* The engine, which does not ask all of them about all, finds the app from the same packets. */
static bool check_asked(struct vector *v)
{
	static struct classify_index index;
	struct candidates left = {0};
	struct facts f = {0};
	size_t steps = 0;

	if (!index.count)
		classify_prepare(&index);
	for (size_t i = 0; v->answer == TRI_YES && i < v->count; i++) {
		bool server = v->events[i].from_server;
		struct stage stage;

		steps += v->transport == IPPROTO_TCP ? v->events[i].len : 1;
		stage_set(&stage, v, steps, NULL);
		if (i == 0)
			left = classify_start(&index, &stage.view);
		classify(&index, &left, &stage.view, &f, FACTS_ALL & ~f.closed,
			 (struct classify_news){.client_grew = !server, .server_grew = server});
		stage_clear(&stage);
	}
	if (v->answer == TRI_YES && (!fact_known(&f, FACT_APP) || strcmp(f.app->name, v->app) != 0))
		return fail(v, "asked as by the engine: app %s",
			    fact_known(&f, FACT_APP) ? f.app->name : "is not known");
	return true;
}

static bool check(struct vector *v)
{
	static bool (*const checks[])(struct vector *) = {check_whole,   check_prefixes, check_growing, check_tails,
							  check_damaged, check_others,   check_asked};

	if (!takes(v->classifier, v->transport))
		return fail(v, "%s does not look at this transport", v->classifier->name);
	if (getenv("ONCE"))
		return check_once(v);
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		if (!checks[i](v))
			return false;
	return true;
}

/* ---- files ---- */

struct tally {
	unsigned run, failed;
	const struct app *shown[APPS_MAX]; /* those that some vector ends with */
	size_t shown_count;
};

static void report(struct tally *t, bool good, const char *label, const char *why)
{
	t->run++;
	t->failed += !good;
	printf("%sok %u - %s\n", good ? "" : "not ", t->run, label);
	if (!good)
		printf("# %s\n", why);
}

/* Leaves the vector as an input of tests/fuzz/fuzz_classifier.c in the directory that SEEDS names. */
static void write_seed(const struct vector *v, unsigned number)
{
	const char *dir = getenv("SEEDS");
	uint8_t index = 0;
	char path[512];
	FILE *file;

	if (!dir)
		return;
	while (classifiers[index] != v->classifier)
		index++;
	snprintf(path, sizeof path, "%s/%s-%u", dir, v->classifier->name, number);
	file = fopen(path, "w");
	if (!file)
		return;
	fprintf(file, "%c%c%c%c", (int)index, v->transport == IPPROTO_UDP ? 1 : 0, v->port >> 8, v->port & 0xff);
	for (size_t i = 0; i < v->count; i++) {
		const struct event *e = &v->events[i];

		fprintf(file, "%c%c%c", e->from_server ? 1 : 0, (int)(e->len & 0xff), (int)(e->len >> 8));
		fwrite(e->data, 1, e->len, file);
	}
	fclose(file);
}

static bool is_shown(const struct tally *t, const struct app *app)
{
	for (size_t i = 0; i < t->shown_count; i++)
		if (t->shown[i] == app)
			return true;
	return false;
}

static void note_app(struct tally *t, const struct vector *v)
{
	for (const struct app *const *app = v->classifier->apps; v->app && *app; app++)
		if (strcmp((*app)->name, v->app) == 0 && !is_shown(t, *app) && t->shown_count < APPS_MAX)
			t->shown[t->shown_count++] = *app;
}

/* What `nfqroute list apps` prints is there for every app, the specification by which it is told above all; and some vector
 * shows that it is told. */
static void check_apps(struct tally *t)
{
	for (const struct classifier *const *c = classifiers; *c; c++) {
		for (const struct app *const *app = (*c)->apps; *app; app++) {
			const struct app *a = *app;
			bool described = a->name && a->brief && a->source && a->decided && *a->name && *a->brief &&
					 *a->source && *a->decided;

			report(t, described && is_shown(t, a), a->name,
			       described ? "no vector ends with it" : "not described");
		}
	}
}

static void run_line(struct tally *t, const struct classifier *c, char *line, unsigned number)
{
	struct vector *v = calloc(1, sizeof *v);
	bool good;

	if (!v)
		abort();
	v->classifier = c;
	line[strcspn(line, "\r\n")] = '\0';
	snprintf(v->label, sizeof v->label, "%s.t:%u %.100s", c->name, number, line);
	/* '#' has a meaning of its own in TAP */
	for (char *p = v->label; (p = strchr(p, '#'));)
		*p = ' ';
	good = read_vector(v, line);
	if (good) {
		write_seed(v, number);
		note_app(t, v);
	}
	good = good && check(v);
	report(t, good, v->label, v->why);
	free_vector(v);
	free(v);
}

/* The vectors of one classifier; a classifier without any is a failure. */
static void run_file(struct tally *t, const struct classifier *c, const char *dir)
{
	char path[512], *line = NULL;
	unsigned number = 0, before = t->run;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof path, "%s/%s.t", dir, c->name);
	file = fopen(path, "r");
	if (!file) {
		report(t, false, path, strerror(errno));
		return;
	}
	while (getline(&line, &size, file) >= 0) {
		number++;
		if (line[0] != '#' && line[0] != '\n')
			run_line(t, c, line, number);
	}
	if (t->run == before)
		report(t, false, path, "no vectors");
	free(line);
	fclose(file);
}

static const struct classifier *named(const char *name, size_t len)
{
	for (const struct classifier *const *c = classifiers; *c; c++)
		if (strlen((*c)->name) == len && strncmp((*c)->name, name, len) == 0)
			return *c;
	return NULL;
}

/* Every file of vectors belongs to a classifier of the table. */
static void check_names(struct tally *t, const char *dir)
{
	char pattern[512];
	glob_t found;

	snprintf(pattern, sizeof pattern, "%s/*.t", dir);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;

		report(t, named(name, strlen(name) - 2) != NULL, name, "no such classifier in the table");
	}
	globfree(&found);
}

/* test_classifiers [NAME ...]: all, or those named. VECTORS: where the vectors are; SEEDS: see write_seed();
 * ONCE: each vector is given once, as a whole, for tests/bench/classifiers. */
int main(int argc, char **argv)
{
	const char *dir = getenv("VECTORS") ? getenv("VECTORS") : "tests/classifiers";
	struct tally t = {0};

	if (argc < 2) {
		check_names(&t, dir);
		for (const struct classifier *const *c = classifiers; *c; c++)
			run_file(&t, *c, dir);
		check_apps(&t);
	}
	for (int i = 1; i < argc; i++) {
		const struct classifier *c = named(argv[i], strlen(argv[i]));

		if (c)
			run_file(&t, c, dir);
		else
			report(&t, false, argv[i], "no such classifier in the table");
	}
	printf("1..%u\n", t.run);
	return t.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
