/* SPDX-License-Identifier: GPL-2.0-or-later
 * engine_bench.h - an engine on the bench: keywords, classifiers and rules of the test's own, packets by hand
 *
 * The classifiers here: "toy" names a TCP stream that begins "TOY name\n"; "slow" a UDP flow whose first two
 * datagrams together spell "SLOWname!", and asks for its datagrams to be held. To be read once, by the test's only
 * file, as it defines the table of classifiers.
 */
#ifndef NFQROUTE_TESTS_ENGINE_BENCH_H
#define NFQROUTE_TESTS_ENGINE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classifier.h"
#include "engine.h"

#define MS 1000000ULL
#define ISN 0xfffffff0U
enum { VPN = 0x9, LTE = 0x2, PORT_CLIENT = 40000 };

/* --- classifiers --- */

static const struct app toy_app = {.name = "toy"}, slow_app = {.name = "slow"};

static enum tri toy_look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	const uint8_t *name, *end;

	reader_expect(&r, "TOY ", 4);
	if (!reader_ok(&r))
		return reader_state(&r);
	facts_set_app(facts, &toy_app);
	name = r.at;
	end = memchr(name, '\n', reader_left(&r));
	if (!end)
		return r.open ? TRI_MORE : TRI_YES;
	facts_set_host(facts, name, (size_t)(end - name));
	return TRI_YES;
}

static enum tri slow_look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	reader_expect(&r, "SLOW", 4);
	if (!reader_ok(&r))
		return reader_state(&r);
	facts_set_app(facts, &slow_app);
	for (unsigned i = 1; i < view->datagram_count; i++) {
		const struct datagram *d = &view->datagrams[i];

		if (d->len && d->data[d->len - 1] == '!') {
			facts_set_host(facts, d->data, d->len - 1);
			return TRI_YES;
		}
	}
	return TRI_MORE;
}

static const struct classifier toy = {.name = "toy", .transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST), .look = toy_look};
static const struct classifier slow = {.name = "slow", .transports = CLASSIFY_UDP, .holds = true,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST), .look = slow_look};
static const struct app polite_app = {.name = "polite"};

/* "HELLO", and a name that is only said when the server has answered. */
static enum tri polite_look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	reader_expect(&r, "HELLO", 5);
	if (reader_ok(&r))
		facts_set_app(facts, &polite_app);
	return reader_ok(&r) ? TRI_MORE : reader_state(&r);
}

static const struct classifier polite = {.name = "polite", .transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST), .after_answer = FACT_BIT(FACT_HOST), .look = polite_look};
const struct classifier *const classifiers[] = {&toy, &slow, &polite, NULL};

/* --- rules --- */

static bool dport_key(const struct subject *s, struct key *key)
{
	*key = key_of(s->packet->dport);
	return s->packet->has_ports;
}

static enum tri host_eval(const void *set, const struct subject *s)
{
	size_t len;
	const char *host = facts_text(s->facts, FACT_HOST, &len);

	if (fact_known(s->facts, FACT_HOST))
		return tri_of(len == strlen(set) && memcmp(host, set, len) == 0);
	return fact_open(s->facts, FACT_HOST) ? TRI_MORE : TRI_NO;
}

static const struct keyword dport = {.name = "dport", .key = dport_key};
static const struct keyword host = {.name = "host", .needs = FACT_BIT(FACT_HOST), .eval = host_eval};

static const struct span64 ports_80[] = {{80, 80}}, ports_53[] = {{53, 53}};
static const struct interval_set set_80 = {.numbers = {.at = ports_80, .count = 1}, .count = 1},
				 set_53 = {.numbers = {.at = ports_53, .count = 1}, .count = 1};
static const void *const sets_80[] = {&set_80}, *const sets_53[] = {&set_53}, *const sets_a[] = {"a.example"},
			*const sets_b[] = {"b.example"};
static const struct match match_80[] = {{&dport, false, 1, sets_80}}, match_53[] = {{&dport, false, 1, sets_53}},
			  match_a[] = {{&host, false, 1, sets_a}}, match_b[] = {{&host, false, 1, sets_b}};

static const struct gateway gateways[] = {{.name = "vpn", .mark = VPN}, {.name = "lte", .mark = LTE}};
static const struct group_member both[] = {{0, 3}, {1, 1}}, in_order[] = {{0, 1}, {1, 1}};
static const struct group groups[] = {{.name = "both", .balanced = true, .count = 2, .members = both},
				      {.name = "order", .count = 2, .members = in_order, .else_main = true}};

