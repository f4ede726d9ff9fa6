/* SPDX-License-Identifier: GPL-2.0-or-later
 * gateway_numbers.c - marks, tables and priorities for the gateways that were given none
 */
#include "gateway_numbers.h"

#include <string.h>

#include "names.h"

/* A number that every gateway has its own of: mark, table, priority. */
struct unique {
	const char *what;
	size_t value, at; /* offsets in struct gateway and struct gateway_node */
	bool kept;        /* over a change of rules, where it was chosen here */
};

static uint32_t *unique_value(const struct unique *unique, const struct gateway *gateway)
{
	return (uint32_t *)((char *)gateway + unique->value);
}

static struct span unique_at(const struct unique *unique, const struct gateway_node *node)
{
	return *(const struct span *)((const char *)node + unique->at);
}

/* Numbers in use. At most one a gateway, and marks keep gateways few enough; still no scan a gateway. */
static struct names *unique_used(struct config *config, const struct unique *unique, struct gateway *gateways)
{
	struct names *used = names_new();

	for_each_statement(statement, config)
	{
		struct gateway_node *node = statement->gateway;
		const struct gateway_node *first;
		uint32_t *value;

		if (statement->kind != STATEMENT_GATEWAY)
			continue;
		value = unique_value(unique, &gateways[node->index]);
		if (!*value)
			continue;
		first = names_find(used, (const char *)value, sizeof *value);
		if (first)
			diag_other(ERROR(config, unique_at(unique, node), "%s %.*s is taken by gateway '%.*s'",
					 unique->what, SPAN_ARG(unique_at(unique, node)),
					 SPAN_ARG(first->name.at)),
				   unique_at(unique, first), "given here");
		else if (!names_add(used, (const char *)value, sizeof *value, node))
			arena_fail(config->arena);
	}
	return used;
}

static uint32_t next_mark(const struct ruleset *ruleset, uint32_t n)
{
	return marks_gateway(&ruleset->marks, n);
}

static uint32_t next_table(const struct ruleset *ruleset, uint32_t n)
{
	return ruleset->options.first_table + n;
}

/* Every second one: a gateway has another rule just ahead of its own, and ip-rule(8) shows them in pairs. */
static uint32_t next_priority(const struct ruleset *ruleset, uint32_t n)
{
	uint32_t priority = ruleset->options.priority + 2 * n;

	return priority <= PRIORITY_MAX ? priority : 0;
}

static const struct gateway *previous_gateway(const struct config *config, const char *name)
{
	int index = config->previous ? ruleset_gateway_by_name(config->previous, name) : -1;

	return index >= 0 ? &config->previous->gateways[index] : NULL;
}

/* A gateway without a number of its own keeps what it has in the rules in force: connections carry its mark, and
 * while rules change its table must not hold another's routes. */
static void keep(struct config *config, const struct ruleset *ruleset, struct gateway *gateways,
		 const struct unique *unique, struct names *used)
{
	for (unsigned i = 0; i < config->gateway_count; i++) {
		const struct gateway *previous = previous_gateway(config, gateways[i].name);
		uint32_t *value = unique_value(unique, &gateways[i]), number;

		if (*value || !previous || config->previous->marks.mask != ruleset->marks.mask)
			continue;
		number = *unique_value(unique, previous);
		if (names_find(used, (const char *)&number, sizeof number))
			continue;
		*value = number;
		if (!names_add(used, (const char *)value, sizeof *value, &gateways[i]))
			arena_fail(config->arena);
	}
}

/* What gateways have that go is not given to others at once. */
static void reserve(struct config *config, const struct unique *unique, struct names *reserved)
{
	for (unsigned i = 0; config->previous && i < config->previous->gateway_count; i++) {
		const uint32_t *value = unique_value(unique, &config->previous->gateways[i]);

		if (!names_find(reserved, (const char *)value, sizeof *value) &&
		    !names_add(reserved, (const char *)value, sizeof *value, config))
			arena_fail(config->arena);
	}
}

