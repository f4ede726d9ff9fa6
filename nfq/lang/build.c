/* SPDX-License-Identifier: GPL-2.0-or-later
 * build.c - from the tree to the ruleset: options, marks, sets, gateways, groups, rules
 *
 * Names may be used before the line that defines them, in any file: everything was defined when the tree was made.
 */
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "gateway.h"
#include "notation.h"
#include "option.h"
#include "values.h"

enum { WEIGHT_MAX = 1000 };

const char *config_kept_path(struct ruleset *ruleset, struct span at)
{
	struct source_node *node = (struct source_node *)at.source;

	if (!node->kept_path)
		node->kept_path = arena_text(ruleset->arena, at.source->path, strlen(at.source->path));
	return node->kept_path;
}

static void build_marks(struct config *config, struct ruleset *ruleset)
{
	struct span at = config_option_at(config, "mark-mask");
	struct options fallback;

	if (marks_layout(&ruleset->marks, ruleset->options.mark_mask))
		return;
	diag_hint(ERROR(config, at,
			ruleset->options.mark_mask ? "mark-mask 0x%x has too few bits"
						   : "mark-mask 0x%x has no bit for any gateway",
			ruleset->options.mark_mask),
		  "it needs four bits at least: one for undecided connections, three or more to tell gateways "
		  "apart");
	options_default(&fallback);
	marks_layout(&ruleset->marks, fallback.mark_mask);
}

static void build_member(struct config *config, struct group_member *member, const struct member_node *node)
{
	const struct statement *target = config_target(config, node->name.at);
	uint64_t weight = 1;

	if (target && target->kind == STATEMENT_GROUP)
		diag_other(ERROR(config, node->name.at, "'%.*s' is a group; a group is made of gateways",
				 SPAN_ARG(node->name.at)),
			   target->group->name.at, "defined here");
	else if (target)
		target->gateway->used = true;
	if (token_given(node->weight) &&
	    number_by_text(config, node->weight.at, "a weight", WEIGHT_MAX, &weight) && !weight)
		diag_hint(ERROR(config, node->weight.at, "a weight of 0 would never be chosen"),
			  "a weight is 1 to %d", WEIGHT_MAX);
	member->weight = (uint16_t)weight;
	member->gateway = (uint16_t)(target && target->kind == STATEMENT_GATEWAY ? target->gateway->index : 0);
}

static unsigned count_members(const struct group_node *node)
{
	unsigned count = 0;

	for (const struct member_node *member = node->members; member; member = member->next)
		count++;
	return count;
}

static void build_members(struct config *config, const struct group_node *node, struct group_member *members)
{
	struct names *seen = names_new();

	for (const struct member_node *member = node->members; member; member = member->next) {
		struct span at = member->name.at;
		struct member_node *first = names_find(seen, span_text(at), at.length);

		build_member(config, members++, member);
		if (first)
			diag_other(ERROR(config, at, "gateway '%.*s' is in this group twice", SPAN_ARG(at)),
				   first->name.at, "first named here");
		else if (!names_add(seen, span_text(at), at.length, (void *)member))
			arena_fail(config->arena);
	}
	names_free(seen);
}

static void build_groups(struct config *config, struct ruleset *ruleset)
{
	struct group *groups = arena_array(ruleset->arena, config->group_count, sizeof *groups);

	for_each_statement(statement, config)
	{
		const struct group_node *node = statement->group;
		struct group_member *members;
		struct group *group;

		if (statement->kind != STATEMENT_GROUP)
			continue;
		group = &groups[node->index];
		group->name = arena_text(ruleset->arena, span_text(node->name.at), node->name.at.length);
		group->file = config_kept_path(ruleset, node->name.at);
		group->line = node->name.line;
		group->balanced = node->balanced;
		group->else_main = node->else_main;
		group->shut = node->shut;
		group->count = count_members(node);
		members = arena_array(ruleset->arena, group->count, sizeof *members);
		build_members(config, node, members);
		group->members = members;
	}
	ruleset->groups = groups;
	ruleset->group_count = config->group_count;
}

/* What a match costs, roughly: header fields, then facts that are numbers or hashed, texts, and the payload. */
static int match_cost(const struct match *match)
{
	static const struct {
		uint32_t needs;
		int cost;
	} costs[] = {
		{FACT_BIT(FACT_PAYLOAD), 4},
		{FACT_BIT(FACT_PATH), 3},
		{FACT_BIT(FACT_HOST), 2},
	};

	for (size_t i = 0; i < sizeof costs / sizeof *costs; i++)
		if (match->keyword->needs & costs[i].needs)
			return costs[i].cost;
	return match->keyword->needs ? 1 : 0;
}

/* Cheapest first, otherwise as written. Rules have few matches. */
static void order_matches(struct match *matches, unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		struct match match = matches[i];
		unsigned to = i;

		while (to && match_cost(&matches[to - 1]) > match_cost(&match)) {
			matches[to] = matches[to - 1];
			to--;
		}
		matches[to] = match;
	}
}