/* host a.example via vpn; dport 80 via lte; host b.example drop; dport 53 reject */
__attribute__((unused)) static const struct rule with_names[] = {
	{.match_count = 1, .matches = match_a, .needs = FACT_BIT(FACT_HOST), .action = ACTION_VIA, .target = 0},
	{.match_count = 1, .matches = match_80, .action = ACTION_VIA, .target = 1},
	{.match_count = 1, .matches = match_b, .needs = FACT_BIT(FACT_HOST), .action = ACTION_DROP},
	{.match_count = 1, .matches = match_53, .action = ACTION_REJECT},
};
__attribute__((unused)) static const struct rule headers_only[] = {{.match_count = 1, .matches = match_80, .action = ACTION_VIA, .target = 0}};
__attribute__((unused)) static const struct rule to_groups[] = {
	{.match_count = 1, .matches = match_80, .action = ACTION_VIA, .to_group = true, .target = 0},
	{.match_count = 1, .matches = match_53, .action = ACTION_VIA, .to_group = true, .target = 1},
};

/* --- the bench --- */

struct bench {
	struct engine *engine;
	struct ruleset ruleset;
	struct verdict verdicts[32];
	size_t count;
	uint64_t now;
	uint32_t next_id;
	struct decision last;
	char last_host[64];
	unsigned decisions;
};

static void on_decided(void *ctx, const struct decision *d)
{
	struct bench *b = ctx;
	size_t len;
	const char *text = facts_text(d->facts, FACT_HOST, &len);

	b->last = *d;
	b->decisions++;
	memset(b->last_host, 0, sizeof b->last_host);
	memcpy(b->last_host, text, len < sizeof b->last_host ? len : sizeof b->last_host - 1);
}

static void bench_start_with(struct bench *b, const struct rule *rules, unsigned count, uint32_t needs,
			     struct engine_config config)
{
	config.decided = on_decided;
	config.ctx = b;
	config.seed = 1;

	memset(b, 0, sizeof *b);
	options_default(&b->ruleset.options);
	b->ruleset.options.flows = 8;
	assert_true(marks_layout(&b->ruleset.marks, 0xff));
	b->ruleset.rules = rules;
	b->ruleset.rule_count = count;
	b->ruleset.needs = needs;
	b->ruleset.gateways = gateways;
	b->ruleset.gateway_count = 2;
	b->ruleset.groups = groups;
	b->ruleset.group_count = 2;
	b->engine = engine_new(&b->ruleset, &config);
	assert_non_null(b->engine);
}

__attribute__((unused)) static void bench_start(struct bench *b, const struct rule *rules, unsigned count,
						uint32_t needs)
{
	bench_start_with(b, rules, count, needs, (struct engine_config){0});
}

__attribute__((unused)) static struct key v4(uint32_t address)
{
	return key_of(0xffff00000000ULL | address);
}

/* A packet as packet_parse() would leave it. */
static struct packet packet_of(struct bench *b, uint8_t proto, uint16_t sport, uint16_t dport_, const char *payload)
{
	return (struct packet){.family = AF_INET, .proto = proto, .src = v4(0x0a000001), .dst = v4(0xc6336401),
		.has_ports = true, .sport = sport, .dport = dport_, .payload = (const uint8_t *)payload,
		.payload_length = (uint32_t)strlen(payload), .payload_wire_length = (uint32_t)strlen(payload),
		.id = ++b->next_id, .mark = 0xab00};
}

static const struct verdict *push(struct bench *b, struct packet p)
{
	b->count = engine_packet(b->engine, &p, PACKET_OK, b->now, b->verdicts);
	return b->count ? &b->verdicts[b->count - 1] : NULL;
}

__attribute__((unused)) static const struct verdict *tcp(struct bench *b, uint16_t sport, uint16_t dport_, uint8_t flags, uint32_t offset,
				 const char *payload)
{
	struct packet p = packet_of(b, IPPROTO_TCP, sport, dport_, payload);

	p.tcp_flags = flags;
	p.seq = flags & TCP_SYN ? ISN : ISN + 1 + offset;
	return push(b, p);
}

__attribute__((unused)) static const struct verdict *udp(struct bench *b, uint16_t sport, uint16_t dport_, const char *payload)
{
	return push(b, packet_of(b, IPPROTO_UDP, sport, dport_, payload));
}

#define NAMES(b) bench_start(b, with_names, 4, FACT_BIT(FACT_HOST))

#endif
