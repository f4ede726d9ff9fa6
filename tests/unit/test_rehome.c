/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_rehome.c - connections that are moved to another path, and all that can come between
 *
 * What needs the kernel is noted here and answered as each test wants; tests/e2e/rehome.bats has the real one.
 */
#include "engine_bench.h"
#include "tcp_options.h"
#include "timers.h"

enum { ISN_A = 5000, ISN_B = 900, SENT_MAX = 32 };

static const uint8_t syn_options[] = {2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0};
static const uint8_t server_options[] = {2, 4, 0, 8, 1, 3, 3, 9, 4, 2, 0, 0}; /* MSS 8: many segments */
static const uint8_t other_options[] = {2, 4, 0, 8, 1, 3, 3, 8, 4, 2, 0, 0};

struct kernel {
	struct segment sent[SENT_MAX];
	uint8_t options[SENT_MAX][TCP_OPTIONS_MAX]; /* of these */
	char bytes[256]; /* payload that was sent, in order */
	size_t count, swaps, forgotten, gave_up;
	struct rehome_swap swap;
	int inspect_error, send_error, source_error, swap_error, adjustment_error;
	size_t largest; /* payload that can be sent; 0: any */
};

static struct kernel kernel;

static int fake_inspect(void *ctx, const struct flow_key *key, struct translation *source)
{
	(void)ctx;
	*source = (struct translation){.address = v4(0xcb007101), .port = 50000};
	assert_int_equal(key->dport, 443);
	return kernel.inspect_error;
}

static int fake_send(void *ctx, const struct segment *s)
{
	(void)ctx;
	if (kernel.largest && s->payload_length > kernel.largest)
		return EMSGSIZE;
	if (kernel.send_error)
		return kernel.send_error;
	assert_true(kernel.count < SENT_MAX);
	kernel.sent[kernel.count] = *s;
	if (s->option_length)
		memcpy(kernel.options[kernel.count], s->options, s->option_length);
	kernel.sent[kernel.count].options = kernel.options[kernel.count];
	kernel.count++;
	if (s->payload_length)
		strncat(kernel.bytes, (const char *)s->payload, s->payload_length);
	return 0;
}

static int fake_source(void *ctx, const struct flow_key *key, struct translation *source)
{
	(void)ctx;
	*source = (struct translation){.address = key->src, .port = 61000};
	return kernel.source_error;
}

static int fake_swap(void *ctx, const struct rehome_swap *swap)
{
	(void)ctx;
	kernel.swap = *swap;
	kernel.swaps++;
	return kernel.swap_error;
}

static int fake_adjustment(void *ctx, const struct flow_key *key, uint32_t *offset)
{
	(void)ctx;
	assert_int_equal(key->dport, 443);
	*offset = 1000;
	return kernel.adjustment_error;
}

static void fake_forget(void *ctx, const struct flow_key *key)
{
	(void)ctx;
	(void)key;
	kernel.forgotten++;
}

static void gave_up(void *ctx, unsigned gateway, enum rehome_refusal why)
{
	(void)ctx;
	assert_int_equal(gateway, 0);
	assert_int_equal(why, REHOME_RESET);
	kernel.gave_up++;
}

static const struct rehome_ops ops = {.inspect = fake_inspect, .send = fake_send, .probe_source = fake_source,
				      .swap = fake_swap, .adjustment = fake_adjustment,
				      .forget_probe = fake_forget};

/* --- packets --- */

/* A whole segment in bytes, so that options are there to be read and changed. */
static const struct verdict *segment(struct bench *b, bool reply, bool probe, uint8_t flags, uint32_t seq, uint32_t ack,
				     const uint8_t *options, size_t option_length, const char *payload)
{
	static uint8_t bytes[256];
	size_t length = 40 + option_length + strlen(payload);
	uint16_t ports[2] = {1000, 443};
	struct packet p;

	memset(bytes, 0, sizeof bytes);
	bytes[0] = 0x45;
	bytes[3] = (uint8_t)length;
	bytes[9] = IPPROTO_TCP;
	memcpy(bytes + (reply ? 16 : 12), (uint8_t[]){10, 0, 0, 1}, 4);
	memcpy(bytes + (reply ? 12 : 16), (uint8_t[]){198, 51, 100, 1}, 4);
	for (int i = 0; i < 2; i++) {
		bytes[20 + 2 * i] = (uint8_t)(ports[reply ? !i : i] >> 8);
		bytes[21 + 2 * i] = (uint8_t)ports[reply ? !i : i];
	}
	for (int i = 0; i < 4; i++) {
		bytes[24 + i] = (uint8_t)(seq >> (24 - 8 * i));
		bytes[28 + i] = (uint8_t)(ack >> (24 - 8 * i));
	}
	bytes[32] = (uint8_t)((20 + option_length) / 4 << 4);
	bytes[33] = flags;
	bytes[34] = 0x20;
	if (option_length)
		memcpy(bytes + 40, options, option_length);
	memcpy(bytes + 40 + option_length, payload, strlen(payload));
	assert_int_equal(packet_parse(&p, bytes, length, 0), PACKET_OK);
	p.id = ++b->next_id;
	p.mark = 0xab00 | (probe ? 0x80 : 0);
	p.reply = p.continued = reply;
	p.probe = probe;
	p.writable = bytes;
	return push(b, p);
}

