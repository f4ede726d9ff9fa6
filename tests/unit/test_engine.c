/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_engine.c - packets in, verdicts out
 */
#include "engine_bench.h"
#include "flow.h"
#include "pool.h"
#include "timers.h"

/* --- tests --- */

static void header_rules_decide_at_once(void **state)
{
	struct bench b;

	(void)state;
	bench_start(&b, headers_only, 1, 0);
	assert_int_equal(tcp(&b, 1, 80, TCP_SYN, 0, "")->mark, 0xab00 | VPN);
	assert_int_equal(b.last.gateway, 0);
	assert_int_equal(udp(&b, 1, 81, "x")->mark, 0xab00 | 0xff);
	assert_null(b.last.rule);
	assert_int_equal(engine_counters(b.engine)->decided[0], 2);
	assert_int_equal(engine_rule_hits(b.engine)[0], 1);
	engine_free(b.engine);
}

static void connections_from_before_stay(void **state)
{
	struct bench b;
	struct packet p;

	(void)state;
	bench_start(&b, headers_only, 1, 0);
	assert_int_equal(tcp(&b, 1, 80, TCP_ACK, 0, "x")->mark, 0xab00 | 0xff);
	p = packet_of(&b, IPPROTO_UDP, 1, 80, "x");
	p.continued = true;
	p.mark |= b.ruleset.marks.open;
	assert_int_equal(push(&b, p)->mark, 0xab00 | 0xff);
	assert_int_equal(engine_counters(b.engine)->midstream, 2);
	engine_free(b.engine);
}

static void link_destinations_are_exempt(void **state)
{
	static const uint32_t never[] = {0xe00000fb, 0xffffffff, 0xa9fe0101, 0x7f000001};
	struct bench b;
	struct packet p;

	(void)state;
	bench_start(&b, headers_only, 1, 0);
	for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
		p = packet_of(&b, IPPROTO_UDP, 1, 80, "x");
		p.dst = v4(never[i]);
		assert_int_equal(push(&b, p)->mark, 0xab00 | 0xff);
	}
	for (int i = 0; i < 2; i++) {
		p = packet_of(&b, IPPROTO_UDP, 1, 80, "x");
		p.family = AF_INET6;
		p.src = (struct key){0x20010db800000000, 1};
		p.dst = (struct key){i ? 0xff02000000000000 : 0xfe80000000000000, 1};
		assert_int_equal(push(&b, p)->mark, 0xab00 | 0xff);
	}
	assert_int_equal(engine_rule_hits(b.engine)[0], 0);
	engine_free(b.engine);
}

static void name_after_handshake_decides_but_stays(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	assert_int_equal(tcp(&b, 1, 443, TCP_SYN, 0, "")->mark, 0xab00);
	assert_int_equal(tcp(&b, 1, 443, TCP_ACK, 0, "")->mark, 0xab00);
	assert_int_equal(b.decisions, 0);
	assert_int_equal(tcp(&b, 1, 443, TCP_ACK, 0, "TOY A.ex")->mark, 0xab00);
	assert_int_equal(tcp(&b, 1, 443, TCP_ACK, 8, "ample.\n")->mark, 0xab00 | 0xff);
	assert_int_equal(b.decisions, 1);
	assert_true(b.last.late);
	assert_int_equal(b.last.mark, VPN);
	assert_int_equal(b.last.packets, 4);
	assert_string_equal(b.last_host, "a.example");
	assert_int_equal(tcp(&b, 1, 443, TCP_ACK, 15, "more")->mark, 0xab00 | 0xff);
	assert_int_equal(b.decisions, 1);
	engine_free(b.engine);
}

static void segments_out_of_order(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	tcp(&b, 1, 443, TCP_SYN, 0, "");
	tcp(&b, 1, 443, TCP_ACK, 9, "mple\n");
	tcp(&b, 1, 443, TCP_ACK, 4, "b.exa");
	assert_int_equal(b.decisions, 0);
	assert_int_equal(tcp(&b, 1, 443, TCP_ACK, 0, "TOY b")->mark, 0xab00 | b.ruleset.marks.drop);
	assert_string_equal(b.last_host, "b.example");
	assert_int_equal(b.last.action, ACTION_DROP);
	assert_false(b.last.late);
	engine_free(b.engine);
}

