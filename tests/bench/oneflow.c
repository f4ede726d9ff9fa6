/* SPDX-License-Identifier: GPL-2.0-or-later
 * oneflow.c - what a small packet of one connection costs who sends it, with the way that it goes in its name
 *
 * usage: oneflow ADDRESS [PACKETS]
 *
 * Datagrams of 64 bytes to port 9000, after a first one and the time to decide about it. Between namespaces, which
 * veth joins, the kernel takes each through the routers before send(2) returns, so the processor time of the sender
 * is that of the whole way. Prints nanoseconds a packet: the least of 20 stretches, as what else goes on only adds to it.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum { STRETCHES = 20, BYTES = 64, DECIDED_MS = 200 };

static double clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int connected(const char *address)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found;
	int fd;

	if (getaddrinfo(address, "9000", &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_DGRAM, 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0)
		fd = -1;
	freeaddrinfo(found);
	return fd;
}

int main(int argc, char **argv)
{
	const struct timespec decided = {.tv_nsec = DECIDED_MS * 1000000L};
	long packets = argc > 2 ? strtol(argv[2], NULL, 10) / STRETCHES : 5000;
	int fd = argc > 1 ? connected(argv[1]) : -1;
	char bytes[BYTES] = {0};
	double least = 0;

	if (fd < 0 || packets < 1 || send(fd, bytes, sizeof bytes, 0) < 0) {
		fputs("usage: oneflow ADDRESS [PACKETS]\n", stderr);
		return 2;
	}
	nanosleep(&decided, NULL);
	for (int stretch = 0; stretch < STRETCHES; stretch++) {
		double begun = clock_now(), each;

		for (long i = 0; i < packets; i++)
			send(fd, bytes, sizeof bytes, 0);
		each = (clock_now() - begun) / (double)packets;
		least = !stretch || each < least ? each : least;
	}
	printf("%.0f\n", least);
	return 0;
}
