/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_learned.c - the table of what was seen at destinations, and connections that are led by it
 */
#include "engine_bench.h"

#include <pthread.h>
#include <stdio.h>

#define SECOND 1000000000ULL
#define HOUR (3600 * SECOND)

/* --- the table --- */

static struct learned_key key_at(uint32_t address)
{
	return (struct learned_key){.address = v4(address), .port = 443, .proto = IPPROTO_TCP};
}

static struct learned_thing named(const char *name, uint64_t expires)
{
	return (struct learned_thing){.host = name, .host_length = strlen(name), .sources = LEARNED_PAYLOAD,
				      .expires = expires};
}

struct seen {
	unsigned count;
	char names[LEARNED_THINGS][64];
	struct learned_thing last;
};

static void note(void *ctx, const struct learned_thing *thing)
{
	struct seen *seen = ctx;

	memcpy(seen->names[seen->count], thing->host, thing->host_length);
	seen->names[seen->count++][thing->host_length] = '\0';
	seen->last = *thing;
}

static struct seen look(struct learned *table, struct learned_key key, uint64_t now, enum learned_state expected)
{
	struct seen seen = {0};

	assert_int_equal(learned_find(table, &key, now, note, &seen), expected);
	return seen;
}

static void add(struct learned *table, struct learned_key key, const char *name, uint64_t expires, uint64_t now)
{
	struct learned_thing thing = named(name, expires);

	learned_add(table, &key, &thing, now);
}

static void what_is_told_again_is_refreshed(void **state)
{
	struct learned *table = learned_new(16, 1);
	struct seen seen;

	(void)state;
	look(table, key_at(1), 0, LEARNED_NOTHING);
	add(table, key_at(1), "a.example", 2 * HOUR, HOUR);
	add(table, key_at(1), "b.example", 3 * HOUR, HOUR);
	add(table, key_at(1), "a.example", 4 * HOUR, HOUR + SECOND);
	seen = look(table, key_at(1), HOUR + 2 * SECOND, LEARNED_SOME);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.names[0], "a.example");
	assert_string_equal(seen.names[1], "b.example");
	seen = look(table, key_at(1), 3 * HOUR, LEARNED_SOME);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.last.hits, 2);
	assert_int_equal(seen.last.first, HOUR);
	assert_int_equal(seen.last.last, HOUR + SECOND);
	look(table, key_at(1), 4 * HOUR, LEARNED_NOTHING);
	learned_free(table);
}

/* Port, protocol and client tell entries apart. */
static void keys_are_whole(void **state)
{
	struct learned *table = learned_new(16, 1);
	struct learned_key port = key_at(1), proto = key_at(1), client = key_at(1);

	(void)state;
	port.port = 80;
	proto.proto = IPPROTO_UDP;
	client.client = v4(7);
	add(table, key_at(1), "a.example", HOUR, 1);
	look(table, key_at(2), 1, LEARNED_NOTHING);
	look(table, port, 1, LEARNED_NOTHING);
	look(table, proto, 1, LEARNED_NOTHING);
	look(table, client, 1, LEARNED_NOTHING);
	learned_free(table);
}

/* What has expired, or is as good as that, is not there; nor does a clock that goes back do harm. */
static void times_of_all_kinds(void **state)
{
	struct learned *table = learned_new(16, 1);
	struct seen seen;

	(void)state;
	add(table, key_at(1), "never.example", HOUR, HOUR);
	look(table, key_at(1), HOUR, LEARNED_NOTHING);
	assert_int_equal(learned_counters(table).entries, 0);
	add(table, key_at(1), "always.example", UINT64_MAX, HOUR);
	add(table, key_at(1), "always.example", 2 * HOUR, HOUR / 2);
	seen = look(table, key_at(1), UINT64_MAX - 1, LEARNED_SOME);
	assert_int_equal(seen.last.last, HOUR);
	assert_int_equal(seen.last.expires, UINT64_MAX);
	learned_free(table);
}

