/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_flows.c - "flows": the connections that the kernel tracks now, and what has decided each
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon_state.h"
#include "flow_list.h"
#include "verbs.h"

enum { LIMIT_USUAL = 1000, LIMIT_MOST = 20000 };

struct flows {
	struct job job;
	struct control_request *request;
	struct flow_list all;
	json_int_t limit, more; /* more: passed the filter beyond the limit */
	json_t *list;
	int error;
};

static json_t *counter(const struct ct_entry *entry, uint64_t value)
{
	return entry->counted ? json_integer((json_int_t)value) : json_null();
}

/* Seconds, from the decision or by the kernel's own notes. */
static json_t *age_json(const struct past_decision *past, const struct ct_entry *entry)
{
	struct timespec now;
	double began = past->time ? past_epoch(past->time) : (double)entry->start / 1e9, age;

	if (began == 0)
		return json_null();
	clock_gettime(CLOCK_REALTIME, &now);
	age = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - began;
	return json_real(age > 0 ? age : 0);
}

static json_t *flow_json(const struct past_decision *past, const struct ct_entry *entry)
{
	json_t *object = past_json(past);

	if (!past->time)
		json_object_set_new(object, "time", json_null());
	json_object_set_new(object, "age", age_json(past, entry));
	json_object_set_new(object, "bytes_sent", counter(entry, entry->bytes[CT_ORIGINAL]));
	json_object_set_new(object, "bytes_received", counter(entry, entry->bytes[CT_REPLY]));
	json_object_set_new(object, "packets_sent", counter(entry, entry->packets[CT_ORIGINAL]));
	json_object_set_new(object, "packets_received", counter(entry, entry->packets[CT_REPLY]));
	json_object_set_new(object, "timeout", json_integer(entry->timeout));
	return object;
}

static void take(void *ctx, const struct past_decision *past, const struct ct_entry *entry)
{
	struct flows *flows = ctx;

	if ((json_int_t)json_array_size(flows->list) < flows->limit)
		json_array_append_new(flows->list, flow_json(past, entry));
	else
		flows->more++;
}

static void work(struct job *job)
{
	struct flows *flows = (struct flows *)job;

	flows->error = flow_list_walk(&flows->all, take, flows);
}

static void flows_free(struct flows *flows)
{
	json_decref(flows->list);
	flow_list_free(&flows->all);
	free(flows);
}

static void done(struct job *job)
{
	struct flows *flows = (struct flows *)job;

	if (flows->error)
		control_fail(flows->request, CONTROL_FAILED, "connections cannot be listed: %s",
			     strerror(flows->error));
	else
		control_answer(flows->request, json_pack("{s:O, s:I}", "flows", flows->list, "more", flows->more));
	flows_free(flows);
}

static void run(struct daemon *daemon, struct control_request *request)
{
	const json_t *arguments = control_arguments(request);
	struct flows *flows = calloc(1, sizeof *flows);
	json_int_t limit = LIMIT_USUAL;
	struct control_error error;

	control_error_set(&error, CONTROL_FAILED, "out of memory");
	if (flows && flow_list_init(&flows->all, daemon) &&
	    past_filter_read(&flows->all.filter, arguments, &error) &&
	    control_number(arguments, "limit", 1, LIMIT_MOST, &limit, &error)) {
		flows->limit = limit;
		flows->list = json_array();
		flows->request = request;
		flows->job.work = work;
		flows->job.done = done;
		if (jobs_start(daemon->jobs, &flows->job))
			return;
		control_error_set(&error, CONTROL_BUSY, "too many ask for connections");
	}
	control_fail(request, error.code, "%s", error.message);
	if (flows)
		flows_free(flows);
}

static const struct control_field fields[] = {PAST_FILTER_FIELDS,
					      {"limit", JSON_INTEGER, false, "so many at most, 1000 if left out"},
					      {0}};

const struct control_verb verb_flows = {
	.name = "flows",
	.brief = "list the connections that the kernel tracks, and what has decided each",
	.fields = fields,
	.run = run,
};
