/* SPDX-License-Identifier: GPL-2.0-or-later
 * scale.c - what a look into the rules costs as lists and rules grow
 *
 * usage: scale [names] [prefixes] [rules] [patterns]
 *
 * Nanoseconds for one evaluation, the least of some rounds in which the sizes take turns (what else goes on only
 * adds to it), each over the same number of questions in random order, half of which hit. All is built some times, as
 * where in memory it comes to lie makes a difference, too. Questions are prepared
 * before the clock runs. They are asked in two ways: as the daemon does, which takes packets from the queue some
 * time before it judges them and has what their headers lead to fetched meanwhile (engine_expect()), all of which
 * is counted; and each alone, looked up when the one before has been answered. A name is told to the daemon by its
 * TLS classifier while that goes on reading the ClientHello: so the first way includes reading one, and what that
 * takes by itself is subtracted.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "classifier.h"
#include "engine.h"
#include "hello.h"
#include "keywords.h"
#include "load.h"
#include "lookup.h"
#include "text_hash.h"

enum { SIZES = 3, PLACES = 4, ROUNDS = 6, QUESTIONS = 100000 };
enum { AHEAD = EXPECTED_MAX - 1 }; /* as in nfq/io/queue.c */
static const size_t sizes[SIZES] = {1000, 100000, 1000000};

static uint64_t random_state = 0x9e3779b97f4a7c15ULL;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void *need(void *memory)
{
	if (memory)
		return memory;
	fputs("scale: out of memory\n", stderr);
	exit(1);
}

static uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts); /* what others run meanwhile is not ours */
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static const struct classifier *classifier_named(const char *name)
{
	const struct classifier *const *at = classifiers;

	while (strcmp((*at)->name, name) != 0)
		at++;
	return *at;
}

static double least(const double *values, size_t count)
{
	double value = values[0];

	for (size_t i = 1; i < count; i++)
		value = values[i] < value ? values[i] : value;
	return value;
}

/* --- asking --- */

struct coming {
	struct packet packet;
	struct facts facts;
	struct lookup lookup;
	const char *name; /* that its connection asks for; NULL: none */
	size_t len;
};

/* Makes the n-th question. */
typedef void pose(const void *questions, size_t n, struct coming *coming);
typedef struct ruling eval_rules(const struct ruleset *ruleset, const struct subject *subject);

/* Nanoseconds a question, each asked alone. */
static double ask_alone(const struct ruleset *ruleset, eval_rules *eval, pose *write_question,
			const void *questions, size_t count, size_t *hits)
{
	uint64_t begun = clock_now();
	struct coming now = {0};
	struct subject subject = {.packet = &now.packet, .facts = &now.facts};

	for (size_t i = 0; i < count; i++) {
		write_question(questions, i, &now);
		now.facts.known = now.facts.closed = now.facts.used = 0;
		if (now.name)
			facts_set_text(&now.facts, FACT_HOST, now.name, now.len);
		*hits += eval(ruleset, &subject).rule != NULL;
	}
	return (double)(clock_now() - begun) / (double)count;
}

/* What the engine has beside the packets. */
struct listening {
	const struct ruleset *ruleset; /* NULL: only the ClientHellos are read */
	const struct classifier *tls;
	struct hello_rest rest;
	struct name_hashes names;
	bool named;
};

/* As expect_host() does it. */
static void heard(void *ctx, const struct facts *facts, enum fact fact)
{
	struct listening *listening = ctx;
	struct subject subject = {.facts = facts, .names = &listening->names};
	const char *host;
	size_t len;

	if (fact != FACT_HOST)
		return;
	host = facts_text(facts, FACT_HOST, &len);
	name_hashes_make(&listening->names, host, len);
	listening->named = true;
	lookup_fact(listening->ruleset, &subject, FACT_HOST);
}

