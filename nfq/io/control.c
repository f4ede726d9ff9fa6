/* SPDX-License-Identifier: GPL-2.0-or-later
 * control.c - the control socket: who may connect, and which verb a line asks for
 *
 * Theory of operation. The socket is a source of the main thread's loop like any other, so a verb may look at all
 * that the daemon holds without a lock; and no client can reach a queue's thread. A request is an object of its
 * own, which outlives its connection where the client goes first: a verb that answers late need not know. When all
 * places are taken, who has been silent longest gives his to the newcomer, so idle connections lock nobody out.
 */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control_private.h"
#include "daemon_state.h"
#include "log.h"
#include "suggest.h"

struct control {
	struct daemon *daemon;
	struct loop *loop;
	struct loop_source listener;
	struct loop_timer sweep;
	struct sockaddr_un address;
	struct control_peer *peers;
	unsigned peer_count;
	uint64_t turn; /* counts what is heard */
};

struct loop *control_loop(const struct control *control)
{
	return control->loop;
}

/* --- lines --- */

static const struct control_verb *find(const char *name, struct control_error *error)
{
	struct suggest near = suggest_for(name, strlen(name));

	for (size_t i = 0; control_verbs[i]; i++) {
		if (strcmp(control_verbs[i]->name, name) == 0)
			return control_verbs[i];
		suggest_offer(&near, control_verbs[i]->name);
	}
	control_error_set(error, CONTROL_UNKNOWN_VERB, "there is no verb \"%.64s\"%s%s%s", name,
			  near.best ? "; did you mean \"" : "", near.best ? near.best : "",
			  near.best ? "\"?" : "");
	return NULL;
}

/* NULL: error says why it cannot be run for this peer. */
static const struct control_verb *verb_for(const struct control_peer *peer, const json_t *arguments,
					   struct control_error *error)
{
	const struct control_verb *verb = find(json_string_value(json_object_get(arguments, "verb")), error);

	if (!verb || !control_check(arguments, verb->fields, error))
		return NULL;
	if (!verb->changes || peer->may_change)
		return verb;
	control_error_set(error, CONTROL_NOT_ALLOWED, "only root may ask for \"%s\"", verb->name);
	return NULL;
}

static void refuse(struct control_peer *peer, const json_t *arguments, const struct control_error *error)
{
	const char *verb = json_string_value(json_object_get(arguments, "verb"));

	peer_send(peer, control_failure(verb, error));
	peer_go_on(peer);
}

void control_line(struct control_peer *peer, const char *line, size_t length)
{
	struct control *control = peer->control;
	struct control_error error;
	json_t *arguments = control_parse(line, length, &error);
	const struct control_verb *verb = arguments ? verb_for(peer, arguments, &error) : NULL;
	struct control_request *request = verb ? calloc(1, sizeof *request) : NULL;

	peer->last = ++control->turn;
	if (verb && !request)
		control_error_set(&error, CONTROL_FAILED, "out of memory");
	if (!request) {
		refuse(peer, arguments, &error);
		json_decref(arguments);
		return;
	}
	*request = (struct control_request){.peer = peer, .verb = verb, .arguments = arguments};
	peer->request = request;
	verb->run(control->daemon, request);
}

/* --- who connects --- */

static void remember(struct control *control, struct control_peer *peer)
{
	peer->last = ++control->turn;
	peer->next = control->peers;
	peer->link = &control->peers;
	if (peer->next)
		peer->next->link = &peer->next;
	control->peers = peer;
	control->peer_count++;
}

void control_forget(struct control_peer *peer)
{
	*peer->link = peer->next;
	if (peer->next)
		peer->next->link = peer->link;
	peer->control->peer_count--;
}

/* false: all are busy. */
static bool make_place(struct control *control)
{
	struct control_peer *oldest = NULL;

	if (control->peer_count < CONTROL_PEERS_MAX)
		return true;
	for (struct control_peer *peer = control->peers; peer; peer = peer->next)
		if (!peer->request && (!oldest || peer->last < oldest->last))
			oldest = peer;
	if (oldest)
		peer_free(oldest);
	return oldest;
}

