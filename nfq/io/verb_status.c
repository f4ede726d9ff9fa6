/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_status.c - "status": what the daemon is and does, and whether the kernel is as it should be
 *
 * All is looked at at once, in the main thread, but what takes long: the connections are counted from a list of all
 * that the kernel has, and the firewall's rules are listed, in a job.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "census.h"
#include "daemon_state.h"
#include "json_text.h"
#include "queue_stat.h"
#include "status_json.h"
#include "verbs.h"
#include "verify.h"

struct status {
	struct job job;
	struct control_request *request;
	json_t *answer;
	struct census census;
	struct daemon *daemon;
	struct hooks *hooks; /* a copy; NULL: there are none */
	bool intact;
};

static json_t *integer(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* --- ruleset and rules --- */

static json_t *ruleset_json(const struct daemon *daemon)
{
	const struct ruleset *ruleset = daemon->ruleset;

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "path", json_text(daemon->config->rules), "generation",
			 integer(ruleset->generation), "rules", integer(ruleset->rule_count), "gateways",
			 integer(ruleset->gateway_count), "reload", reload_json(&daemon->reload));
}

static const char *target_name(const struct ruleset *ruleset, const struct rule *rule)
{
	if (rule->action != ACTION_VIA)
		return NULL;
	return rule->to_group ? ruleset->groups[rule->target].name : ruleset->gateways[rule->target].name;
}

static json_t *rules_json(const struct daemon *daemon, const struct rule_use *uses)
{
	const struct ruleset *ruleset = daemon->ruleset;
	json_t *list = json_array();

	for (unsigned i = 0; i < ruleset->rule_count; i++) {
		const struct rule *rule = &ruleset->rules[i];

		json_array_append_new(list, json_pack("{s:o, s:s, s:s?, s:o, s:o}", "rule", json_text(rule->text),
						      "verdict", action_name(rule->action), "target",
						      target_name(ruleset, rule), "hits", integer(uses[i].hits),
						      "last", status_time(uses[i].last)));
	}
	return list;
}

/* --- queues and counters --- */

static json_t *queue_json(unsigned number, const struct worker_report *report)
{
	struct queue_stat stat = {0};
	bool served = queue_stat(number, &stat);

	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "number", integer(number), "served",
			 served, "waiting", integer(stat.waiting), "packets", integer(report->queue.packets),
			 "held", integer(report->held), "passed_by", integer(report->queue.passed_by),
			 "dropped_full", integer(stat.dropped_full), "dropped_unread",
			 integer(stat.dropped_unread), "copy_range", integer(stat.copy_range));
}

static json_t *queues_json(const struct daemon *daemon, const struct counters *counters)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < daemon->worker_count; i++)
		json_array_append_new(list, queue_json(daemon->config->first + i, &counters->queues[i]));
	return list;
}

/* Why connections stay on their first path, and how many. */
static json_t *left_json(const struct engine_counters *engine)
{
	json_t *left = json_object();

	for (enum rehome_refusal why = REHOME_DONE + 1; why < REHOME_REFUSALS; why++)
		if (engine->rehome[why])
			json_object_set_new(left, rehome_refusal_text(why), integer(engine->rehome[why]));
	return left;
}

static json_t *decisions_json(const struct engine_counters *engine)
{
	json_t *verdicts = json_object();

	for (enum action action = 0; action < ACTION_COUNT; action++)
		json_object_set_new(verdicts, action_name(action), integer(engine->actions[action]));
	return json_pack("{s:[o, o, o, o], s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "at_packet",
			 integer(engine->decided[0]), integer(engine->decided[1]), integer(engine->decided[2]),
			 integer(engine->decided[3]), "verdicts", verdicts, "late", integer(engine->late), "left", left_json(engine), "moved",
			 integer(engine->rehome[REHOME_DONE]), "held", integer(engine->held), "from_before",
			 integer(engine->midstream), "evicted", integer(engine->evicted));
}

/* --- memory --- */

/* A line "NAME:  N kB" of /proc/self/status, in bytes. */
static json_t *memory_of(const char *name)
{
	FILE *file = fopen("/proc/self/status", "re");
	size_t length = strlen(name);
	unsigned long long kilobytes = 0;
	char line[128];

	if (!file)
		return json_null();
	while (!kilobytes && fgets(line, sizeof line, file))
		if (strncmp(line, name, length) == 0)
			sscanf(line + length, ": %llu kB", &kilobytes);
	fclose(file);
	return integer(kilobytes * 1024);
}

static json_t *learned_json(const struct daemon *daemon)
{
	struct learned_counters counters = {0};

	if (daemon->learned)
		counters = learned_counters(daemon->learned);
	return json_pack("{s:o, s:o, s:o, s:o}", "entries", integer(counters.entries), "most",
			 integer(daemon->ruleset->options.learned_entries), "bytes", integer(counters.bytes), "evicted",
			 integer(counters.evicted));
}