static void read_hello(struct listening *l, const struct coming *now, struct facts *facts)
{
	uint8_t hello[HELLO_MAX];
	size_t length = hello_write(hello, now->name, now->len, &l->rest);
	struct view view = {.transport = IPPROTO_TCP,
			    .client = reader_over(hello, length, true),
			    .server = reader_over(NULL, 0, true)};

	l->tls->look(&view, facts);
}

/* As engine_expect() does it. */
static void expect(struct coming *coming, size_t i, const struct ruleset *ruleset)
{
	for (size_t before = 1; before < LOOKUP_STEPS && before <= i; before++)
		lookup_advance(&coming[(i - before) % EXPECTED_MAX].lookup);
	lookup_begin(&coming[i % EXPECTED_MAX].lookup, ruleset, &coming[i % EXPECTED_MAX].packet);
}

static bool judge(struct listening *l, struct coming *now)
{
	struct subject subject = {.packet = &now->packet, .facts = &now->facts, .lookup = &now->lookup};

	now->facts.known = now->facts.closed = now->facts.used = 0;
	l->named = false;
	if (now->name)
		read_hello(l, now, &now->facts);
	if (!l->ruleset)
		return fact_known(&now->facts, FACT_HOST);
	subject.names = l->named ? &l->names : NULL;
	return ruleset_eval(l->ruleset, &subject).rule;
}

/* Nanoseconds a question, looked up ahead; with ruleset NULL, what it takes to be told the questions. */
static double ask_ahead(const struct ruleset *ruleset, pose *write_question, const void *questions, size_t count,
			size_t *hits)
{
	static struct listening l;
	struct facts_listener listener = {heard, &l};
	struct coming coming[EXPECTED_MAX] = {0};
	uint64_t begun;

	l = (struct listening){.ruleset = ruleset, .tls = classifier_named("tls"), .rest = hello_rest()};
	for (size_t i = 0; i < EXPECTED_MAX && ruleset; i++)
		coming[i].facts.listener = &listener;
	begun = clock_now();
	for (size_t i = 0; i < count + AHEAD; i++) {
		if (i < count)
			write_question(questions, i, &coming[i % EXPECTED_MAX]);
		if (i < count && ruleset)
			expect(coming, i, ruleset);
		if (i >= AHEAD)
			*hits += judge(&l, &coming[(i - AHEAD) % EXPECTED_MAX]);
	}
	return (double)(clock_now() - begun) / (double)count;
}

/* What the rounds of one size have taken. */
struct times {
	size_t rounds;
	double ahead[PLACES * ROUNDS], told[PLACES * ROUNDS], alone[PLACES * ROUNDS];
	bool named; /* the questions are: being told them is not counted */
};

static void ask_round(struct times *t, const struct ruleset *ruleset, eval_rules *eval_alone, pose *write_question,
		      const void *questions, size_t *hits)
{
	size_t named = 0;

	t->ahead[t->rounds] = ask_ahead(ruleset, write_question, questions, QUESTIONS, hits);
	t->told[t->rounds] = ask_ahead(NULL, write_question, questions, QUESTIONS, &named);
	t->alone[t->rounds++] = ask_alone(ruleset, eval_alone, write_question, questions, QUESTIONS, hits);
	t->named = named;
}

static double least_ahead(const struct times *t)
{
	return least(t->ahead, t->rounds) - (t->named ? least(t->told, t->rounds) : 0);
}

/* Both ways, and to the same of the first size. */
static void print_times(const struct times *t, const struct times *first)
{
	double ahead = least_ahead(t), alone = least(t->alone, t->rounds);

	printf(" %12.1f %10.2f %10.1f %10.2f", ahead, ahead / least_ahead(first), alone,
	       alone / least(first->alone, first->rounds));
}

/* --- one list, of some size --- */

struct list {
	struct ruleset ruleset; /* of one rule, which asks for the list alone */
	struct rule rule;
	struct match match;
	size_t size, bytes;
	double build_ms;
	struct question {
		struct key address;
		unsigned len;
		char name[44];
	} * questions;
};

/* What is asked about: the n-th value as text; whether it is in a list is up to n. */
typedef void write_value(char *text, size_t room, uint64_t n);

