/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_ip.c - ip rule, ip route, rt_tables
 */
#include "import.h"

#include <stdlib.h>
#include <string.h>

/* The word is the full one or a beginning of it, of at least so many letters; NULL is none. */
static bool is(const char *word, const char *full, size_t least)
{
	size_t length = word ? strlen(word) : 0;

	return length >= least && strncmp(word, full, length) == 0;
}

static bool is_default(const char *word)
{
	return strcmp(word, "default") == 0 || strcmp(word, "0/0") == 0 || strcmp(word, "0.0.0.0/0") == 0 ||
	       strcmp(word, "::/0") == 0;
}

/* The word behind this one; NULL: it is not there. */
static const char *behind(const struct command_line *line, unsigned from, const char *word)
{
	for (unsigned i = from; i + 1 < line->count; i++)
		if (is_word(line->words[i], word))
			return line->words[i + 1];
	return NULL;
}

static bool adds(const char *word)
{
	return is(word, "add", 1) || is(word, "append", 2) || is(word, "replace", 3) || is(word, "change", 3);
}

/* --- routes --- */

/* Of several default routes of a table the kernel takes that of the least metric, and the first of those; which of
 * several lines are run that have "if" around them nobody knows here. */
static void add_route(struct import *import, const struct command_line *line, struct route *route, bool replaces)
{
	struct route *other = import->routes;

	while (other && (other->family != route->family || strcmp(other->table, route->table) != 0))
		other = other->next;
	if (other && replaces && other->metric == route->metric) {
		route->next = other->next;
		*other = *route;
		return;
	}
	if (other)
		import_note(import, &line->at, line->text,
			    "table %s has two default routes, see line %u: two ways are two gateways, and a group, 'a "
			    "then b'",
			    route->table, other->at.line);
	route->next = import->routes;
	import->routes = route;
}

static void take_route(struct import *import, const struct command_line *line, unsigned at, enum family family)
{
	const char *table = behind(line, at, "table"), *hop = behind(line, at, "via");
	const char *device = behind(line, at, "dev"), *metric = behind(line, at, "metric");
	const char *verb = line->words[at - 1];
	struct route *route;

	if (!table || is_system_table(table))
		return;
	if (is(line->words[at], "unreachable", 2) || is(line->words[at], "blackhole", 2) ||
	    is(line->words[at], "prohibit", 2) || is_word(device, "lo"))
		return; /* as nfqroute does by itself */
	if (hop && (strcmp(hop, "inet6") == 0 || strcmp(hop, "inet") == 0))
		hop = behind(line, at, hop);
	if (line->unknown) {
		import_note(import, &line->at, line->text, "what %s stands for is not known here", line->unknown);
	} else if (behind(line, at, "nexthop")) {
		import_note(import, &line->at, line->text,
			    "several next hops are several gateways, and a group of them");
	} else if (!is_default(line->words[at])) {
		if (hop)
			import_note(import, &line->at, line->text,
				    "gateways have default routes only: put this one into the main table, where it is "
				    "found first");
	} else {
		route = arena_alloc(import->arena, sizeof *route);
		*route = (struct route){.at = line->at, .table = table, .hop = hop, .device = device};
		route->metric = metric ? (uint32_t)strtoul(metric, NULL, 0) : 0;
		route->family = hop && strchr(hop, ':')        ? FAMILY_IPV6
				: strchr(line->words[at], ':') ? FAMILY_IPV6
							       : family;
		for (unsigned i = at; i < line->count; i++)
			route->onlink |= is_word(line->words[i], "onlink");
		add_route(import, line, route, is(verb, "replace", 3) || is(verb, "change", 3));
	}
}

/* --- rules --- */

/* One selector of ip-rule(8) and its value. false: it has no counterpart. */
static bool take_selector(struct import *import, struct ip_rule *rule, const char *word, const char *value)
{
	static const struct {
		const char *theirs, *ours;
	} same[] = {{"from", "saddr"},    {"to", "daddr"},    {"iif", "iif"},     {"dev", "iif"},      {"oif", "oif"},
		    {"uidrange", "user"}, {"dport", "dport"}, {"sport", "sport"}, {"ipproto", "proto"}};
	char *end;

	if (is(word, "fwmark", 2)) {
		rule->has_mark = true;
		rule->mark = (uint32_t)strtoul(value, &end, 0);
		if (*end == '/')
			rule->mark &= (uint32_t)strtoul(end + 1, NULL, 0);
		return true;
	}
	if (is(word, "priority", 4) || strcmp(word, "pref") == 0 || is(word, "preference", 4) ||
	    strcmp(word, "order") == 0) {
		rule->has_priority = true;
		rule->priority = (uint32_t)strtoul(value, NULL, 0);
		return true;
	}
	if (strcmp(word, "iif") == 0 && strcmp(value, "lo") == 0) { /* what this machine itself sends */
		rule->match = match_both(import, rule->match, "not iif *");
		return true;
	}
	if (is(word, "lookup", 1) || is(word, "table", 1)) {
		rule->table = value;
		return true;
	}
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		if (strcmp(word, same[i].theirs) != 0)
			continue;
		if (strcmp(value, "all") != 0 && strcmp(value, "any") != 0 && !is_default(value))
			rule->match = match_both(import, rule->match,
						 arena_printf(import->arena, "%s %s", same[i].ours, value));
		return true;
	}
	return false;
}

