/* SPDX-License-Identifier: GPL-2.0-or-later
 * engine.c - an engine's life: what it is made of, the rules it goes by, its counters and timers
 *
 * The way of a packet through it is in packet_way.c.
 */
#include "engine_private.h"

#include <stdlib.h>

#include "resets.h"
#include "table_memory.h"

enum { HEADERS_MAX = 160 };

/* Who has been undecided longest of those that have buffers gives them to one that needs some now. */
static bool evict_for_buffer(void *engine)
{
	struct engine *e = engine;
	struct flow *victim = flow_with_buffers(e->flows, e->judged);

	if (!victim)
		return false;
	note_evicted(e, victim);
	feed_free(victim, e->pool);
	flow_remove(e->flows, victim);
	return true;
}

struct engine *engine_new(const struct ruleset *ruleset, const struct engine_config *config)
{
	struct engine *e = table_memory(sizeof *e);

	if (!e)
		return NULL;
	e->config = *config;
	e->listener = (struct facts_listener){expect_host, e};
	e->moving[FAMILY_IPV4] = e->moving[FAMILY_IPV6] = config->pretend_rehome ? MOVING_PLAIN : MOVING_NONE;
	e->flows = flow_table_new(ruleset->options.flows, config->seed);
	e->past = past_new(ruleset->options.flows);
	e->holdings = holdings_new();
	e->pool = pool_new(ruleset->options.buffer_memory);
	e->lessons = config->learned ? lessons_new() : NULL;
	e->recall = memory_reserve(sizeof *e->recall);
	if (!e->flows || !e->past || !e->holdings || !e->pool || !e->recall || (config->learned && !e->lessons)) {
		engine_free(e);
		return NULL;
	}
	pool_reclaim(e->pool, (struct reclaim){evict_for_buffer, e});
	classify_prepare(&e->classify);
	if (!engine_set_ruleset(e, ruleset, config->gateways)) {
		engine_free(e);
		return NULL;
	}
	return e;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	flow_table_free(engine->flows);
	past_free(engine->past);
	free(engine->holdings);
	pool_free(engine->pool);
	memory_release(engine->recall, sizeof *engine->recall);
	free(engine->hits);
	free(engine->attempts);
	resets_free(engine->resets);
	free(engine->lessons);
	free(engine);
}

void engine_forget(struct engine *engine, const struct flow_key *key)
{
	uint64_t hash = flow_hash(engine->flows, key);

	past_forget(engine->past, hash);
	recall_forget(engine->recall, (uint32_t)hash);
}

/* What is there stays, so that a reload allows nothing twice. false: out of memory. */
static bool want_resets(struct engine *e, const struct ruleset *ruleset)
{
	if (!e->resets && ruleset_resets(ruleset))
		e->resets = resets_new(e->config.seed);
	return e->resets || !ruleset_resets(ruleset);
}

bool engine_set_ruleset(struct engine *engine, const struct ruleset *ruleset, const struct gateway_state *gateways)
{
	uint64_t *hits = calloc(ruleset->rule_count + 1, sizeof *hits);
	struct attempts *attempts = calloc(ruleset->gateway_count + 1, sizeof *attempts);

	if (!hits || !attempts || !want_resets(engine, ruleset)) {
		free(hits);
		free(attempts);
		return false;
	}
	free(engine->hits);
	free(engine->attempts);
	expect_nothing(engine);
	engine->hits = hits;
	engine->attempts = attempts;
	engine->moves = (engine->config.rehome || engine->config.pretend_rehome) && ruleset_moves(ruleset);
	engine->ruleset = ruleset;
	engine->gateways = gateways;
	engine->limit = ruleset->options.budget_bytes < STREAM_MAX ? ruleset->options.budget_bytes : STREAM_MAX;
	return true;
}

void engine_allow_moves(struct engine *engine, enum family family, enum moving moving)
{
	engine->moving[family] = moving;
}

size_t engine_verdicts_max(const struct engine *engine)
{
	(void)engine;
	return 2 * FLOW_HELD + 1; /* an evicted flow's, this flow's, and the packet at hand */
}

uint32_t engine_copy_range(const struct ruleset *ruleset)
{
	return ruleset->needs || ruleset->options.dns ? 0xffff : HEADERS_MAX;
}

const struct engine_counters *engine_counters(const struct engine *engine)
{
	return &engine->counters;
}

const uint64_t *engine_rule_hits(const struct engine *engine)
{
	return engine->hits;
}

size_t engine_tick(struct engine *engine, uint64_t now, struct verdict *verdicts)
{
	struct turn t = {.engine = engine, .now = now, .out = verdicts};
	const struct timer *first = timers_first(&engine->timers);

	if (first && first->due <= now)
		hold_is_over(&t, first->owner);
	return t.count;
}

uint64_t engine_deadline(const struct engine *engine)
{
	const struct timer *first = timers_first(&engine->timers);

	return first ? first->due : UINT64_MAX;
}
