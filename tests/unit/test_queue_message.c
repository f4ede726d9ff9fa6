/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_queue_message.c - nfnetlink_queue's messages, as the kernel lays them out
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <stdlib.h>

#include "queue_message.h"

#define OPEN_MARK 0x80

/* An IPv4 UDP datagram 10.0.0.1:1000 -> 10.0.0.2:53 with four bytes. */
static const uint8_t datagram[] = {
	0x45, 0x00, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00, 0x40, 0x11, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x01,
	0x0a, 0x00, 0x00, 0x02, 0x03, 0xe8, 0x00, 0x35, 0x00, 0x0c, 0x00, 0x00, 'a',  'b',  'c',  'd',
};

static struct key device(void *ctx, unsigned index)
{
	(void)ctx;
	return key_of(1000 + index);
}

static const struct queue_config config = {.number = 7, .open_mark = OPEN_MARK, .device = device};

struct built {
	char buffer[1024];
	struct nlmsghdr *message;
};

static void begin_at(struct built *built, uint32_t id, uint8_t hook)
{
	struct nfqnl_msg_packet_hdr header = {.packet_id = htonl(id), .hw_protocol = htons(0x0800), .hook = hook};
	struct nfgenmsg *family;

	built->message = mnl_nlmsg_put_header(built->buffer);
	built->message->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET;
	family = mnl_nlmsg_put_extra_header(built->message, sizeof *family);
	family->res_id = htons(7);
	mnl_attr_put(built->message, NFQA_PACKET_HDR, sizeof header, &header);
}

static void begin(struct built *built, uint32_t id)
{
	begin_at(built, id, NF_INET_PRE_ROUTING);
}

static void put_u32(struct built *built, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(built->message, type, htonl(value));
}

static bool take(const struct built *built, struct packet *packet, enum packet_fault *fault)
{
	return queue_message_packet(built->message, built->message->nlmsg_len, &config, packet, fault);
}

static void test_all_attributes(void **state)
{
	struct nfqnl_msg_packet_hw hw = {.hw_addrlen = htons(6), .hw_addr = {2, 0, 0, 0, 0, 9}};
	enum packet_fault fault;
	struct packet packet;
	struct built built;

	(void)state;
	begin(&built, 0xfffffffe);
	put_u32(&built, NFQA_MARK, 0x1234);
	put_u32(&built, NFQA_IFINDEX_INDEV, 3);
	put_u32(&built, NFQA_IFINDEX_OUTDEV, 4);
	put_u32(&built, NFQA_IFINDEX_PHYSINDEV, 5);
	mnl_attr_put(built.message, NFQA_HWADDR, sizeof hw, &hw);
	put_u32(&built, NFQA_UID, 1000);
	put_u32(&built, NFQA_GID, 0);
	mnl_attr_put(built.message, NFQA_PAYLOAD, sizeof datagram, datagram);

	assert_true(take(&built, &packet, &fault));
	assert_int_equal(fault, PACKET_OK);
	assert_int_equal(packet.id, 0xfffffffe);
	assert_int_equal(packet.mark, 0x1234);
	assert_true(key_equal(packet.origin.iif, key_of(1003)));
	assert_true(key_equal(packet.origin.oif, key_of(1004)));
	assert_true(packet.origin.has_mac);
	assert_int_equal(packet.origin.mac, 0x020000000009);
	assert_true(packet.origin.has_uid && packet.origin.uid == 1000);
	assert_true(packet.origin.has_gid && packet.origin.gid == 0);
	assert_int_equal(packet.dport, 53);
	assert_int_equal(packet.payload_length, 4);
	assert_false(packet.continued || packet.reply);
}

static void test_nothing_but_the_id(void **state)
{
	enum packet_fault fault;
	struct packet packet;
	struct built built;

	(void)state;
	begin(&built, 5);
	assert_true(take(&built, &packet, &fault));
	assert_int_equal(fault, PACKET_EMPTY);
	assert_int_equal(packet.id, 5);
	assert_int_equal(packet.mark, 0);
	assert_true(key_equal(packet.origin.iif, key_of(0)) && key_equal(packet.origin.oif, key_of(0)));
	assert_false(packet.origin.has_mac || packet.origin.has_uid || packet.origin.has_gid);
}

static void test_bridge_port_stands_in(void **state)
{
	enum packet_fault fault;
	struct packet packet;
	struct built built;

	(void)state;
	begin(&built, 5);
	put_u32(&built, NFQA_IFINDEX_PHYSINDEV, 5);
	put_u32(&built, NFQA_IFINDEX_PHYSOUTDEV, 6);
	assert_true(take(&built, &packet, &fault));
	assert_true(key_equal(packet.origin.iif, key_of(1005)));
	assert_true(key_equal(packet.origin.oif, key_of(1006)));
}