static const char *verdict_of(const char *word)
{
	if (is(word, "unreachable", 2) || is(word, "prohibit", 2))
		return "reject";
	return is(word, "blackhole", 2) ? "drop" : NULL;
}

/* The kernel puts a rule without a priority before all others but the first (ip-rule(8)). */
static uint32_t free_priority(const struct import *import)
{
	uint32_t least = 32766;

	for (const struct ip_rule *rule = import->ip_rules; rule; rule = rule->next)
		if (rule->priority < least)
			least = rule->priority;
	return least ? least - 1 : 0;
}

/* What was understood of a rule that could not be turned: it has its place all the same, before others. */
static void lose(struct import *import, struct ip_rule *rule, const struct command_line *line, const char *odd)
{
	if (line->unknown)
		import_note(import, &line->at, line->text, "what %s stands for is not known here", line->unknown);
	else
		import_note(import, &line->at, line->text, "'%s' has no counterpart", odd);
	rule->lost = true;
	rule->match = match_known(import, rule->match);
}

/* The main table's routes but the default one come first here in any case. */
static bool is_usual(const struct ip_rule *rule, const char *suppressed)
{
	return suppressed && strcmp(suppressed, "0") == 0 && is_word(rule->table, "main");
}

static void take_rule(struct import *import, const struct command_line *line, unsigned at, enum family family)
{
	struct ip_rule *rule = arena_alloc(import->arena, sizeof *rule);
	const char *odd = NULL, *suppressed = behind(line, at, "suppress_prefixlength");

	*rule = (struct ip_rule){.at = line->at, .text = line->text, .family = family, .match = ""};
	while (at < line->count) {
		const char *word = line->words[at++];

		rule->verdict = rule->verdict ? rule->verdict : verdict_of(word);
		if (verdict_of(word) || (suppressed && strcmp(word, "suppress_prefixlength") == 0 && at++))
			continue;
		if (at < line->count && take_selector(import, rule, word, line->words[at]))
			at++;
		else
			odd = odd ? odd : word;
	}
	if (suppressed && !is_usual(rule, suppressed))
		odd = "suppress_prefixlength";
	if (odd || line->unknown)
		lose(import, rule, line, odd);
	if (suppressed ? !rule->lost : rule->lost ? rule->has_mark : !rule->table && !rule->verdict)
		return;
	if (!rule->has_priority)
		rule->priority = free_priority(import);
	rule->next = import->ip_rules;
	import->ip_rules = rule;
}

void import_ip(struct import *import, const struct command_line *line)
{
	enum family family = FAMILY_IPV4;
	unsigned at = 1;

	for (; at < line->count && line->words[at][0] == '-'; at++) {
		if (strcmp(line->words[at], "-6") == 0)
			family = FAMILY_IPV6;
		if (strcmp(line->words[at], "-f") == 0 || strcmp(line->words[at], "-family") == 0) {
			at++;
			if (at < line->count && strcmp(line->words[at], "inet6") == 0)
				family = FAMILY_IPV6;
		}
	}
	if (at + 2 >= line->count || !adds(line->words[at + 1]))
		return;
	if (is(line->words[at], "route", 1))
		take_route(import, line, at + 2, family);
	else if (is(line->words[at], "rule", 2))
		take_rule(import, line, at + 2, family);
}

/* echo "2 vpn" >> /etc/iproute2/rt_tables */
void import_echo(struct import *import, const struct command_line *line)
{
	unsigned first = line->count > 1 && line->words[1][0] == '-' ? 2 : 1;
	char *end, *copy;
	const char *name;
	unsigned long number;

	if (!strstr(line->text, "rt_tables") || first >= line->count)
		return;
	number = strtoul(line->words[first], &end, 10);
	if (end == line->words[first] || number == 0 || number > UINT32_MAX)
		return;
	name = *end ? end + strspn(end, " \t") : first + 1 < line->count ? line->words[first + 1] : "";
	copy = arena_printf(import->arena, "%.*s", (int)strcspn(name, " \t\n\\"), name);
	if (*copy)
		variable_set(import, &import->tables, copy, arena_printf(import->arena, "%lu", number));
}