static void ten_thousand_names_are_many(void **state)
{
	struct learned *table = learned_new(16, 1);
	uint64_t bytes = 0;
	char name[64];

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "n%u.example", i);
		add(table, key_at(1), name, HOUR + i, 1);
		if (i + 1 == LEARNED_THINGS)
			assert_int_equal(look(table, key_at(1), 1, LEARNED_SOME).count, LEARNED_THINGS);
		if (i == LEARNED_THINGS)
			bytes = learned_counters(table).bytes;
	}
	look(table, key_at(1), 1, LEARNED_MANY);
	assert_int_equal(learned_counters(table).entries, 1);
	assert_int_equal(learned_counters(table).bytes, bytes);
	/* as long as any of them may be there */
	look(table, key_at(1), HOUR + 9998, LEARNED_MANY);
	add(table, key_at(1), "late.example", 3 * HOUR, 2 * HOUR);
	assert_int_equal(look(table, key_at(1), 2 * HOUR, LEARNED_SOME).count, 1);
	learned_free(table);
}

static void a_name_at_ten_thousand_addresses_is_bounded(void **state)
{
	struct learned *table = learned_new(100, 1);

	(void)state;
	for (uint32_t i = 1; i <= 10000; i++)
		add(table, key_at(i), "everywhere.example", HOUR, i);
	assert_int_equal(learned_counters(table).entries, 100);
	assert_int_equal(learned_counters(table).evicted, 9900);
	look(table, key_at(10000), 10000, LEARNED_SOME);
	look(table, key_at(1), 10000, LEARNED_NOTHING);
	learned_free(table);
}

/* Long names at few destinations cannot take more memory than was thought of. */
static void memory_is_bounded(void **state)
{
	struct learned *table = learned_new(64, 1);
	char name[LEARNED_NAME_MAX + 1];

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		for (unsigned k = 0; k < LEARNED_THINGS; k++) {
			memset(name, 'a' + (int)k, sizeof name - 1);
			name[sizeof name - 1] = '\0';
			add(table, key_at(i), name, HOUR, 1);
		}
	}
	assert_true(learned_counters(table).bytes <= 64 * 512 + 8192);
	assert_true(learned_counters(table).evicted > 0);
	learned_free(table);
}

/* In a full table the one that is used stays. */
static void the_least_recently_used_goes(void **state)
{
	struct learned *table = learned_new(16, 1);

	(void)state;
	for (uint32_t i = 1; i <= 200; i++) {
		add(table, key_at(i), "a.example", HOUR, i);
		if (i > 1)
			assert_int_equal(look(table, key_at(1), i, LEARNED_SOME).count, 1);
	}
	learned_free(table);
}

static bool count_entries(void *ctx, const struct learned_entry *entry)
{
	unsigned *counts = ctx;

	counts[0]++;
	counts[1] += entry->count;
	counts[2] += entry->many;
	return counts[0] < 3;
}

static void all_entries_can_be_walked(void **state)
{
	struct learned *table = learned_new(64, 1);
	unsigned counts[3] = {0};

	(void)state;
	add(table, key_at(1), "a.example", HOUR, 1);
	add(table, key_at(1), "b.example", HOUR, 1);
	add(table, key_at(2), "a.example", HOUR, 1);
	add(table, key_at(3), "gone.example", 2, 1);
	learned_walk(table, 2, count_entries, counts);
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[1], 3);
	assert_int_equal(counts[2], 0);
	add(table, key_at(4), "a.example", HOUR, 1);
	add(table, key_at(5), "a.example", HOUR, 1);
	memset(counts, 0, sizeof counts);
	learned_walk(table, 2, count_entries, counts);
	assert_int_equal(counts[0], 3);
	learned_free(table);
}

static void saved_things_come_back_as_they_were(void **state)
{
	struct learned *table = learned_new(64, 1);
	struct learned_key key = key_at(1);
	struct learned_thing thing = named("a.example", HOUR);
	struct seen seen;

	(void)state;
	thing.first = 5;
	thing.last = 6;
	thing.hits = 70;
	learned_restore(table, &key, &thing, false, 10);
	seen = look(table, key_at(1), 10, LEARNED_SOME);
	assert_int_equal(seen.last.first, 5);
	assert_int_equal(seen.last.last, 6);
	assert_int_equal(seen.last.hits, 70);
	learned_restore(table, &key, &thing, true, 10);
	look(table, key_at(1), 10, LEARNED_MANY);
	learned_free(table);
}

