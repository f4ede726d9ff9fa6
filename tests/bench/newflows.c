/* SPDX-License-Identifier: GPL-2.0-or-later
 * newflows.c - UDP packets, each the first of a new connection
 *
 * usage: newflows [-r RATE] [-s SOURCES] [-d PORT] [-p HEX] SOURCE DESTINATION COUNT FIRST
 *
 *   -r  packets per second; without it as fast as can be
 *   -s  from so many addresses in turn, SOURCE is the first (1)
 *   -d  all to this port; else it changes, and connections are told apart by it, too
 *   -p  the payload, as hexadecimal digits (64 zero bytes)
 *
 * IPv4 from a raw socket. Connections are numbered from FIRST on, so that two runs need not share any. Ends after 60
 * seconds at the latest.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, PAYLOAD = 64, PAYLOAD_MOST = 1400, PORTS = 60000, FIRST_PORT = 1024, SECONDS_MOST = 60 };

struct datagram {
	struct iphdr ip;
	struct udphdr udp;
	uint8_t payload[PAYLOAD_MOST];
};

struct flood {
	struct in_addr source, destination;
	unsigned long count, first, sources;
	uint16_t port; /* 0: it changes */
	double rate;   /* 0: no limit */
	uint8_t payload[PAYLOAD_MOST];
	size_t length;
};

struct burst {
	struct datagram datagrams[BATCH];
	struct iovec vectors[BATCH];
	struct mmsghdr heads[BATCH];
	struct sockaddr_in to;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void prepare(struct burst *burst, const struct flood *flood)
{
	size_t length = sizeof(struct iphdr) + sizeof(struct udphdr) + flood->length;

	burst->to = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = flood->destination};
	for (int i = 0; i < BATCH; i++) {
		struct datagram *d = &burst->datagrams[i];

		d->ip = (struct iphdr){.version = 4,
				       .ihl = 5,
				       .ttl = 64,
				       .protocol = IPPROTO_UDP,
				       .tot_len = htons((uint16_t)length),
				       .saddr = flood->source.s_addr,
				       .daddr = flood->destination.s_addr};
		d->udp.len = htons((uint16_t)(sizeof d->udp + flood->length));
		memcpy(d->payload, flood->payload, flood->length);
		burst->vectors[i] = (struct iovec){.iov_base = d, .iov_len = length};
		burst->heads[i].msg_hdr = (struct msghdr){.msg_name = &burst->to,
							  .msg_namelen = sizeof burst->to,
							  .msg_iov = &burst->vectors[i],
							  .msg_iovlen = 1};
	}
}

static void number(struct burst *burst, const struct flood *flood, unsigned long sent)
{
	for (unsigned i = 0; i < BATCH; i++) {
		unsigned long n = flood->first + sent + i;
		struct datagram *d = &burst->datagrams[i];

		d->ip.id = htons((uint16_t)n);
		d->ip.saddr = htonl(ntohl(flood->source.s_addr) + (uint32_t)(n % flood->sources));
		d->udp.source = htons((uint16_t)(FIRST_PORT + n % PORTS));
		d->udp.dest = htons(flood->port ? flood->port : (uint16_t)(FIRST_PORT + n / PORTS % PORTS));
	}
}

/* Waits until as many packets as sent are due. */
static void pace(double begun, unsigned long sent, double rate)
{
	double wait = rate > 0 ? begun + (double)sent / rate - now() : 0;

	if (wait > 0)
		nanosleep(&(struct timespec){.tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (long)wait) * 1e9)},
			  NULL);
}

static unsigned long send_all(int fd, struct burst *burst, const struct flood *flood)
{
	unsigned long sent = 0, left;
	double begun = now();

	while (sent < flood->count && now() - begun < SECONDS_MOST) {
		int done;

		left = flood->count - sent;
		number(burst, flood, sent);
		done = sendmmsg(fd, burst->heads, left < BATCH ? (unsigned)left : BATCH, 0);
		if (done > 0)
			sent += (unsigned long)done;
		pace(begun, sent, flood->rate);
	}
	printf("sent %lu packets, %.0f per second\n", sent, (double)sent / (now() - begun));
	return sent;
}

static bool take_payload(struct flood *flood, const char *hex)
{
	unsigned byte;

	for (flood->length = 0; *hex; hex += 2) {
		if (flood->length == PAYLOAD_MOST || sscanf(hex, "%2x", &byte) != 1 || !hex[1])
			return false;
		flood->payload[flood->length++] = (uint8_t)byte;
	}
	return true;
}

static bool take_arguments(struct flood *flood, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "r:s:d:p:")) != -1) {
		if (option == 'r')
			flood->rate = strtod(optarg, NULL);
		else if (option == 's')
			flood->sources = strtoul(optarg, NULL, 10);
		else if (option == 'd')
			flood->port = (uint16_t)strtoul(optarg, NULL, 10);
		else if (option != 'p' || !take_payload(flood, optarg))
			return false;
	}
	argv += optind;
	if (argc - optind != 4 || !flood->sources || !inet_aton(argv[0], &flood->source) ||
	    !inet_aton(argv[1], &flood->destination))
		return false;
	flood->count = strtoul(argv[2], NULL, 10);
	flood->first = strtoul(argv[3], NULL, 10);
	return true;
}

int main(int argc, char **argv)
{
	struct burst *burst = calloc(1, sizeof *burst);
	struct flood flood = {.sources = 1, .length = PAYLOAD};
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	if (!take_arguments(&flood, argc, argv)) {
		fputs("usage: newflows [-r RATE] [-s SOURCES] [-d PORT] [-p HEX] SOURCE DESTINATION COUNT FIRST\n",
		      stderr);
		return 2;
	}
	if (fd < 0 || !burst) {
		perror("newflows");
		return 1;
	}
	prepare(burst, &flood);
	return send_all(fd, burst, &flood) == flood.count ? 0 : 1;
}
