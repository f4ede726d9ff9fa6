/* SPDX-License-Identifier: GPL-2.0-or-later
 * tool_traffic.c - UDP connections that tell every lost packet
 *
 *   tool_traffic ADDRESS PORT MILLISECONDS     to an echo server, until SIGTERM
 *
 * Every so many milliseconds one datagram of a new connection, and one of a connection that lasts. Prints "ready"
 * after the first echo of the lasting one, and in the end, when all echoes are there or 20 seconds have passed,
 * "new SENT lost LOST, lasting SENT lost LOST". An echo that is late is none that is lost: on a busy machine a second
 * or two is nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OPEN_MOST = 4000, PATIENCE_MS = 20000, MOST = 1 << 20 };

struct traffic {
	struct addrinfo *to;
	int lasting;
	unsigned sent, lost; /* new connections */
	unsigned lasting_sent, lasting_echoed;
	int open[OPEN_MOST]; /* sockets of the latest ones, -1: none; by number modulo OPEN_MOST */
};

static volatile sig_atomic_t ending;

static void on_term(int number)
{
	(void)number;
	ending = 1;
}

static int connection(const struct traffic *t)
{
	int fd = socket(t->to->ai_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, t->to->ai_addr, t->to->ai_addrlen) == 0)
		return fd;
	perror("connection");
	exit(1);
}

/* An error that came back (ICMP) is as good as a loss, and must not count as a datagram that was sent. */
static void send_one(int fd)
{
	char byte = 'x';

	while (send(fd, &byte, 1, 0) < 0 && errno == ECONNREFUSED)
		;
}

static bool echoed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) == 1;
}

/* Closes the oldest connection; it has had PATIENCE_MS, for as many were opened since. */
static void judge(struct traffic *t, unsigned number)
{
	int *fd = &t->open[number % OPEN_MOST];

	if (*fd < 0)
		return;
	t->lost += !echoed(*fd);
	close(*fd);
	*fd = -1;
}

static void count_lasting(struct traffic *t)
{
	while (echoed(t->lasting))
		t->lasting_echoed++;
}

static void step(struct traffic *t)
{
	judge(t, t->sent);
	t->open[t->sent % OPEN_MOST] = connection(t);
	send_one(t->open[t->sent % OPEN_MOST]);
	t->sent++;
	send_one(t->lasting);
	t->lasting_sent++;
	count_lasting(t);
}

static void rest(long milliseconds)
{
	struct timespec ts = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

static bool begin(struct traffic *t)
{
	struct pollfd wait;

	for (unsigned i = 0; i < OPEN_MOST; i++)
		t->open[i] = -1;
	t->lasting = connection(t);
	send_one(t->lasting);
	wait = (struct pollfd){.fd = t->lasting, .events = POLLIN};
	if (poll(&wait, 1, PATIENCE_MS) <= 0 || !echoed(t->lasting))
		return false;
	puts("ready");
	fflush(stdout);
	return true;
}

/* Waits for the echoes that are still to come, from the newest on; they are looked at where they lie. */
static void end(struct traffic *t)
{
	time_t until = time(NULL) + PATIENCE_MS / 1000;
	unsigned number = t->sent;
	char byte;

	while (number > 0 && t->sent - number < OPEN_MOST && time(NULL) <= until) {
		int fd = t->open[(number - 1) % OPEN_MOST];

		if (recv(fd, &byte, 1, MSG_PEEK) == 1)
			number--;
		else
			rest(1);
	}
	for (unsigned i = 0; i < OPEN_MOST; i++)
		judge(t, i);
	count_lasting(t);
}

/* Each connection that waits for its echo is a file descriptor. */
static void allow_files(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST};
	struct sigaction action = {.sa_handler = on_term};
	long pause = argc == 4 ? atol(argv[3]) : 0;
	struct traffic t = {0};

	if (pause * OPEN_MOST < PATIENCE_MS || getaddrinfo(argv[1], argv[2], &hints, &t.to) != 0) {
		fprintf(stderr, "usage: tool_traffic ADDRESS PORT MILLISECONDS (at least %d)\n",
			PATIENCE_MS / OPEN_MOST + 1);
		return 2;
	}
	allow_files();
	sigaction(SIGTERM, &action, NULL);
	if (!begin(&t)) {
		puts("no echo");
		return 1;
	}
	while (!ending && t.sent < MOST) {
		step(&t);
		rest(pause);
	}
	end(&t);
	printf("new %u lost %u, lasting %u lost %u\n", t.sent, t.lost, t.lasting_sent,
	       t.lasting_sent - t.lasting_echoed);
	freeaddrinfo(t.to);
	return 0;
}
