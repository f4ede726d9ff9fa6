/* SPDX-License-Identifier: GPL-2.0-or-later
 * tool_peer.c - the two ends of a connection, for both families
 *
 *   tool_peer serve PORT
 *       echoes TCP and UDP; prints "tcp ADDRESS" for each connection and "udp ADDRESS" for each datagram, after "ready"
 *   tool_peer [-m MARK] [-p PORT] [-w MILLISECONDS] tcp|udp ADDRESS PORT BYTES [ROUNDS]
 *       in each round sends BYTES and waits for their echo; prints "ok" or, after 2 seconds of silence at most, what
 *       went wrong. -m sets the socket's mark (SO_MARK), -p its own port, -w how long to wait for the connection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SILENCE_MS = 2000, DATAGRAM_MAX = 1200 };

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

/* --- the server --- */

static int bound(int type, uint16_t port)
{
	const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd = socket(AF_INET6, type, 0), yes = 1, room = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	/* on a busy machine datagrams wait for their turn; a test must not take that for a loss */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof any) < 0)
		exit(fail("bind"));
	return fd;
}

static void log_peer(const char *protocol, const struct sockaddr_in6 *peer)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &peer->sin6_addr, text, sizeof text);
	printf("%s %s\n", protocol, strncmp(text, "::ffff:", 7) == 0 ? text + 7 : text);
	fflush(stdout);
}

static void echo_stream(int fd)
{
	char buffer[1 << 16];
	ssize_t got;

	/* in a network that is taken down no end of the connection will ever come */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((got = read(fd, buffer, sizeof buffer)) > 0)
		for (ssize_t sent = 0, now; sent < got; sent += now)
			if ((now = write(fd, buffer + sent, (size_t)(got - sent))) <= 0)
				exit(0);
	exit(0);
}

static void serve_stream(int listener)
{
	struct sockaddr_in6 peer;
	socklen_t length = sizeof peer;
	int fd = accept(listener, (struct sockaddr *)&peer, &length);

	if (fd < 0)
		return;
	log_peer("tcp", &peer);
	if (fork() == 0)
		echo_stream(fd);
	close(fd);
}

/* Answers from the address that was asked: of several, the kernel would take the one nearest to the client. */
static void serve_datagram(int fd)
{
	char buffer[DATAGRAM_MAX];
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control;
	struct sockaddr_in6 peer;
	struct iovec bytes = {.iov_base = buffer, .iov_len = sizeof buffer};
	struct msghdr message = {.msg_name = &peer,
				 .msg_namelen = sizeof peer,
				 .msg_iov = &bytes,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	ssize_t got = recvmsg(fd, &message, 0);

	if (got < 0)
		return;
	log_peer("udp", &peer);
	bytes.iov_len = (size_t)got;
	/* by any device */
	((struct in6_pktinfo *)(void *)CMSG_DATA(&control.header))->ipi6_ifindex = 0;
	sendmsg(fd, &message, 0);
}

static int serve(uint16_t port)
{
	struct pollfd fds[] = {{.fd = bound(SOCK_STREAM, port), .events = POLLIN},
			       {.fd = bound(SOCK_DGRAM, port), .events = POLLIN}};
	int yes = 1;

	setsockopt(fds[1].fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
	signal(SIGCHLD, SIG_IGN);
	if (listen(fds[0].fd, 16) < 0)
		return fail("listen");
	puts("ready");
	fflush(stdout);
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents)
			serve_stream(fds[0].fd);
		if (fds[1].revents)
			serve_datagram(fds[1].fd);
	}
	return fail("poll");
}

/* --- the client --- */

/* What a socket is to have of its own; 0: as the kernel chooses. */
struct own {
	uint32_t mark;
	uint16_t port;
	long patience_ms;
};

static bool is_bound(int fd, int family, uint16_t port)
{
	const struct sockaddr_in6 any = {.sin6_family = (sa_family_t)family, .sin6_port = htons(port)};

	/* family and port are where sockaddr_in has them, too */
	return bind(fd, (const struct sockaddr *)&any, family == AF_INET ? sizeof(struct sockaddr_in) : sizeof any) == 0;
}

static int connected(int type, const char *address, const char *port, const struct own *own)
{
	const struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICHOST};
	const struct timeval patience = {own->patience_ms / 1000, own->patience_ms % 1000 * 1000};
	struct addrinfo *found;
	bool failed;
	int fd;

	if (getaddrinfo(address, port, &hints, &found) != 0)
		return -1;
	fd = socket(found->ai_family, type, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	failed = own->mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &own->mark, sizeof own->mark) < 0;
	failed = failed || (own->port && !is_bound(fd, found->ai_family, own->port));
	failed = failed || connect(fd, found->ai_addr, found->ai_addrlen) < 0;
	freeaddrinfo(found);
	if (!failed)
		return fd;
	/* what a blocking connect() says when its time is over */
	errno = errno == EINPROGRESS ? ETIMEDOUT : errno;
	return -1;
}

static bool round_trip(int fd, size_t bytes)
{
	static char buffer[1 << 16];
	size_t sent = 0, received = 0;

	while (received < bytes) {
		struct pollfd wait = {.fd = fd, .events = (short)(POLLIN | (sent < bytes ? POLLOUT : 0))};
		size_t left = bytes - sent < sizeof buffer ? bytes - sent : sizeof buffer;
		ssize_t now = 1;

		errno = ETIMEDOUT;
		if (poll(&wait, 1, SILENCE_MS) <= 0)
			return false;
		if (wait.revents & POLLOUT && (now = send(fd, buffer, left, MSG_DONTWAIT)) > 0)
			sent += (size_t)now;
		if (now > 0 && wait.revents & ~POLLOUT && (now = recv(fd, buffer, sizeof buffer, 0)) > 0)
			received += (size_t)now;
		if (now < 0 && errno != EAGAIN)
			return false;
		errno = ECONNRESET;
		if (now == 0)
			return false;
	}
	return true;
}

static int client(int type, char **argv, const struct own *own)
{
	size_t bytes = strtoul(argv[2], NULL, 0);
	unsigned rounds = argv[3] ? (unsigned)atoi(argv[3]) : 1;
	int fd = connected(type, argv[0], argv[1], own);

	if (fd < 0)
		return fail("connect");
	while (rounds--)
		if (!round_trip(fd, bytes))
			return fail("echo");
	close(fd);
	puts("ok");
	return 0;
}

int main(int argc, char **argv)
{
	struct own own = {.patience_ms = SILENCE_MS};
	int option;

	while ((option = getopt(argc, argv, "+m:p:w:")) != -1) {
		if (option == 'm')
			own.mark = (uint32_t)strtoul(optarg, NULL, 0);
		else if (option == 'p')
			own.port = (uint16_t)atoi(optarg);
		else if (option == 'w')
			own.patience_ms = atol(optarg);
		else
			return 2;
	}
	argc -= optind;
	argv += optind;
	if (argc == 2 && strcmp(argv[0], "serve") == 0)
		return serve((uint16_t)atoi(argv[1]));
	if (argc < 4)
		return 2;
	return client(strcmp(argv[0], "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM, argv + 1, &own);
}
