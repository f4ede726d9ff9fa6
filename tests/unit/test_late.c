/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_late.c - connections whose verdict comes late, under the policies leave, reset and switch
 *
 * What needs the kernel is noted here and answered as each test wants; tests/e2e/late.bats has the real one.
 */
#include "engine_bench.h"

enum { ISN_SERVER = 5000, REJECT = 0x7d };

struct kernel {
	struct segment sent;
	unsigned count, inspected;
	int inspect_error;
	bool translated;
};

static struct kernel kernel;

static int fake_inspect(void *ctx, const struct flow_key *key, struct translation *source)
{
	(void)ctx;
	kernel.inspected++;
	*source = (struct translation){.address = kernel.translated ? v4(0xcb007101) : key->src,
				       .port = kernel.translated ? 50000 : key->sport};
	return kernel.inspect_error;
}

static int fake_send(void *ctx, const struct segment *s)
{
	(void)ctx;
	kernel.sent = *s;
	kernel.count++;
	return 0;
}

static const struct rehome_ops ops = {.inspect = fake_inspect, .send = fake_send};

/* --- rules: host a.example via vpn; dport 80 via lte; host b.example main --- */

static struct rule rules[3];

static void start_with(struct bench *b, enum late late, struct engine_config config)
{
	memset(&kernel, 0, sizeof kernel);
	rules[0] = (struct rule){.match_count = 1, .matches = match_a, .needs = FACT_BIT(FACT_HOST),
				 .action = ACTION_VIA, .target = 0, .late = late};
	rules[1] = (struct rule){.match_count = 1, .matches = match_80, .action = ACTION_VIA, .target = 1};
	rules[2] = (struct rule){.match_count = 1, .matches = match_b, .needs = FACT_BIT(FACT_HOST),
				 .action = ACTION_MAIN, .late = late};
	bench_start_with(b, rules, 3, FACT_BIT(FACT_HOST), config);
	engine_allow_moves(b->engine, FAMILY_IPV4, MOVING_PLAIN);
	b->now = 1000 * MS;
}

static void start(struct bench *b, enum late late)
{
	start_with(b, late, (struct engine_config){.rehome = &ops});
}

/* --- packets --- */

struct peer {
	struct bench *b;
	uint16_t sport, dport;
};

static const struct verdict *segment(struct peer c, bool reply, uint8_t flags, uint32_t offset, const char *payload)
{
	static const uint8_t header[20] = {[12] = 0x50};
	struct packet p = packet_of(c.b, IPPROTO_TCP, c.sport, c.dport, payload);

	p.transport = header;
	if (!*payload)
		p.payload = header + sizeof header;
	p.tcp_flags = flags;
	p.seq = (flags & TCP_SYN ? 0 : 1 + offset) + (reply ? ISN_SERVER : ISN);
	p.ack = (reply ? ISN : ISN_SERVER) + 1;
	p.reply = p.continued = reply;
	if (reply) {
		struct key src = p.src;

		p.src = p.dst;
		p.dst = src;
		p.sport = c.dport;
		p.dport = c.sport;
	}
	return push(c.b, p);
}

static const struct verdict *client(struct peer c, uint8_t flags, uint32_t offset, const char *payload)
{
	return segment(c, false, flags, offset, payload);
}

/* Returns what the SYN got. */
static uint32_t handshake(struct peer c)
{
	uint32_t mark = client(c, TCP_SYN, 0, "")->mark;

	segment(c, true, TCP_SYN | TCP_ACK, 0, "");
	client(c, TCP_ACK, 0, "");
	return mark & 0xff;
}

static void expect_left(struct bench *b, const struct verdict *v, enum rehome_refusal why)
{
	assert_int_equal(v->mark, 0xab00 | 0xff);
	assert_false(v->drop);
	assert_true(b->last.late);
	assert_false(b->last.reset || b->last.switched || b->last.moved);
	assert_int_equal(b->last.refusal, why);
	assert_int_equal(kernel.count, 0);
}

/* --- leave --- */

static void leaves(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 443};

	(void)state;
	start(&b, LATE_LEAVE);
	handshake(c);
	assert_non_null(client(c, TCP_ACK, 0, "TOY a.ex")); /* not held, for nothing */
	expect_left(&b, client(c, TCP_ACK, 8, "ample\n"), REHOME_OFF);
	assert_int_equal(b.last.mark, VPN);
	engine_free(b.engine);
}

/* --- reset --- */