static uint64_t mix(uint64_t n)
{
	n = (n + 1) * 0x9e3779b97f4a7c15ULL;
	n = (n ^ n >> 29) * 0xbf58476d1ce4e5b9ULL;
	return n ^ n >> 32;
}

/* Domains of the usual lengths: 8 to 17 letters and a suffix, 17 bytes on average. */
static void write_domain(char *text, size_t room, uint64_t n)
{
	static const char *const suffixes[] = {"com", "net", "org", "de", "co.uk", "io", "info", "ru"};
	uint64_t bits = mix(n);
	unsigned letters = 8 + bits % 10;

	for (unsigned i = 0; i < letters; i++, bits = mix(bits))
		text[i] = (char)('a' + bits % 26);
	snprintf(text + letters, room - letters, ".%s", suffixes[mix(n) >> 40 & 7]);
}

static void write_ipv4(char *text, size_t room, uint64_t n)
{
	uint64_t bits = mix(n);

	snprintf(text, room, "%u.%u.%u.0/%u", (unsigned)(1 + bits % 223), (unsigned)(bits >> 8 & 255),
		 (unsigned)(bits >> 16 & 255), n & 3 ? 24 : 22);
}

static void write_ipv6(char *text, size_t room, uint64_t n)
{
	static const unsigned registries[] = {0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00, 0x2401, 0x2a02};
	uint64_t bits = mix(n);

	snprintf(text, room, "%x:%x:%x::/%u", registries[bits & 7], (unsigned)(bits >> 8 & 0xffff),
		 (unsigned)(bits >> 24 & 0xffff), n & 3 ? 48 : 44);
}

static void build(struct list *list, const struct keyword *keyword, size_t size, write_value *write)
{
	struct arena *arena = need(arena_new());
	const void **sets = arena_array(arena, 1, sizeof *sets);
	struct value_error error = {0};
	char text[128];
	uint64_t begun = clock_now();
	void *building = keyword->value->begin(arena);

	list->size = size;
	for (uint64_t n = 0; n < size; n++) {
		bool (*add)(void *, const char *, size_t, struct value_error *) =
			keyword->value->add_line ? keyword->value->add_line : keyword->value->add;

		write(text, sizeof text, n);
		if (!add(building, text, strlen(text), &error)) {
			fprintf(stderr, "scale: %s: %s\n", text, error.message);
			exit(1);
		}
	}
	sets[0] = keyword->value->seal(building);
	list->build_ms = (double)(clock_now() - begun) / 1e6;
	list->bytes = arena_size(arena);
	list->match = (struct match){.keyword = keyword, .set_count = 1, .sets = sets};
	list->rule = (struct rule){.match_count = 1, .matches = &list->match, .needs = keyword->needs};
	list->ruleset =
		(struct ruleset){.arena = arena, .rule_count = 1, .rules = &list->rule, .needs = keyword->needs};
	ruleset_compile(&list->ruleset);
}

/* A value that is in the list, or for every other question one that is not. */
static uint64_t pick(const struct list *list, size_t question)
{
	uint64_t n = random_number() % list->size;

	return question & 1 ? n : n + (1ULL << 32);
}

static void ask_name(struct question *question, const char *text)
{
	question->len = (unsigned)snprintf(question->name, sizeof question->name, "www.%s", text);
}

static void ask_address(struct question *question, const char *text)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		question->address = key_from_ipv4(bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		question->address = key_from_ipv6(bytes);
	question->address.low |= random_number() & 0xff;
}

static void ask(struct list *list, write_value *write)
{
	char text[128];

	list->questions = need(calloc(QUESTIONS, sizeof *list->questions));
	for (size_t i = 0; i < QUESTIONS; i++) {
		write(text, sizeof text, pick(list, i));
		if (list->match.keyword->needs) {
			ask_name(&list->questions[i], text);
		} else {
			*strchr(text, '/') = 0;
			ask_address(&list->questions[i], text);
		}
	}
}