static void test_cut_payload(void **state)
{
	enum packet_fault fault;
	struct packet packet;
	struct built built;

	(void)state;
	begin(&built, 5);
	put_u32(&built, NFQA_CAP_LEN, sizeof datagram);
	mnl_attr_put(built.message, NFQA_PAYLOAD, sizeof datagram - 3, datagram);
	assert_true(take(&built, &packet, &fault));
	assert_int_equal(fault, PACKET_OK);
	assert_int_equal(packet.payload_length, 1);
	assert_int_equal(packet.payload_wire_length, 4);
}

static void test_long_hardware_address(void **state)
{
	struct nfqnl_msg_packet_hw hw = {.hw_addrlen = htons(8), .hw_addr = {1, 2, 3, 4, 5, 6, 7, 8}};
	enum packet_fault fault;
	struct packet packet;
	struct built built;

	(void)state;
	begin(&built, 5);
	mnl_attr_put(built.message, NFQA_HWADDR, sizeof hw, &hw);
	assert_true(take(&built, &packet, &fault));
	assert_false(packet.origin.has_mac);
}

/* What the hook tells: by its number, and by the open bit. */
static void test_position(void **state)
{
	static const struct {
		uint8_t hook;
		uint32_t mark;
		bool continued, reply;
	} cases[] = {
		{NF_INET_PRE_ROUTING, 0, false, false},
		{NF_INET_PRE_ROUTING, OPEN_MARK, true, false},
		{NF_INET_PRE_ROUTING, 0x7f, false, false},
		{NF_INET_LOCAL_OUT, 0, false, false},
		{NF_INET_LOCAL_OUT, OPEN_MARK, true, false},
		{NF_INET_FORWARD, 0, true, true},
		{NF_INET_LOCAL_IN, 0, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum packet_fault fault;
		struct packet packet;
		struct built built;

		begin_at(&built, 5, cases[i].hook);
		put_u32(&built, NFQA_MARK, cases[i].mark);
		assert_true(take(&built, &packet, &fault));
		assert_int_equal(packet.continued, cases[i].continued);
		assert_int_equal(packet.reply, cases[i].reply);
	}
}

static void test_no_id(void **state)
{
	enum packet_fault fault;
	struct packet packet;
	struct built built;

	(void)state;
	built.message = mnl_nlmsg_put_header(built.buffer);
	mnl_nlmsg_put_extra_header(built.message, sizeof(struct nfgenmsg));
	put_u32(&built, NFQA_MARK, 1);
	assert_false(take(&built, &packet, &fault));
}

/* Every cut of a message, and every byte of its attributes changed: sanitizers watch. */
static void test_hostile(void **state)
{
	enum packet_fault fault;
	struct packet packet;
	struct built whole;
	size_t length;

	(void)state;
	begin(&whole, 5);
	put_u32(&whole, NFQA_MARK, 1);
	put_u32(&whole, NFQA_IFINDEX_INDEV, 3);
	mnl_attr_put(whole.message, NFQA_PAYLOAD, sizeof datagram, datagram);
	length = whole.message->nlmsg_len;
	for (size_t cut = sizeof(struct nlmsghdr); cut <= length; cut++) {
		struct nlmsghdr *copy = malloc(cut);
		bool taken;

		memcpy(copy, whole.message, cut);
		taken = queue_message_packet(copy, cut, &config, &packet, &fault);
		assert_int_equal(taken, cut >= NLMSG_LENGTH(sizeof(struct nfgenmsg)) + 11);
		free(copy);
	}
	for (size_t at = NLMSG_LENGTH(sizeof(struct nfgenmsg)); at < length; at++) {
		for (unsigned value = 0; value < 256; value++) {
			struct nlmsghdr *copy = malloc(length);

			memcpy(copy, whole.message, length);
			((uint8_t *)copy)[at] = (uint8_t)value;
			queue_message_packet(copy, length, &config, &packet, &fault);
			free(copy);
		}
	}
}

/* --- verdicts --- */

struct expected {
	uint16_t type;
	uint32_t id, mark;
	bool drop;
};

static void check(const struct verdict *verdicts, size_t count, bool none_older, const struct expected *expected,
		  size_t messages)
{
	struct verdict_message out[8 * VERDICT_ROOM / sizeof(struct verdict_message)];
	struct encoded encoded = verdicts_encode((uint8_t *)out, 7, verdicts, count, none_older);

	assert_int_equal(encoded.messages, messages);
	assert_int_equal(encoded.length, messages * sizeof *out);
	for (size_t i = 0; i < messages; i++) {
		assert_int_equal(out[i].header.nlmsg_len, sizeof *out);
		assert_int_equal(out[i].header.nlmsg_type, NFNL_SUBSYS_QUEUE << 8 | expected[i].type);
		assert_int_equal(out[i].header.nlmsg_flags, NLM_F_REQUEST);
		assert_int_equal(ntohs(out[i].family.res_id), 7);
		assert_int_equal(ntohl(out[i].verdict.id), expected[i].id);
		assert_int_equal(ntohl(out[i].verdict.verdict), expected[i].drop ? NF_DROP : NF_ACCEPT);
		assert_int_equal(ntohl(out[i].mark), expected[i].mark);
	}
}

static void test_runs(void **state)
{
	static const struct verdict verdicts[] = {{.id = 1, .mark = 9, .drop = false}, {.id = 2, .mark = 9, .drop = false}, {.id = 4, .mark = 9, .drop = false},
						  {.id = 5, .mark = 8, .drop = false}, {.id = 6, .mark = 8, .drop = true},  {.id = 7, .mark = 8, .drop = true}};
	static const struct expected expected[] = {{NFQNL_MSG_VERDICT_BATCH, 4, 9, false},
						   {NFQNL_MSG_VERDICT, 5, 8, false},
						   {NFQNL_MSG_VERDICT_BATCH, 7, 8, true}};

	(void)state;
	check(verdicts, 6, true, expected, 3);
}

static void test_no_runs_while_something_older_waits(void **state)
{
	static const struct verdict verdicts[] = {{.id = 2, .mark = 9, .drop = false}, {.id = 3, .mark = 9, .drop = false}};
	static const struct expected expected[] = {{NFQNL_MSG_VERDICT, 2, 9, false},
						   {NFQNL_MSG_VERDICT, 3, 9, false}};

	(void)state;
	check(verdicts, 2, false, expected, 2);
}

/* 5 was held and is released behind 6 and 7: a batch verdict up to 7 would speak for it, too. */
static void test_no_runs_out_of_order(void **state)
{
	static const struct verdict verdicts[] = {{.id = 6, .mark = 9, .drop = false}, {.id = 7, .mark = 9, .drop = false}, {.id = 5, .mark = 8, .drop = false}};
	static const struct expected expected[] = {{NFQNL_MSG_VERDICT, 6, 9, false},
						   {NFQNL_MSG_VERDICT, 7, 9, false},
						   {NFQNL_MSG_VERDICT, 5, 8, false}};

	(void)state;
	check(verdicts, 3, true, expected, 3);
}

static void test_ids_wrap(void **state)
{
	static const struct verdict verdicts[] = {{.id = 0xffffffff, .mark = 9, .drop = false}, {.id = 0, .mark = 9, .drop = false}, {.id = 1, .mark = 9, .drop = false}};
	static const struct expected expected[] = {{NFQNL_MSG_VERDICT_BATCH, 1, 9, false}};

	(void)state;
	check(verdicts, 3, true, expected, 1);
}

/* The new bytes go with their own verdict, and never by a batch. */
static void test_changed_packets(void **state)
{
	static const uint8_t bytes[] = "12345";
	static const struct verdict verdicts[] = {
		{.id = 1, .mark = 9}, {.id = 2, .mark = 9, .replacement = bytes, .replacement_length = 5}, {.id = 3, .mark = 9}};
	_Alignas(struct verdict_message) uint8_t out[3 * VERDICT_ROOM];
	struct encoded encoded = verdicts_encode(out, 7, verdicts, 3, true);
	const struct verdict_message *second = (const void *)(out + sizeof *second);
	const struct nlattr *attr = (const void *)(second + 1);

	(void)state;
	assert_int_equal(encoded.messages, 3);
	assert_int_equal(encoded.length, 3 * sizeof *second + 12);
	assert_int_equal(second->header.nlmsg_len, sizeof *second + 12);
	assert_int_equal(attr->nla_type, NFQA_PAYLOAD);
	assert_int_equal(attr->nla_len, 9);
	assert_memory_equal(attr + 1, "12345\0\0\0", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_attributes),
		cmocka_unit_test(test_changed_packets),
		cmocka_unit_test(test_nothing_but_the_id),
		cmocka_unit_test(test_bridge_port_stands_in),
		cmocka_unit_test(test_cut_payload),
		cmocka_unit_test(test_long_hardware_address),
		cmocka_unit_test(test_position),
		cmocka_unit_test(test_no_id),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_no_runs_while_something_older_waits),
		cmocka_unit_test(test_no_runs_out_of_order),
		cmocka_unit_test(test_ids_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