static void resets_and_the_retry_is_right(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 443}, again = {&b, 1001, 443}, third = {&b, 1002, 443};

	(void)state;
	start(&b, LATE_RESET);
	assert_int_equal(handshake(c), 0);
	assert_null(client(c, TCP_ACK, 0, "TOY a.ex")); /* held: none of it reaches the first server */
	client(c, TCP_ACK, 8, "ample\n");
	assert_int_equal(b.count, 2);
	assert_true(b.verdicts[0].drop);
	assert_int_equal(b.verdicts[1].mark, 0xab00 | REJECT); /* the hooks answer it with a RST */
	assert_false(b.verdicts[1].drop);
	assert_true(b.last.reset);
	assert_false(b.last.late || b.last.moved || b.last.switched);
	assert_int_equal(b.last.mark, VPN);
	assert_int_equal(kernel.count, 1); /* and the server hears of it by the first path */
	assert_int_equal(kernel.sent.flags, TCP_RST | TCP_ACK);
	assert_int_equal(kernel.sent.seq, (uint32_t)ISN + 1);
	assert_int_equal(kernel.sent.mark, b.ruleset.marks.probe_main | 0x80);
	assert_int_equal(client(c, TCP_ACK, 14, "more")->mark, 0xab00 | REJECT); /* queued meanwhile */
	b.now += 10 * MS;
	assert_int_equal(handshake(again), VPN | 0x80);
	assert_null(client(again, TCP_ACK, 0, "TOY a."));
	client(again, TCP_ACK, 6, "example\n");
	assert_int_equal(b.verdicts[b.count - 1].mark, 0xab00 | VPN);
	assert_false(b.last.late || b.last.reset);
	assert_int_equal(engine_counters(b.engine)->reset, 1);
	assert_int_equal(engine_counters(b.engine)->late, 0);
	kernel.count = 0;
	b.now += 10 * MS;
	assert_int_equal(handshake(third), 0); /* one retry for one reset; it has its own budget */
	expect_left(&b, client(third, TCP_ACK, 0, "TOY a.example\n"), REHOME_REPEATED);
	engine_free(b.engine);
}

static void resets_what_was_open_at_once(void **state)
{
	struct bench b;
	struct peer c[] = {{&b, 1000, 443}, {&b, 1001, 443}};

	(void)state;
	start(&b, LATE_RESET);
	for (int i = 0; i < 2; i++)
		handshake(c[i]);
	for (int i = 0; i < 2; i++) {
		b.now += 10 * MS;
		assert_int_equal(client(c[i], TCP_ACK, 0, "TOY a.example\n")->mark, 0xab00 | REJECT);
	}
	for (uint16_t i = 0; i < 3; i++)
		assert_int_equal(handshake((struct peer){&b, 2000 + i, 443}), i < 2 ? VPN | 0x80 : 0);
	engine_free(b.engine);
}

static void resets_back_to_main(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 80}, again = {&b, 1001, 80};

	(void)state;
	start(&b, LATE_RESET);
	assert_int_equal(handshake(c), LTE | 0x80);
	assert_int_equal(client(c, TCP_ACK, 0, "TOY a.example\n")->mark, 0xab00 | REJECT);
	assert_int_equal(kernel.sent.mark, LTE | 0x80);
	assert_int_equal(handshake(again), VPN | 0x80);
	engine_free(b.engine);
}

/* Another name than the one that was reset, at the same address: it is not left there. */
static void who_was_led_astray_is_led_back(void **state)
{
	struct bench b;
	struct peer other = {&b, 1001, 443};

	(void)state;
	start(&b, LATE_RESET);
	handshake((struct peer){&b, 1000, 443});
	client((struct peer){&b, 1000, 443}, TCP_ACK, 0, "TOY a.example\n");
	assert_int_equal(handshake(other), VPN | 0x80);
	assert_int_equal(client(other, TCP_ACK, 0, "TOY z.example\n")->mark, 0xab00 | REJECT); /* no rule has it */
	assert_true(b.last.reset);
	assert_null(b.last.rule);
	assert_int_equal(kernel.sent.mark, VPN | 0x80);
	assert_int_equal(handshake((struct peer){&b, 1002, 443}), b.ruleset.marks.probe_main | b.ruleset.marks.open);
	client((struct peer){&b, 1002, 443}, TCP_ACK, 0, "TOY z.example\n");
	assert_false(b.last.late || b.last.reset);
	assert_int_equal(engine_counters(b.engine)->misled, 1);
	engine_free(b.engine);
}