static const struct verdict *client(struct bench *b, uint8_t flags, uint32_t offset, const char *payload)
{
	return segment(b, false, false, flags, ISN + 1 + offset, ISN_A + 1, NULL, 0, payload);
}

static const struct verdict *server(struct bench *b, uint8_t flags, uint32_t offset, const char *payload)
{
	return segment(b, true, false, flags, ISN_A + 1 + offset, ISN + 1, NULL, 0, payload);
}

static const struct verdict *probe_answer(struct bench *b, uint8_t flags, uint32_t ack, const uint8_t *options,
					  size_t option_length)
{
	return segment(b, true, true, flags, ISN_B, ack, options, option_length, "");
}

static void start(struct bench *b)
{
	memset(&kernel, 0, sizeof kernel);
	bench_start_with(b, with_names, 4, FACT_BIT(FACT_HOST), (struct engine_config){.rehome = &ops, .gave_up = gave_up});
	engine_allow_moves(b->engine, FAMILY_IPV4, MOVING_TIMESTAMPS);
}

/* With room for so many flows. */
static void start_of(struct bench *b, uint32_t flows)
{
	const struct engine_config config = {.rehome = &ops, .decided = on_decided, .ctx = b, .seed = 1};

	start(b);
	engine_free(b->engine);
	b->ruleset.options.flows = flows;
	b->engine = engine_new(&b->ruleset, &config);
	assert_non_null(b->engine);
	engine_allow_moves(b->engine, FAMILY_IPV4, MOVING_TIMESTAMPS);
}

static void handshake(struct bench *b)
{
	const struct verdict *v = segment(b, false, false, TCP_SYN, ISN, 0, syn_options, sizeof syn_options, "");

	assert_int_equal(v->mark, 0xab00);
	assert_non_null(v->replacement); /* without timestamps */
	v = segment(b, true, false, TCP_SYN | TCP_ACK, ISN_A, ISN + 1, server_options, sizeof server_options, "");
	assert_int_equal(v->mark, 0xab00);
	assert_false(v->drop);
	client(b, TCP_ACK, 0, "");
}

/* Up to the probe's SYN: the name came in two segments, both are held. */
static void begin(struct bench *b)
{
	handshake(b);
	assert_null(client(b, TCP_ACK, 0, "TOY a.ex"));
	assert_null(client(b, TCP_ACK, 8, "ample\nrest"));
	assert_int_equal(kernel.count, 1);
	assert_int_equal(b->decisions, 0);
}

static void expect_first_path(struct bench *b, enum rehome_refusal why)
{
	assert_int_equal(b->decisions, 1);
	assert_true(b->last.late);
	assert_int_equal(b->last.refusal, why);
	assert_int_equal(b->last.mark, VPN);
	assert_true(kernel.swaps == 0 || kernel.swap_error);
	assert_int_equal(engine_deadline(b->engine), UINT64_MAX);
}

/* --- tests --- */

