/* SPDX-License-Identifier: GPL-2.0-or-later
 * sender.c - TCP segments from whatever address
 */
#include "sender.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checksum.h"
#include "privileges.h"
#include "ruleset.h"

#define TCP_OPTIONS 40
#define SEND_MAX 65535
#define SEND_BUFFER (4 << 20)
#define HOP_LIMIT 64

struct sender {
	int raw[FAMILY_COUNT];
	uint32_t mark[FAMILY_COUNT]; /* SO_MARK as set */
	uint8_t packet[SEND_MAX];
};

static int open_raw(enum family family)
{
	int fd = privileges_raw_socket(family == FAMILY_IPV6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC,
				       IPPROTO_RAW);
	int on = 1, size = SEND_BUFFER;

	if (fd < 0)
		return -1;
	if (family == FAMILY_IPV6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return fd;
}

struct sender *sender_open(void)
{
	struct sender *sender = calloc(1, sizeof *sender);

	if (!sender)
		return NULL;
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		sender->raw[family] = open_raw(family);
	if (sender->raw[FAMILY_IPV4] >= 0 || sender->raw[FAMILY_IPV6] >= 0)
		return sender;
	free(sender);
	return NULL;
}

void sender_close(struct sender *sender)
{
	if (!sender)
		return;
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		if (sender->raw[family] >= 0)
			close(sender->raw[family]);
	free(sender);
}

static void store16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void store32(uint8_t *at, uint32_t value)
{
	store16(at, value >> 16);
	store16(at + 2, value & 0xffff);
}

/* The IP header for length bytes of TCP; the kernel fills in IPv4's checksum and identification. Returns its size. */
static size_t put_ip(uint8_t *at, const struct segment *s, size_t length)
{
	memset(at, 0, sizeof(struct ip6_hdr));
	if (key_is_ipv4(s->src)) {
		at[0] = 0x45;
		at[1] = (uint8_t)(s->dscp << 2);
		store16(at + 2, (unsigned)(length + 20));
		at[6] = 0x40; /* don't fragment */
		at[8] = HOP_LIMIT;
		at[9] = IPPROTO_TCP;
		key_to_address(s->src, at + 12);
		key_to_address(s->dst, at + 16);
		return 20;
	}
	store32(at, 0x60000000U | (uint32_t)s->dscp << 22);
	store16(at + 4, (unsigned)length);
	at[6] = IPPROTO_TCP;
	at[7] = HOP_LIMIT;
	key_to_address(s->src, at + 8);
	key_to_address(s->dst, at + 24);
	return sizeof(struct ip6_hdr);
}

static void put_tcp(uint8_t *at, const struct segment *s, size_t length)
{
	uint8_t src[16], dst[16];
	size_t size = key_to_address(s->src, src), header = 20 + s->option_length;

	key_to_address(s->dst, dst);
	memset(at, 0, 20);
	store16(at, s->sport);
	store16(at + 2, s->dport);
	store32(at + 4, s->seq);
	store32(at + 8, s->ack);
	at[12] = (uint8_t)(header / 4 << 4);
	at[13] = s->flags;
	store16(at + 14, s->window);
	if (s->option_length)
		memcpy(at + 20, s->options, s->option_length);
	if (s->payload_length)
		memcpy(at + header, s->payload, s->payload_length);
	store16(at + 16, checksum_tcp(src, dst, size, at, length));
}

static int set_mark(struct sender *sender, enum family family, uint32_t mark)
{
	if (sender->mark[family] == mark)
		return 0;
	if (setsockopt(sender->raw[family], SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0)
		return errno;
	sender->mark[family] = mark;
	return 0;
}

static int send_packet(const struct sender *sender, enum family family, const struct segment *s, size_t length)
{
	union {
		struct sockaddr any;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
	} to = {.ipv6 = {.sin6_family = AF_INET6}};
	socklen_t size = sizeof to.ipv6;
	uint8_t address[16];

	key_to_address(s->dst, address);
	if (family == FAMILY_IPV4) {
		to.ipv4 = (struct sockaddr_in){.sin_family = AF_INET};
		memcpy(&to.ipv4.sin_addr, address, sizeof to.ipv4.sin_addr);
		size = sizeof to.ipv4;
	} else {
		memcpy(&to.ipv6.sin6_addr, address, sizeof to.ipv6.sin6_addr);
	}
	return sendto(sender->raw[family], sender->packet, length, MSG_DONTWAIT, &to.any, size) < 0 ? errno : 0;
}

int sender_send(struct sender *sender, const struct segment *s)
{
	enum family family = family_of_address(s->src);
	size_t length = 20 + s->option_length + s->payload_length, header;
	int error = sender->raw[family] >= 0 ? set_mark(sender, family, s->mark) : EAFNOSUPPORT;

	if (s->option_length > TCP_OPTIONS || length > SEND_MAX - sizeof(struct ip6_hdr))
		return EMSGSIZE;
	if (error)
		return error;
	header = put_ip(sender->packet, s, length);
	put_tcp(sender->packet + header, s, length);
	return send_packet(sender, family, s, header + length);
}