/* The rules may have changed between the reset and the retry. */
static void a_retry_under_other_rules(void **state)
{
	struct bench b;
	struct ruleset other;

	(void)state;
	start(&b, LATE_RESET);
	handshake((struct peer){&b, 1000, 443});
	client((struct peer){&b, 1000, 443}, TCP_ACK, 0, "TOY a.example\n");
	other = b.ruleset;
	other.generation++;
	assert_true(engine_set_ruleset(b.engine, &other, NULL));
	assert_int_equal(handshake((struct peer){&b, 1001, 443}), 0);
	kernel.count = 0; /* and the budget is as before */
	expect_left(&b, client((struct peer){&b, 1001, 443}, TCP_ACK, 0, "TOY a.example\n"), REHOME_REPEATED);
	engine_free(b.engine);
}

static void resets_after_data_was_let_go(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 443};

	(void)state;
	start(&b, LATE_RESET);
	handshake(c);
	client(c, TCP_ACK, 0, "TOY a.ex");
	b.now += 300 * MS;
	assert_int_equal(engine_tick(b.engine, b.now, b.verdicts), 1);
	assert_int_equal(client(c, TCP_ACK, 8, "ample\n")->mark, 0xab00 | REJECT);
	assert_int_equal(kernel.sent.seq, (uint32_t)ISN + 9); /* what the server expects */
	engine_free(b.engine);
}

static void not_when_the_server_has_spoken(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 443};

	(void)state;
	start(&b, LATE_RESET);
	handshake(c);
	segment(c, true, TCP_ACK, 0, "220 hello");
	expect_left(&b, client(c, TCP_ACK, 0, "TOY a.example\n"), REHOME_SERVER_SPOKE);
	engine_free(b.engine);
}

static void not_when_the_client_closes(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 443};

	(void)state;
	start(&b, LATE_RESET);
	handshake(c);
	expect_left(&b, client(c, TCP_ACK | TCP_FIN, 0, "TOY a.example\n"), REHOME_CLOSED);
	engine_free(b.engine);
}

static void not_unseen_nor_without_means(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 443};

	(void)state;
	start(&b, LATE_RESET);
	client(c, TCP_SYN, 0, "");
	expect_left(&b, client(c, TCP_ACK, 0, "TOY a.example\n"), REHOME_UNSEEN);
	engine_free(b.engine);

	start_with(&b, LATE_RESET, (struct engine_config){0});
	handshake(c);
	expect_left(&b, client(c, TCP_ACK, 0, "TOY a.example\n"), REHOME_NO_MEANS);
	engine_free(b.engine);

	start(&b, LATE_RESET);
	kernel.inspect_error = ENOENT;
	handshake(c);
	expect_left(&b, client(c, TCP_ACK, 0, "TOY a.example\n"), REHOME_CONNTRACK);
	kernel.inspect_error = 0; /* and nothing was taken from the budget */
	handshake((struct peer){&b, 1001, 443});
	assert_int_equal(client((struct peer){&b, 1001, 443}, TCP_ACK, 0, "TOY a.example\n")->mark, 0xab00 | REJECT);
	engine_free(b.engine);
}

static void udp_is_left(void **state)
{
	struct bench b;

	(void)state;
	start(&b, LATE_RESET);
	b.ruleset.options.hold_ms = 0;
	udp(&b, 1000, 443, "SLOW");
	expect_left(&b, udp(&b, 1000, 443, "a.example!"), REHOME_NOT_TCP);
	engine_free(b.engine);
}

static void explain_resets_without_a_kernel(void **state)
{
	struct bench b;

	(void)state;
	start_with(&b, LATE_RESET, (struct engine_config){.pretend_rehome = true});
	handshake((struct peer){&b, 1000, 443});
	client((struct peer){&b, 1000, 443}, TCP_ACK, 0, "TOY a.example\n");
	assert_true(b.last.reset);
	assert_int_equal(b.last.packets, 4);
	assert_int_equal(handshake((struct peer){&b, 1001, 443}), VPN | 0x80);
	engine_free(b.engine);
}

/* --- switch --- */

static void switches(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 443};

	(void)state;
	start(&b, LATE_SWITCH);
	handshake(c);
	assert_non_null(client(c, TCP_ACK, 0, "TOY a.ex"));
	segment(c, true, TCP_ACK, 0, "220 hello");
	assert_int_equal(client(c, TCP_ACK, 8, "ample\n")->mark, 0xab00 | VPN);
	assert_true(b.last.switched);
	assert_false(b.last.late || b.last.moved || b.last.reset);
	assert_int_equal(kernel.inspected, 1);
	assert_int_equal(kernel.count, 0);
	assert_int_equal(client(c, TCP_ACK, 14, "more")->mark, 0xab00 | VPN);
	assert_int_equal(engine_counters(b.engine)->switched, 1);
	engine_free(b.engine);
}