static void moves(void **state)
{
	struct bench b;
	const struct verdict *v;

	(void)state;
	start(&b);
	begin(&b);
	assert_int_equal(kernel.sent[0].flags, TCP_SYN);
	assert_int_equal(kernel.sent[0].seq, ISN);
	assert_int_equal(kernel.sent[0].mark, VPN | 0x80);
	assert_int_equal(kernel.sent[0].option_length, sizeof syn_options);
	assert_memory_equal(kernel.sent[0].options + 10, "\1\1\1\1\1\1\1\1\1\1", 10);
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	assert_int_equal(b.count, 3); /* the answer and both held packets: dropped */
	for (size_t i = 0; i < b.count; i++)
		assert_true(b.verdicts[i].drop);
	assert_int_equal(kernel.sent[1].flags, TCP_RST | TCP_ACK); /* as the first server knows the client */
	assert_int_equal(kernel.sent[1].sport, 50000);
	assert_true(key_equal(kernel.sent[1].src, v4(0xcb007101)));
	assert_int_equal(kernel.sent[1].mark, b.ruleset.marks.probe_main | 0x80);
	assert_int_equal(kernel.sent[2].flags, TCP_ACK); /* through the new entry, which adjusts it */
	assert_int_equal(kernel.sent[2].ack, ISN_A + 1);
	assert_int_equal(kernel.sent[2].mark, 0);
	assert_int_equal(kernel.swap.reply_offset, (uint32_t)(ISN_A - ISN_B));
	assert_int_equal(kernel.swap.mark, VPN);
	assert_int_equal(kernel.swap.source.port, 61000);
	assert_true(kernel.swap.scaled && kernel.swap.sack);
	assert_int_equal(kernel.swap.client_scale, 7);
	assert_int_equal(kernel.swap.server_scale, 9);
	assert_string_equal(kernel.bytes, "TOY a.example\nrest");
	assert_int_equal(kernel.count, 3 + 3); /* 18 bytes by 8 */
	assert_int_equal(kernel.sent[4].seq, ISN + 1 + 8);
	assert_int_equal(kernel.sent[3].ack, ISN_A + 1);
	assert_true(b.last.moved && !b.last.late);
	assert_string_equal(b.last_host, "a.example");
	v = client(&b, TCP_ACK, 18, "tail"); /* was queued before the move */
	assert_true(v->drop);
	assert_string_equal(kernel.bytes, "TOY a.example\nresttail");
	assert_true(server(&b, TCP_ACK, 0, "")->drop);
	engine_free(b.engine);
}

static void answers_that_end_it(void **state)
{
	static const struct {
		uint8_t flags;
		uint32_t ack;
		const uint8_t *options;
		enum rehome_refusal why;
		bool reset;
	} cases[] = {
		{TCP_RST | TCP_ACK, ISN + 1, server_options, REHOME_RESET, false},
		{TCP_SYN | TCP_ACK, ISN + 1, other_options, REHOME_DIFFERENT, true},
		{TCP_SYN | TCP_ACK, ISN + 2, server_options, REHOME_ANSWER, false},
		{TCP_ACK, ISN + 1, server_options, REHOME_ANSWER, false},
	};
	struct bench b;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(&b);
		begin(&b);
		probe_answer(&b, cases[i].flags, cases[i].ack, cases[i].options, sizeof server_options);
		assert_int_equal(b.count, 3);
		assert_true(b.verdicts[0].drop);
		assert_int_equal(b.verdicts[1].mark, 0xab00 | 0xff);
		assert_false(b.verdicts[1].drop || b.verdicts[2].drop);
		expect_first_path(&b, cases[i].why);
		assert_int_equal(kernel.count, cases[i].reset ? 2 : 1);
		assert_int_equal(kernel.forgotten, 1);
		engine_free(b.engine);
	}
}

static void the_server_knows_an_older_connection(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	begin(&b);
	probe_answer(&b, TCP_ACK, 777, NULL, 0);
	assert_int_equal(b.decisions, 0);
	assert_int_equal(kernel.count, 3);
	assert_int_equal(kernel.sent[1].flags, TCP_RST | TCP_ACK); /* of the old one */
	assert_int_equal(kernel.sent[1].seq, 777);
	assert_int_equal(kernel.sent[1].ack, ISN_B);
	assert_int_equal(kernel.sent[1].mark, VPN | 0x80);
	assert_int_equal(kernel.sent[2].flags, TCP_SYN);
	assert_int_equal(kernel.forgotten, 1);
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	assert_true(b.last.moved);
	engine_free(b.engine);

	start(&b);
	begin(&b);
	for (int i = 0; i < 3; i++) /* it does not help */
		probe_answer(&b, TCP_ACK, 777, NULL, 0);
	expect_first_path(&b, REHOME_ANSWER);
	engine_free(b.engine);
}

