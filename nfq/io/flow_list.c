/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_list.c - the connections that the kernel tracks now, each with its decision
 */
#include "flow_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctnl.h"
#include "daemon_state.h"
#include "secret.h"

struct mark_name {
	uint32_t mark;
	enum action action;
	char gateway[sizeof((struct past_decision *)0)->gateway];
};

struct source {
	const struct history *history;
	uint64_t begin, end; /* what is copied of it */
};

/* --- what was decided --- */

/* The place of the connection in the index, or the free one where it would be. */
static uint32_t *find(const struct flow_list *flows, const struct flow_key *key)
{
	uint32_t slot = (uint32_t)flow_key_hash(key, flows->secret) & flows->index_mask;

	while (flows->index[slot]) {
		struct flow_key other = past_key(&flows->past[flows->index[slot] - 1]);

		if (memcmp(&other, key, sizeof other) == 0)
			break;
		slot = (slot + 1) & flows->index_mask;
	}
	return &flows->index[slot];
}

static void copy_history(struct flow_list *flows, const struct source *source)
{
	for (uint64_t i = source->begin; i < source->end; i++)
		if (history_get(source->history, i, &flows->past[flows->past_count]))
			flows->past_count++;
}

/* false: out of memory. */
static bool copy_histories(struct flow_list *flows)
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
	flows->secret = secret_number();
	for (unsigned i = 0; i < flows->source_count; i++)
		copy_history(flows, &flows->sources[i]);
	return true;
}

/* Of a tuple that was used twice the later decision holds. */
static void index_past(const struct flow_list *flows)
{
	for (size_t i = 0; i < flows->past_count; i++) {
		struct flow_key key = past_key(&flows->past[i]);
		uint32_t *place = find(flows, &key);

		if (!*place || flows->past[*place - 1].time < flows->past[i].time)
			*place = (uint32_t)i + 1;
	}
}

/* --- what the kernel has --- */

static struct past_decision past_by_mark(const struct flow_list *flows, const struct ct_entry *entry)
{
	struct past_decision past;

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

static int take(const struct nlmsghdr *message, void *ctx)
{
	struct flow_list *flows = ctx;
	struct ct_entry entry;
	struct past_decision past;
	uint32_t place;

	if (!ct_entry_parse(&entry, message) || !(entry.mark & flows->mask))
		return MNL_CB_OK;
	place = *find(flows, &entry.key);
	past = place ? flows->past[place - 1] : past_by_mark(flows, &entry);
	if (past_filter_passes(&flows->filter, &past))
		flows->each(flows->ctx, &past, &entry);
	return MNL_CB_OK;
}

int flow_list_walk(struct flow_list *flows,
		   void (*each)(void *ctx, const struct past_decision *past, const struct ct_entry *entry), void *ctx)
{
	struct ctnl ctnl;
	int error;

	flows->each = each;
	flows->ctx = ctx;
	if (!copy_histories(flows))
		return ENOMEM;
	index_past(flows);
	error = ctnl_open(&ctnl);
	if (error)
		return error;
	error = ctnl_dump(&ctnl, take, flows);
	ctnl_close(&ctnl);
	return error;
}

/* --- what is needed of the daemon --- */

static void name_marks(struct flow_list *flows, const struct ruleset *ruleset)
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

bool flow_list_init(struct flow_list *flows, const struct daemon *daemon)
{
	*flows = (struct flow_list){0};
	flows->names = calloc(daemon->ruleset->gateway_count + 3, sizeof *flows->names);
	flows->sources = calloc(daemon->worker_count + 1, sizeof *flows->sources);
	if (!flows->names || !flows->sources) {
		flow_list_free(flows);
		return false;
	}
	name_marks(flows, daemon->ruleset);
	for (unsigned i = 0; i < daemon->worker_count; i++)
		if (worker_history(daemon->workers[i]))
			flows->sources[flows->source_count++].history = worker_history(daemon->workers[i]);
	return true;
}

void flow_list_free(struct flow_list *flows)
{
	free(flows->names);
	free(flows->sources);
	free(flows->past);
	free(flows->index);
	*flows = (struct flow_list){0};
}
