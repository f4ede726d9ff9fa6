/* SPDX-License-Identifier: GPL-2.0-or-later
 * control_request.c - a request from when its verb runs until it is answered
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "control_private.h"

const json_t *control_arguments(const struct control_request *request)
{
	return request->arguments;
}

const char *control_string(const struct control_request *request, const char *name)
{
	return json_string_value(json_object_get(request->arguments, name));
}

void control_on_gone(struct control_request *request, void (*gone)(void *ctx), void *ctx)
{
	request->gone = gone;
	request->gone_ctx = ctx;
}

void control_orphan(struct control_request *request)
{
	request->peer = NULL;
	if (request->gone)
		request->gone(request->gone_ctx);
}

static void finish(struct control_request *request, json_t *answer)
{
	struct control_peer *peer = request->peer;

	json_decref(request->arguments);
	free(request);
	if (!peer) {
		json_decref(answer);
		return;
	}
	peer->request = NULL;
	peer_send(peer, answer);
	peer_go_on(peer);
}

void control_answer(struct control_request *request, json_t *result)
{
	finish(request, control_message(request->verb->name, "result", result));
}

void control_fail(struct control_request *request, enum control_code code, const char *format, ...)
{
	struct control_error error;
	va_list args;

	error.code = code;
	va_start(args, format);
	vsnprintf(error.message, sizeof error.message, format, args);
	va_end(args);
	finish(request, control_failure(request->verb->name, &error));
}

bool control_event(struct control_request *request, json_t *event)
{
	if (!request->peer || request->peer->over || peer_unsent(request->peer) > CONTROL_EVENTS_MAX) {
		json_decref(event);
		return false;
	}
	peer_send(request->peer, control_message(request->verb->name, "event", event));
	return true;
}

void control_wait(struct control_requests *list, struct control_request *request)
{
	request->next = list->first;
	list->first = request;
}

struct control_request *control_next(struct control_requests *list)
{
	struct control_request *request = list->first;

	if (request)
		list->first = request->next;
	return request;
}

void control_fail_all(struct control_requests *list)
{
	struct control_request *request;

	while ((request = control_next(list)))
		control_fail(request, CONTROL_FAILED, "the daemon is ending");
}