static void what_the_kernel_refuses(void **state)
{
	static const struct {
		int inspect, source, swap, send;
		enum rehome_refusal why;
	} cases[] = {
		{.inspect = EOPNOTSUPP, .why = REHOME_CONNTRACK},
		{.source = ENOENT, .why = REHOME_CONNTRACK},
		{.swap = EEXIST, .why = REHOME_CONNTRACK},
		{.swap = ENFILE, .why = REHOME_TABLE},
		{.send = EPERM, .why = REHOME_SEND},
		{.send = ENFILE, .why = REHOME_TABLE},
	};
	struct bench b;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start(&b);
		kernel.inspect_error = cases[i].inspect;
		kernel.source_error = cases[i].source;
		kernel.swap_error = cases[i].swap;
		kernel.send_error = cases[i].send;
		handshake(&b);
		client(&b, TCP_ACK, 0, "TOY a.example\n");
		if (cases[i].source || cases[i].swap)
			probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
		assert_int_equal(b.verdicts[b.count - 1].mark, 0xab00 | 0xff);
		expect_first_path(&b, cases[i].why);
		engine_free(b.engine);
	}
}

/* Its verdict would be carried out when the first server has been reset. */
static void a_bare_acknowledgement_does_not_leave_meanwhile(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	begin(&b);
	assert_true(client(&b, TCP_ACK, 18, "")->drop);
	assert_int_equal(b.decisions, 0);
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	assert_true(b.last.moved);
	engine_free(b.engine);
}

/* A reset that conntrack knows no connection for, to this port of the client. */
static const struct verdict *invalid(struct bench *b, uint16_t port)
{
	struct packet p = {.family = AF_INET, .proto = IPPROTO_TCP, .src = v4(0xc6336401), .dst = v4(0x0a000001),
			   .sport = 443, .dport = port, .tcp_flags = TCP_RST, .id = ++b->next_id};

	p.mark = marks_invalid(&b->ruleset.marks);
	return push(b, p);
}

static void the_first_server_is_not_heard_afterwards(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	begin(&b);
	assert_false(invalid(&b, 1000)->drop);
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	assert_true(b.last.moved);
	assert_true(invalid(&b, 1000)->drop);
	assert_false(invalid(&b, 1001)->drop);
	engine_free(b.engine);
}

static void silence_ends_it_in_time(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	begin(&b);
	assert_int_equal(engine_deadline(b.engine), 1000 * MS);
	assert_int_equal(engine_tick(b.engine, 1000 * MS, b.verdicts), 0);
	assert_int_equal(kernel.count, 2);
	assert_int_equal(kernel.sent[1].flags, TCP_SYN);
	assert_int_equal(engine_deadline(b.engine), 1500 * MS);
	assert_int_equal(engine_tick(b.engine, 1500 * MS, b.verdicts), 2);
	assert_int_equal(b.verdicts[0].mark, 0xab00 | 0xff);
	expect_first_path(&b, REHOME_SILENT);
	engine_free(b.engine);
}

/* A connection to be moved, whose new path resets it unless the gateway is not tried. */
static enum rehome_refusal is_refused(struct bench *b, unsigned after_ms)
{
	unsigned before = b->decisions;

	b->now += after_ms * MS;
	kernel.count = 0;
	handshake(b);
	client(b, TCP_ACK, 0, "TOY a.example\n");
	if (b->decisions == before)
		probe_answer(b, TCP_RST | TCP_ACK, ISN + 1, NULL, 0);
	assert_int_equal(b->decisions, before + 1);
	return b->last.refusal;
}

static void a_failing_gateway_is_left_alone(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	for (int i = 0; i < 7; i++) /* each past the memory of decided flows */
		assert_int_equal(is_refused(&b, 11000), i < 5 ? REHOME_RESET : REHOME_PAUSED);
	assert_int_equal(kernel.gave_up, 1);
	assert_int_equal(is_refused(&b, 60000), REHOME_RESET); /* tried again: one more failure is enough */
	assert_int_equal(kernel.gave_up, 2);
	assert_int_equal(is_refused(&b, 11000), REHOME_PAUSED);
	b.now += 60000 * MS;
	handshake(&b);
	client(&b, TCP_ACK, 0, "TOY a.example\n");
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	assert_true(b.last.moved);
	assert_int_equal(is_refused(&b, 11000), REHOME_RESET); /* a success: five are needed again */
	assert_int_equal(is_refused(&b, 11000), REHOME_RESET);
	engine_free(b.engine);
}

