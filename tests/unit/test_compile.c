/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_compile.c - the index of the rules beside a walk over all of them
 *
 * Random rules of few values, so that they meet, and random packets and facts of the same values. PAIRS in the
 * environment says how many packets are judged ("make soak-rules": five million).
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier.h"
#include "engine.h"
#include "keywords.h"
#include "random.h"
#include "rule_index.h"
#include "text_hash.h"

enum { RULES_MAX = 400, MATCHES_MAX = 5, PACKETS = 100 };

#define PICK(array) (array)[random_below(sizeof(array) / sizeof *(array))]

/* --- values
 * ------------------------------------------------------------------------------------------------------ */

static const char *const addresses[] = {"10.0.0.1",
					"10.0.0.0/8",
					"10.0.0.0/22",
					"10.0.1.0/24",
					"10.0.0.1-10.0.0.9",
					"0.0.0.0/0",
					"10.200.0.7",
					"192.168.0.0/16",
					"192.168.7.0/30",
					"2001:db8::/32",
					"2001:db8::1",
					"2001:db8:1::/48",
					"2001:db8::-2001:db8::ff",
					"::/0",
					"2001:db8:0:1::/64",
					"fe80::/10"};
static const char *const seen_addresses[] = {"10.0.0.1",      "10.0.0.9",        "10.0.3.255",  "10.200.0.7",
					     "192.168.7.2",   "8.8.8.8",         "2001:db8::1", "2001:db8::fe",
					     "2001:db8:1::5", "2001:db8:0:1::9", "2a00::1"};
static const char *const ports[] = {"80", "443", "8000-8100", "1-1023", "1000-1003", "53", "1935", "0-65535"};
static const uint16_t seen_ports[] = {80, 443, 8000, 8100, 1001, 53, 1935, 40000};
static const char *const devices[] = {"eth0", "tun*", "tun0", "wlan0", "*"};
static const char *const seen_devices[] = {"eth0", "tun0", "tun1", "wlan0", ""};
static const char *const macs[] = {"02:00:00:00:00:01", "02:00:00:*", "02:00:01:*"};
static const char *const users[] = {"0", "1000", "1000-1999", "1500"};
static const char *const dscps[] = {"46", "0", "8"};
static const char *const protos[] = {"6", "17", "1", "58", "132"};
static const char *const apps[] = {"tls", "http", "rtmp", "quic", "dns", "hls", "websocket", "bittorrent", "stun"};
static const char *const hosts[] = {"a.example", ".example",  "*.b.example", "b.example",
				    ".net",      "x.y.net",   "2001:db8::1", ".c.b.example",
				    "c.example", "d.example", "e.example",   "192.0.2.1"};
static const char *const odd_hosts[] = {"*b*", "/^x/", "/example$/"};
static const char *const seen_hosts[] = {"a.example", "b.example", "c.b.example", "d.c.b.example", "example",
					 "net",       "x.y.net",   "y.net",       "2001:db8::1",   "2001:db8:0::1",
					 "other.org", "192.0.2.1", "..."};
static const char *const alpns[] = {"h2", "h3", "http/1.1"};
static const char *const seen_alpns[] = {"h2", "h3", "h2,http/1.1", "x,,h3", "", "acme"};
static const char *const paths[] = {"/live", "/a", "/b", "/c", "/live/*"};
static const char *const patterns[] = {"/^GET /",   "/abc/",          "/^\\x16\\x03/", "/b+c$/",
				       "/^ab?c/",   "/x/@2-3",        "/^GE/@0-1",     "/hello.*world/s",
				       "/^HELLO/i", "/(foo|bar)baz/", "/needle[0-9]/", "/^(GET|POST) /"};
static const char *const seen_payloads[] = {"",
					    "G",
					    "GET / HTTP",
					    "abc",
					    "bbc",
					    "\x16\x03\x01",
					    "hello",
					    "hello, world",
					    "Hell",
					    "foobaz barbaz",
					    "a needle7 here",
					    "POST /",
					    "ac",
					    "xxxx",
					    "a needle"};