static void *hammer(void *arg)
{
	struct learned *table = arg;
	struct seen seen;
	char name[32];

	for (uint32_t i = 0; i < 20000; i++) {
		struct learned_key key = key_at(i % 97);

		snprintf(name, sizeof name, "n%u.example", i % 29);
		add(table, key, name, HOUR, 1);
		seen.count = 0;
		learned_find(table, &key, 1, note, &seen);
	}
	return NULL;
}

static void threads_may_all_add_and_look(void **state)
{
	struct learned *table = learned_new(64, 1);
	pthread_t threads[4];
	unsigned counts[3] = {0};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, table), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_true(learned_counters(table).entries <= 64);
	learned_walk(table, 1, count_entries, counts);
	assert_int_equal(counts[0], 3);
	learned_free(table);
}

static void questions_are_remembered_for_a_while(void **state)
{
	struct learned *table = learned_new(16, 1);
	struct learned_question q = {.client = v4(1), .port = 4000, .id = 77, .type = 1, .proto = IPPROTO_UDP,
				     .name = "a.example", .name_length = 9};
	struct learned_question other = q;

	(void)state;
	assert_false(learned_was_asked(table, &q, 100 * SECOND));
	learned_asked(table, &q, 100 * SECOND);
	assert_true(learned_was_asked(table, &q, 100 * SECOND));
	assert_true(learned_was_asked(table, &q, 130 * SECOND));
	assert_false(learned_was_asked(table, &q, 131 * SECOND));
	other.id++;
	assert_false(learned_was_asked(table, &other, 100 * SECOND));
	other = q;
	other.port++;
	assert_false(learned_was_asked(table, &other, 100 * SECOND));
	other = q;
	other.name = "b.example";
	assert_false(learned_was_asked(table, &other, 100 * SECOND));
	other = q;
	other.client = v4(2);
	assert_false(learned_was_asked(table, &other, 100 * SECOND));
	learned_free(table);
}

/* --- connections --- */

#define OPEN 0x80

static void learning(struct bench *b, struct learned **table)
{
	*table = learned_new(64, 1);
	bench_start_with(b, with_names, 4, FACT_BIT(FACT_HOST),
			 (struct engine_config){.learned = *table, .pretend_rehome = true});
	b->now = HOUR;
}

static void end(struct bench *b, struct learned *table)
{
	engine_free(b->engine);
	learned_free(table);
}

/* Returns the bits of ours on the SYN. */
static uint32_t opens(struct bench *b, uint16_t sport)
{
	return tcp(b, sport, 443, TCP_SYN, 0, "")->mark & 0xff;
}

static uint32_t says(struct bench *b, uint16_t sport, const char *text)
{
	const struct verdict *v = tcp(b, sport, 443, TCP_ACK, 0, text);

	engine_learn(b->engine);
	return v ? v->mark & 0xff : 0;
}

static void a_known_name_leads_the_first_packet(void **state)
{
	struct learned *table;
	struct bench b;

	(void)state;
	learning(&b, &table);
	assert_int_equal(opens(&b, 1), 0);
	assert_int_equal(says(&b, 1, "TOY a.example\n"), 0xff); /* late, and there was no answer to move it by */
	assert_int_equal(b.last.led_by, 0);
	assert_int_equal(opens(&b, 2), VPN | OPEN);
	assert_int_equal(says(&b, 2, "TOY a.example\n"), VPN);
	assert_false(b.last.late);
	assert_int_equal(b.last.led_by, LEARNED_PAYLOAD);
	assert_int_equal(engine_counters(b.engine)->led, 1);
	assert_int_equal(engine_counters(b.engine)->misled, 0);
	/* another port is another destination */
	assert_int_equal(tcp(&b, 3, 444, TCP_SYN, 0, "")->mark & 0xff, 0);
	end(&b, table);
}