static void how_many_failures_and_how_long_is_an_option(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	b.ruleset.options.rehome_failures = 2;
	b.ruleset.options.rehome_pause_ms = 20000;
	assert_int_equal(is_refused(&b, 11000), REHOME_RESET);
	assert_int_equal(is_refused(&b, 11000), REHOME_RESET);
	assert_int_equal(is_refused(&b, 11000), REHOME_PAUSED);
	assert_int_equal(is_refused(&b, 11000), REHOME_RESET);
	b.ruleset.options.rehome_failures = 0;
	assert_int_equal(is_refused(&b, 21000), REHOME_RESET);
	for (int i = 0; i < 9; i++)
		assert_int_equal(is_refused(&b, 11000), REHOME_RESET);
	engine_free(b.engine);
}

static void the_client_gives_up(void **state)
{
	struct bench b;
	const struct verdict *v;

	(void)state;
	start(&b);
	begin(&b);
	v = client(&b, TCP_ACK | TCP_FIN, 18, "");
	assert_int_equal(b.count, 3);
	assert_int_equal(v->mark, 0xab00 | 0xff);
	expect_first_path(&b, REHOME_CLOSED);
	engine_free(b.engine);
}

static void the_server_speaks_first(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	handshake(&b);
	assert_int_equal(server(&b, TCP_ACK, 0, "220 hello")->mark, 0xab00);
	assert_int_equal(client(&b, TCP_ACK, 0, "TOY a.example\n")->mark, 0xab00 | 0xff);
	expect_first_path(&b, REHOME_SERVER_SPOKE);
	engine_free(b.engine);
}

static void the_server_speaks_meanwhile(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	begin(&b);
	server(&b, TCP_ACK, 0, "220 hello");
	assert_int_equal(b.count, 3);
	assert_int_equal(b.verdicts[2].mark, 0xab00);
	expect_first_path(&b, REHOME_SERVER_SPOKE);
	engine_free(b.engine);
}

static void too_much_to_hold(void **state)
{
	struct bench b;
	size_t verdicts = 0;

	(void)state;
	start(&b);
	begin(&b);
	for (uint32_t i = 0; i < 40; i++) {
		client(&b, TCP_ACK, 18 + 4 * i, "more");
		verdicts += b.count;
	}
	assert_int_equal(verdicts, 42);
	expect_first_path(&b, REHOME_FULL);
	engine_free(b.engine);
}

/* All places for those that hold packets are taken: the one that waits for a probe gives way when its time is over first. */
static void no_place_to_hold(void **state)
{
	struct bench b;

	(void)state;
	start_of(&b, 2 * TIMERS_MAX);
	begin(&b);
	b.now += 950 * MS; /* the probe's SYN is sent again in 50 */
	for (unsigned i = 1; i < TIMERS_MAX; i++)
		assert_null(udp(&b, (uint16_t)(2000 + i), 443, "SLOW"));
	udp(&b, 2000, 443, "SLOW");
	assert_int_equal(b.count, 2); /* what it held */
	assert_int_equal(b.verdicts[0].mark, 0xab00 | 0xff);
	assert_int_equal(b.last.refusal, REHOME_FULL);
	assert_int_equal(b.decisions, 1);
	assert_int_equal(kernel.forgotten, 1);
	udp(&b, 2000, 443, "a.example!");
	assert_int_equal(b.count, 2);
	assert_int_equal(b.verdicts[0].mark, 0xab00 | VPN);
	engine_free(b.engine);
}

static void the_client_sends_again_meanwhile(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	begin(&b);
	assert_null(client(&b, TCP_ACK, 0, "TOY a.ex")); /* held as well */
	assert_null(client(&b, TCP_ACK, 0, "TOY a.example\nrest"));
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	assert_int_equal(b.count, 1 + 4);
	for (size_t i = 0; i < b.count; i++)
		assert_true(b.verdicts[i].drop);
	assert_string_equal(kernel.bytes, "TOY a.example\nrest"); /* once */
	engine_free(b.engine);
}

/* What is behind the bytes that are kept goes when the client sends it again: nobody has acknowledged it. */
static void no_more_bytes_are_kept_than_the_budget(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	b.ruleset.options.budget_bytes = 20;
	assert_true(engine_set_ruleset(b.engine, &b.ruleset, NULL));
	begin(&b);
	assert_null(client(&b, TCP_ACK, 18, "0123456789"));
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	assert_true(b.last.moved);
	assert_string_equal(kernel.bytes, "TOY a.example\nrest01");
	assert_true(client(&b, TCP_ACK, 20, "23456789")->drop);
	assert_string_equal(kernel.bytes, "TOY a.example\nrest0123456789");
	engine_free(b.engine);
}