/* What comes before the client's end may come behind it. */
static void end_out_of_order(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	tcp(&b, 1, 443, TCP_SYN, 0, "");
	tcp(&b, 1, 443, TCP_ACK | TCP_FIN, 9, "mple\n");
	assert_int_equal(b.decisions, 0);
	assert_int_equal(tcp(&b, 1, 443, TCP_ACK, 0, "TOY b.exa")->mark, 0xab00 | b.ruleset.marks.drop);
	assert_string_equal(b.last_host, "b.example");
	engine_free(b.engine);
}

static void data_on_the_syn(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	assert_int_equal(tcp(&b, 1, 443, TCP_SYN, 0, "TOY a.example\n")->mark, 0xab00 | VPN);
	assert_false(b.last.late);
	assert_int_equal(b.last.packets, 1);
	engine_free(b.engine);
}

static void provisional_path_is_kept(void **state)
{
	struct bench b;
	uint32_t open = 0x80;

	(void)state;
	NAMES(&b);
	assert_int_equal(tcp(&b, 1, 80, TCP_SYN, 0, "")->mark, 0xab00 | LTE | open);
	assert_int_equal(tcp(&b, 1, 80, TCP_ACK, 0, "")->mark, 0xab00 | LTE | open);
	assert_int_equal(tcp(&b, 1, 80, TCP_ACK, 0, "TOY a.example\n")->mark, 0xab00 | LTE);
	assert_true(b.last.late);
	assert_int_equal(tcp(&b, 2, 80, TCP_SYN, 0, "")->mark, 0xab00 | LTE | open);
	assert_int_equal(tcp(&b, 2, 80, TCP_ACK, 0, "GET /")->mark, 0xab00 | LTE);
	assert_false(b.last.late);
	assert_int_equal(b.last.gateway, 1);
	engine_free(b.engine);
}

static void budgets_end_every_flow(void **state)
{
	struct bench b;
	unsigned packets;

	(void)state;
	NAMES(&b);
	tcp(&b, 1, 443, TCP_SYN, 0, "");
	for (packets = 0; packets < 100 && !b.decisions; packets++)
		tcp(&b, 1, 443, TCP_ACK, packets * 10 + 4, "0123456789"); /* a hole that is never filled */
	assert_int_equal(packets, b.ruleset.options.budget_packets);
	assert_string_equal(b.last.why, "no rule matched");
	tcp(&b, 2, 443, TCP_SYN, 0, "");
	b.now += b.ruleset.options.budget_ms * MS;
	assert_int_equal(tcp(&b, 2, 443, TCP_ACK, 0, "")->mark, 0xab00 | 0xff);
	tcp(&b, 3, 443, TCP_SYN, 0, "");
	for (int i = 0; i < 1000; i++)
		tcp(&b, 3, 443, TCP_ACK, 0, ""); /* bare ACKs cost nothing */
	assert_int_equal(b.decisions, 2);
	tcp(&b, 3, 443, TCP_ACK | TCP_FIN, 0, "");
	assert_int_equal(b.decisions, 3);
	engine_free(b.engine);
}

/* A connection to the port in which only the server speaks until it is decided. Returns after how many packets. */
static unsigned server_speaks(struct bench *b, uint16_t port)
{
	struct packet p;
	unsigned packets;

	tcp(b, 1, port, TCP_SYN, 0, "");
	for (packets = 0; packets < 100 && !b->decisions; packets++) {
		p = packet_of(b, IPPROTO_TCP, port, 1, "220 hello\r\n");
		p.dst = p.src;
		p.src = packet_of(b, IPPROTO_TCP, 1, port, "").dst;
		p.tcp_flags = TCP_ACK;
		p.seq = 1 + packets * 11;
		p.reply = true;
		push(b, p);
		tcp(b, 1, port, TCP_ACK, 0, "");
	}
	return packets;
}

/* Where only the server speaks, its data is what the budget counts. */
static void server_alone_ends_decided(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	assert_int_equal(server_speaks(&b, 443), b.ruleset.options.budget_packets);
	assert_string_equal(b.last.why, "no rule matched");
	engine_free(b.engine);
}

