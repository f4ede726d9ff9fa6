/* SPDX-License-Identifier: GPL-2.0-or-later
 * connections.c - TCP connections by the thousand, and how long each took; and a server for them
 *
 * usage: connections serve PORT
 *        connections open [-n AT-ONCE] [-r RATE] [-h NAME] [-b ADDRESS] ADDRESS PORT COUNT
 *
 *   -n  so many are open at the same time (1)
 *   -r  begun a second; without it as fast as can be
 *   -h  each says a ClientHello (RFC 8446 section 4.1.2) for this name and waits for the server's first byte
 *   -b  from this address
 *
 * Either family. The server answers the first bytes of a connection by one byte; what the client has of a connection it
 * then resets, so that ports are free again at once. The client prints one line of NAME=VALUE: connections that did all
 * they should and those that did not within TIMEOUT, seconds for all, and in microseconds the median, 99th percentile
 * and maximum from connect(2) to being connected, and from the ClientHello to the answer.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, AT_ONCE_MOST = 1024, HELLO = 517, NAME_MOST = 200, TIMEOUT_US = 3000000 };

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* --- the server --- */

static void answer_one(int fd)
{
	char bytes[4096];
	ssize_t got = recv(fd, bytes, sizeof bytes, 0);

	if (got > 0)
		send(fd, "x", 1, MSG_NOSIGNAL);
	else if (got == 0 || errno != EAGAIN)
		close(fd);
}

static int serve(uint16_t port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), poll = epoll_create1(0), on = 1;
	struct epoll_event events[EVENTS], event = {.events = EPOLLIN, .data.fd = listener};

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 4096) < 0 ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) < 0)
		return fail("serve");
	for (;;) {
		int count = epoll_wait(poll, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd != listener) {
				answer_one(events[i].data.fd);
				continue;
			}
			event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
			if (event.data.fd >= 0)
				epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
		}
	}
}

/* --- the client --- */

struct times {
	uint32_t *us;
	size_t count;
};

struct connection {
	int fd; /* -1: free */
	bool asked;
	uint64_t begun; /* of connect(2), then of the hello */
};

struct client {
	struct addrinfo *to, *from;
	unsigned long count, begun, done, failed;
	unsigned at_once, open;
	double rate;
	int poll;
	uint8_t hello[HELLO];
	size_t hello_length;
	struct times connects, answers;
	struct connection connections[AT_ONCE_MOST];
};

static void note(struct times *times, uint64_t us)
{
	times->us[times->count++] = (uint32_t)us;
}

static uint8_t *put16(uint8_t *to, size_t value)
{
	*to++ = (uint8_t)(value >> 8);
	*to++ = (uint8_t)value;
	return to;
}

static uint8_t *put_name(uint8_t *to, const char *name, size_t len)
{
	to = put16(to, 0); /* server_name, RFC 6066 section 3 */
	to = put16(to, len + 5);
	to = put16(to, len + 3);
	*to++ = 0;
	to = put16(to, len);
	memcpy(to, name, len);
	return to + len;
}

/* As long as browsers make theirs: the rest is padding, RFC 7685. */
static size_t make_hello(uint8_t hello[HELLO], const char *name)
{
	static const uint8_t ciphers[] = {0, 2, 0x13, 1, 1, 0}, versions[] = {0, 43, 0, 3, 2, 3, 4};
	uint8_t *at = hello;

	*at++ = 22;
	at = put16(at, 0x0301);
	at = put16(at, HELLO - 5);
	*at++ = 1;
	*at++ = 0;
	at = put16(at, HELLO - 9);
	at = put16(at, 0x0303);
	memset(at, 0x5a, 32);
	at += 32;
	*at++ = 0;
	memcpy(at, ciphers, sizeof ciphers);
	at += sizeof ciphers;
	at = put16(at, (size_t)(hello + HELLO - at) - 2);
	at = put_name(at, name, strlen(name));
	memcpy(at, versions, sizeof versions);
	at += sizeof versions;
	at = put16(at, 21);
	at = put16(at, (size_t)(hello + HELLO - at) - 2);
	memset(at, 0, (size_t)(hello + HELLO - at));
	return HELLO;
}

/* Resets the connection. */
static void end_one(struct client *client, struct connection *connection, bool good)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	close(connection->fd);
	connection->fd = -1;
	client->open--;
	*(good ? &client->done : &client->failed) += 1;
}

static void begin_one(struct client *client)
{
	struct connection *connection = client->connections;
	struct epoll_event event = {.events = EPOLLOUT};

	while (connection->fd >= 0)
		connection++;
	*connection = (struct connection){.fd = socket(client->to->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0)};
	client->begun++;
	client->open++;
	event.data.ptr = connection;
	if (client->from && bind(connection->fd, client->from->ai_addr, client->from->ai_addrlen) < 0)
		fail("bind");
	connection->begun = now_us();
	if ((connect(connection->fd, client->to->ai_addr, client->to->ai_addrlen) < 0 && errno != EINPROGRESS) ||
	    epoll_ctl(client->poll, EPOLL_CTL_ADD, connection->fd, &event) < 0) {
		fail("connect");
		end_one(client, connection, false);
	}
}