static void two_names_that_differ_lead_nowhere(void **state)
{
	struct learned *table;
	struct bench b;

	(void)state;
	learning(&b, &table);
	opens(&b, 1);
	says(&b, 1, "TOY a.example\n");
	assert_int_equal(opens(&b, 2), VPN | OPEN);
	says(&b, 2, "TOY c.example\n"); /* its data is where the rules say, as far as it can be had */
	assert_string_equal(b.last.why, "no rule matched");
	assert_int_equal(engine_counters(b.engine)->misled, 1);
	for (uint16_t port = 3; port < 20; port++) {
		assert_int_equal(opens(&b, port), 0);
		says(&b, port, port % 2 ? "TOY a.example\n" : "TOY c.example\n");
	}
	assert_int_equal(engine_counters(b.engine)->led, 1);
	end(&b, table);
}

/* Two names are no trouble where the rules say the same of both. */
static void two_names_that_agree_lead(void **state)
{
	static const struct match match_all[] = {{&host, false, 1, sets_a}, {&host, false, 1, sets_b}};
	static const struct rule rules[] = {
		{.match_count = 1, .matches = &match_all[0], .needs = FACT_BIT(FACT_HOST), .action = ACTION_VIA, .target = 0},
		{.match_count = 1, .matches = &match_all[1], .needs = FACT_BIT(FACT_HOST), .action = ACTION_VIA, .target = 0},
	};
	struct learned *table = learned_new(64, 1);
	struct bench b;

	(void)state;
	bench_start_with(&b, rules, 2, FACT_BIT(FACT_HOST), (struct engine_config){.learned = table});
	for (uint16_t port = 1; port < 3; port++) {
		opens(&b, port);
		says(&b, port, port == 1 ? "TOY a.example\n" : "TOY b.example\n");
	}
	assert_int_equal(opens(&b, 3), VPN | OPEN);
	end(&b, table);
}

/* What would be dropped if it were what is known may be something else: nothing is dropped on a guess. */
static void nothing_is_dropped_on_a_guess(void **state)
{
	struct learned *table;
	struct bench b;

	(void)state;
	learning(&b, &table);
	opens(&b, 1);
	says(&b, 1, "TOY b.example\n");
	assert_int_equal(b.last.action, ACTION_DROP);
	assert_int_equal(opens(&b, 2), 0);
	end(&b, table);
}

static void a_gateway_that_is_down_is_not_guessed(void **state)
{
	struct gateway_state down[2] = {{{0, 0}}, {{1, 1}}};
	struct learned *table = learned_new(64, 1);
	struct bench b;

	(void)state;
	bench_start_with(&b, with_names, 4, FACT_BIT(FACT_HOST),
			 (struct engine_config){.learned = table, .gateways = down});
	opens(&b, 1);
	says(&b, 1, "TOY a.example\n");
	assert_int_equal(opens(&b, 2), 0);
	down[0].up[FAMILY_IPV4] = 1;
	assert_int_equal(opens(&b, 3), VPN | OPEN);
	end(&b, table);
}

/* A rule that a reload has removed leads nobody any more, and option learned off nobody at all. */
static void other_rules_make_something_else_of_it(void **state)
{
	struct learned *table;
	struct ruleset others;
	struct bench b;

	(void)state;
	learning(&b, &table);
	opens(&b, 1);
	says(&b, 1, "TOY a.example\n");
	others = b.ruleset;
	others.generation++;
	others.rules = with_names + 1;
	others.rule_count = 3;
	assert_true(engine_set_ruleset(b.engine, &others, NULL));
	assert_int_equal(opens(&b, 2), 0);
	b.ruleset.options.learned = false;
	assert_true(engine_set_ruleset(b.engine, &b.ruleset, NULL));
	assert_int_equal(opens(&b, 3), 0);
	b.ruleset.options.learned = true;
	assert_int_equal(opens(&b, 4), VPN | OPEN);
	end(&b, table);
}