struct vocabulary {
	const struct keyword *keyword;
	const char *const *words;
	unsigned count;
};
#define WORDS(array) (array), sizeof(array) / sizeof *(array)

static const struct vocabulary vocabularies[] = {
	{&proto_keyword, WORDS(protos)},     {&saddr_keyword, WORDS(addresses)},
	{&daddr_keyword, WORDS(addresses)},  {&daddr_keyword, WORDS(addresses)},
	{&sport_keyword, WORDS(ports)},      {&dport_keyword, WORDS(ports)},
	{&dport_keyword, WORDS(ports)},      {&iif_keyword, WORDS(devices)},
	{&oif_keyword, WORDS(devices)},      {&mac_keyword, WORDS(macs)},
	{&dscp_keyword, WORDS(dscps)},       {&user_keyword, WORDS(users)},
	{&group_keyword, WORDS(users)},      {&app_keyword, WORDS(apps)},
	{&app_keyword, WORDS(apps)},         {&host_keyword, WORDS(hosts)},
	{&host_keyword, WORDS(hosts)},       {&host_keyword, WORDS(hosts)},
	{&host_keyword, WORDS(odd_hosts)},   {&alpn_keyword, WORDS(alpns)},
	{&path_keyword, WORDS(paths)},       {&payload_keyword, WORDS(patterns)},
	{&payload_keyword, WORDS(patterns)},
};

/* --- rules
 * ------------------------------------------------------------------------------------------------------- */

static const void *random_set(struct arena *arena, const struct vocabulary *v)
{
	void *building = v->keyword->value->begin(arena);
	unsigned count = random_below(8) ? 1 : random_below(4);
	struct value_error error = {0};

	for (unsigned i = 0; i < count; i++) {
		const char *word = v->words[random_below(v->count)];
		bool pattern = v->words == patterns || (v->words == odd_hosts && word[0] == '/');
		bool ok = (pattern ? v->keyword->value->add_pattern
				   : v->keyword->value->add)(building, word, strlen(word), &error);

		if (!ok)
			fail_msg("%s %s: %s", v->keyword->name, word, error.message);
	}
	return v->keyword->value->seal(building);
}

static void random_match(struct arena *arena, struct match *match)
{
	const struct vocabulary *v = &PICK(vocabularies);
	unsigned count = random_below(12) ? 1 : random_below(3);
	const void **sets = arena_array(arena, 2, sizeof *sets);

	for (unsigned i = 0; i < count; i++)
		sets[i] = random_set(arena, v);
	*match = (struct match){.keyword = v->keyword,
				.negate = !random_below(6),
				.set_count = count,
				.sets = sets};
}

/* Rules resemble the one before, as those of people do. */
static void random_rules(struct ruleset *ruleset, unsigned count)
{
	struct rule *rules = arena_array(ruleset->arena, count, sizeof *rules);
	unsigned likeness = 1 + random_below(5);

	for (unsigned i = 0; i < count; i++) {
		struct match *matches = arena_array(ruleset->arena, MATCHES_MAX, sizeof *matches);
		bool like = i && random_below(likeness);

		rules[i].match_count = like ? rules[i - 1].match_count : random_below(MATCHES_MAX);
		for (unsigned m = 0; m < rules[i].match_count; m++) {
			if (like)
				matches[m] = rules[i - 1].matches[m];
			else
				random_match(ruleset->arena, &matches[m]);
		}
		if (like && rules[i].match_count)
			random_match(ruleset->arena, &matches[random_below(rules[i].match_count)]);
		rules[i].matches = matches;
		if (!rules[i].match_count && random_below(50))
			rules[i].match_count = 1, random_match(ruleset->arena, &matches[0]);
	}
	ruleset->rules = rules;
	ruleset->rule_count = count;
}

