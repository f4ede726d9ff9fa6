/* SPDX-License-Identifier: GPL-2.0-or-later
 * oneflow.c - what a small packet of one connection costs who sends it, with the way that it goes in its name
 *
 * usage: oneflow ADDRESS [PACKETS]
 *        oneflow answer
 *
 * Datagrams of 64 bytes to port 9000, after two longer ones that are answered and the time to decide about them. Between
 * namespaces, which veth joins, the kernel takes each through the routers before send(2) returns, so the processor time of
 * the sender is that of the whole way. Prints nanoseconds a packet: the least of 20 stretches, as what else goes on only adds
 * to it. The other end answers what reaches it; it is best to drop those of 64 bytes there.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { PORT = 9000, STRETCHES = 20, GREETING = 65, BYTES = 64, DECIDED_MS = 200, ANSWER_MS = 2000 };

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
	char port[8];
	int fd;

	snprintf(port, sizeof port, "%d", PORT);
	if (getaddrinfo(address, port, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, SOCK_DGRAM, 0);
	if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0)
		fd = -1;
	freeaddrinfo(found);
	return fd;
}

/* From the second on, the connection is one that has had an answer. */
static bool greet(int fd)
{
	struct pollfd answer = {.fd = fd, .events = POLLIN};
	char bytes[GREETING] = {0};

	for (int i = 0; i < 2; i++)
		if (send(fd, bytes, sizeof bytes, 0) < 0 || poll(&answer, 1, ANSWER_MS) != 1 ||
		    recv(fd, bytes, sizeof bytes, 0) < 0)
			return false;
	return true;
}

/* Until it is ended. */
static int answer(void)
{
	const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	char bytes[GREETING];

	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof any) != 0) {
		perror("oneflow");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct sockaddr_in6 peer;
		socklen_t length = sizeof peer;
		ssize_t got = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &length);

		if (got >= 0)
			sendto(fd, bytes, (size_t)got, 0, (const struct sockaddr *)&peer, length);
	}
}

int main(int argc, char **argv)
{
	const struct timespec decided = {.tv_nsec = DECIDED_MS * 1000000L};
	long packets = argc > 2 ? strtol(argv[2], NULL, 10) / STRETCHES : 5000;
	char bytes[BYTES] = {0};
	double least = 0;
	int fd;

	if (argc > 1 && strcmp(argv[1], "answer") == 0)
		return answer();
	fd = argc > 1 ? connected(argv[1]) : -1;
	if (fd < 0 || packets < 1) {
		fputs("usage: oneflow ADDRESS [PACKETS] | answer\n", stderr);
		return 2;
	}
	if (!greet(fd)) {
		fputs("oneflow: nobody answers\n", stderr);
		return 1;
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