/* --- kernel --- */

static void add_finding(void *ctx, const char *what, const char *why)
{
	json_array_append_new(ctx, json_pack("{s:o, s:b, s:o}", "what", json_text(what), "good", why == NULL,
					     "why", json_text(why)));
}

static json_t *kernel_json(struct daemon *daemon)
{
	json_t *list = json_array();

	verify_kernel(daemon, add_finding, list);
	return list;
}

/* --- connections --- */

static void set_count(json_t *object, const struct census *census, const struct census_count *count)
{
	bool known = !census->error;

	json_object_set_new(object, "connections", known ? integer(count->connections) : json_null());
	json_object_set_new(object, "bytes_sent", known ? integer(count->bytes[CT_ORIGINAL]) : json_null());
	json_object_set_new(object, "bytes_received", known ? integer(count->bytes[CT_REPLY]) : json_null());
}

static void add_census(json_t *answer, const struct census *census)
{
	static const char *const names[CENSUS_EXTRA] = {[CENSUS_MAIN] = "main",
							[CENSUS_DROP] = "drop",
							[CENSUS_REJECT] = "reject",
							[CENSUS_OTHERS] = "undecided"};
	json_t *gateway, *others = json_object();
	size_t i;

	json_array_foreach(json_object_get(answer, "gateways"), i, gateway)
		set_count(gateway, census, &census->counts[i]);
	for (i = 0; i < CENSUS_EXTRA; i++) {
		json_t *object = json_object();

		set_count(object, census, &census->counts[census->gateways + i]);
		json_object_set_new(others, names[i], object);
	}
	json_object_set_new(answer, "others", others);
	json_object_set_new(answer, "uncounted", integer(census->uncounted));
	json_object_set_new(answer, "connections_error",
			    json_text(census->error ? strerror(census->error) : NULL));
}

/* --- all of it --- */

static void status_free(struct status *status)
{
	hooks_forget(status->hooks);
	census_free(&status->census);
	free(status);
}

static void look_at_much(struct job *job)
{
	struct status *status = (struct status *)job;

	census_take(&status->census);
	status->intact = !status->hooks || hooks_look(status->hooks) != HOOKS_CHANGED;
}

/* Hooks that have been replaced meanwhile have just been installed. */
static void add_hooks(const struct status *status)
{
	const struct hooks *now = status->daemon->hooks;

	if (status->hooks && now)
		add_finding(json_object_get(status->answer, "kernel"), "firewall hooks",
			    status->intact || !hooks_same(now, status->hooks) ? NULL : "are not as they were installed");
}

static void answer_status(struct job *job)
{
	struct status *status = (struct status *)job;

	add_census(status->answer, &status->census);
	add_hooks(status);
	control_answer(status->request, status->answer);
	status_free(status);
}

/* NULL: out of memory. */
static struct status *status_new(struct daemon *daemon, struct control_request *request)
{
	struct status *status = calloc(1, sizeof *status);

	if (!status)
		return NULL;
	*status = (struct status){.job = {.work = look_at_much, .done = answer_status}, .request = request, .daemon = daemon};
	if (daemon->hooks)
		status->hooks = hooks_copy(daemon->hooks);
	if (census_init(&status->census, daemon->ruleset) && (status->hooks || !daemon->hooks))
		return status;
	status_free(status);
	return NULL;
}

static json_t *status_json(struct daemon *daemon, const struct counters *counters)
{
	return json_pack("{s:s, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:o, s:o}", "program",
			 "nfqroute " NFQROUTE_VERSION, "pid", integer((uint64_t)getpid()), "started",
			 integer((uint64_t)daemon->started), "reloading", daemon->reloading != NULL, "paused", daemon->paused, "ruleset",
			 ruleset_json(daemon), "gateways", status_gateways(daemon), "rules",
			 rules_json(daemon, counters->uses), "queues", queues_json(daemon, counters), "decisions",
			 decisions_json(&counters->sum.engine), "memory", "resident", memory_of("VmRSS"), "peak",
			 memory_of("VmHWM"), "learned", learned_json(daemon), "kernel", kernel_json(daemon));
}

static void run(struct daemon *daemon, struct control_request *request)
{
	const struct counters *counters = daemon_count(daemon);
	struct status *status = status_new(daemon, request);

	if (!counters || !status) {
		if (status)
			status_free(status);
		control_fail(request, CONTROL_FAILED, "out of memory");
		return;
	}
	status->answer = status_json(daemon, counters);
	if (jobs_start(daemon->jobs, &status->job))
		return;
	json_decref(status->answer);
	status_free(status);
	control_fail(request, CONTROL_BUSY, "too many ask for connections");
}

const struct control_verb verb_status = {
	.name = "status",
	.brief = "what the daemon is and does, and whether the kernel is as it should be",
	.run = run,
};
