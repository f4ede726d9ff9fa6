/* SPDX-License-Identifier: GPL-2.0-or-later
 * newflows.c - UDP packets, each the first of a new connection
 *
 * usage: newflows SOURCE DESTINATION COUNT FIRST [RATE]
 *
 * IPv4 from a raw socket, 64 bytes of payload. Connections are numbered from FIRST on, so that two runs need not
 * share any. RATE is packets per second; without it as fast as can be. Ends after 60 seconds at the latest.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 32, PAYLOAD = 64, PORTS = 60000, FIRST_PORT = 1024, SECONDS_MOST = 60 };

struct datagram {
	struct iphdr ip;
	struct udphdr udp;
	char payload[PAYLOAD];
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

static void prepare(struct burst *burst, in_addr_t source, in_addr_t destination)
{
	burst->to = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = destination};
	for (int i = 0; i < BATCH; i++) {
		struct datagram *d = &burst->datagrams[i];

		d->ip = (struct iphdr){.version = 4,
				       .ihl = 5,
				       .ttl = 64,
				       .protocol = IPPROTO_UDP,
				       .tot_len = htons(sizeof *d),
				       .saddr = source,
				       .daddr = destination};
		d->udp.len = htons(sizeof d->udp + PAYLOAD);
		burst->vectors[i] = (struct iovec){.iov_base = d, .iov_len = sizeof *d};
		burst->heads[i].msg_hdr = (struct msghdr){.msg_name = &burst->to,
							  .msg_namelen = sizeof burst->to,
							  .msg_iov = &burst->vectors[i],
							  .msg_iovlen = 1};
	}
}

static void number(struct burst *burst, unsigned long first)
{
	for (int i = 0; i < BATCH; i++) {
		unsigned long n = first + (unsigned long)i;

		burst->datagrams[i].ip.id = htons((uint16_t)n);
		burst->datagrams[i].udp.source = htons((uint16_t)(FIRST_PORT + n % PORTS));
		burst->datagrams[i].udp.dest = htons((uint16_t)(FIRST_PORT + n / PORTS % PORTS));
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

int main(int argc, char **argv)
{
	struct burst *burst = calloc(1, sizeof *burst);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	unsigned long count, first, sent = 0;
	struct in_addr source, destination;
	double begun, rate;

	if (argc < 5 || argc > 6 || !inet_aton(argv[1], &source) || !inet_aton(argv[2], &destination)) {
		fputs("usage: newflows SOURCE DESTINATION COUNT FIRST [RATE]\n", stderr);
		return 2;
	}
	if (fd < 0 || !burst) {
		perror("newflows");
		return 1;
	}
	count = strtoul(argv[3], NULL, 10);
	first = strtoul(argv[4], NULL, 10);
	rate = argc > 5 ? strtod(argv[5], NULL) : 0;
	prepare(burst, source.s_addr, destination.s_addr);
	begun = now();
	while (sent < count && now() - begun < SECONDS_MOST) {
		unsigned want = count - sent < BATCH ? (unsigned)(count - sent) : BATCH;
		int done;

		number(burst, first + sent);
		done = sendmmsg(fd, burst->heads, want, 0);
		if (done > 0)
			sent += (unsigned long)done;
		pace(begun, sent, rate);
	}
	printf("sent %lu packets, %.0f per second\n", sent, (double)sent / (now() - begun));
	return sent == count ? 0 : 1;
}
