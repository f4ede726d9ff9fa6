/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_flows.c - "flows": the connections that the kernel tracks now, and what has decided each
 *
 * A job: the queues' histories are copied and indexed by connection, then the kernel's list is gone through. A
 * connection whose decision is not in a history any more is known by its mark only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctentry.h"
#include "ctnl.h"
#include "daemon_state.h"
#include "hash.h"
#include "json_text.h"
#include "past_filter.h"
#include "verbs.h"

enum { LIMIT_USUAL = 1000, LIMIT_MOST = 20000 };

struct mark_name {
	uint32_t mark;
	enum action action;
	char gateway[sizeof((struct past *)0)->gateway];
};

struct flows {
	struct job job;
	struct control_request *request;
	struct past_filter filter;
	uint64_t limit;

	uint32_t mask, open;
	unsigned name_count, source_count;
	struct mark_name *names; /* what a mark means */
	struct source {
		const struct history *history;
		uint64_t begin, end; /* what is copied of it */
	} * sources;

	struct past *past; /* copies, oldest first in each queue */
	size_t past_count;
	uint32_t *index, index_mask; /* open addressing: place in past + 1; 0: free */
	json_t *list;
	uint64_t more; /* passed the filter beyond the limit */
	int error;
};

/* --- what was decided --- */

static uint32_t slot_of(const struct flows *flows, const struct flow_key *key)
{
	uint64_t h = hash_mix(hash_mix(key->src.high, key->src.low), hash_mix(key->dst.high, key->dst.low));

	h = hash_mix(h, (uint64_t)key->sport << 32 | (uint32_t)key->dport << 8 | key->proto);
	return (uint32_t)h & flows->index_mask;
}

/* The place of the connection in the index, or the free one where it would be. */
static uint32_t *find(const struct flows *flows, const struct flow_key *key)
{
	uint32_t slot = slot_of(flows, key);

	while (flows->index[slot]) {
		struct flow_key other = past_key(&flows->past[flows->index[slot] - 1]);

		if (memcmp(&other, key, sizeof other) == 0)
			break;
		slot = (slot + 1) & flows->index_mask;
	}
	return &flows->index[slot];
}

static void copy_history(struct flows *flows, const struct source *source)
{
	for (uint64_t i = source->begin; i < source->end; i++)
		if (history_get(source->history, i, &flows->past[flows->past_count]))
			flows->past_count++;
}

/* false: out of memory. */
static bool copy_histories(struct flows *flows)
{
	size_t size = 16, total = 0;

	for (unsigned i = 0; i < flows->source_count; i++) {
		struct source *source = &flows->sources[i];

		source->begin = history_begin(source->history);
		source->end = history_end(source->history);
		total += source->end - source->begin;
	}
	while (size < 2 * total)
		size *= 2;
	flows->past = calloc(total + 1, sizeof *flows->past);
	flows->index = calloc(size, sizeof *flows->index);
	if (!flows->past || !flows->index)
		return false;
	flows->index_mask = (uint32_t)size - 1;
	for (unsigned i = 0; i < flows->source_count; i++)
		copy_history(flows, &flows->sources[i]);
	return true;
}

/* Of a tuple that was used twice the later decision holds. */
static void index_past(const struct flows *flows)
{
	for (size_t i = 0; i < flows->past_count; i++) {
		struct flow_key key = past_key(&flows->past[i]);
		uint32_t *place = find(flows, &key);

		if (!*place || flows->past[*place - 1].time < flows->past[i].time)
			*place = (uint32_t)i + 1;
	}
}

/* --- what the kernel has --- */

static struct past past_by_mark(const struct flows *flows, const struct ct_entry *entry)
{
	struct past past;

	memset(&past, 0, sizeof past);
	past.src = entry->key.src;
	past.dst = entry->key.dst;
	past.sport = entry->key.sport;
	past.dport = entry->key.dport;
	past.proto = entry->key.proto;
	past.mark = entry->mark & flows->mask;
	past.moved = entry->moved;
	past.why = "decided before what is kept";
	for (unsigned i = 0; i < flows->name_count; i++) {
		if (flows->names[i].mark != past.mark)
			continue;
		past.action = (uint8_t)flows->names[i].action;
		memcpy(past.gateway, flows->names[i].gateway, sizeof past.gateway);
	}
	return past;
}

static json_t *counter(const struct ct_entry *entry, uint64_t value)
{
	return entry->counted ? json_integer((json_int_t)value) : json_null();
}

/* Seconds, from the decision or by the kernel's own notes. */
static json_t *age_json(const struct past *past, const struct ct_entry *entry)
{
	struct timespec now;
	double began = past->time ? past_epoch(past->time) : (double)entry->start / 1e9, age;

	if (began == 0)
		return json_null();
	clock_gettime(CLOCK_REALTIME, &now);
	age = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - began;
	return json_real(age > 0 ? age : 0);
}