static void undecided_data_is_let_go_in_time(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	handshake(&b);
	assert_null(client(&b, TCP_ACK, 0, "TOY a."));
	assert_int_equal(engine_deadline(b.engine), 300 * MS);
	assert_int_equal(engine_tick(b.engine, 300 * MS, b.verdicts), 1);
	assert_int_equal(b.verdicts[0].mark, 0xab00);
	assert_int_equal(b.decisions, 0);
	client(&b, TCP_ACK, 6, "example\n");
	expect_first_path(&b, REHOME_RELEASED);
	engine_free(b.engine);
}

static void same_path_is_not_late(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	handshake(&b);
	assert_null(client(&b, TCP_ACK, 0, "TOY c.ex"));
	client(&b, TCP_ACK, 8, "ample\n");
	assert_int_equal(b.count, 2);
	assert_int_equal(b.verdicts[0].mark, 0xab00 | 0xff);
	assert_false(b.last.late || b.last.moved);
	assert_int_equal(kernel.count, 0);
	engine_free(b.engine);
}

static void options_that_bind(void **state)
{
	static const uint8_t bound[][4] = {{19, 2, 1, 1}, {29, 4, 0, 0}, {30, 4, 0, 0}, {34, 2, 0, 0}, {2, 9, 0, 0}};
	struct bench b;

	(void)state;
	for (size_t i = 0; i < sizeof bound / sizeof *bound; i++) {
		start(&b);
		segment(&b, false, false, TCP_SYN, ISN, 0, bound[i], 4, "");
		segment(&b, true, false, TCP_SYN | TCP_ACK, ISN_A, ISN + 1, server_options, sizeof server_options, "");
		client(&b, TCP_ACK, 0, "TOY a.example\n");
		expect_first_path(&b, REHOME_OPTIONS);
		engine_free(b.engine);
	}
}

static void a_narrow_path(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	kernel.largest = 300;
	handshake(&b);
	client(&b, TCP_ACK, 0, "TOY a.example\n");
	memset(kernel.bytes, 0, sizeof kernel.bytes);
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options + 4, 8); /* no MSS: 536 */
	assert_string_equal(kernel.bytes, "TOY a.example\n");
	engine_free(b.engine);
}

static void icmp_error_about_the_probe(void **state)
{
	/* an ICMP unreachable from 10.0.0.254 that quotes the probe's SYN: IP header and eight bytes */
	uint8_t bytes[56] = {0x45, 0, 0, 56, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 254, 10, 0, 0, 1, 3, 1};
	uint8_t quoted[28] = {0x45, 0, 0, 60, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 198, 51, 100, 1,
			      1000 >> 8, 1000 & 0xff, 443 >> 8, 443 & 0xff};
	struct bench b;
	struct packet p;

	(void)state;
	start(&b);
	begin(&b);
	memcpy(bytes + 28, quoted, sizeof quoted);
	assert_int_equal(packet_parse(&p, bytes, sizeof bytes, 0), PACKET_OK);
	p.reply = p.probe = true;
	push(&b, p);
	assert_int_equal(b.count, 3);
	assert_true(b.verdicts[0].drop);
	expect_first_path(&b, REHOME_ICMP);
	engine_free(b.engine);
}

static enum tri app_eval(const void *set, const struct subject *s)
{
	if (fact_known(s->facts, FACT_APP))
		return tri_of(s->facts->app == set);
	return fact_open(s->facts, FACT_APP) ? TRI_MORE : TRI_NO;
}

/* host a.example via vpn; app polite via lte: waiting for the host would be too late for both. */
static void decides_before_the_server_speaks(void **state)
{
	static const struct keyword app = {.name = "app", .needs = FACT_BIT(FACT_APP), .eval = app_eval};
	static const void *const sets_polite[] = {&polite_app};
	static const struct match match_polite[] = {{&app, false, 1, sets_polite}};
	static const struct rule rules[] = {
		{.match_count = 1, .matches = match_a, .needs = FACT_BIT(FACT_HOST), .action = ACTION_VIA, .target = 0},
		{.match_count = 1, .matches = match_polite, .needs = FACT_BIT(FACT_APP), .action = ACTION_VIA, .target = 1},
	};
	struct bench b;

	(void)state;
	memset(&kernel, 0, sizeof kernel);
	bench_start_with(&b, rules, 2, FACT_BIT(FACT_HOST) | FACT_BIT(FACT_APP), (struct engine_config){.rehome = &ops});
	engine_allow_moves(b.engine, FAMILY_IPV4, MOVING_TIMESTAMPS);
	handshake(&b);
	assert_null(client(&b, TCP_ACK, 0, "HELLO"));
	assert_int_equal(kernel.count, 1);
	assert_int_equal(kernel.sent[0].mark, LTE | 0x80);
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	assert_true(b.last.moved);
	engine_free(b.engine);
}

