/* SPDX-License-Identifier: GPL-2.0-or-later
 * control_private.h - shared by control.c (the socket), control_peer.c (one connection) and control_request.c
 */
#ifndef NFQROUTE_CONTROL_PRIVATE_H
#define NFQROUTE_CONTROL_PRIVATE_H

#include <stdint.h>
#include <sys/types.h>

#include "control.h"
#include "loop.h"

enum {
	CONTROL_PEERS_MAX = 64,
	CONTROL_UNREAD_MAX = 64 << 10,  /* bytes waiting for one peer beyond which it is not heard */
	CONTROL_ANSWER_MAX = 16 << 20,  /* bytes waiting for one peer: who takes no more is let go */
	CONTROL_EVENTS_MAX = 256 << 10, /* bytes waiting beyond which events are not sent but counted as lost */
	CONTROL_SWEEP_MS = 5000,        /* twice as long a peer may leave its answer unread */
};

/* Who has connected. One request at a time: the next line is read when the last is answered. */
struct control_peer {
	struct control *control;
	struct control_peer *next, **link;
	struct loop_source source;
	bool may_change;
	bool eof;      /* it sends nothing more */
	bool ending;   /* no more of it is read; it goes when it has got what waits */
	bool over;     /* it goes at its next event */
	bool going_on; /* in peer_go_on() */
	bool stuck;    /* unread answers since the last sweep */
	struct control_request *request;
	uint64_t last; /* turn of the control when it was last heard */
	size_t in_used;
	char in[CONTROL_LINE_MAX];
	char *out;
	size_t out_start, out_end, out_room;
};

struct control_request {
	struct control_peer *peer; /* NULL: it has gone */
	const struct control_verb *verb;
	json_t *arguments;
	void (*gone)(void *ctx);
	void *gone_ctx;
	struct control_request *next; /* in a struct control_requests */
};

/* --- control.c --- */

struct loop *control_loop(const struct control *control);
/* A line of the peer's: runs the verb, or answers why not. */
void control_line(struct control_peer *peer, const char *line, size_t length);
void control_forget(struct control_peer *peer);

/* --- control_request.c --- */

/* The peer goes: its request, if any, has nobody to be answered. */
void control_orphan(struct control_request *request);

/* --- control_peer.c --- */

/* fd is the peer's from now on. NULL: no memory; fd is closed. */
struct control_peer *peer_new(struct control *control, int fd, bool may_change);
void peer_free(struct control_peer *peer);
/* Sends a line, what cannot go at once when it can; message is taken over. */
void peer_send(struct control_peer *peer, json_t *message);
size_t peer_unsent(const struct control_peer *peer);
/* After a request has been answered: the next line, if there is one already. */
void peer_go_on(struct control_peer *peer);

#endif