/* Nothing comes to confirm or to contradict it: it stands. */
static void a_silent_connection_keeps_its_path(void **state)
{
	struct learned *table;
	struct bench b;

	(void)state;
	learning(&b, &table);
	opens(&b, 1);
	says(&b, 1, "TOY a.example\n");
	assert_int_equal(opens(&b, 2), VPN | OPEN);
	b.now += b.ruleset.options.budget_ms * MS;
	assert_int_equal(tcp(&b, 2, 443, TCP_ACK, 0, "")->mark & 0xff, VPN);
	assert_false(b.last.late);
	assert_ptr_equal(b.last.rule, &with_names[0]);
	end(&b, table);
}

/* --- what DNS tells --- */

static void dns_tells(struct bench *b, struct learned *table, struct key client, const char *name, uint8_t sources)
{
	struct learned_key key = {.address = v4(0xc6336401), .client = client};
	struct learned_thing thing = named(name, b->now + HOUR);

	thing.sources = sources;
	learned_add(table, &key, &thing, b->now);
}

static void a_client_is_led_by_what_it_has_asked_for(void **state)
{
	struct learned *table;
	struct bench b;

	(void)state;
	learning(&b, &table);
	dns_tells(&b, table, v4(0x0a000001), "a.example", LEARNED_DNS);
	dns_tells(&b, table, v4(0x0a000002), "c.example", LEARNED_DNS);
	dns_tells(&b, table, key_of(0), "a.example", LEARNED_DNS);
	dns_tells(&b, table, key_of(0), "c.example", LEARNED_DNS);
	assert_int_equal(opens(&b, 1), VPN | OPEN);
	assert_int_equal(b.last.led_by, 0); /* not decided yet */
	says(&b, 1, "TOY a.example\n");
	assert_int_equal(b.last.led_by, LEARNED_DNS);
	dns_tells(&b, table, v4(0x0a000001), "c.example", LEARNED_DNS);
	assert_int_equal(opens(&b, 2), 0);
	end(&b, table);
}

static void names_behind_the_one_asked_for_count_by_themselves_only(void **state)
{
	struct learned *table;
	struct bench b;

	(void)state;
	learning(&b, &table);
	dns_tells(&b, table, v4(0x0a000001), "c.example", LEARNED_ALIAS);
	dns_tells(&b, table, v4(0x0a000001), "a.example", LEARNED_DNS);
	assert_int_equal(opens(&b, 1), VPN | OPEN);
	end(&b, table);
}

/* A stream that no classifier knows. */
static void a_name_that_cannot_be_seen_is_the_one_asked_for(void **state)
{
	struct learned *table;
	struct bench b;

	(void)state;
	learning(&b, &table);
	opens(&b, 1);
	says(&b, 1, "nobody knows");
	assert_string_equal(b.last.why, "no rule matched");
	dns_tells(&b, table, v4(0x0a000001), "a.example", LEARNED_DNS);
	assert_int_equal(opens(&b, 2), VPN | OPEN);
	assert_int_equal(says(&b, 2, "nobody knows"), VPN);
	assert_string_equal(b.last_host, "a.example");
	/* a second one that leads elsewhere: it is anybody's guess */
	dns_tells(&b, table, v4(0x0a000001), "c.example", LEARNED_DNS);
	opens(&b, 3);
	assert_int_equal(says(&b, 3, "nobody knows"), 0xff);
	assert_string_equal(b.last_host, "");
	/* a name that was said is never replaced */
	opens(&b, 4);
	says(&b, 4, "TOY d.example\n");
	assert_string_equal(b.last_host, "d.example");
	end(&b, table);
}

/* --- answers as packets --- */

/* Who asks 192.0.2.53 what the bench's connections go to, 198.51.100.1. The numbers are what a spoofer must guess. */
struct exchange {
	uint8_t proto, id, type, label; /* of "a.example", first letter */
	uint16_t port;
	uint32_t client;
	uint32_t mark; /* of ours, on the packet */
};

static const struct exchange usual = {IPPROTO_UDP, 7, 1, 'a', 5000, 0x0a000001, 0};