/* --- timestamps that are kept --- */

/* MSS 100, scale 9, SACK, the server's clock at 700; by the other path at 50 */
static const uint8_t stamped_options[] = {2, 4, 0, 100, 1, 3, 3, 9, 4, 2, 8, 10, 0, 0, 2, 0xbc, 0, 0, 0, 1};
static const uint8_t stamped_otherwise[] = {2, 4, 0, 100, 1, 3, 3, 9, 4, 2, 8, 10, 0, 0, 0, 50, 0, 0, 0, 1};

static const struct verdict *stamped_client(struct bench *b, uint8_t tsval, uint32_t offset, const char *payload)
{
	const uint8_t options[] = {1, 1, 8, 10, 0, 0, 0, tsval, 0, 0, 2, 0xbc};

	return segment(b, false, false, TCP_ACK, ISN + 1 + offset, ISN_A + 1, options, sizeof options, payload);
}

static void start_keeping(struct bench *b)
{
	start(b);
	b->ruleset.options.rehome_timestamps = TIMESTAMPS_KEEP;
}

static void timestamps_are_kept(void **state)
{
	struct bench b;

	(void)state;
	start_keeping(&b);
	assert_null(segment(&b, false, false, TCP_SYN, ISN, 0, syn_options, sizeof syn_options, "")->replacement);
	segment(&b, true, false, TCP_SYN | TCP_ACK, ISN_A, ISN + 1, stamped_options, sizeof stamped_options, "");
	stamped_client(&b, 2, 0, "");
	stamped_client(&b, 3, 0, "TOY a.ex");
	stamped_client(&b, 4, 8, "ample\nrest");
	assert_memory_equal(kernel.sent[0].options, syn_options, sizeof syn_options);
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, stamped_otherwise, sizeof stamped_otherwise);
	assert_true(b.last.moved && kernel.swap.timestamps);
	assert_int_equal(kernel.swap.clock_offset, (uint32_t)(50 - 700));
	for (size_t i = 2; i < kernel.count; i++) {
		assert_int_equal(kernel.sent[i].option_length, 12); /* the echo as the client knows it: 700 */
		assert_memory_equal(kernel.options[i], "\1\1\10\12\0\0\0\4\0\0\2\274", 12);
	}
	assert_int_equal(kernel.count, 3 + 1);
	stamped_client(&b, 5, 18, "tail");
	assert_memory_equal(kernel.options[4], "\1\1\10\12\0\0\0\5\0\0\2\274", 12);
	engine_free(b.engine);
}

static void a_server_without_timestamps(void **state)
{
	struct bench b;

	(void)state;
	start_keeping(&b);
	segment(&b, false, false, TCP_SYN, ISN, 0, syn_options, sizeof syn_options, "");
	segment(&b, true, false, TCP_SYN | TCP_ACK, ISN_A, ISN + 1, server_options, sizeof server_options, "");
	client(&b, TCP_ACK, 0, "TOY a.example\n");
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	assert_true(b.last.moved && !kernel.swap.timestamps);
	assert_int_equal(kernel.sent[2].option_length, 0);
	engine_free(b.engine);
}

static void timestamps_by_one_path_only(void **state)
{
	struct bench b;

	(void)state;
	start_keeping(&b);
	segment(&b, false, false, TCP_SYN, ISN, 0, syn_options, sizeof syn_options, "");
	segment(&b, true, false, TCP_SYN | TCP_ACK, ISN_A, ISN + 1, stamped_options, sizeof stamped_options, "");
	stamped_client(&b, 2, 0, "TOY a.example\n");
	probe_answer(&b, TCP_SYN | TCP_ACK, ISN + 1, server_options, sizeof server_options);
	expect_first_path(&b, REHOME_DIFFERENT);
	engine_free(b.engine);
}

