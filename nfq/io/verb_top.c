/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_top.c - "top": what happens by rule, gateway, host, client and app, interval by interval
 *
 * At the end of each interval a job goes through the kernel's connections and the queues' histories. The queues'
 * threads do not know of it. An asker that does not read loses intervals, and nobody waits for him; a job that takes
 * longer than the interval makes it longer.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon_state.h"
#include "flow_list.h"
#include "rates.h"
#include "verbs.h"

enum { INTERVAL_USUAL = 2000, INTERVAL_LEAST = 200, INTERVAL_MOST = 3600000, LIMIT_USUAL = 100, LIMIT_MOST = 1000 };

struct top {
	struct job job;
	bool working; /* the job is under way */
	bool gone;    /* the asker has, while it is */
	struct daemon *daemon;
	struct control_request *request;
	struct loop_timer timer;
	size_t limit;
	struct past_filter filter; /* its texts are the request's */
	struct flow_list list;     /* of the job under way */
	struct rates *rates;
	const struct history **histories; /* by worker; NULL: none is kept */
	uint64_t *next;                   /* by worker: the first decision that has not been counted */
	unsigned worker_count;
	uint64_t lost;         /* decisions that were written over before they were counted */
	uint64_t before, now;  /* the ends of the last interval and of this one, nanoseconds of CLOCK_MONOTONIC; 0: none */
	json_t *told;          /* what the job comes to; NULL: it could not be had */
	int error;
};

static void top_free(struct top *top)
{
	loop_timer_close(top->daemon->loop, &top->timer);
	flow_list_free(&top->list);
	rates_free(top->rates);
	free(top->histories);
	free(top->next);
	free(top);
}

/* --- an interval, in the job --- */

static void count_decisions(struct top *top, const struct history *history, uint64_t *next)
{
	uint64_t end = history_end(history);
	struct past_decision past;

	for (*next = history_resume(history, *next, &top->lost); *next < end; ++*next) {
		if (!history_get(history, *next, &past))
			top->lost++;
		else if (past_filter_passes(&top->filter, &past))
			rates_decision(top->rates, &past);
	}
}

static void take_flow(void *ctx, const struct past_decision *past, const struct ct_entry *entry)
{
	rates_flow(((struct top *)ctx)->rates, past, entry);
}

static void work(struct job *job)
{
	struct top *top = (struct top *)job;

	top->now = clock_monotonic();
	for (unsigned i = 0; i < top->worker_count; i++)
		if (top->histories[i])
			count_decisions(top, top->histories[i], &top->next[i]);
	top->error = flow_list_walk(&top->list, take_flow, top);
	top->told = rates_take(top->rates, top->limit);
}

/* --- what comes of it --- */

/* The first count is what the next is compared with. An asker whom it does not reach gets the next. */
static void tell(struct top *top)
{
	json_t *event = top->told;

	top->told = NULL;
	if (!top->before) {
		json_decref(event);
	} else {
		json_object_set_new(event, "time", json_real(past_epoch(top->now)));
		json_object_set_new(event, "seconds", json_real((double)(top->now - top->before) / 1e9));
		json_object_set_new(event, "lost", json_integer((json_int_t)top->lost));
		control_event(top->request, event);
	}
	top->before = top->now;
	top->lost = 0;
}

static void end(struct top *top, const char *why)
{
	control_fail(top->request, CONTROL_FAILED, "%s", why);
	top_free(top);
}

static void done(struct job *job)
{
	struct top *top = (struct top *)job;

	top->working = false;
	flow_list_free(&top->list);
	if (top->gone || top->error || !top->told) {
		json_decref(top->told);
		end(top, top->error ? strerror(top->error) : top->gone ? "gone" : "out of memory");
		return;
	}
	tell(top);
}

static void on_time(void *ctx)
{
	struct top *top = ctx;

	if (top->working || !flow_list_init(&top->list, top->daemon))
		return;
	top->list.filter = top->filter;
	for (unsigned i = 0; i < top->worker_count; i++)
		top->histories[i] = worker_history(top->daemon->workers[i]);
	top->job.work = work;
	top->job.done = done;
	top->working = jobs_start(top->daemon->jobs, &top->job);
	if (!top->working)
		flow_list_free(&top->list);
}

static void on_gone(void *ctx)
{
	struct top *top = ctx;

	top->gone = true; /* the request stays as long as the job, which looks at its texts */
	if (!top->working)
		end(top, "gone");
}

/* --- who asks --- */

static bool note_histories(struct top *top)
{
	const struct daemon *daemon = top->daemon;

	top->worker_count = daemon->worker_count;
	top->histories = calloc(daemon->worker_count + 1, sizeof *top->histories);
	top->next = calloc(daemon->worker_count + 1, sizeof *top->next);
	for (unsigned i = 0; top->next && i < daemon->worker_count; i++)
		if (worker_history(daemon->workers[i]))
			top->next[i] = history_end(worker_history(daemon->workers[i]));
	return top->histories && top->next;
}

static bool begin(struct top *top, const json_t *arguments, struct control_error *error)
{
	json_int_t interval = INTERVAL_USUAL, limit = LIMIT_USUAL;

	if (!past_filter_read(&top->filter, arguments, error) ||
	    !control_number(arguments, "interval", INTERVAL_LEAST, INTERVAL_MOST, &interval, error) ||
	    !control_number(arguments, "limit", 1, LIMIT_MOST, &limit, error))
		return false;
	top->limit = (size_t)limit;
	top->rates = rates_new();
	control_error_set(error, CONTROL_FAILED, "out of memory");
	if (!top->rates || !note_histories(top) ||
	    !loop_timer_open(top->daemon->loop, &top->timer, on_time, top))
		return false;
	control_on_gone(top->request, on_gone, top);
	loop_timer_set(&top->timer, (uint64_t)interval, true);
	on_time(top);
	return true;
}

static void run(struct daemon *daemon, struct control_request *request)
{
	struct top *top = calloc(1, sizeof *top);
	struct control_error error;

	if (!top) {
		control_fail(request, CONTROL_FAILED, "out of memory");
		return;
	}
	top->daemon = daemon;
	top->request = request;
	top->timer.source.fd = -1;
	if (begin(top, control_arguments(request), &error))
		return;
	control_fail(request, error.code, "%s", error.message);
	top_free(top);
}

static const struct control_field fields[] = {
	PAST_FILTER_FIELDS,
	{"interval", JSON_INTEGER, false, "milliseconds from one event to the next, 2000 if left out"},
	{"limit", JSON_INTEGER, false, "so many rows of each kind at most, 100 if left out"},
	{0},
};

const struct control_verb verb_top = {
	.name = "top",
	.brief = "tell what happens by rule, gateway, host, client and app, interval by interval",
	.fields = fields,
	.run = run,
};