/* Rules speak of who began, whoever sent the packet that they are asked about. */
static void answers_are_judged_by_who_began(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	server_speaks(&b, 80);
	assert_int_equal(b.decisions, 1);
	assert_ptr_equal(b.last.rule, &with_names[1]);
	engine_free(b.engine);
}

/* Who chooses half an address, one of a number in the hash or in other hashes, has not chosen the hash by that: else all
 * connections that have it would be looked through one by one. */
static void no_half_address_is_the_hash(void **state)
{
	static const uint64_t numbers[] = {0, 1, UINT64_MAX, 0x9e3779b97f4a7c15, 0xd1b54a32d192ed03, 0xff51afd7ed558ccd};
	struct flow_table *table = flow_table_new(16, 1);

	(void)state;
	assert_non_null(table);
	for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
		for (unsigned chosen = 0; chosen < 4; chosen++)
			for (unsigned other = 0; other < 4; other++) {
				struct flow_key key = {.sport = 1, .dport = 443, .proto = IPPROTO_TCP};
				uint64_t *half[] = {&key.src.high, &key.src.low, &key.dst.high, &key.dst.low}, before;

				*half[chosen] = numbers[n];
				before = flow_hash(table, &key);
				*half[other] ^= 1ULL << 40;
				assert_int_not_equal(flow_hash(table, &key), before);
			}
	flow_table_free(table);
}

/* In a full table a new connection takes the place of the oldest undecided one, which begins anew if it goes on. */
static void oldest_undecided_gives_way(void **state)
{
	struct bench b;
	uint16_t flows;

	(void)state;
	NAMES(&b);
	flows = (uint16_t)b.ruleset.options.flows;
	for (uint16_t i = 0; i < flows; i++)
		tcp(&b, (uint16_t)(100 + i), 443, TCP_SYN, 0, "");
	assert_int_equal(engine_counters(b.engine)->evicted, 0);
	tcp(&b, 50, 443, TCP_SYN, 0, "");
	assert_int_equal(engine_counters(b.engine)->evicted, 1);
	tcp(&b, 101, 443, TCP_ACK, 0, "TOY a.example\n");
	assert_string_equal(b.last.why, "rule"); /* the second oldest is there still */
	tcp(&b, 100, 443, TCP_ACK, 0, "TOY a.example\n");
	assert_string_equal(b.last.why, "connection from before");
	engine_free(b.engine);
}

static const struct verdict *seen_before(struct bench *b, uint16_t sport, uint16_t dport_)
{
	struct packet p = packet_of(b, IPPROTO_TCP, sport, dport_, "more");

	p.tcp_flags = TCP_ACK;
	p.seq = ISN + 1;
	p.continued = true;
	return push(b, p);
}

/* Whose packets have left by a gateway goes on by it when it has given way: main would be another path, and a leak. */
static void who_gives_way_keeps_its_path(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	assert_int_equal(tcp(&b, 100, 80, TCP_SYN, 0, "")->mark, 0xab00 | LTE | b.ruleset.marks.open);
	for (uint16_t i = 0; i < b.ruleset.options.flows; i++)
		tcp(&b, (uint16_t)(200 + i), 443, TCP_SYN, 0, "");
	assert_int_equal(engine_counters(b.engine)->evicted, 1);
	assert_int_equal(seen_before(&b, 100, 80)->mark, 0xab00 | LTE);
	engine_free(b.engine);
}

/* With so much room for flows, and for what they send. */
static void bench_start_of(struct bench *b, uint32_t flows, uint32_t memory)
{
	const struct engine_config config = {.decided = on_decided, .ctx = b, .seed = 1};

	NAMES(b);
	engine_free(b->engine);
	b->ruleset.options.flows = flows;
	b->ruleset.options.buffer_memory = memory;
	b->engine = engine_new(&b->ruleset, &config);
	assert_non_null(b->engine);
}

static void begin_to(struct bench *b, uint16_t port, uint16_t dport_)
{
	tcp(b, port, dport_, TCP_SYN, 0, "");
	tcp(b, port, dport_, TCP_ACK, 0, "TOY a.");
}

static void begin(struct bench *b, uint16_t port)
{
	begin_to(b, port, 443);
}