static struct packet dns_packet(struct bench *b, const struct exchange *x, bool answer, uint8_t bytes[64])
{
	static const uint8_t question[] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e',
					   0, 0, 1, 0, 1},
			     address[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 198, 51, 100, 1};
	uint8_t *at = bytes + 2 * (x->proto == IPPROTO_TCP);
	uint32_t length = sizeof question + (answer ? sizeof address : 0);
	struct packet p = packet_of(b, x->proto, answer ? 53 : x->port, answer ? x->port : 53, "");

	memcpy(at, question, sizeof question);
	memcpy(at + sizeof question, address, sizeof address);
	at[1] = x->id;
	at[2] = answer ? 0x81 : 1;
	at[7] = answer;
	at[13] = x->label;
	at[24] = x->type;
	bytes[0] = x->proto == IPPROTO_TCP ? 0 : bytes[0];
	bytes[1] = x->proto == IPPROTO_TCP ? (uint8_t)length : bytes[1];
	p.payload = bytes;
	p.payload_length = p.payload_wire_length = length + (uint32_t)(at - bytes);
	p.src = answer ? v4(0xc0000235) : v4(x->client);
	p.dst = answer ? v4(x->client) : v4(0xc0000235);
	p.reply = answer;
	p.mark |= x->mark;
	p.tcp_flags = TCP_ACK;
	return p;
}

/* A question and an answer pass. true: the answer has taught something. */
static bool answered(const struct exchange *question, const struct exchange *answer)
{
	struct learned *table = learned_new(64, 1);
	struct learned_key key = {.address = v4(0xc6336401)};
	struct seen seen = {0};
	uint8_t bytes[64] = {0};
	struct bench b;
	bool taught;

	bench_start_with(&b, with_names, 4, FACT_BIT(FACT_HOST), (struct engine_config){.learned = table});
	b.ruleset.options.dns = true;
	b.now = HOUR;
	if (question)
		assert_non_null(push(&b, dns_packet(&b, question, false, bytes)));
	assert_int_equal(push(&b, dns_packet(&b, answer, true, bytes))->mark, 0xab00);
	taught = learned_find(table, &key, b.now, note, &seen) == LEARNED_SOME;
	if (taught) {
		assert_string_equal(seen.names[0], "a.example");
		assert_int_equal(seen.last.expires, b.now + b.ruleset.options.learned_ttl_min_ms * MS); /* its TTL is 0 */
		assert_int_equal(tcp(&b, 1, 443, TCP_SYN, 0, "")->mark & 0xff, VPN | OPEN);
	}
	assert_int_equal(engine_counters(b.engine)->dns_answers, taught);
	end(&b, table);
	return taught;
}

static void answers_to_questions_are_believed(void **state)
{
	struct exchange x = usual;

	(void)state;
	assert_true(answered(&usual, &x));
	x.proto = IPPROTO_TCP;
	assert_true(answered(&x, &x));
	/* of a connection that is decided, as the hooks mark it */
	x = usual;
	x.mark = 0x7c;
	assert_true(answered(&usual, &x));
}

static void answers_to_nobody_are_not(void **state)
{
	struct exchange x;

	(void)state;
	assert_false(answered(NULL, &usual));
	x = usual, x.id++;
	assert_false(answered(&usual, &x));
	x = usual, x.port++;
	assert_false(answered(&usual, &x));
	x = usual, x.client++;
	assert_false(answered(&usual, &x));
	x = usual, x.label++;
	assert_false(answered(&usual, &x));
	x = usual, x.type = 28;
	assert_false(answered(&usual, &x));
	x = usual, x.proto = IPPROTO_TCP;
	assert_false(answered(&usual, &x));
}

static size_t append(uint8_t *message, size_t length, const uint8_t *bytes, size_t count)
{
	memcpy(message + length, bytes, count);
	return length + count;
}

/* Of a name that stands for so many others, one behind the other, the last of which has so many addresses: how many of these
 * are known when a server on this machine has answered so. */