/* The hooks went while the connection was undecided; or they were never to be had. */
static void nothing_adjusts_timestamps(void **state)
{
	struct bench b;

	(void)state;
	start_keeping(&b);
	segment(&b, false, false, TCP_SYN, ISN, 0, syn_options, sizeof syn_options, "");
	segment(&b, true, false, TCP_SYN | TCP_ACK, ISN_A, ISN + 1, stamped_options, sizeof stamped_options, "");
	engine_allow_moves(b.engine, FAMILY_IPV4, MOVING_PLAIN);
	stamped_client(&b, 2, 0, "TOY a.example\n");
	expect_first_path(&b, REHOME_OPTIONS);
	b.now += 11000 * MS;
	handshake(&b); /* stripped, as it says */
	engine_free(b.engine);
}

static void a_reset_by_the_server(void **state)
{
	static const int errors[] = {0, ENOENT};
	struct bench b;
	uint8_t bytes[40] = {0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 198, 51, 100, 1, 10, 0, 0, 1,
			     443 >> 8, 443 & 0xff, 1000 >> 8, 1000 & 0xff, 0, 0, 0, 77, 0, 0, 0, 88, 0x50, TCP_RST | TCP_ACK};
	struct packet p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		start_keeping(&b);
		kernel.adjustment_error = errors[i];
		assert_int_equal(packet_parse(&p, bytes, sizeof bytes, 0), PACKET_OK);
		p.reply = p.probe = p.continued = true;
		p.mark = 0xab00 | 0xff;
		push(&b, p);
		assert_int_equal(b.count, 1);
		assert_int_equal(b.verdicts[0].drop, !errors[i]);
		assert_int_equal(b.verdicts[0].mark, 0xab00);
		assert_int_equal(kernel.count, !errors[i]);
		engine_free(b.engine);
		if (errors[i])
			continue;
		assert_int_equal(kernel.sent[0].seq, 1077);
		assert_int_equal(kernel.sent[0].ack, 88);
		assert_int_equal(kernel.sent[0].flags, TCP_RST | TCP_ACK);
		assert_int_equal(kernel.sent[0].sport, 443);
		assert_true(key_equal(kernel.sent[0].dst, v4(0x0a000001)));
		assert_int_equal(kernel.sent[0].mark, marks_nudge(&b.ruleset.marks));
	}
}

static void explain_takes_it_for_granted(void **state)
{
	struct bench b;

	(void)state;
	memset(&kernel, 0, sizeof kernel);
	bench_start_with(&b, with_names, 4, FACT_BIT(FACT_HOST), (struct engine_config){.pretend_rehome = true});
	segment(&b, false, false, TCP_SYN, ISN, 0, syn_options, sizeof syn_options, "");
	segment(&b, true, false, TCP_SYN | TCP_ACK, ISN_A, ISN + 1, server_options, sizeof server_options, "");
	assert_int_equal(client(&b, TCP_ACK, 0, "TOY a.example\n")->mark, 0xab00 | VPN);
	assert_true(b.last.moved);
	assert_int_equal(kernel.count, 0);
	engine_free(b.engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves),
		cmocka_unit_test(answers_that_end_it),
		cmocka_unit_test(the_server_knows_an_older_connection),
		cmocka_unit_test(what_the_kernel_refuses),
		cmocka_unit_test(a_bare_acknowledgement_does_not_leave_meanwhile),
		cmocka_unit_test(the_first_server_is_not_heard_afterwards),
		cmocka_unit_test(silence_ends_it_in_time),
		cmocka_unit_test(a_failing_gateway_is_left_alone),
		cmocka_unit_test(how_many_failures_and_how_long_is_an_option),
		cmocka_unit_test(the_client_gives_up),
		cmocka_unit_test(the_server_speaks_first),
		cmocka_unit_test(the_server_speaks_meanwhile),
		cmocka_unit_test(too_much_to_hold),
		cmocka_unit_test(no_place_to_hold),
		cmocka_unit_test(the_client_sends_again_meanwhile),
		cmocka_unit_test(no_more_bytes_are_kept_than_the_budget),
		cmocka_unit_test(undecided_data_is_let_go_in_time),
		cmocka_unit_test(same_path_is_not_late),
		cmocka_unit_test(options_that_bind),
		cmocka_unit_test(a_narrow_path),
		cmocka_unit_test(icmp_error_about_the_probe),
		cmocka_unit_test(decides_before_the_server_speaks),
		cmocka_unit_test(timestamps_are_kept),
		cmocka_unit_test(a_server_without_timestamps),
		cmocka_unit_test(timestamps_by_one_path_only),
		cmocka_unit_test(nothing_adjusts_timestamps),
		cmocka_unit_test(a_reset_by_the_server),
		cmocka_unit_test(explain_takes_it_for_granted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