static void finish(struct bench *b, uint16_t port)
{
	tcp(b, port, 443, TCP_ACK, 6, "example\n");
}

/* When what connections have sent fills the memory for it, the oldest that has sent anything gives way, and not one that has
 * not; who speaks last is heard. */
static void full_memory_evicts_the_oldest(void **state)
{
	const unsigned room = POOL_MAX / (2 * POOL_MIN); /* each takes a block for its stream, and one for its app */
	struct bench b;

	(void)state;
	bench_start_of(&b, 4 * room, POOL_MAX);
	tcp(&b, 99, 443, TCP_SYN, 0, "");
	for (uint16_t i = 0; i < room; i++)
		begin(&b, (uint16_t)(100 + i));
	assert_int_equal(engine_counters(b.engine)->evicted, 0);
	begin(&b, 1000);
	assert_int_equal(engine_counters(b.engine)->evicted, 1);
	finish(&b, 1000);
	assert_string_equal(b.last_host, "a.example");
	finish(&b, 100);
	assert_string_equal(b.last.why, "connection from before");
	finish(&b, 101);
	assert_string_equal(b.last_host, "a.example");
	begin(&b, 99); /* silent so far, and known still */
	finish(&b, 99);
	assert_string_equal(b.last_host, "a.example");
	engine_free(b.engine);
}

/* The same for its path. */
static void who_gives_memory_keeps_its_path(void **state)
{
	const unsigned room = POOL_MAX / (2 * POOL_MIN);
	struct bench b;

	(void)state;
	bench_start_of(&b, 4 * room, POOL_MAX);
	for (uint16_t i = 0; i <= room; i++)
		begin_to(&b, (uint16_t)(100 + i), 80);
	assert_int_equal(engine_counters(b.engine)->evicted, 1);
	assert_int_equal(seen_before(&b, 100, 80)->mark, 0xab00 | LTE);
	engine_free(b.engine);
}

