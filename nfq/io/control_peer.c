/* SPDX-License-Identifier: GPL-2.0-or-later
 * control_peer.c - one connection of the control socket: bytes in, lines out
 *
 * Nothing here waits. What a peer sends is bounded by one line, as nothing is read while a request of it is under
 * way; what it does not read is bounded, too, and then it is let go.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control_private.h"

size_t peer_unsent(const struct control_peer *peer)
{
	return peer->out_end - peer->out_start;
}

/* Whether it is heard at present. Who does not read his answers is not asked for more questions. */
static bool is_heard(const struct control_peer *peer)
{
	return !peer->request && !peer->ending && !peer->over && peer_unsent(peer) <= CONTROL_UNREAD_MAX;
}

static void wait_for(struct control_peer *peer)
{
	uint32_t events = peer_unsent(peer) ? EPOLLOUT : 0;

	if (is_heard(peer) && !peer->eof)
		events |= EPOLLIN;
	loop_change(control_loop(peer->control), &peer->source, events);
}

/* --- out --- */

/* false: the peer cannot be written to any more. */
static bool flush(struct control_peer *peer)
{
	while (peer_unsent(peer)) {
		ssize_t sent = send(peer->source.fd, peer->out + peer->out_start, peer_unsent(peer),
				    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0)
			return errno == EAGAIN || errno == EINTR || errno == ENOBUFS;
		peer->out_start += (size_t)sent;
		peer->stuck = false;
	}
	peer->out_start = peer->out_end = 0;
	return true;
}

/* Room for size more bytes behind out_end. */
static bool make_room(struct control_peer *peer, size_t size)
{
	size_t used = peer_unsent(peer), room = used + size;
	char *out;

	if (room > CONTROL_ANSWER_MAX)
		return false;
	if (peer->out_start)
		memmove(peer->out, peer->out + peer->out_start, used);
	peer->out_start = 0;
	peer->out_end = used;
	if (room <= peer->out_room)
		return true;
	out = realloc(peer->out, room);
	if (!out)
		return false;
	peer->out = out;
	peer->out_room = room;
	return true;
}

static bool append(struct control_peer *peer, const json_t *message)
{
	size_t size = message ? json_dumpb(message, NULL, 0, JSON_COMPACT) : 0;

	if (!size || !make_room(peer, size + 1))
		return false;
	json_dumpb(message, peer->out + peer->out_end, size, JSON_COMPACT);
	peer->out_end += size;
	peer->out[peer->out_end++] = '\n';
	return true;
}

/* The next event, which this brings about, frees it. */
static void give_up(struct control_peer *peer)
{
	peer->over = true;
	shutdown(peer->source.fd, SHUT_RDWR);
}

void peer_send(struct control_peer *peer, json_t *message)
{
	bool good = append(peer, message) && flush(peer);

	json_decref(message);
	if (good)
		wait_for(peer);
	else
		give_up(peer);
}

/* --- in --- */

static void refuse_length(struct control_peer *peer)
{
	struct control_error error;

	control_error_set(&error, CONTROL_BAD_REQUEST, "a request has at most %d bytes", CONTROL_LINE_MAX - 1);
	peer->ending = true;
	peer_send(peer, control_failure(NULL, &error));
}

/* Takes one line out of what has come, if a whole one is there and may be looked at. */
static bool take_line(struct control_peer *peer)
{
	char line[CONTROL_LINE_MAX];
	const char *end = memchr(peer->in, '\n', peer->in_used);
	size_t length;

	if (!end || !is_heard(peer))
		return false;
	length = (size_t)(end - peer->in);
	memcpy(line, peer->in, length);
	peer->in_used -= length + 1;
	memmove(peer->in, end + 1, peer->in_used);
	control_line(peer, line, length);
	return true;
}

void peer_go_on(struct control_peer *peer)
{
	if (peer->going_on)
		return; /* a line that was answered at once */
	peer->going_on = true;
	while (take_line(peer))
		;
	peer->going_on = false;
	if (peer->in_used == sizeof peer->in && is_heard(peer))
		refuse_length(peer);
	if ((peer->eof || peer->ending) && !peer->request && !peer_unsent(peer))
		give_up(peer);
	wait_for(peer);
}

/* false: it has failed. */
static bool receive(struct control_peer *peer)
{
	ssize_t got =
		recv(peer->source.fd, peer->in + peer->in_used, sizeof peer->in - peer->in_used, MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	peer->eof = got == 0;
	peer->in_used += (size_t)got;
	return true;
}

static void on_ready(void *ctx, uint32_t events)
{
	struct control_peer *peer = ctx;
	bool good = !peer->over;

	if (good && events & EPOLLOUT)
		good = flush(peer);
	if (good && events & EPOLLIN)
		good = receive(peer); /* hung up or not: what it has said holds */
	else if (events & (EPOLLHUP | EPOLLERR))
		good = false;
	if (good)
		peer_go_on(peer);
	else
		peer_free(peer);
}

/* --- life --- */

struct control_peer *peer_new(struct control *control, int fd, bool may_change)
{
	struct control_peer *peer = calloc(1, sizeof *peer);

	if (peer) {
		peer->control = control;
		peer->may_change = may_change;
		peer->source = (struct loop_source){.fd = fd, .ready = on_ready, .ctx = peer};
		if (loop_add(control_loop(control), &peer->source))
			return peer;
	}
	free(peer);
	close(fd);
	return NULL;
}

void peer_free(struct control_peer *peer)
{
	loop_remove(control_loop(peer->control), &peer->source);
	close(peer->source.fd);
	control_forget(peer);
	if (peer->request)
		control_orphan(peer->request);
	free(peer->out);
	free(peer);
}