static void pose_list(const void *questions, size_t n, struct coming *coming)
{
	const struct question *question = (const struct question *)questions + n;

	coming->packet.dst = question->address;
	coming->name = question->len ? question->name : NULL;
	coming->len = question->len;
}

/* The match by itself. */
static struct ruling eval_match(const struct ruleset *ruleset, const struct subject *subject)
{
	const struct rule *rule = &ruleset->rules[0];

	return (struct ruling){.rule = match_eval(&rule->matches[0], subject) == TRI_YES ? rule : NULL};
}

static void lists_build(struct list lists[SIZES], const struct keyword *keyword, write_value *write)
{
	for (int i = 0; i < SIZES; i++) {
		lists[i] = (struct list){0};
		build(&lists[i], keyword, sizes[i], write);
		ask(&lists[i], write);
	}
}

static void lists_free(struct list lists[SIZES])
{
	for (int i = 0; i < SIZES; i++) {
		free(lists[i].questions);
		arena_free(lists[i].ruleset.arena);
	}
}

static void compare(const char *what, const struct keyword *keyword, write_value *write)
{
	struct list lists[SIZES];
	struct times times[SIZES] = {0};
	size_t hits = 0;

	for (int place = 0; place < PLACES; place++) {
		lists_build(lists, keyword, write);
		for (int i = 0; i < ROUNDS * SIZES; i++)
			ask_round(&times[i % SIZES], &lists[i % SIZES].ruleset, eval_match, pose_list,
				  lists[i % SIZES].questions, &hits);
		lists_free(lists);
	}
	for (int i = 0; i < SIZES; i++) {
		printf("%-18s %10zu", what, lists[i].size);
		print_times(&times[i], &times[0]);
		printf(" %14.1f %12.1f\n", (double)lists[i].bytes / (double)lists[i].size, lists[i].build_ms);
	}
	if (hits < (size_t)QUESTIONS * PLACES * ROUNDS * SIZES * 9 / 10)
		printf("%s: only %zu hits\n", what, hits);
}

/* --- rules
 * ------------------------------------------------------------------------------------------------------- */

static const size_t rule_counts[SIZES] = {10, 1000, 100000};

struct rules {
	struct loaded loaded;
	double load_ms;
	struct rule_question {
		struct key src, dst;
		uint16_t dport;
		uint8_t proto;
		unsigned len;
		char name[40];
	} * questions;
};

/* The n-th rule; and what would match it. */
typedef void write_rule(FILE *out, uint64_t n);
typedef void ask_rule(struct rule_question *question, uint64_t n);

/* Each of the first 2^23 numbers has a /24 of its own, those above have others. */
static struct key network_of(uint64_t n)
{
	uint32_t network = (uint32_t)((n * 0x2f0b4d + (n >> 32 ? 1 : 0) * 0x400000) & 0x7fffff);

	return key_of(0xffff00000000 | (uint64_t)(network + (n >> 32 ? 0x800000 : 0x010000)) << 8);
}

/* Destinations alone, with a port, with a source, and ports by the range: as people write them. */
static void write_header_rule(FILE *out, uint64_t n)
{
	struct key network = network_of(n);
	char text[46];

	key_address_text(network, text);
	switch (n % 5) {
	case 0:
		fprintf(out, "tcp dport 443 daddr %s/24 via vpn\n", text);
		break;
	case 1:
		fprintf(out, "saddr 10.%u.%u.0/24 daddr %s/32 via vpn\n", (unsigned)(n >> 8 & 255),
			(unsigned)(n & 255), text);
		break;
	default:
		fprintf(out, "daddr %s/%d via vpn\n", text, n % 5 == 2 ? 32 : 24);
	}
}

static void ask_header_rule(struct rule_question *question, uint64_t n)
{
	*question = (struct rule_question){.src = key_of(0xffff0a000000 | (n & 0xffff) << 8),
					   .dst = network_of(n),
					   .dport = 443,
					   .proto = IPPROTO_TCP};
}