/* --- packets
 * ----------------------------------------------------------------------------------------------------- */

static struct key random_address(void)
{
	const char *text = PICK(seen_addresses);
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		return key_from_ipv4(bytes);
	inet_pton(AF_INET6, text, bytes);
	return key_from_ipv6(bytes);
}

static void random_packet(struct packet *packet)
{
	static const uint8_t numbers[] = {6, 6, 17, 1, 132};

	*packet = (struct packet){
		.src = random_address(),
		.dst = random_address(),
		.proto = PICK(numbers),
		.has_ports = random_below(8),
		.sport = PICK(seen_ports),
		.dport = PICK(seen_ports),
		.origin = {
			.iif = key_from_device(PICK(seen_devices)),
			.oif = key_from_device(PICK(seen_devices)),
			.has_mac = random_below(2),
			.mac = 0x020000000000 + random_below(2) * 0x1000000 + random_below(2),
			.has_uid = random_below(2),
			.uid = random_below(2) * 1000 + random_below(2) * 500,
			.has_gid = random_below(2),
			.gid = random_below(2) * 1000,
			.dscp = (uint8_t)(random_below(2) * 46),
		},
	};
}

static const struct app *random_app(void)
{
	const char *name = PICK(apps);

	for (size_t i = 0; classifiers[i]; i++)
		for (const struct app *const *app = classifiers[i]->apps; *app; app++)
			if (strcmp((*app)->name, name) == 0)
				return *app;
	return NULL;
}

static void random_facts(struct facts *facts)
{
	memset(facts, 0, sizeof *facts);
	facts->closed = random_below(1 << FACT_COUNT) & random_below(1 << FACT_COUNT);
	if (!random_below(8))
		facts->closed = FACTS_ALL;
	if (random_below(2) && random_app())
		facts_set_app(facts, random_app());
	if (random_below(2))
		facts_set_host(facts, "", 0);
	facts->closed &= ~FACT_BIT(FACT_HOST) | (random_below(2) ? FACT_BIT(FACT_HOST) : 0);
	if (random_below(2)) {
		const char *host = PICK(seen_hosts);

		facts_set_text(facts, FACT_HOST, host, strlen(host));
	}
	if (random_below(2)) {
		const char *offers = PICK(seen_alpns);

		facts_set_text(facts, FACT_ALPN, offers, strlen(offers));
	}
	if (random_below(2)) {
		const char *path = PICK(paths);

		facts_set_text(facts, FACT_PATH, path, strlen(path));
	}
}

/* --- the comparison
 * ---------------------------------------------------------------------------------------------- */

struct seen {
	unsigned long pairs, found, open, provisional, shapes, finders;
};

static long number_of(const struct ruleset *ruleset, const struct rule *rule)
{
	return rule ? (long)(rule - ruleset->rules) : -1;
}

static void compare(const struct ruleset *ruleset, struct seen *seen)
{
	const char *payload = PICK(seen_payloads);
	struct packet packet;
	struct facts facts;
	struct lookup lookup;
	struct name_hashes names;
	struct subject subject = {.packet = &packet, .facts = &facts};
	struct ruling fast, slow;

	random_packet(&packet);
	random_facts(&facts);
	if (random_below(2)) {
		lookup_begin(&lookup, ruleset, &packet);
		for (unsigned steps = random_below(LOOKUP_STEPS + 1); steps; steps--)
			lookup_advance(&lookup);
		subject.lookup = &lookup;
	}
	if (fact_known(&facts, FACT_HOST) && random_below(2)) {
		size_t len;
		const char *host = facts_text(&facts, FACT_HOST, &len);

		name_hashes_make(&names, host, len);
		subject.names = &names;
		lookup_fact(ruleset, &subject, FACT_HOST);
	}
	subject.client = reader_over((const uint8_t *)payload, strlen(payload), random_below(2));
	fast = ruleset_eval(ruleset, &subject);
	slow = ruleset_walk(ruleset, &subject);
	if (fast.rule != slow.rule || fast.open != slow.open)
		fail_msg("of %u rules %ld, open %d, but walked %ld, open %d", ruleset->rule_count,
			 number_of(ruleset, fast.rule), fast.open, number_of(ruleset, slow.rule), slow.open);
	seen->pairs++;
	seen->found += slow.rule != NULL;
	seen->open += slow.open;
	seen->provisional += slow.rule && slow.open;
}

