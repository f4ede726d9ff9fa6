/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_track.c - which packets make a connection, who began it, and when a tuple begins anew
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "track.h"

#define SECOND 1000000000ULL

/* Packets between a client (port 1000 or identifier 7) and a server (port 80), as a script: time in seconds,
 * sender, and what; behind '=' what must be answered: the connection's number and the direction, or why there is
 * none. */
static const struct {
	const char *name;
	uint8_t proto;
	const char *script;
} scripts[] = {
	{"handshake", IPPROTO_TCP, "0 c S =0o, 0 s SA =0r, 0 c A =0o, 1 c A =0o, 2 s A =0r"},
	{"syn sent again", IPPROTO_TCP, "0 c S =0o, 1 c S =0o, 3 c S =0o"},
	{"syn given up, sent later", IPPROTO_TCP, "0 c S =0o, 120 c S =1o"},
	{"syn-ack comes first", IPPROTO_TCP, "0 s SA =0r, 0 c A =0o"},
	{"in mid-stream", IPPROTO_TCP, "0 s A =0o, 0 c A =0r"},
	{"rst comes first", IPPROTO_TCP, "0 c R =invalid, 0 s RA =invalid, 0 c S =0o"},
	{"fin comes first", IPPROTO_TCP, "0 c FA =invalid, 0 c S =0o"},
	{"no flags", IPPROTO_TCP, "0 c - =invalid"},
	{"closed, opened again", IPPROTO_TCP,
	 "0 c S =0o, 0 s SA =0r, 0 c A =0o, 1 c FA =0o, 1 s FA =0r, 1 c A =0o, 2 c S =1o, 2 s SA =1r"},
	{"half closed", IPPROTO_TCP, "0 c S =0o, 0 s SA =0r, 0 c A =0o, 1 c FA =0o, 1 s A =0r, 2 c S =0o"},
	{"reset, opened again by the other side", IPPROTO_TCP, "0 c S =0o, 0 s RA =0r, 1 s S =1o, 1 c SA =1r"},
	{"idle for days", IPPROTO_TCP, "0 c S =0o, 0 s SA =0r, 0 c A =0o, 431999 c A =0o"},
	{"idle for too many days", IPPROTO_TCP, "0 c S =0o, 0 s SA =0r, 0 c A =0o, 432001 s A =1o"},
	{"udp", IPPROTO_UDP, "0 c . =0o, 0 s . =0r, 29 c . =0o"},
	{"udp without an answer, later", IPPROTO_UDP, "0 c . =0o, 30 s . =1o"},
	{"udp with an answer, later", IPPROTO_UDP, "0 c . =0o, 0 s . =0r, 119 c . =0o, 240 c . =1o"},
	{"echo", IPPROTO_ICMP, "0 c 8 =0o, 0 s 0 =0r, 1 c 8 =0o, 1 s 8 =1o, 1 c 0 =1r"},
	{"echo reply without a request", IPPROTO_ICMP, "0 s 0 =invalid"},
	{"timestamp beside echo", IPPROTO_ICMP, "0 c 8 =0o, 0 c 13 =1o, 0 s 14 =1r, 0 s 0 =0r"},
	{"unreachable", IPPROTO_ICMP, "0 s 3 =related, 0 s 11 =related"},
	{"odd type", IPPROTO_ICMP, "0 c 40 =invalid"},
	{"echo", IPPROTO_ICMPV6, "0 c 128 =0o, 0 s 129 =0r"},
	{"neighbour discovery", IPPROTO_ICMPV6, "0 c 135 =untracked, 0 s 136 =untracked, 0 c 143 =untracked"},
	{"too big", IPPROTO_ICMPV6, "0 s 2 =related"},
	{"esp", IPPROTO_ESP, "0 c . =0o, 0 s . =0r, 600 s . =1o"},
};

static uint8_t flags_of(const char *word)
{
	static const struct {
		char letter;
		uint8_t flag;
	} letters[] = {{'S', TCP_SYN}, {'A', TCP_ACK}, {'F', TCP_FIN}, {'R', TCP_RST}};
	uint8_t flags = 0;

	for (; *word; word++)
		for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
			flags |= *word == letters[i].letter ? letters[i].flag : 0;
	return flags;
}

