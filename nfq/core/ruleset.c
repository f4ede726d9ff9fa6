/* SPDX-License-Identifier: GPL-2.0-or-later
 * ruleset.c - evaluating rules, and how the bits of the mark are used
 */
#include "rule_index.h"

#include <stdlib.h>

enum { RESERVED_VALUES = 5 }; /* 0, main, drop, reject, probe_main */

const char *action_name(enum action action)
{
	static const char *const names[ACTION_COUNT] = {
		[ACTION_MAIN] = "main", [ACTION_VIA] = "via", [ACTION_DROP] = "drop", [ACTION_REJECT] = "reject"};

	return names[action];
}

void ruleset_free(struct ruleset *ruleset)
{
	if (ruleset)
		arena_free(ruleset->arena); /* the ruleset lies in it itself */
}

/* The number n laid out in the bits of mask, lowest first: n's bit k goes to the k-th bit of mask that is set. */
static uint32_t deposit(uint32_t n, uint32_t mask)
{
	uint32_t value = 0;

	for (uint32_t bit = 1; bit; bit <<= 1) {
		if (!(mask & bit))
			continue;
		value |= n & 1 ? bit : 0;
		n >>= 1;
	}
	return value;
}

const char *check_kind_name(enum check_kind kind)
{
	static const char *const names[CHECK_KINDS] = {[CHECK_PING] = "ping",
						       [CHECK_TCP] = "tcp",
						       [CHECK_DNS] = "dns",
						       [CHECK_HTTP] = "http",
						       [CHECK_PASSIVE] = "passive"};

	return names[kind];
}

const char *family_name(enum family family)
{
	return family == FAMILY_IPV4 ? "IPv4" : "IPv6";
}

bool marks_layout(struct marks *marks, uint32_t mask)
{
	int bits = __builtin_popcount(mask);
	uint32_t top;

	if (bits < 4)
		return false;
	marks->mask = mask;
	marks->open = 1U << (31 - __builtin_clz(mask));
	marks->route_mask = mask & ~marks->open;
	top = (1U << (bits - 1)) - 1;
	marks->main = mask;
	marks->drop = deposit(top - 1, marks->route_mask);
	marks->reject = deposit(top - 2, marks->route_mask);
	marks->probe_main = deposit(top - 3, marks->route_mask);
	marks->answer = marks->probe_main; /* which is never without the open bit */
	return true;
}

uint32_t marks_gateway(const struct marks *marks, unsigned n)
{
	uint32_t values = 1U << __builtin_popcount(marks->route_mask);

	return n < values - RESERVED_VALUES ? deposit(n + 1, marks->route_mask) : 0;
}

uint32_t marks_check(const struct marks *marks, unsigned n)
{
	uint32_t values = 1U << __builtin_popcount(marks->route_mask);

	return n < values - RESERVED_VALUES ? marks_gateway(marks, values - RESERVED_VALUES - 1 - n) : 0;
}

static enum tri match_any(const struct match *match, const struct subject *subject)
{
	const struct keyword *keyword = match->keyword;
	enum tri answer = TRI_NO;
	struct key key;

	if (keyword->eval) {
		for (unsigned i = 0; i < match->set_count && answer != TRI_YES; i++)
			answer = tri_or(answer, keyword->eval(match->sets[i], subject));
		return answer;
	}
	if (!keyword->key(subject, &key))
		return TRI_NO;
	for (unsigned i = 0; i < match->set_count && answer != TRI_YES; i++)
		answer = tri_of(interval_set_has(match->sets[i], key));
	return answer;
}

enum tri match_eval(const struct match *match, const struct subject *subject)
{
	enum tri answer = match_any(match, subject);

	return match->negate ? tri_not(answer) : answer;
}

enum tri rule_eval(const struct rule *rule, const struct subject *subject)
{
	enum tri answer = TRI_YES;

	for (unsigned i = 0; i < rule->match_count && answer != TRI_NO; i++)
		answer = tri_and(answer, match_eval(&rule->matches[i], subject));
	return answer;
}

struct ruling ruleset_walk(const struct ruleset *ruleset, const struct subject *subject)
{
	struct ruling ruling = {.rule = NULL, .open = false};

	for (unsigned i = 0; i < ruleset->rule_count; i++) {
		enum tri answer = rule_eval(&ruleset->rules[i], subject);

		if (answer == TRI_YES) {
			ruling.rule = &ruleset->rules[i];
			return ruling;
		}
		ruling.open |= answer == TRI_MORE;
	}
	return ruling;
}

static bool has_late(const struct ruleset *ruleset, enum late late)
{
	if (ruleset->index)
		return ruleset->index->lates >> late & 1;
	for (unsigned i = 0; i < ruleset->rule_count; i++)
		if (ruleset->rules[i].needs && ruleset->rules[i].late == late)
			return true;
	return false;
}

bool ruleset_moves(const struct ruleset *ruleset)
{
	return has_late(ruleset, LATE_AUTO) || has_late(ruleset, LATE_REHOME);
}

bool ruleset_resets(const struct ruleset *ruleset)
{
	return has_late(ruleset, LATE_RESET);
}

bool ruleset_interferes(const struct ruleset *ruleset)
{
	return ruleset_moves(ruleset) || ruleset_resets(ruleset);
}

int ruleset_gateway_of_mark(const struct ruleset *ruleset, uint32_t mark)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (ruleset->gateways[i].mark == mark)
			return (int)i;
	return -1;
}

int ruleset_gateway_by_name(const struct ruleset *ruleset, const char *name)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		if (strcmp(ruleset->gateways[i].name, name) == 0)
			return (int)i;
	return -1;
}

static const struct options default_options = {
	.mark_mask = 0xff,
	.hooks = true,
	.local = true,
	.forward = true,
	.queue_length = 65536,
	.priority = 1000,
	.first_table = 8300,
	.flows = 65536,
	.rehome_hold_ms = 300,
	.rehome_timeout_ms = 1500,
	.rehome_failures = 5,
	.rehome_pause_ms = 60000,
	.rehome_zone = 8383,
	.decisions = "",
	.privacy = PRIVACY_NAMES,
	.late_reset_ms = 60000,
	.buffer_memory = 64 << 20,
	.budget_packets = 24,
	.budget_bytes = 32768,
	.budget_ms = 5000,
	.hold_ms = 100,
	.history = 16384,
	.metrics = "",
	.metrics_file = "",
	.late = LATE_AUTO,
	.learned = true,
	.learned_entries = 65536,
	.learned_file = LEARNED_DIRECTORY "/learned",
	.learned_ttl_min_ms = 5 * 60 * 1000,
	.learned_ttl_max_ms = 24 * 60 * 60 * 1000,
};

void options_default(struct options *options)
{
	*options = default_options;
}

struct ruleset *ruleset_observe(void)
{
	struct arena *arena = arena_new();
	struct ruleset *ruleset;

	if (!arena)
		return NULL;
	ruleset = arena_alloc(arena, sizeof *ruleset);
	ruleset->arena = arena;
	ruleset->needs = FACTS_ALL & ~FACT_BIT(FACT_PAYLOAD);
	ruleset->observe = true;
	ruleset->replies = true;
	options_default(&ruleset->options);
	ruleset->options.hold_ms = 0; /* no path depends on a name, so it may come as late as it likes */
	marks_layout(&ruleset->marks, ruleset->options.mark_mask);
	return ruleset;
}