static void test_as_walked(void **state)
{
	const char *wanted = getenv("PAIRS");
	unsigned long pairs = wanted ? strtoul(wanted, NULL, 10) : 50000;
	struct seen seen = {0};

	(void)state;
	while (seen.pairs < pairs) {
		struct arena *arena = arena_new();
		struct ruleset ruleset = {.arena = arena};

		random_rules(&ruleset, 1 + random_below(random_below(4) ? 40 : RULES_MAX));
		ruleset_compile(&ruleset);
		assert_non_null(ruleset.index);
		seen.shapes += ruleset.index->shape_count;
		seen.finders += ruleset.index->finder_count;
		for (int i = 0; i < PACKETS; i++)
			compare(&ruleset, &seen);
		arena_free(arena);
	}
	print_message("pairs %lu: a rule %lu, open %lu, both %lu\n", seen.pairs, seen.found, seen.open,
		      seen.provisional);
	assert_true(seen.found > pairs / 20 && seen.open > pairs / 20 && seen.provisional > pairs / 50);
	assert_true(seen.shapes && seen.finders);
}

/* Rules of one shape, or by one fact, are found without trying many: counted by what the keyword is asked. */
static unsigned long asked;

static bool counted_key(const struct subject *subject, struct key *key)
{
	asked++;
	*key = key_of(subject->packet->dport);
	return true;
}

static void test_few_are_tried(void **state)
{
	enum { COUNT = 5000 };
	struct arena *arena = arena_new();
	struct ruleset ruleset = {.arena = arena};
	struct rule *rules = arena_array(arena, COUNT, sizeof *rules);
	struct keyword counted = dport_keyword;
	struct facts facts = {0};

	(void)state;
	counted.key = counted_key;
	for (unsigned i = 0; i < COUNT; i++) {
		struct match *match = arena_alloc(arena, sizeof *match);
		const void **sets = arena_alloc(arena, sizeof *sets);
		void *building = interval_begin(arena);

		interval_add(building, key_of(i), key_of(i));
		sets[0] = interval_seal(building);
		*match = (struct match){.keyword = &counted, .set_count = 1, .sets = sets};
		rules[i] = (struct rule){.match_count = 1, .matches = match};
	}
	ruleset.rules = rules;
	ruleset.rule_count = COUNT;
	ruleset_compile(&ruleset);
	for (unsigned i = 0; i < COUNT; i++) {
		struct packet packet = {.dport = (uint16_t)i};
		struct subject subject = {.packet = &packet, .facts = &facts};

		assert_ptr_equal(ruleset_eval(&ruleset, &subject).rule, &rules[i]);
	}
	assert_true(asked <= 3 * COUNT);
	arena_free(arena);
}

/* Of each six: two for the same name, which has no proof then, and one for a name that is too long for one. */
static size_t write_name(char *name, size_t room, unsigned rule)
{
	static const char *const longer = "a-name-of-more-than-sixty-four-bytes-has-no-proof.but-is-found";

	return (size_t)snprintf(name, room, "name%u.%s.example", rule % 6 == 1 ? rule - 1 : rule,
				rule % 6 == 2 ? longer : "net");
}

/* Of one set, which ends being built. */
static const struct match *match_of(struct arena *arena, const struct keyword *keyword, void *building)
{
	struct match *match = arena_alloc(arena, sizeof *match);
	const void **sets = arena_alloc(arena, sizeof *sets);

	sets[0] = keyword->value->seal(building);
	*match = (struct match){.keyword = keyword, .set_count = 1, .sets = sets};
	return match;
}