static json_t *flow_json(const struct past *past, const struct ct_entry *entry)
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

static int take(const struct nlmsghdr *message, void *ctx)
{
	struct flows *flows = ctx;
	struct ct_entry entry;
	struct past past;
	uint32_t place;

	if (!ct_entry_parse(&entry, message) || !(entry.mark & flows->mask))
		return MNL_CB_OK;
	place = *find(flows, &entry.key);
	past = place ? flows->past[place - 1] : past_by_mark(flows, &entry);
	if (!past_filter_passes(&flows->filter, &past))
		return MNL_CB_OK;
	if (json_array_size(flows->list) < flows->limit)
		json_array_append_new(flows->list, flow_json(&past, &entry));
	else
		flows->more++;
	return MNL_CB_OK;
}

static void work(struct job *job)
{
	struct flows *flows = (struct flows *)job;
	struct ctnl ctnl;

	if (!copy_histories(flows)) {
		flows->error = ENOMEM;
		return;
	}
	index_past(flows);
	flows->error = ctnl_open(&ctnl, 0);
	if (flows->error)
		return;
	flows->error = ctnl_dump(&ctnl, take, flows);
	ctnl_close(&ctnl);
}

/* --- asked and answered --- */

static void flows_free(struct flows *flows)
{
	json_decref(flows->list);
	free(flows->names);
	free(flows->sources);
	free(flows->past);
	free(flows->index);
	free(flows);
}

static void done(struct job *job)
{
	struct flows *flows = (struct flows *)job;

	if (flows->error)
		control_fail(flows->request, CONTROL_FAILED, "connections cannot be listed: %s",
			     strerror(flows->error));
	else
		control_answer(flows->request,
			       json_pack("{s:O, s:I}", "flows", flows->list, "more", (json_int_t)flows->more));
	flows_free(flows);
}

static void name_marks(struct flows *flows, const struct ruleset *ruleset)
{
	const struct marks *marks = &ruleset->marks;
	const struct mark_name fixed[] = {{.mark = marks->main, .action = ACTION_MAIN},
					  {.mark = marks->drop, .action = ACTION_DROP},
					  {.mark = marks->reject, .action = ACTION_REJECT}};

	flows->mask = marks->mask;
	flows->name_count = ruleset->gateway_count + 3;
	memcpy(flows->names, fixed, sizeof fixed);
	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		struct mark_name *name = &flows->names[3 + i];

		name->mark = ruleset->gateways[i].mark;
		name->action = ACTION_VIA;
		snprintf(name->gateway, sizeof name->gateway, "%s", ruleset->gateways[i].name);
	}
}

/* NULL: out of memory. */
static struct flows *flows_new(const struct daemon *daemon)
{
	struct flows *flows = calloc(1, sizeof *flows);

	if (!flows)
		return NULL;
	flows->list = json_array();
	flows->names = calloc(daemon->ruleset->gateway_count + 3, sizeof *flows->names);
	flows->sources = calloc(daemon->worker_count + 1, sizeof *flows->sources);
	if (!flows->list || !flows->names || !flows->sources) {
		flows_free(flows);
		return NULL;
	}
	name_marks(flows, daemon->ruleset);
	for (unsigned i = 0; i < daemon->worker_count; i++)
		if (worker_history(daemon->workers[i]))
			flows->sources[flows->source_count++].history = worker_history(daemon->workers[i]);
	return flows;
}

/* false with *error set: it makes no sense. */
static bool read_limit(const json_t *arguments, uint64_t *limit, struct control_error *error)
{
	const json_t *value = json_object_get(arguments, "limit");
	json_int_t number = value ? json_integer_value(value) : LIMIT_USUAL;

	*limit = (uint64_t)number;
	if (number >= 1 && number <= LIMIT_MOST)
		return true;
	control_error_set(error, CONTROL_BAD_ARGUMENT, "\"limit\" is 1 to %d", LIMIT_MOST);
	return false;
}

static void run(struct daemon *daemon, struct control_request *request)
{
	struct flows *flows = flows_new(daemon);
	struct control_error error;

	control_error_set(&error, CONTROL_FAILED, "out of memory");
	if (!flows || !past_filter_read(&flows->filter, control_arguments(request), &error) ||
	    !read_limit(control_arguments(request), &flows->limit, &error)) {
		control_fail(request, error.code, "%s", error.message);
		if (flows)
			flows_free(flows);
		return;
	}
	flows->request = request;
	flows->job.work = work;
	flows->job.done = done;
	if (jobs_start(daemon->jobs, &flows->job))
		return;
	control_fail(request, CONTROL_BUSY, "too many ask for connections");
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