static void connected(struct client *client, struct connection *connection)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
	uint64_t now = now_us();

	note(&client->connects, now - connection->begun);
	if (!client->hello_length) {
		end_one(client, connection, true);
		return;
	}
	connection->asked = true;
	connection->begun = now;
	if (send(connection->fd, client->hello, client->hello_length, MSG_NOSIGNAL) < 0 ||
	    epoll_ctl(client->poll, EPOLL_CTL_MOD, connection->fd, &event) < 0)
		end_one(client, connection, false);
}

static void take_event(struct client *client, struct connection *connection)
{
	int error = 0;
	socklen_t size = sizeof error;
	char byte;

	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error) {
		errno = error;
		fail("connect");
		end_one(client, connection, false);
	} else if (!connection->asked) {
		connected(client, connection);
	} else if (recv(connection->fd, &byte, 1, 0) == 1) {
		note(&client->answers, now_us() - connection->begun);
		end_one(client, connection, true);
	} else {
		end_one(client, connection, false);
	}
}

static void end_late_ones(struct client *client, uint64_t now)
{
	for (unsigned i = 0; i < client->at_once; i++)
		if (client->connections[i].fd >= 0 && client->connections[i].begun + TIMEOUT_US < now)
			end_one(client, &client->connections[i], false);
}

static void open_all(struct client *client, uint64_t start)
{
	struct epoll_event events[EVENTS];
	uint64_t looked = start;

	while (client->done + client->failed < client->count) {
		uint64_t now = now_us();
		unsigned long due = client->rate > 0 ? (unsigned long)((double)(now - start) * client->rate / 1e6)
						     : client->count;
		int count;

		due = due < client->count ? due : client->count;
		while (client->begun < due && client->open < client->at_once)
			begin_one(client);
		count = epoll_wait(client->poll, events, EVENTS, client->rate > 0 ? 1 : 100);
		for (int i = 0; i < count; i++)
			take_event(client, events[i].data.ptr);
		if (now - looked > TIMEOUT_US / 10)
			end_late_ones(client, looked = now);
	}
}

static int by_time(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

static void print_times(const char *what, const struct times *times)
{
	if (!times->count)
		return;
	qsort(times->us, times->count, sizeof *times->us, by_time);
	printf(" %s_p50=%u %s_p99=%u %s_max=%u", what, times->us[times->count / 2], what,
	       times->us[times->count * 99 / 100], what, times->us[times->count - 1]);
}

static struct addrinfo *look_up(const char *address, const char *port)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;

	if (getaddrinfo(address, port, &hints, &found) == 0)
		return found;
	fprintf(stderr, "connections: %s port %s is no address\n", address, port);
	return NULL;
}

static bool take_arguments(struct client *client, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:r:h:b:")) != -1) {
		if (option == 'n')
			client->at_once = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'r')
			client->rate = strtod(optarg, NULL);
		else if (option == 'h' && strlen(optarg) <= NAME_MOST)
			client->hello_length = make_hello(client->hello, optarg);
		else if (option != 'b' || !(client->from = look_up(optarg, "0")))
			return false;
	}
	if (argc - optind != 3 || !client->at_once || client->at_once > AT_ONCE_MOST)
		return false;
	client->to = look_up(argv[optind], argv[optind + 1]);
	client->count = strtoul(argv[optind + 2], NULL, 10);
	return client->to;
}

static int open_many(int argc, char **argv)
{
	struct client *client = calloc(1, sizeof *client);
	uint64_t start;

	client->at_once = 1;
	for (unsigned i = 0; i < AT_ONCE_MOST; i++)
		client->connections[i].fd = -1;
	if (!take_arguments(client, argc, argv))
		return 2;
	client->poll = epoll_create1(0);
	client->connects.us = calloc(client->count + 1, sizeof *client->connects.us);
	client->answers.us = calloc(client->count + 1, sizeof *client->answers.us);
	if (!client->connects.us || !client->answers.us)
		return fail("connections");
	start = now_us();
	open_all(client, start);
	printf("done=%lu failed=%lu seconds=%.3f", client->done, client->failed, (double)(now_us() - start) / 1e6);
	print_times("connect", &client->connects);
	print_times("answer", &client->answers);
	putchar('\n');
	return client->failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	int code = 2;

	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		code = serve((uint16_t)strtoul(argv[2], NULL, 10));
	else if (argc > 3 && strcmp(argv[1], "open") == 0)
		code = open_many(argc - 1, argv + 1);
	if (code == 2)
		fputs("usage: connections serve PORT\n"
		      "       connections open [-n AT-ONCE] [-r RATE] [-h NAME] [-b ADDRESS] ADDRESS PORT COUNT\n",
		      stderr);
	return code;
}
