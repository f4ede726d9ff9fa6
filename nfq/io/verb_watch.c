/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_watch.c - "watch": decisions as they are made
 *
 * The queues' histories are read ten times a second as long as somebody watches; the queues' threads do not know
 * of it. Who cannot read as fast as decisions are made is told how many he has missed.
 */
#include <stdlib.h>

#include "daemon_state.h"
#include "past_filter.h"
#include "verbs.h"

enum {
	LOOK_MS = 100,
	LOOK_MOST = 5000, /* decisions of a queue at one look: a flood must not keep the main thread */
};

struct watcher {
	struct watcher *next, **link;
	struct watch *watch;
	struct control_request *request;
	struct past_filter filter;
	uint64_t lost; /* not told yet */
};

struct watch {
	struct daemon *daemon;
	struct loop_timer timer;
	struct watcher *watchers;
	uint64_t *next; /* by worker: number of the decision to be looked at next */
};

static void lose(struct watch *watch, uint64_t count)
{
	for (struct watcher *watcher = watch->watchers; watcher; watcher = watcher->next)
		watcher->lost += count;
}

static void tell_lost(struct watcher *watcher)
{
	if (watcher->lost &&
	    control_event(watcher->request, json_pack("{s:I}", "lost", (json_int_t)watcher->lost)))
		watcher->lost = 0;
}

/* What was missed is told before what comes after it. */
static void tell(struct watcher *watcher, const struct past_decision *past)
{
	tell_lost(watcher);
	if (watcher->lost || !control_event(watcher->request, past_json(past)))
		watcher->lost++;
}

static void look(struct watch *watch, unsigned worker)
{
	const struct history *history = worker_history(watch->daemon->workers[worker]);
	uint64_t *next = &watch->next[worker], end = history_end(history), missed = 0;
	struct past_decision past;

	*next = history_resume(history, *next, &missed);
	lose(watch, missed);
	for (unsigned i = 0; i < LOOK_MOST && *next < end; i++) {
		if (!history_get(history, (*next)++, &past)) {
			lose(watch, 1);
			continue;
		}
		for (struct watcher *watcher = watch->watchers; watcher; watcher = watcher->next)
			if (past_filter_passes(&watcher->filter, &past))
				tell(watcher, &past);
	}
}

static void on_time(void *ctx)
{
	struct watch *watch = ctx;

	for (unsigned i = 0; i < watch->daemon->worker_count; i++)
		look(watch, i);
	for (struct watcher *watcher = watch->watchers; watcher; watcher = watcher->next)
		tell_lost(watcher);
}

/* --- who watches --- */

static void watch_close(struct watch *watch)
{
	loop_timer_close(watch->daemon->loop, &watch->timer);
	watch->daemon->watch_verb = NULL;
	free(watch->next);
	free(watch);
}

static struct watch *watch_open(struct daemon *daemon)
{
	struct watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return NULL;
	watch->daemon = daemon;
	watch->timer.source.fd = -1;
	watch->next = calloc(daemon->worker_count + 1, sizeof *watch->next);
	if (!watch->next || !loop_timer_open(daemon->loop, &watch->timer, on_time, watch)) {
		watch_close(watch);
		return NULL;
	}
	for (unsigned i = 0; i < daemon->worker_count; i++)
		watch->next[i] = history_end(worker_history(daemon->workers[i]));
	loop_timer_set(&watch->timer, LOOK_MS, true);
	daemon->watch_verb = watch;
	return watch;
}

/* The asker has gone: only in this way does a watch end. */
static void on_gone(void *ctx)
{
	struct watcher *watcher = ctx;
	struct watch *watch = watcher->watch;

	*watcher->link = watcher->next;
	if (watcher->next)
		watcher->next->link = watcher->link;
	control_fail(watcher->request, CONTROL_FAILED, "gone");
	free(watcher);
	if (!watch->watchers)
		watch_close(watch);
}

static void begin(struct watch *watch, struct watcher *watcher)
{
	watcher->watch = watch;
	watcher->next = watch->watchers;
	watcher->link = &watch->watchers;
	if (watcher->next)
		watcher->next->link = &watcher->next;
	watch->watchers = watcher;
	control_on_gone(watcher->request, on_gone, watcher);
	control_event(watcher->request, json_pack("{s:b}", "watching", 1));
}

static void run(struct daemon *daemon, struct control_request *request)
{
	struct past_filter filter;
	struct control_error error;
	struct watch *watch;
	struct watcher *watcher;

	if (!worker_history(daemon->workers[0])) {
		control_fail(request, CONTROL_FAILED, "no decisions are kept: option history is 0");
		return;
	}
	if (!past_filter_read(&filter, control_arguments(request), &error)) {
		control_fail(request, error.code, "%s", error.message);
		return;
	}
	watch = daemon->watch_verb ? daemon->watch_verb : watch_open(daemon);
	watcher = watch ? calloc(1, sizeof *watcher) : NULL;
	if (!watcher) {
		control_fail(request, CONTROL_FAILED, "out of memory");
		return;
	}
	watcher->request = request;
	watcher->filter = filter;
	begin(watch, watcher);
}

static const struct control_field fields[] = {PAST_FILTER_FIELDS, {0}};

const struct control_verb verb_watch = {
	.name = "watch",
	.brief = "tell decisions as they are made",
	.fields = fields,
	.run = run,
};
