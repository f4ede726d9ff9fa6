/* SPDX-License-Identifier: GPL-2.0-or-later
 * control.h - the control socket: who asks, and the verbs that answer (docs/CONTROL.md)
 *
 * A verb is a file nfq/io/verb_NAME.c that ends in one const struct control_verb, and a line in control_verbs.c.
 * All of it runs in the main thread; what takes long belongs in a job (jobs.h), and the request is answered when
 * that is done. Of the queues' threads nothing is wanted but what worker.h offers.
 */
#ifndef NFQROUTE_CONTROL_H
#define NFQROUTE_CONTROL_H

#include "control_protocol.h"

struct control;
struct control_request;
struct daemon;
struct loop;

struct control_verb {
	const char *name;
	const char *brief;                  /* one line without full stop */
	const struct control_field *fields; /* the arguments it takes; NULL: none */
	bool changes;                       /* only root and the daemon's own user may ask for it */
	/* Answers, now or later, by exactly one call of control_answer() or control_fail(). Its arguments are of
	 * the types the fields say. */
	void (*run)(struct daemon *daemon, struct control_request *request);
};

extern const struct control_verb *const control_verbs[]; /* NULL-terminated */

/* Listens at path. NULL with a message in error on failure. */
struct control *control_open(struct daemon *daemon, struct loop *loop, const char *path, char *error, size_t size);
/* Ends all connections and removes the socket. NULL is none. */
void control_close(struct control *control);

/* --- for verbs --- */

/* The request's object; lives as long as the request. */
const json_t *control_arguments(const struct control_request *request);
/* A string argument; NULL: not given. */
const char *control_string(const struct control_request *request, const char *name);

/* Each ends the request. The result is taken over. If the asker has gone meanwhile, nothing is sent. */
void control_answer(struct control_request *request, json_t *result);
void control_fail(struct control_request *request, enum control_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Sends {"version":1,"verb":...,"event":...} and leaves the request open; event is taken over. false: the asker
 * does not read fast enough, or has gone, and it was not sent. */
bool control_event(struct control_request *request, json_t *event);
/* Has gone() called when the asker goes before the request is answered; the request must then be ended all the
 * same, in gone() or later. */
void control_on_gone(struct control_request *request, void (*gone)(void *ctx), void *ctx);

/* Requests that wait for the same; {0} is none. */
struct control_requests {
	struct control_request *first;
};

void control_wait(struct control_requests *list, struct control_request *request);
/* Takes one out; NULL: there is none. */
struct control_request *control_next(struct control_requests *list);
/* The daemon is ending: none of them will be answered otherwise. */
void control_fail_all(struct control_requests *list);

#endif
