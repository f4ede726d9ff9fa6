/* SPDX-License-Identifier: GPL-2.0-or-later
 * check_ping.c - check ping: ICMP echo (RFC 792) and ICMPv6 echo (RFC 4443 section 4)
 */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checksum.h"
#include "probe.h"

enum { LENGTH = 16, IP_HEADER_MAX = 60 };

static bool is_ipv4(const struct probe *probe)
{
	return key_is_ipv4(probe->check->address);
}

/* Type, code, checksum, identifier, sequence number; what an answer has to repeat is behind the checksum. */
static void compose(const struct probe *probe, uint8_t message[LENGTH])
{
	unsigned id = (unsigned)probe->nonce & 0xffff, sum;

	memset(message, 0, LENGTH);
	message[0] = is_ipv4(probe) ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	message[4] = (uint8_t)(id >> 8);
	message[5] = (uint8_t)id;
	message[6] = (uint8_t)(probe->number >> 8);
	message[7] = (uint8_t)probe->number;
	memcpy(message + 8, &probe->nonce, sizeof probe->nonce);
	if (!is_ipv4(probe))
		return; /* the kernel does, RFC 3542 3.1 */
	sum = checksum_finish(checksum_add(0, message, LENGTH));
	message[2] = (uint8_t)(sum >> 8);
	message[3] = (uint8_t)sum;
}

static void want_answers_only(const struct probe *probe)
{
	struct icmp6_filter filter6;
	uint32_t filter4 = ~(1U << ICMP_ECHOREPLY); /* raw(7): bits of what is kept out */

	ICMP6_FILTER_SETBLOCKALL(&filter6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter6);
	if (is_ipv4(probe))
		setsockopt(probe->fd, SOL_RAW, 1 /* ICMP_FILTER */, &filter4, sizeof filter4);
	else
		setsockopt(probe->fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter6, sizeof filter6);
}

static enum probe_result ask(struct probe *probe)
{
	uint8_t message[LENGTH];

	want_answers_only(probe);
	compose(probe, message);
	return send(probe->fd, message, sizeof message, 0) < 0 ? probe_failed(probe, errno) : PROBE_WAITS;
}

/* IPv4 raw sockets are given the IP header too. */
static bool is_answer(const struct probe *probe, const uint8_t *bytes, size_t length)
{
	uint8_t asked[LENGTH];
	size_t header = is_ipv4(probe) && length ? (bytes[0] & 0xfU) * 4 : 0;

	compose(probe, asked);
	if (length < header + LENGTH)
		return false;
	bytes += header;
	return bytes[0] == (is_ipv4(probe) ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) &&
	       memcmp(bytes + 4, asked + 4, LENGTH - 4) == 0;
}

static enum probe_result look(struct probe *probe)
{
	uint8_t bytes[IP_HEADER_MAX + LENGTH];
	ssize_t got;

	while ((got = recv(probe->fd, bytes, sizeof bytes, 0)) >= 0)
		if (is_answer(probe, bytes, (size_t)got))
			return PROBE_GOOD;
	return errno == EAGAIN || errno == EINTR ? PROBE_WAITS : probe_failed(probe, errno);
}

const struct probe_type probe_ping = {
	.socket_type = SOCK_RAW,
	.protocol = {[FAMILY_IPV4] = IPPROTO_ICMP, [FAMILY_IPV6] = IPPROTO_ICMPV6},
	.ask = ask,
	.look = look,
};