static void switches_to_main(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 80};

	(void)state;
	start(&b, LATE_SWITCH);
	/* dport 80 via lte stands before host b.example main: swap them */
	rules[1] = rules[2];
	rules[2] = (struct rule){.match_count = 1, .matches = match_80, .action = ACTION_VIA, .target = 1};
	assert_int_equal(handshake(c), LTE | 0x80);
	assert_int_equal(client(c, TCP_ACK, 0, "TOY b.example\n")->mark, 0xab00 | 0xff);
	assert_true(b.last.switched);
	engine_free(b.engine);
}

/* The datagrams up to the name have left: even then. */
static void switches_udp(void **state)
{
	struct bench b;

	(void)state;
	start(&b, LATE_SWITCH);
	b.ruleset.options.hold_ms = 0;
	assert_int_equal(udp(&b, 1000, 443, "SLOW")->mark, 0xab00);
	assert_int_equal(udp(&b, 1000, 443, "a.example!")->mark, 0xab00 | VPN);
	assert_true(b.last.switched);
	engine_free(b.engine);
}

static void not_where_addresses_are_translated(void **state)
{
	static const struct {
		int error;
		bool translated;
		enum rehome_refusal why;
	} cases[] = {
		{0, true, REHOME_TRANSLATED},
		{EOPNOTSUPP, true, REHOME_TRANSLATED},
		{ENOENT, false, REHOME_UNTRACKED},
		{EOPNOTSUPP, false, REHOME_DONE}, /* a helper, or a destination translated: no matter */
	};
	struct bench b;
	struct peer c = {&b, 1000, 443};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct verdict *v;

		start(&b, LATE_SWITCH);
		kernel.inspect_error = cases[i].error;
		kernel.translated = cases[i].translated;
		handshake(c);
		v = client(c, TCP_ACK, 0, "TOY a.example\n");
		if (cases[i].why)
			expect_left(&b, v, cases[i].why);
		else
			assert_int_equal(v->mark, 0xab00 | VPN);
		engine_free(b.engine);
	}
}

static void not_where_a_gateway_masquerades(void **state)
{
	struct gateway masked[] = {gateways[0], gateways[1]};
	struct bench b;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct peer c = {&b, 1000, 80}; /* from lte to vpn */

		start(&b, LATE_SWITCH);
		b.ruleset.gateways = masked;
		masked[i].masquerade = true;
		masked[!i].masquerade = false;
		handshake(c);
		client(c, TCP_ACK, 0, "TOY a.example\n");
		assert_true(b.last.late);
		assert_int_equal(b.last.refusal, REHOME_TRANSLATED);
		assert_int_equal(kernel.inspected, 0);
		engine_free(b.engine);
	}
}

static void auto_chooses_neither(void **state)
{
	struct bench b;
	struct peer c = {&b, 1000, 443};

	(void)state;
	start(&b, LATE_AUTO);
	handshake(c);
	segment(c, true, TCP_ACK, 0, "220 hello");
	expect_left(&b, client(c, TCP_ACK, 0, "TOY a.example\n"), REHOME_SERVER_SPOKE);
	engine_free(b.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves),
		cmocka_unit_test(resets_and_the_retry_is_right),
		cmocka_unit_test(resets_what_was_open_at_once),
		cmocka_unit_test(resets_back_to_main),
		cmocka_unit_test(who_was_led_astray_is_led_back),
		cmocka_unit_test(a_retry_under_other_rules),
		cmocka_unit_test(resets_after_data_was_let_go),
		cmocka_unit_test(not_when_the_server_has_spoken),
		cmocka_unit_test(not_when_the_client_closes),
		cmocka_unit_test(not_unseen_nor_without_means),
		cmocka_unit_test(udp_is_left),
		cmocka_unit_test(explain_resets_without_a_kernel),
		cmocka_unit_test(switches),
		cmocka_unit_test(switches_to_main),
		cmocka_unit_test(switches_udp),
		cmocka_unit_test(not_where_addresses_are_translated),
		cmocka_unit_test(not_where_a_gateway_masquerades),
		cmocka_unit_test(auto_chooses_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