static void turn_away(int fd)
{
	struct control_error error;
	json_t *answer;
	char *text;

	control_error_set(&error, CONTROL_BUSY, "all %d connections are in use", CONTROL_PEERS_MAX);
	answer = control_failure(NULL, &error);
	text = json_dumps(answer, JSON_COMPACT);
	if (text) {
		send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
		send(fd, "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	free(text);
	json_decref(answer);
	close(fd);
}

static bool may_change(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static void on_connection(void *ctx, uint32_t events)
{
	struct control *control = ctx;
	struct control_peer *peer;
	int fd = accept4(control->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0) {
		/* out of descriptors: it would be ready at once again, so it waits for the sweep */
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			loop_change(control->loop, &control->listener, 0);
		return;
	}
	if (!make_place(control)) {
		turn_away(fd);
		return;
	}
	peer = peer_new(control, fd, may_change(fd));
	if (peer)
		remember(control, peer);
}

/* Who gets events may read as late as he likes: what does not fit is counted. */
static bool is_told_events(const struct control_peer *peer)
{
	return peer->request && peer->request->gone;
}

/* Lets go who has not read anything of its answer between two sweeps. */
static void on_sweep(void *ctx)
{
	struct control *control = ctx;
	struct control_peer *peer, *next;

	loop_change(control->loop, &control->listener, EPOLLIN);
	for (peer = control->peers; peer; peer = next) {
		next = peer->next;
		if (!peer_unsent(peer) || is_told_events(peer))
			continue;
		if (peer->stuck)
			peer_free(peer);
		else
			peer->stuck = true;
	}
}

/* --- the socket --- */

/* A killed daemon leaves its socket. */
static bool is_served(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served;

	if (fd < 0)
		return false;
	served = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
	close(fd);
	return served;
}

static void make_directory(const char *path)
{
	char directory[sizeof((struct sockaddr_un *)0)->sun_path];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return;
	memcpy(directory, path, (size_t)(slash - path));
	directory[slash - path] = '\0';
	mkdir(directory, 0755); /* where that fails, bind() says it better */
}

static bool bind_socket(const struct control *control)
{
	gid_t group = control->daemon->identity.readers;
	mode_t mask = umask(0177);
	int failed =
		bind(control->listener.fd, (const struct sockaddr *)&control->address, sizeof control->address);

	umask(mask);
	if (failed)
		return false;
	if (group != PRIVILEGES_NO_GROUP && chown(control->address.sun_path, (uid_t)-1, group) < 0)
		log_warning("%s: cannot be given to group " PRIVILEGES_GROUP ": %s", control->address.sun_path,
			    strerror(errno));
	return chmod(control->address.sun_path, 0660) == 0 && listen(control->listener.fd, SOMAXCONN) == 0;
}

static bool open_socket(struct control *control, char *error, size_t size)
{
	const char *path = control->address.sun_path;

	if (is_served(&control->address)) {
		snprintf(error, size, "%s is the socket of another daemon; -c PATH chooses one of its own", path);
		return false;
	}
	make_directory(path);
	unlink(path);
	control->listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listener.fd >= 0 && bind_socket(control) &&
	    loop_add(control->loop, &control->listener) &&
	    loop_timer_open(control->loop, &control->sweep, on_sweep, control)) {
		loop_timer_set(&control->sweep, CONTROL_SWEEP_MS, true);
		return true;
	}
	snprintf(error, size, "%s: %s", path, strerror(errno));
	return false;
}

struct control *control_open(struct daemon *daemon, struct loop *loop, const char *path, char *error, size_t size)
{
	struct control *control;

	if (strlen(path) >= sizeof control->address.sun_path) {
		snprintf(error, size, "%s: the path of a socket has at most %zu bytes", path,
			 sizeof control->address.sun_path - 1);
		return NULL;
	}
	control = calloc(1, sizeof *control);
	if (!control) {
		snprintf(error, size, "no memory");
		return NULL;
	}
	control->daemon = daemon;
	control->loop = loop;
	control->listener = (struct loop_source){.fd = -1, .ready = on_connection, .ctx = control};
	control->sweep.source.fd = -1;
	control->address.sun_family = AF_UNIX;
	memcpy(control->address.sun_path, path, strlen(path) + 1);
	if (open_socket(control, error, size))
		return control;
	control_close(control);
	return NULL;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	while (control->peers)
		peer_free(control->peers);
	if (control->listener.fd >= 0) {
		loop_remove(control->loop, &control->listener);
		close(control->listener.fd);
		unlink(control->address.sun_path);
	}
	loop_timer_close(control->loop, &control->sweep);
	free(control);
}