static const struct match *name_match(struct arena *arena, const struct keyword *keyword, unsigned rule)
{
	void *building = host_keyword.value->begin(arena);
	struct value_error error = {0};
	char name[128] = ".";
	size_t len = 1 + write_name(name + 1, sizeof name - 1, rule);

	assert_true(host_keyword.value->add(building, name, len, &error));
	return match_of(arena, keyword, building);
}

/* The rule for a name, known as the engine has it. */
static const struct rule *rule_by_name(const struct ruleset *ruleset, const char *name)
{
	struct packet packet = {0};
	struct facts facts = {0};
	struct name_hashes names;
	struct subject subject = {.packet = &packet, .facts = &facts, .names = &names};

	facts_set_text(&facts, FACT_HOST, name, strlen(name));
	name_hashes_make(&names, name, strlen(name));
	lookup_fact(ruleset, &subject, FACT_HOST);
	return ruleset_eval(ruleset, &subject).rule;
}

/* A rule a name is found, whether it has a proof or none, and the first of two. */
static void test_names(void **state)
{
	enum { COUNT = 6000 };
	struct arena *arena = arena_new();
	struct ruleset ruleset = {.arena = arena, .rule_count = COUNT, .needs = FACT_BIT(FACT_HOST)};
	struct rule *rules = arena_array(arena, COUNT, sizeof *rules);
	char name[128] = "www.";

	(void)state;
	ruleset.rules = rules;
	for (unsigned i = 0; i < COUNT; i++)
		rules[i] = (struct rule){.match_count = 1, .matches = name_match(arena, &host_keyword, i), .needs = ruleset.needs};
	ruleset_compile(&ruleset);
	for (unsigned i = 0; i < COUNT; i++) {
		size_t len = 4 + write_name(name + 4, sizeof name - 4, i);

		assert_ptr_equal(rule_by_name(&ruleset, name), &rules[i % 6 == 1 ? i - 1 : i]);
		assert_ptr_equal(rule_by_name(&ruleset, name + 4), &rules[i % 6 == 1 ? i - 1 : i]);
		name[len - 1] = 'x';
		assert_null(rule_by_name(&ruleset, name));
	}
	arena_free(arena);
}

static const struct match *pattern_match(struct arena *arena, unsigned rule)
{
	void *building = payload_keyword.value->begin(arena);
	struct value_error error = {0};
	char pattern[32];

	snprintf(pattern, sizeof pattern, "/%02u-Needle[0-9]/i", rule);
	assert_true(payload_keyword.value->add_pattern(building, pattern, strlen(pattern), &error));
	return match_of(arena, &payload_keyword, building);
}

/* Of many patterns the one that is there is found wherever it stands, though the bytes are looked at in portions. */
static void test_long_payloads(void **state)
{
	enum { COUNT = 40, LENGTH = 2 * KEYS_BATCH + 100 };
	struct arena *arena = arena_new();
	struct ruleset ruleset = {.arena = arena, .rule_count = COUNT, .needs = FACT_BIT(FACT_PAYLOAD)};
	struct rule *rules = arena_array(arena, COUNT, sizeof *rules);
	struct packet packet = {.proto = IPPROTO_TCP};
	struct facts facts = {0};
	struct subject subject = {.packet = &packet, .facts = &facts};
	uint8_t payload[LENGTH] = {0};
	char text[16];

	(void)state;
	ruleset.rules = rules;
	for (unsigned i = 0; i < COUNT; i++)
		rules[i] = (struct rule){.match_count = 1, .matches = pattern_match(arena, i), .needs = ruleset.needs};
	ruleset_compile(&ruleset);
	for (size_t at = 0; at + 10 <= LENGTH; at++) {
		snprintf(text, sizeof text, "%02zu-nEEdle%zu", at % COUNT, at % 10);
		memcpy(payload + at, text, 10);
		subject.client = reader_over(payload, at + 10, false);
		assert_ptr_equal(ruleset_eval(&ruleset, &subject).rule, &rules[at % COUNT]);
		subject.client = reader_over(payload, at + 9, false);
		assert_null(ruleset_eval(&ruleset, &subject).rule);
		memset(payload + at, 0, 10);
	}
	arena_free(arena);
}