static unsigned taught_of(uint8_t aliases, uint8_t addresses)
{
	uint8_t message[2048] = {0, 7, 0x81, 0x80, 0, 1, 0, (uint8_t)(aliases + addresses), 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1};
	struct learned *table = learned_new(1024, 1);
	size_t length = 19, owner = 12;
	unsigned taught = 0;
	struct packet p;
	struct bench b;

	for (uint8_t i = 1; i <= aliases; i++) {
		uint8_t alias[] = {0xc0, (uint8_t)owner, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, 'a' + i, 0};

		length = append(message, length, alias, sizeof alias);
		owner = length - 3;
	}
	for (uint8_t i = 0; i < addresses; i++)
		length = append(message, length,
				(uint8_t[]){0xc0, (uint8_t)owner, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, i}, 16);
	bench_start_with(&b, with_names, 4, FACT_BIT(FACT_HOST), (struct engine_config){.learned = table});
	b.ruleset.options.dns = true;
	p = packet_of(&b, IPPROTO_UDP, 53, 5000, "");
	p.payload = message;
	p.payload_length = p.payload_wire_length = (uint32_t)length;
	p.mark |= b.ruleset.marks.answer;
	push(&b, p);
	for (uint8_t i = 0; i < addresses; i++) {
		struct learned_key key = {.address = v4(0xc6336400 | i)};
		struct seen seen = {0};

		taught += learned_find(table, &key, b.now, note, &seen) != LEARNED_NOTHING;
	}
	end(&b, table);
	return taught;
}

/* Each name at each address costs memory and time, and whoever has a domain chooses how many there are. */
static void an_answer_teaches_only_so_much(void **state)
{
	(void)state;
	assert_int_equal(taught_of(0, 60), 60);
	assert_int_equal(taught_of(3, 16), 16);
	assert_int_equal(taught_of(9, 60), 12);
}

/* Questions of decided connections come with their mark, and keep it. */
static void questions_keep_their_path(void **state)
{
	struct exchange x = usual;
	uint8_t bytes[64] = {0};
	struct bench b;

	(void)state;
	NAMES(&b);
	b.ruleset.options.dns = true;
	x.mark = VPN;
	assert_int_equal(push(&b, dns_packet(&b, &x, false, bytes))->mark, 0xab00 | VPN);
	x.mark = 0xff;
	assert_int_equal(push(&b, dns_packet(&b, &x, false, bytes))->mark, 0xab00);
	assert_int_equal(b.decisions, 0);
	engine_free(b.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_told_again_is_refreshed),
		cmocka_unit_test(keys_are_whole),
		cmocka_unit_test(times_of_all_kinds),
		cmocka_unit_test(ten_thousand_names_are_many),
		cmocka_unit_test(a_name_at_ten_thousand_addresses_is_bounded),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(the_least_recently_used_goes),
		cmocka_unit_test(all_entries_can_be_walked),
		cmocka_unit_test(saved_things_come_back_as_they_were),
		cmocka_unit_test(threads_may_all_add_and_look),
		cmocka_unit_test(questions_are_remembered_for_a_while),
		cmocka_unit_test(a_known_name_leads_the_first_packet),
		cmocka_unit_test(two_names_that_differ_lead_nowhere),
		cmocka_unit_test(two_names_that_agree_lead),
		cmocka_unit_test(nothing_is_dropped_on_a_guess),
		cmocka_unit_test(a_gateway_that_is_down_is_not_guessed),
		cmocka_unit_test(other_rules_make_something_else_of_it),
		cmocka_unit_test(a_silent_connection_keeps_its_path),
		cmocka_unit_test(a_client_is_led_by_what_it_has_asked_for),
		cmocka_unit_test(names_behind_the_one_asked_for_count_by_themselves_only),
		cmocka_unit_test(a_name_that_cannot_be_seen_is_the_one_asked_for),
		cmocka_unit_test(answers_to_questions_are_believed),
		cmocka_unit_test(answers_to_nobody_are_not),
		cmocka_unit_test(an_answer_teaches_only_so_much),
		cmocka_unit_test(questions_keep_their_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
