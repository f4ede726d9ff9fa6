/* SPDX-License-Identifier: GPL-2.0-or-later
 * worker_orders.c - what is asked of a running worker: other rules, a pause, a drain, its counters
 *
 * Each is a function of worker.h, and before it the order that it gives (worker_thread.c).
 */
#include "worker_private.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define SECOND 1000000000ULL
#define DRAIN_TIME (SECOND / 10) /* where packets come as fast as they are judged */

struct rules {
	const struct ruleset *ruleset;
	const struct gateway_state *gateways;
	uint64_t *last; /* for the new rules; then that of the old ones */
	uint64_t stood; /* nanoseconds that the queue waited for it */
};

/* As the rules want the queue; a paused one stays closed. */
static bool configure(struct worker *worker, const struct ruleset *ruleset)
{
	if (!queue_configure(worker->queue, ruleset->options.queue_length, engine_copy_range(ruleset),
			     ruleset->options.fail_closed))
		return false;
	if (worker->paused)
		queue_close_intake(worker->queue);
	return true;
}

static bool change_rules(struct worker *worker, struct rules *rules)
{
	const struct ruleset *ruleset = rules->ruleset;
	uint64_t *last = worker->last;

	if (!configure(worker, ruleset))
		return false;
	if (!engine_set_ruleset(worker->engine, ruleset, rules->gateways)) {
		configure(worker, worker->ruleset);
		return false;
	}
	if (worker->mover)
		mover_set_zone(worker->mover, (uint16_t)ruleset->options.rehome_zone);
	worker->ruleset = ruleset;
	worker->last = rules->last;
	rules->last = last;
	return true;
}

static bool take_rules(struct worker *worker, void *arg)
{
	struct rules *rules = arg;
	uint64_t begun = clock_monotonic();
	bool done = change_rules(worker, rules);

	rules->stood = clock_monotonic() - begun;
	return done;
}

bool worker_switch(struct worker *worker, const struct ruleset *ruleset, const struct gateway_state *gateways,
		   uint64_t *stood)
{
	struct rules rules = {.ruleset = ruleset,
			      .gateways = gateways,
			      .last = calloc(ruleset->rule_count + 1, sizeof *rules.last)};
	bool done = rules.last && (worker_order(worker, take_rules, &rules) || worker->stuck);

	free(rules.last);
	*stood = rules.stood;
	return done;
}

static bool set_pause(struct worker *worker, void *arg)
{
	const bool *pause = arg;

	worker->paused = *pause;
	return configure(worker, worker->ruleset);
}

void worker_pause(struct worker *worker, bool pause)
{
	worker_order(worker, set_pause, &pause);
}

struct forgotten_keys {
	const struct flow_key *keys;
	size_t count;
};

static bool forget(struct worker *worker, void *arg)
{
	const struct forgotten_keys *order = arg;

	for (size_t i = 0; i < order->count && worker->engine; i++)
		engine_forget(worker->engine, &order->keys[i]);
	return true;
}

void worker_forget(struct worker *worker, const struct flow_key *keys, size_t count)
{
	struct forgotten_keys order = {keys, count};

	worker_order(worker, forget, &order);
}

static bool allow_moves(struct worker *worker, void *arg)
{
	const enum moving *moving = arg;

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		engine_allow_moves(worker->engine, family, moving[family]);
	return true;
}

void worker_allow_moves(struct worker *worker, const enum moving moving[FAMILY_COUNT])
{
	enum moving copy[FAMILY_COUNT];

	memcpy(copy, moving, sizeof copy);
	worker_order(worker, allow_moves, copy);
}

void worker_release_held(struct worker *worker)
{
	queue_tick(worker->queue, worker->engine, UINT64_MAX); /* the end of time */
}

static bool drain(struct worker *worker, void *arg)
{
	uint64_t until = clock_monotonic() + DRAIN_TIME;
	bool *idle = arg;

	*idle = true;
	if (worker->broken || !worker->engine)
		return true;
	queue_close_intake(worker->queue);
	for (uint64_t now = clock_monotonic(); now < until; now = clock_monotonic()) {
		if (queue_turn(worker->queue, worker->engine, now) <= 0)
			break;
		*idle = false;
	}
	worker_release_held(worker);
	return true;
}

bool worker_drain(struct worker *worker)
{
	bool idle = true;

	worker_order(worker, drain, &idle);
	return idle;
}

struct report_order {
	struct worker_report *report;
	struct rule_use *uses;
};

/* Both kinds of counters are structures of nothing but 64-bit numbers. */
_Static_assert(sizeof(struct engine_counters) % sizeof(uint64_t) == 0, "only uint64_t in it");
_Static_assert(sizeof(struct queue_counters) % sizeof(uint64_t) == 0, "only uint64_t in it");

static void add(void *sum, const void *counters, size_t size)
{
	for (size_t i = 0; i < size / sizeof(uint64_t); i++)
		((uint64_t *)sum)[i] += ((const uint64_t *)counters)[i];
}

static void add_uses(struct rule_use *uses, const struct worker *worker)
{
	const uint64_t *hits = engine_rule_hits(worker->engine);

	for (unsigned i = 0; i < worker->ruleset->rule_count; i++) {
		uses[i].hits += hits[i];
		if (worker->last[i] > uses[i].last)
			uses[i].last = worker->last[i];
	}
}

static bool report(struct worker *worker, void *arg)
{
	const struct report_order *order = arg;

	add(&order->report->queue, queue_counters(worker->queue), sizeof order->report->queue);
	order->report->held += queue_held(worker->queue);
	if (!worker->engine)
		return true;
	add(&order->report->engine, engine_counters(worker->engine), sizeof order->report->engine);
	if (order->uses)
		add_uses(order->uses, worker);
	return true;
}

void worker_report(struct worker *worker, struct worker_report *sum, struct rule_use *uses)
{
	struct report_order order = {.report = sum, .uses = uses};

	worker_order(worker, report, &order);
}
