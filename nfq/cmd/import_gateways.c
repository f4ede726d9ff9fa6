/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_gateways.c - tables, and the rules of the kernel that lead to them, as gateways
 */
#include "import_print.h"

#include <ctype.h>

enum { MARK_MAX = 0x7a, PRIORITY_LEAST = 2, PRIORITY_MOST = 32765 };

static const char *table_number(const struct import *import, const char *table)
{
	const struct variable *known = variable_find(import->tables, table);

	return known ? known->value : table;
}

static const struct route *route_of(const struct import *import, const char *table, enum family family)
{
	const struct route *first = NULL;

	for (const struct route *route = import->routes; route; route = route->next)
		if (route->family == family &&
		    strcmp(table_number(import, route->table), table_number(import, table)) == 0 &&
		    (!first || route->metric <= first->metric))
			first = route;
	return first;
}

static bool is_name(const char *text)
{
	static const char *const taken[] = {"main", "drop", "reject", "unreachable", "then", "else", "weight"};

	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (strcmp(text, taken[i]) == 0)
			return false;
	return !isdigit((unsigned char)*text) &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] == '\0';
}

static const char *gateway_name(const struct printing *p, const struct gateway_of *gateway)
{
	const char *name = gateway->table;

	for (const struct variable *known = p->import->tables; known; known = known->next)
		if (strcmp(known->value, name) == 0)
			name = known->name;
	if (is_name(name))
		return name;
	return arena_printf(p->import->arena, "table%s", table_number(p->import, name));
}

static struct gateway_of *known_gateway(const struct printing *p, const char *table)
{
	struct gateway_of *gateway = p->gateways;

	while (gateway && strcmp(table_number(p->import, gateway->table), table_number(p->import, table)) != 0)
		gateway = gateway->next;
	return gateway;
}

const struct gateway_of *gateway_of_table(const struct printing *p, const char *table)
{
	return known_gateway(p, table);
}

/* The gateway of the rule's table; NULL: there is no telling where it leads. */
static struct gateway_of *want_gateway(struct printing *p, const struct ip_rule *rule)
{
	struct gateway_of *gateway = known_gateway(p, rule->table);
	bool any = false;

	if (gateway)
		return gateway;
	gateway = arena_alloc(p->import->arena, sizeof *gateway);
	gateway->table = rule->table;
	gateway->at = rule->at;
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		const struct route *route = route_of(p->import, rule->table, family);

		if (!route)
			continue;
		any = true;
		gateway->at = route->at;
		gateway->family[family] = true;
		gateway->hop[family] = route->hop;
		gateway->onlink |= route->onlink;
		gateway->device = gateway->device ? gateway->device : route->device;
	}
	if (!any)
		return NULL;
	gateway->name = gateway_name(p, gateway);
	*p->last_gateway = gateway;
	p->last_gateway = &gateway->next;
	return gateway;
}

static const char *address_line(struct printing *p, const struct gateway_of *g)
{
	const char *one = g->hop[FAMILY_IPV4], *other = g->hop[FAMILY_IPV6];

	return arena_printf(p->import->arena, "    address %s%s%s", one ? one : other, one && other ? ", " : "",
			    one && other ? other : "");
}

void gateway_lines(struct printing *p, const struct gateway_of *g)
{
	struct arena *arena = p->import->arena;

	p->block = ++p->blocks;
	print_line(p, &g->at, NULL, arena_printf(arena, "gateway %s {", g->name));
	if (g->hop[FAMILY_IPV4] || g->hop[FAMILY_IPV6])
		print_line(p, NULL, NULL, address_line(p, g));
	if (g->device)
		print_line(p, NULL, NULL, arena_printf(arena, "    device %s", g->device));
	if (g->onlink)
		print_line(p, NULL, NULL, "    onlink yes");
	print_line(p, NULL, NULL, arena_printf(arena, "    table %s", table_number(p->import, g->table)));
	if (g->mark && g->mark <= MARK_MAX)
		print_line(p, NULL, NULL, arena_printf(arena, "    mark 0x%x", g->mark));
	else if (g->mark)
		print_line(p, NULL, NULL,
			   arena_printf(arena, "    # was mark 0x%x; to keep it set option mark-mask", g->mark));
	if (g->priority_given && g->priority >= PRIORITY_LEAST && g->priority <= PRIORITY_MOST)
		print_line(p, NULL, NULL, arena_printf(arena, "    priority %u", g->priority));
	if (g->device && variable_find(p->import->masquerading, g->device))
		print_line(p, NULL, NULL, "    masquerade yes");
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		if (!g->family[family])
			print_line(p, NULL, NULL,
				   arena_printf(arena,
						"    ipv%c main        # as before; without this line it is refused",
						family == FAMILY_IPV4 ? '4' : '6'));
	print_line(p, NULL, NULL, "}");
	p->block = 0;
	print_line(p, NULL, NULL, "");
}

/* Another gateway has the mark: that of the other family. */
static bool is_taken(const struct printing *p, uint32_t mark)
{
	const struct gateway_of *gateway = p->gateways;

	while (gateway && gateway->mark != mark)
		gateway = gateway->next;
	return gateway;
}

void find_gateways(struct printing *p)
{
	struct ip_rule *reversed = NULL, *next;

	for (struct ip_rule *rule = p->import->ip_rules; rule; rule = next) {
		next = rule->next;
		rule->next = reversed;
		reversed = rule;
	}
	p->import->ip_rules = reversed; /* as in the script */
	for (const struct ip_rule *rule = reversed; rule; rule = rule->next) {
		struct gateway_of *gateway;

		if (rule->lost || !rule->table || is_system_table(rule->table))
			continue;
		gateway = want_gateway(p, rule);
		if (!gateway || !rule->has_mark || gateway->mark)
			continue;
		gateway->mark = is_taken(p, rule->mark) ? 0 : rule->mark;
		gateway->priority = rule->priority;
		gateway->priority_given = rule->has_priority;
	}
}