/* The next number, from the *n-th on, that is in neither of the two; 0: there is none. */
static uint32_t next_free(const struct ruleset *ruleset, uint32_t (*next)(const struct ruleset *, uint32_t),
			  const struct names *used, const struct names *reserved, uint32_t *n)
{
	uint32_t number;

	do
		number = next(ruleset, (*n)++);
	while (number && (names_find(used, (const char *)&number, sizeof number) ||
			  names_find(reserved, (const char *)&number, sizeof number)));
	return number;
}

/* Gives each gateway without a number the next one that is free. */
static void assign(struct config *config, const struct ruleset *ruleset, struct gateway *gateways,
		   const struct unique *unique, uint32_t (*next)(const struct ruleset *, uint32_t))
{
	struct names *used = unique_used(config, unique, gateways), *reserved = names_new(), *none = names_new();
	uint32_t n = 0, again = 0;

	if (unique->kept) {
		keep(config, ruleset, gateways, unique, used);
		reserve(config, unique, reserved);
	}
	for_each_statement(statement, config)
	{
		uint32_t *value;

		if (statement->kind != STATEMENT_GATEWAY)
			continue;
		value = unique_value(unique, &gateways[statement->gateway->index]);
		if (*value)
			continue;
		*value = next_free(ruleset, next, used, reserved, &n);
		if (!*value)
			*value = next_free(ruleset, next, used, none, &again);
		if (!*value) {
			ERROR(config, statement->gateway->name.at, "no %s is left for gateway '%.*s'",
			      unique->what, SPAN_ARG(statement->gateway->name.at));
			break;
		}
		if (!names_add(used, (const char *)value, sizeof *value, statement->gateway))
			arena_fail(config->arena);
	}
	names_free(used);
	names_free(reserved);
	names_free(none);
}

static const struct {
	struct unique unique;
	uint32_t (*next)(const struct ruleset *ruleset, uint32_t n);
} uniques[] = {
	{{"mark", offsetof(struct gateway, mark), offsetof(struct gateway_node, mark_at), true}, next_mark},
	{{"table", offsetof(struct gateway, table), offsetof(struct gateway_node, table_at), true}, next_table},
	{{"priority", offsetof(struct gateway, priority), offsetof(struct gateway_node, priority_at), false},
	 next_priority},
};

/* Probes have marks of their own, from the other end of the numbers: their packets are not those of a connection
 * that was decided for the gateway. */
static void assign_check_marks(struct config *config, const struct ruleset *ruleset, struct gateway *gateways)
{
	struct names *used = names_new();
	unsigned n = 0;

	for (unsigned i = 0; i < config->gateway_count; i++)
		if (!names_add(used, (const char *)&gateways[i].mark, sizeof gateways[i].mark, config))
			arena_fail(config->arena);
	for_each_statement(statement, config)
	{
		struct gateway *gateway;

		if (statement->kind != STATEMENT_GATEWAY)
			continue;
		gateway = &gateways[statement->gateway->index];
		if (!gateway->check_count)
			continue;
		do
			gateway->check_mark = marks_check(&ruleset->marks, n++);
		while (gateway->check_mark &&
		       names_find(used, (const char *)&gateway->check_mark, sizeof gateway->check_mark));
		if (!gateway->check_mark)
			diag_hint(ERROR(config, statement->gateway->name.at,
					"no mark is left for the checks of gateway '%s'", gateway->name),
				  "give option mark-mask more bits");
	}
	names_free(used);
}

void gateway_numbers_assign(struct config *config, const struct ruleset *ruleset, struct gateway *gateways)
{
	for (size_t i = 0; i < sizeof uniques / sizeof *uniques; i++)
		assign(config, ruleset, gateways, &uniques[i].unique, uniques[i].next);
	assign_check_marks(config, ruleset, gateways);
}
