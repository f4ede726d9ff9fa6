/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_flush.c - "flush": connections are forgotten, to be decided anew
 *
 * A connection is decided once, at its beginning. For UDP and the like the kernel's entry is deleted: the next
 * packet begins a new connection. A TCP connection has no second beginning; it is reset at its next packet, by the
 * bits of reject, and its program opens it again. Were its mark only cleared, it would go on by the main table,
 * with another address, and hang. In between the queues forget what they have decided, or they would do so again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctnl.h"
#include "daemon_state.h"
#include "flow_list.h"
#include "grow.h"
#include "hooks_watch.h"
#include "log.h"
#include "verbs.h"

enum { BATCH = 16, FORGOTTEN_AT_A_TIME = 256 };

static const struct control_field fields[] = {PAST_FILTER_FIELDS, {"all", JSON_TRUE, false, "all of them"}, {0}};

struct victim {
	struct flow_key key;
	uint16_t zone;
};

struct flush {
	struct job job;
	struct daemon *daemon;
	struct control_request *request;
	struct flow_list all;
	uint32_t mask, reject;
	struct victim *victims;
	size_t count, room;
	unsigned deleted, reset;
	int error;
};

static void take(void *ctx, const struct past_decision *past, const struct ct_entry *entry)
{
	struct flush *flush = ctx;
	struct victim *victims = grow(flush->victims, flush->count, &flush->room, sizeof *victims);

	(void)past;
	if (!victims) {
		flush->error = ENOMEM;
		return;
	}
	flush->victims = victims;
	victims[flush->count++] = (struct victim){.key = entry->key, .zone = entry->zone};
}

/* The request's size. */
static size_t put_request(char *buffer, const struct flush *flush, const struct victim *victim)
{
	bool tcp = victim->key.proto == IPPROTO_TCP;
	struct nlmsghdr *request = ctnl_begin_about(buffer, tcp ? IPCTNL_MSG_CT_NEW : IPCTNL_MSG_CT_DELETE, 0,
						    &victim->key, victim->zone);

	if (tcp)
		ctnl_put_mark(request, flush->reject, flush->mask);
	return MNL_ALIGN(request->nlmsg_len);
}

/* One that has ended meanwhile is no error. */
static void change(struct flush *flush, struct ctnl *ctnl, size_t first, unsigned count)
{
	_Alignas(struct nlmsghdr) char buffer[BATCH * CTNL_REQUEST_MAX];
	int errors[BATCH] = {0};
	size_t used = 0;

	for (unsigned i = 0; i < count; i++)
		used += put_request(buffer + used, flush, &flush->victims[first + i]);
	flush->error = ctnl_transact(ctnl, buffer, count, errors, NULL, NULL);
	for (unsigned i = 0; i < count && !flush->error; i++) {
		bool tcp = flush->victims[first + i].key.proto == IPPROTO_TCP;

		flush->reset += tcp && !errors[i];
		flush->deleted += !tcp && !errors[i];
	}
}

/* First job: whom it is about. */
static void find(struct job *job)
{
	struct flush *flush = (struct flush *)job;
	int error = flow_list_walk(&flush->all, take, flush);

	flush->error = flush->error ? flush->error : error;
}

/* Second job: what the kernel knows of them. */
static void change_all(struct job *job)
{
	struct flush *flush = (struct flush *)job;
	struct ctnl ctnl;

	flush->error = ctnl_open(&ctnl);
	if (flush->error)
		return;
	for (size_t i = 0; i < flush->count && !flush->error; i += BATCH)
		change(flush, &ctnl, i, flush->count - i < BATCH ? (unsigned)(flush->count - i) : BATCH);
	ctnl_close(&ctnl);
}

static void flush_free(struct flush *flush)
{
	flow_list_free(&flush->all);
	free(flush->victims);
	free(flush);
}

static void answer(struct job *job)
{
	struct flush *flush = (struct flush *)job;

	hooks_watch_empty(flush->daemon->hooks_watch);
	log_notice("flushed on demand: %u TCP connections are reset at their next packet, %u others forgotten",
		   flush->reset, flush->deleted);
	if (flush->error)
		control_fail(flush->request, CONTROL_FAILED, "not all connections could be changed: %s",
			     strerror(flush->error));
	else
		control_answer(flush->request, json_pack("{s:i, s:i}", "reset", (int)flush->reset, "forgotten",
							 (int)flush->deleted));
	flush_free(flush);
}

/* By the queues, some at a time, as packets wait meanwhile. */
static void forget(const struct daemon *daemon, const struct victim *victims, size_t count)
{
	struct flow_key keys[FORGOTTEN_AT_A_TIME];

	for (size_t i = 0; i < count; i++)
		keys[i] = victims[i].key;
	for (unsigned i = 0; i < daemon->worker_count; i++)
		worker_forget(daemon->workers[i], keys, count);
}

static void found(struct job *job)
{
	struct flush *flush = (struct flush *)job;

	for (size_t i = 0; i < flush->count && !flush->error; i += FORGOTTEN_AT_A_TIME)
		forget(flush->daemon, &flush->victims[i],
		       flush->count - i < FORGOTTEN_AT_A_TIME ? flush->count - i : FORGOTTEN_AT_A_TIME);
	flush->job.work = change_all;
	flush->job.done = answer;
	if (!flush->error && jobs_start(flush->daemon->jobs, &flush->job))
		return;
	flush->error = flush->error ? flush->error : EAGAIN;
	answer(job);
}

/* All is to be said, not to be left out by mistake. */
static bool says_which(const json_t *arguments, struct control_error *error)
{
	for (const struct control_field *field = fields; field->name; field++)
		if (json_object_get(arguments, field->name))
			return true;
	control_error_set(error, CONTROL_BAD_ARGUMENT, "which? rule, gateway, host, app, client; or all");
	return false;
}

static void run(struct daemon *daemon, struct control_request *request)
{
	const json_t *arguments = control_arguments(request);
	struct flush *flush = calloc(1, sizeof *flush);
	struct control_error error;

	control_error_set(&error, CONTROL_FAILED, "out of memory");
	if (flush && flow_list_init(&flush->all, daemon) && says_which(arguments, &error) &&
	    past_filter_read(&flush->all.filter, arguments, &error)) {
		flush->mask = daemon->ruleset->marks.mask;
		flush->reject = daemon->ruleset->marks.reject;
		flush->daemon = daemon;
		flush->request = request;
		flush->job.work = find;
		flush->job.done = found;
		if (jobs_start(daemon->jobs, &flush->job))
			return;
		control_error_set(&error, CONTROL_BUSY, "too many ask for connections");
	}
	control_fail(request, error.code, "%s", error.message);
	if (flush)
		flush_free(flush);
}

const struct control_verb verb_flush = {
	.name = "flush",
	.brief = "forget connections, to have them decided anew",
	.fields = fields,
	.changes = true,
	.run = run,
};