static void write_host_rule(FILE *out, uint64_t n)
{
	char text[64];

	write_domain(text, sizeof text, n);
	fprintf(out, "tcp dport 443 host .%s via vpn\n", text);
}

static void ask_name_rule(struct rule_question *question, uint64_t n)
{
	char text[64];

	ask_header_rule(question, n);
	write_domain(text, sizeof text, n);
	question->len = (unsigned)snprintf(question->name, sizeof question->name, "www.%s", text);
}

static void load(struct rules *rules, size_t count, write_rule *write, ask_rule *ask_one)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = need(open_memstream(&text, &length));
	uint64_t begun;

	fputs("gateway vpn { device tun0 }\n", out);
	for (uint64_t n = 0; n < count; n++)
		write(out, n);
	fclose(out);
	begun = clock_now();
	rules->loaded = load_text("scale.rules", text, length);
	rules->load_ms = (double)(clock_now() - begun) / 1e6;
	free(text);
	if (!rules->loaded.ruleset) {
		diags_print(rules->loaded.diags, stderr, false);
		exit(1);
	}
	rules->questions = need(calloc(QUESTIONS, sizeof *rules->questions));
	for (size_t i = 0; i < QUESTIONS; i++) {
		uint64_t n = random_number() % count;

		ask_one(&rules->questions[i], i & 1 ? n : n + (1ULL << 32));
	}
}

static void pose_rule(const void *questions, size_t n, struct coming *coming)
{
	const struct rule_question *question = (const struct rule_question *)questions + n;

	coming->packet.src = question->src;
	coming->packet.dst = question->dst;
	coming->packet.proto = question->proto;
	coming->packet.dport = question->dport;
	coming->packet.has_ports = true;
	coming->name = question->len ? question->name : NULL;
	coming->len = question->len;
}

static void rules_free(struct rules rules[SIZES])
{
	for (int i = 0; i < SIZES; i++) {
		free(rules[i].questions);
		ruleset_free(rules[i].loaded.ruleset);
		loaded_free(&rules[i].loaded);
	}
}

static void print_rules(const char *what, const struct rules *rules, size_t count, const struct times *times,
			const struct times *first)
{
	const struct ruleset *ruleset = rules->loaded.ruleset;
	size_t walks = QUESTIONS / (1 + count / 20), hits = 0;

	printf("%-24s %8zu", what, count);
	print_times(times, first);
	printf(" %14.1f %10zu %10.1f\n", ask_alone(ruleset, ruleset_walk, pose_rule, rules->questions, walks, &hits),
	       arena_size(ruleset->arena) / count, rules->load_ms);
}

static void compare_rules(const char *what, write_rule *write, ask_rule *ask_one)
{
	struct rules rules[SIZES] = {0};
	struct times times[SIZES] = {0};
	size_t hits = 0;

	for (int place = 0; place < PLACES; place++) {
		if (place)
			rules_free(rules);
		for (int i = 0; i < SIZES; i++)
			load(&rules[i], rule_counts[i], write, ask_one);
		for (int i = 0; i < ROUNDS * SIZES; i++)
			ask_round(&times[i % SIZES], rules[i % SIZES].loaded.ruleset, ruleset_eval, pose_rule,
				  rules[i % SIZES].questions, &hits);
	}
	for (int i = 0; i < SIZES; i++)
		print_rules(what, &rules[i], rule_counts[i], &times[i], &times[0]);
	rules_free(rules);
}

/* --- patterns
 * ---------------------------------------------------------------------------------------------------- */

static const char *const payloads[] = {
	"GET /index.html?a=1 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; "
	"rv:128.0) "
	"Gecko/20100101 Firefox/128.0\r\nAccept: "
	"text/html,application/xhtml+xml,application/xml;q=0.9\r\nAccept-Language: "
	"en-US,en;q=0.5\r\nConnection: keep-alive\r\n\r\n",
	"POST /api/v2/submit HTTP/1.1\r\nHost: api.example.net\r\nContent-Length: 17\r\n\r\n{\"name\":\"value\"}",
	"EHLO mail.example.org\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n",
};