static void build_matches(struct config *config, struct ruleset *ruleset, const struct rule_node *node,
			  struct rule *rule)
{
	struct match *matches;

	for (const struct match_node *match = node->matches; match; match = match->next)
		rule->match_count++;
	matches = arena_array(ruleset->arena, rule->match_count, sizeof *matches);
	rule->match_count = 0;
	for (const struct match_node *match = node->matches; match; match = match->next) {
		match_build(config, ruleset, match, &matches[rule->match_count++]);
		rule->needs |= match->keyword->needs;
	}
	order_matches(matches, rule->match_count);
	rule->matches = matches;
}

static void build_target(struct config *config, const struct rule_node *node, struct rule *rule)
{
	const struct statement *target;

	if (node->action != ACTION_VIA)
		return;
	target = config_target(config, node->target.at);
	if (!target)
		return;
	rule->to_group = target->kind == STATEMENT_GROUP;
	if (rule->to_group) {
		target->group->used = true;
		rule->target = (uint16_t)target->group->index;
	} else {
		target->gateway->used = true;
		rule->target = (uint16_t)target->gateway->index;
	}
}

/* A connection whose address is translated cannot change its path. */
static void check_switch(struct config *config, const struct ruleset *ruleset, const struct rule_node *node,
			 const struct rule *rule)
{
	const struct gateway *gateway = &ruleset->gateways[rule->target];

	if (!token_given(node->late) || rule->late != LATE_SWITCH || rule->action != ACTION_VIA || rule->to_group ||
	    rule->target >= ruleset->gateway_count || !gateway->masquerade)
		return;
	diag_hint(WARNING(config, node->late.at, "'late switch' acts as 'late leave', as gateway %s masquerades",
			  gateway->name),
		  "late rehome works with address translation");
}

static void build_rule(struct config *config, struct ruleset *ruleset, struct rule_node *node, struct rule *rule)
{
	size_t errors = diags_count(config->diags, SEVERITY_ERROR);

	rule->file = config_kept_path(ruleset, node->at);
	rule->line = node->line;
	rule->text = arena_printf(ruleset->arena, "%s:%u", rule->file, rule->line);
	rule->action = node->action;
	rule->log = node->log;
	rule->late = ruleset->options.late;
	if (token_given(node->late))
		late_by_name(config, node->late.at, &rule->late);
	build_matches(config, ruleset, node, rule);
	build_target(config, node, rule);
	check_switch(config, ruleset, node, rule);
	node->built = rule;
	node->whole = diags_count(config->diags, SEVERITY_ERROR) == errors;
}

static void build_rules(struct config *config, struct ruleset *ruleset)
{
	struct rule *rules = arena_array(ruleset->arena, config->rule_count, sizeof *rules);
	unsigned count = 0;

	for_each_statement(statement, config)
	{
		if (statement->kind != STATEMENT_RULE)
			continue;
		build_rule(config, ruleset, statement->rule, &rules[count]);
		ruleset->needs |= rules[count].needs;
		count++;
	}
	ruleset->rules = rules;
	ruleset->rule_count = count;
}

/* Some fact the rules need can be known from the server's bytes only. */
static bool needs_replies(uint32_t needs)
{
	for (size_t i = 0; classifiers[i]; i++)
		if (classifiers[i]->server_first && (classifiers[i]->writes & needs))
			return true;
	return false;
}

/* A name defined and not used is a warning: it may be a typing error in the rule that should use it. After errors
 * this would only be noise. */
static void warn_unused(struct config *config)
{
	if (diags_count(config->diags, SEVERITY_ERROR))
		return;
	for_each_statement(statement, config)
	{
		if (statement->kind == STATEMENT_GATEWAY && !statement->gateway->used)
			WARNING(config, statement->gateway->name.at, "no rule or group uses gateway '%.*s'",
				SPAN_ARG(statement->gateway->name.at));
		if (statement->kind == STATEMENT_GROUP && !statement->group->used)
			WARNING(config, statement->group->name.at, "no rule uses group '%.*s'",
				SPAN_ARG(statement->group->name.at));
		if (statement->kind == STATEMENT_SET && statement->set->type && !statement->set->used)
			WARNING(config, statement->set->name.at, "no rule uses set '%.*s'",
				SPAN_ARG(statement->set->name.at));
	}
}

void config_build(struct config *config, struct ruleset *ruleset)
{
	config_build_options(config, ruleset->arena, &ruleset->options);
	build_marks(config, ruleset);
	config_build_sets(config, ruleset);
	config_build_gateways(config, ruleset);
	build_groups(config, ruleset);
	build_rules(config, ruleset);
	ruleset->replies = needs_replies(ruleset->needs);
	if (!diags_count(config->diags, SEVERITY_ERROR))
		ruleset_compile(ruleset);
	warn_unused(config);
}