static struct packet make_packet(uint8_t proto, bool from_client, const char *word)
{
	bool v6 = proto == IPPROTO_ICMPV6, icmp = v6 || proto == IPPROTO_ICMP;
	struct key client = v6 ? (struct key){0xfd00000000000000, 1} : (struct key){0, 0xffff0a000001};
	struct key server = v6 ? (struct key){0xfd00000000000000, 2} : (struct key){0, 0xffff0a000002};
	struct packet p = {.family = v6 ? AF_INET6 : AF_INET, .proto = proto};

	p.src = from_client ? client : server;
	p.dst = from_client ? server : client;
	p.has_ports = proto == IPPROTO_TCP || proto == IPPROTO_UDP;
	if (icmp) {
		sscanf(word, "%hhu", &p.icmp_type);
		p.sport = p.dport = 7;
	} else if (p.has_ports) {
		p.sport = from_client ? 1000 : 80;
		p.dport = from_client ? 80 : 1000;
		p.tcp_flags = flags_of(word);
	}
	return p;
}

static void play(const char *name, uint8_t proto, const char *script)
{
	static const char *const reasons[] = {[TRACK_RELATED] = "related",
					      [TRACK_UNTRACKED] = "untracked",
					      [TRACK_INVALID] = "invalid",
					      [TRACK_NO_MEMORY] = "memory"};
	struct track *track = track_new();
	unsigned seconds;
	char who, word[8], expected[16], got[16];

	for (int used; sscanf(script, " %u %c %7s =%15[^,],%n", &seconds, &who, word, expected, &used) >= 4;
	     script += used) {
		struct packet p = make_packet(proto, who == 'c', word);
		size_t index = 0;
		enum track_result result = track_packet(track, &p, SECOND * (seconds + 1ULL), &index);

		if (result == TRACK_OK)
			snprintf(got, sizeof got, "%zu%c", index, p.reply ? 'r' : 'o');
		else
			snprintf(got, sizeof got, "%s", reasons[result]);
		if (strcmp(got, expected))
			fail_msg("%s: at %u s %c %s: %s, not %s", name, seconds, who, word, got, expected);
		if (!strchr(script, ','))
			break;
	}
	track_free(track);
}

static void all_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		play(scripts[i].name, scripts[i].proto, scripts[i].script);
}

/* "Continued" is what the kernel calls ESTABLISHED: an answer has been seen. */
static void continued(void **state)
{
	static const struct {
		bool client, continued;
	} packets[] = {{true, false}, {true, false}, {false, true}, {true, true}};
	struct track *track = track_new();
	size_t index;

	(void)state;
	for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
		struct packet p = make_packet(IPPROTO_UDP, packets[i].client, ".");

		assert_int_equal(track_packet(track, &p, SECOND, &index), TRACK_OK);
		assert_int_equal(p.continued, packets[i].continued);
	}
	assert_int_equal(track_at(track, 0)->packets, 4);
	track_free(track);
}

/* The table grows, and every connection is still found, in both directions, by its initiator only. */
static void many(void **state)
{
	enum { MANY = 20000 };
	struct track *track = track_new();
	size_t index;

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			struct packet p = make_packet(IPPROTO_UDP, true, ".");

			p.sport = (uint16_t)(10000 + i);
			assert_int_equal(track_packet(track, &p, SECOND, &index), TRACK_OK);
			assert_int_equal(index, i);
		}
	}
	assert_int_equal(track_count(track), MANY);
	for (unsigned i = 0; i < MANY; i++) {
		struct connection like = *track_at(track, i), reverse = like;

		assert_true(track_find(track, &like, &index));
		assert_int_equal(index, i);
		reverse.src = like.dst;
		reverse.dst = like.src;
		reverse.sport = like.dport;
		reverse.dport = like.sport;
		assert_false(track_find(track, &reverse, &index));
	}
	track_free(track);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_scripts),
		cmocka_unit_test(continued),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