static enum tri counted_eval(const void *set, const struct subject *subject)
{
	asked++;
	return host_keyword.eval(set, subject);
}

/* What becomes of a segment of a connection that nobody knows. */
static uint32_t mark_of_segment(struct engine *engine, uint16_t port)
{
	struct packet packet = {.family = AF_INET, .proto = IPPROTO_TCP, .src = key_of(KEY_MAPPED_IPV4 | 0x0a000001),
		.dst = key_of(KEY_MAPPED_IPV4 | 0xc6336401), .has_ports = true, .sport = port, .dport = 443,
		.tcp_flags = TCP_ACK, .payload = (const uint8_t *)""};
	struct verdict verdicts[64];

	assert_int_equal(engine_packet(engine, &packet, PACKET_OK, 0, verdicts), 1);
	return verdicts[0].mark;
}

/* Segments of connections that nobody knows come as fast as anybody likes: all rules may not be tried for each. It is
 * refused while a gateway is down that it might belong to, and no other stands in. */
static void test_forgotten(void **state)
{
	enum { COUNT = 5000 };
	static const struct gateway gateways[] = {{.name = "a", .mark = 1}, {.name = "b", .mark = 2}};
	static const struct group_member members[] = {{1, 1}, {0, 2}};
	static const struct group groups[] = {{.name = "both", .balanced = true, .count = 2, .members = members}};
	struct gateway_state up[2] = {{.up = {1, 1}}, {.up = {1, 1}}};
	const struct engine_config config = {.gateways = up, .seed = 1};
	struct arena *arena = arena_new();
	struct ruleset ruleset = {.arena = arena, .rule_count = COUNT, .needs = FACT_BIT(FACT_HOST), .gateways = gateways,
		.gateway_count = 2, .groups = groups, .group_count = 1};
	struct rule *rules = arena_array(arena, COUNT, sizeof *rules);
	struct keyword counted = host_keyword;
	struct engine *engine;

	(void)state;
	counted.eval = counted_eval;
	for (unsigned i = 0; i < COUNT; i++)
		rules[i] = (struct rule){.match_count = 1, .matches = name_match(arena, &counted, i),
			.needs = ruleset.needs, .action = ACTION_VIA, .to_group = i < COUNT - 1, .target = 0};
	ruleset.rules = rules;
	options_default(&ruleset.options);
	assert_true(marks_layout(&ruleset.marks, 0xff));
	ruleset_compile(&ruleset);
	engine = engine_new(&ruleset, &config);
	assert_non_null(engine);
	asked = 0;
	assert_int_equal(mark_of_segment(engine, 1), ruleset.marks.main);
	assert_true(asked < 10);
	up[1].up[FAMILY_IPV4] = 0; /* the group has another */
	assert_int_equal(mark_of_segment(engine, 2), ruleset.marks.main);
	up[0].up[FAMILY_IPV4] = 0;
	assert_int_equal(mark_of_segment(engine, 3), ruleset.marks.reject);
	up[1].up[FAMILY_IPV4] = 1; /* the last rule's is down */
	assert_int_equal(mark_of_segment(engine, 4), ruleset.marks.reject);
	up[0].up[FAMILY_IPV4] = 1;
	up[0].up[FAMILY_IPV6] = 0; /* which is not asked for */
	assert_int_equal(mark_of_segment(engine, 5), ruleset.marks.main);
	assert_true(asked < 20);
	engine_free(engine);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_walked),
		cmocka_unit_test(test_few_are_tried),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_payloads),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