/* Half look for a word anywhere, half at the start; none is there. */
static void write_pattern_rule(FILE *out, uint64_t n)
{
	char word[64];

	write_domain(word, sizeof word, n);
	*strchr(word, '.') = 0;
	fprintf(out, "tcp payload /%s%s[0-9]+%s/ via vpn\n", n & 1 ? "^" : "", word, n & 2 ? ".*end" : "");
}

static double run_patterns(const struct ruleset *ruleset, bool open, eval_rules *eval, size_t questions,
			   size_t *hits)
{
	static const struct facts facts;
	struct packet packet = {.proto = IPPROTO_TCP};
	uint64_t begun = clock_now();

	for (size_t i = 0; i < questions; i++) {
		const char *payload = payloads[i % (sizeof payloads / sizeof *payloads)];
		struct subject subject = {.packet = &packet, .facts = &facts};

		subject.client = reader_over((const uint8_t *)payload, strlen(payload), open);
		*hits += eval(ruleset, &subject).rule != NULL;
	}
	return (double)(clock_now() - begun) / (double)questions;
}

static void compare_patterns(bool open)
{
	static const size_t counts[SIZES] = {1, 100, 1000};
	static double ns[SIZES][PLACES * ROUNDS];
	struct rules rules[SIZES] = {0};
	size_t hits = 0;
	double first;

	for (int s = 0; s < SIZES; s++)
		load(&rules[s], counts[s], write_pattern_rule, ask_header_rule);
	for (int round = 0; round < PLACES * ROUNDS; round++)
		for (int s = 0; s < SIZES; s++)
			ns[s][round] =
				run_patterns(rules[s].loaded.ruleset, open, ruleset_eval, QUESTIONS / 20, &hits);
	first = least(ns[0], PLACES * ROUNDS);
	for (int s = 0; s < SIZES; s++) {
		double here = least(ns[s], PLACES * ROUNDS);

		printf("%-24s %8zu %10.1f %10.2f %14.1f\n",
		       open ? "patterns, more may come" : "patterns, all is there", counts[s], here, here / first,
		       run_patterns(rules[s].loaded.ruleset, open, ruleset_walk, 300, &hits));
		free(rules[s].questions);
		ruleset_free(rules[s].loaded.ruleset);
		loaded_free(&rules[s].loaded);
	}
}

static void all_patterns(void)
{
	printf("\n%-24s %8s %10s %10s %14s\n", "payload rules", "", "ns", "to first", "walked, ns");
	compare_patterns(false);
	compare_patterns(true);
}

static void all_rules(void)
{
	printf("\n%-24s %8s %12s %10s %10s %10s %14s %10s %10s\n", "rules", "", "ns", "to first", "alone, ns",
	       "to first", "walked, ns", "bytes each", "load, ms");
	compare_rules("headers", write_header_rule, ask_header_rule);
	compare_rules("host, name not yet known", write_host_rule, ask_header_rule);
	compare_rules("host, name known", write_host_rule, ask_name_rule);
}

static bool wanted(int argc, char **argv, const char *what)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], what) == 0)
			return true;
	return argc == 1;
}

int main(int argc, char **argv)
{
	printf("%-18s %10s %12s %10s %10s %10s %14s %12s\n", "list", "entries", "ns a match", "to first",
	       "alone, ns", "to first", "bytes an entry", "built in ms");
	if (wanted(argc, argv, "names"))
		compare("host names", &host_keyword, write_domain);
	if (wanted(argc, argv, "prefixes")) {
		compare("IPv4 prefixes", &daddr_keyword, write_ipv4);
		compare("IPv6 prefixes", &daddr_keyword, write_ipv6);
	}
	if (wanted(argc, argv, "rules"))
		all_rules();
	if (wanted(argc, argv, "patterns"))
		all_patterns();
	return 0;
}