/* One that sends more and more takes the memory of others, as many as it needs, and never its own. */
static void memory_for_one_that_grows(void **state)
{
	static const char text[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
	const unsigned room = POOL_MAX / (2 * POOL_MIN);
	unsigned offset = 6, segments;
	struct bench b;

	(void)state;
	bench_start_of(&b, 4 * room, POOL_MAX);
	for (uint16_t i = 0; i < room; i++)
		begin(&b, (uint16_t)(100 + i));
	for (segments = 0; segments < 20; segments++, offset += sizeof text - 1)
		tcp(&b, 100, 443, TCP_ACK, offset, text);
	tcp(&b, 100, 443, TCP_ACK, offset, "\n");
	assert_string_equal(b.last.why, "no rule matched"); /* no "connection from before" */
	assert_int_equal(b.last.packets, 2 + segments + 1);
	assert_in_range(engine_counters(b.engine)->evicted, 2, room / 2);
	finish(&b, (uint16_t)(100 + room - 1));
	assert_string_equal(b.last_host, "a.example");
	engine_free(b.engine);
}

/* SYNs that are sent again do not use up the time of the data. */
static void slow_handshake_leaves_time(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	for (int i = 0; i < 3; i++) {
		tcp(&b, 1, 443, TCP_SYN, 0, "");
		b.now += b.ruleset.options.budget_ms * MS - 1;
	}
	tcp(&b, 1, 443, TCP_ACK, 0, "");
	b.now += 2;
	assert_int_equal(b.decisions, 0);
	tcp(&b, 1, 443, TCP_ACK, 0, "TOY a.exa");
	assert_int_equal(b.decisions, 0);
	tcp(&b, 1, 443, TCP_ACK, 9, "mple\n");
	assert_string_equal(b.last.why, "rule");
	engine_free(b.engine);
}

/* What the server has ended the client may still speak into; only its own end is the end. */
static void server_cannot_end_the_looking(void **state)
{
	static const uint8_t ends[] = {TCP_ACK | TCP_FIN, TCP_ACK | TCP_RST};
	struct bench b;
	struct packet p;

	(void)state;
	NAMES(&b);
	for (uint16_t i = 0; i < sizeof ends; i++) {
		tcp(&b, i + 1, 443, TCP_SYN, 0, "");
		p = packet_of(&b, IPPROTO_TCP, 443, i + 1, "");
		p.dst = p.src;
		p.src = packet_of(&b, IPPROTO_TCP, i + 1, 443, "").dst;
		p.tcp_flags = ends[i];
		p.reply = true;
		push(&b, p);
		tcp(&b, i + 1, 443, TCP_RST, 0, ""); /* as an answer to what does not belong to it */
		assert_int_equal(b.decisions, i);
		tcp(&b, i + 1, 443, TCP_ACK, 0, "TOY a.example\n");
		assert_int_equal(b.decisions, i + 1);
		assert_string_equal(b.last.why, "rule");
	}
	engine_free(b.engine);
}

static void new_connection_on_old_ports(void **state)
{
	struct bench b;
	struct packet p;

	(void)state;
	NAMES(&b);
	tcp(&b, 1, 443, TCP_SYN, 0, "TOY a.example\n");
	p = packet_of(&b, IPPROTO_TCP, 1, 443, "");
	p.tcp_flags = TCP_SYN;
	p.seq = 12345;
	assert_int_equal(push(&b, p)->mark, 0xab00);
	p.tcp_flags = TCP_ACK;
	p.seq = 12346;
	p.payload = (const uint8_t *)"GET";
	p.payload_length = 3;
	assert_int_equal(push(&b, p)->mark, 0xab00 | 0xff);
	assert_int_equal(b.decisions, 2);
	engine_free(b.engine);
}

static void held_datagrams_leave_in_order(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	assert_null(udp(&b, 1, 443, "SLOW"));
	assert_null(udp(&b, 1, 443, "filler"));
	assert_int_equal(engine_deadline(b.engine), 100 * MS);
	assert_non_null(udp(&b, 1, 443, "a.example!"));
	assert_int_equal(b.count, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(b.verdicts[i].id, i + 1);
		assert_int_equal(b.verdicts[i].mark, 0xab00 | VPN);
	}
	assert_false(b.last.late);
	assert_int_equal(engine_deadline(b.engine), UINT64_MAX);
	assert_int_equal(udp(&b, 1, 443, "after")->mark, 0xab00 | VPN);
	engine_free(b.engine);
}

static void hold_ends_at_the_deadline(void **state)
{
	struct bench b;

	(void)state;
	NAMES(&b);
	assert_null(udp(&b, 1, 80, "SLOW"));
	b.count = engine_tick(b.engine, 99 * MS, b.verdicts);
	assert_int_equal(b.count, 0);
	b.count = engine_tick(b.engine, 100 * MS, b.verdicts);
	assert_int_equal(b.count, 1);
	assert_int_equal(b.verdicts[0].mark, 0xab00 | LTE);
	assert_ptr_equal(b.last.rule, &with_names[1]);
	assert_int_equal(engine_counters(b.engine)->hold_timeouts, 1);
	engine_free(b.engine);
}

/* Who only looks on does not end it, and sees names however late they come. */
static void looking_on_holds_nothing(void **state)
{
	struct bench b;
	struct ruleset *observe = ruleset_observe();

	(void)state;
	NAMES(&b);
	assert_non_null(observe);
	assert_true(engine_set_ruleset(b.engine, observe, NULL));
	assert_non_null(udp(&b, 1, 80, "SLOW"));
	assert_int_equal(engine_deadline(b.engine), UINT64_MAX);
	b.now += 1000 * MS;
	udp(&b, 1, 80, "a.example!");
	assert_string_equal(b.last_host, "a.example");
	engine_free(b.engine);
	ruleset_free(observe);
}

/* By what is in force when it ends: rules that came meanwhile, and gateways that went. */
static void hold_ends_by_the_rules_of_then(void **state)
{
	struct gateway_state up[2] = {{.up = {1, 1}}, {.up = {1, 1}}};
	struct ruleset other;
	struct bench b;

	(void)state;
	NAMES(&b);
	assert_null(udp(&b, 1, 80, "SLOW"));
	assert_null(udp(&b, 2, 80, "SLOW"));
	other = b.ruleset;
	other.generation++;
	other.rules = &with_names[1]; /* dport 80 via lte */
	other.rule_count = 2;
	assert_true(engine_set_ruleset(b.engine, &other, up));
	b.count = engine_tick(b.engine, 100 * MS, b.verdicts);
	assert_int_equal(b.verdicts[0].mark, 0xab00 | LTE);
	assert_ptr_equal(b.last.rule, &with_names[1]);
	up[1].up[FAMILY_IPV4] = 0;
	b.count = engine_tick(b.engine, 100 * MS, b.verdicts);
	assert_int_equal(b.verdicts[0].mark, 0xab00 | b.ruleset.marks.reject);
	assert_int_equal(b.last.action, ACTION_REJECT);
	engine_free(b.engine);
}

static void holds_are_bounded_and_survive_eviction(void **state)
{
	struct bench b;
	size_t verdicts = 0;

	(void)state;
	NAMES(&b);
	for (unsigned i = 0; i < 20; i++) {
		udp(&b, 1, 443, i ? "x" : "SLOW");
		verdicts += b.count;
		assert_true(b.count <= engine_verdicts_max(b.engine));
	}
	assert_int_equal(verdicts, 20); /* the ninth let all go */
	for (unsigned i = 0; i < 30; i++) {
		udp(&b, (uint16_t)(100 + i), 443, "SLOW");
		verdicts += b.count;
	}
	while ((b.count = engine_tick(b.engine, 1000 * MS, b.verdicts)))
		verdicts += b.count;
	assert_int_equal(verdicts, 50); /* none was forgotten */
	assert_true(engine_counters(b.engine)->evicted > 0);
	engine_free(b.engine);
}

/* Where as many connections hold packets as can, one that begins is held all the same, and who would be let go next is let go
 * now: else anybody could have all names overlooked by beginning and never saying one. */
static void latest_holds_where_all_do(void **state)
{
	struct bench b;

	(void)state;
	bench_start_of(&b, 2 * TIMERS_MAX, 1 << 24);
	for (unsigned i = 0; i < TIMERS_MAX; i++) {
		b.now += 1000;
		assert_null(udp(&b, (uint16_t)(1000 + i), 80, "SLOW"));
	}
	assert_null(udp(&b, 1000, 80, "x")); /* which does not make it younger */
	udp(&b, 100, 80, "SLOW");
	assert_int_equal(b.count, 2);
	assert_int_equal(b.verdicts[0].id, 1);
	assert_int_equal(b.verdicts[0].mark, 0xab00 | LTE);
	assert_int_equal(b.verdicts[1].id, TIMERS_MAX + 1);
	udp(&b, 100, 80, "a.example!");
	assert_int_equal(b.count, 2);
	assert_int_equal(b.verdicts[0].mark, 0xab00 | VPN);
	assert_int_equal(b.verdicts[1].mark, 0xab00 | VPN);
	assert_false(b.last.late);
	engine_free(b.engine);
}

static void faulty_packets_pass(void **state)
{
	struct bench b;
	struct packet p;

	(void)state;
	NAMES(&b);
	for (enum packet_fault fault = PACKET_EMPTY; fault < PACKET_FAULTS; fault++) {
		p = packet_of(&b, IPPROTO_TCP, 1, 80, "");
		p.mark = 0xab00 | b.ruleset.marks.open;
		assert_int_equal(engine_packet(b.engine, &p, fault, 0, b.verdicts), 1);
		assert_int_equal(b.verdicts[0].mark, 0xab00);
		assert_int_equal(engine_counters(b.engine)->faults[fault], 1);
	}
	engine_free(b.engine);
}

static void replies_never_choose_a_path(void **state)
{
	struct bench b;
	struct packet p;

	(void)state;
	NAMES(&b);
	p = packet_of(&b, IPPROTO_TCP, 80, 5, "x");
	p.reply = true;
	p.tcp_flags = TCP_ACK;
	assert_int_equal(push(&b, p)->mark, 0xab00);
	assert_int_equal(b.decisions, 0);
	engine_free(b.engine);
}

static void icmp_errors_decide_nothing(void **state)
{
	struct bench b;
	struct packet p;

	(void)state;
	bench_start(&b, headers_only, 1, 0);
	p = packet_of(&b, IPPROTO_ICMP, 0, 0, "x");
	p.has_ports = false;
	p.icmp_type = 3;
	p.continued = true;
	assert_int_equal(push(&b, p)->mark, 0xab00);
	p.proto = IPPROTO_ICMPV6;
	p.icmp_type = 1;
	assert_int_equal(push(&b, p)->mark, 0xab00);
	assert_int_equal(b.decisions, 0);
	p.icmp_type = 128; /* an echo request is a connection of its own */
	p.continued = false;
	assert_int_equal(push(&b, p)->mark, 0xab00 | 0xff);
	engine_free(b.engine);
}

static void rules_change_under_way(void **state)
{
	struct bench b;
	struct ruleset other;

	(void)state;
	NAMES(&b);
	tcp(&b, 1, 443, TCP_SYN, 0, "");
	assert_null(udp(&b, 7, 443, "SLOW"));
	other = b.ruleset;
	other.generation++;
	other.rules = headers_only;
	other.rule_count = 1;
	assert_true(engine_set_ruleset(b.engine, &other, NULL));
	assert_int_equal(tcp(&b, 1, 443, TCP_ACK, 0, "TOY a.example\n")->mark, 0xab00 | 0xff);
	assert_string_equal(b.last.why, "no rule matched");
	assert_int_equal(engine_tick(b.engine, 1000 * MS, b.verdicts), 1);
	assert_int_equal(b.verdicts[0].mark, 0xab00 | 0xff);
	engine_free(b.engine);
}

/* Its bytes may be those of a QUIC connection that the kernel has forgotten (forgotten.h). */
static void ports_are_used_again_under_other_rules(void **state)
{
	struct gateway_state up[2] = {{{1, 1}}, {{1, 1}}};
	struct bench b;
	struct ruleset other;

	(void)state;
	bench_start(&b, headers_only, 1, 0);
	assert_true(engine_set_ruleset(b.engine, &b.ruleset, up));
	assert_int_equal(udp(&b, 1, 80, "x")->mark, 0xab00 | VPN);
	other = b.ruleset;
	other.generation++;
	assert_true(engine_set_ruleset(b.engine, &other, up));
	b.now += 60000 * MS;
	assert_int_equal(udp(&b, 1, 80, "x")->mark, 0xab00 | VPN);
	assert_int_equal(b.last.action, ACTION_VIA);
	/* the connection is led by the rules of now */
	other.generation++;
	other.rule_count = 0;
	assert_true(engine_set_ruleset(b.engine, &other, up));
	b.now += 60000 * MS;
	assert_int_equal(udp(&b, 1, 80, "x")->mark, 0xab00 | 0xff);
	/* but TCP that goes on keeps its gateway, and is refused when that is down */
	other.generation++;
	other.rule_count = 1;
	assert_true(engine_set_ruleset(b.engine, &other, up));
	assert_int_equal(tcp(&b, 2, 80, TCP_SYN, 0, "")->mark, 0xab00 | VPN);
	other.generation++;
	other.rule_count = 0;
	assert_true(engine_set_ruleset(b.engine, &other, up));
	b.now += 60000 * MS;
	assert_int_equal(tcp(&b, 2, 80, TCP_ACK, 0, "x")->mark, 0xab00 | VPN);
	up[0].up[FAMILY_IPV4] = 0;
	b.now += 60000 * MS;
	assert_int_equal(tcp(&b, 2, 80, TCP_ACK, 0, "x")->mark, 0xab00 | b.ruleset.marks.reject);
	engine_free(b.engine);
}

static void observing_sees_everything(void **state)
{
	struct ruleset *r = ruleset_observe();
	struct bench b;
	struct engine_config config = {.decided = on_decided, .ctx = &b};

	(void)state;
	memset(&b, 0, sizeof b);
	b.engine = engine_new(r, &config);
	b.ruleset.marks = r->marks;
	tcp(&b, 1, 443, TCP_ACK, 0, "TOY b.example\n");
	assert_int_equal(b.decisions, 1);
	assert_string_equal(b.last_host, "b.example");
	assert_string_equal(b.last.facts->app->name, "toy");
	udp(&b, 1, 53, "?");
	assert_int_equal(b.decisions, 2);
	engine_free(b.engine);
	ruleset_free(r);
}

static void group_choice(void **state)
{
	struct gateway_state up[2] = {{{1, 1}}, {{1, 1}}};
	struct bench b;
	unsigned count[2] = {0, 0}, moved = 0;
	int before[2000];

	(void)state;
	bench_start(&b, to_groups, 2, 0);
	assert_true(engine_set_ruleset(b.engine, &b.ruleset, up));
	for (unsigned round = 0; round < 2; round++) {
		up[1].up[FAMILY_IPV4] = round == 0;
		for (unsigned i = 0; i < 2000; i++) {
			struct packet p = packet_of(&b, IPPROTO_UDP, 1, 80, "x");

			p.dst = v4(0x01010101 + i * 7919);
			push(&b, p);
			if (!round)
				count[b.last.gateway]++, before[i] = b.last.gateway;
			else
				moved += b.last.gateway != before[i] && before[i] == 0;
		}
	}
	assert_in_range(count[0], 1400, 1600); /* three to one */
	assert_int_equal(moved, 0);            /* the share of the one that stays is untouched */
	udp(&b, 1, 53, "x");
	assert_int_equal(b.last.gateway, 0);
	up[0].up[FAMILY_IPV4] = 0;
	udp(&b, 2, 53, "x");
	assert_int_equal(b.last.action, ACTION_MAIN);
	up[1].up[FAMILY_IPV4] = 1;
	udp(&b, 3, 53, "x");
	assert_int_equal(b.last.gateway, 1);
	engine_free(b.engine);
}

static void mark_layout(void **state)
{
	struct marks m;

	(void)state;
	assert_false(marks_layout(&m, 0));
	assert_false(marks_layout(&m, 0x7));
	assert_true(marks_layout(&m, 0x00f50000));
	assert_int_equal(m.open, 0x00800000);
	assert_int_equal(m.route_mask, 0x00750000);
	assert_int_equal(m.main, 0x00f50000);
	for (unsigned n = 0; n < 64; n++) {
		uint32_t mark = marks_gateway(&m, n);

		assert_true(n < 27 ? mark && !(mark & ~m.route_mask) : !mark);
		assert_true(mark != m.drop && mark != m.reject && mark != m.probe_main && mark != m.route_mask);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_rules_decide_at_once),
		cmocka_unit_test(connections_from_before_stay),
		cmocka_unit_test(link_destinations_are_exempt),
		cmocka_unit_test(name_after_handshake_decides_but_stays),
		cmocka_unit_test(segments_out_of_order),
		cmocka_unit_test(end_out_of_order),
		cmocka_unit_test(data_on_the_syn),
		cmocka_unit_test(provisional_path_is_kept),
		cmocka_unit_test(budgets_end_every_flow),
		cmocka_unit_test(server_alone_ends_decided),
		cmocka_unit_test(answers_are_judged_by_who_began),
		cmocka_unit_test(no_half_address_is_the_hash),
		cmocka_unit_test(oldest_undecided_gives_way),
		cmocka_unit_test(who_gives_way_keeps_its_path),
		cmocka_unit_test(full_memory_evicts_the_oldest),
		cmocka_unit_test(who_gives_memory_keeps_its_path),
		cmocka_unit_test(memory_for_one_that_grows),
		cmocka_unit_test(slow_handshake_leaves_time),
		cmocka_unit_test(server_cannot_end_the_looking),
		cmocka_unit_test(new_connection_on_old_ports),
		cmocka_unit_test(held_datagrams_leave_in_order),
		cmocka_unit_test(hold_ends_at_the_deadline),
		cmocka_unit_test(looking_on_holds_nothing),
		cmocka_unit_test(hold_ends_by_the_rules_of_then),
		cmocka_unit_test(holds_are_bounded_and_survive_eviction),
		cmocka_unit_test(latest_holds_where_all_do),
		cmocka_unit_test(faulty_packets_pass),
		cmocka_unit_test(replies_never_choose_a_path),
		cmocka_unit_test(icmp_errors_decide_nothing),
		cmocka_unit_test(rules_change_under_way),
		cmocka_unit_test(ports_are_used_again_under_other_rules),
		cmocka_unit_test(observing_sees_everything),
		cmocka_unit_test(group_choice),
		cmocka_unit_test(mark_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
