/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_print.c - gateways, sets and rules as text that nfqroute check takes
 *
 * What is written is checked as nfqroute check does it; a line with an error (a user that is not there, a rule that the
 * ones before it leave nothing to, as in the script) is written as a comment.
 */
#include "import.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "memory_text.h"

enum { CHECKS_MAX = 100, SELECTORS_MAX = 1024, MARK_MAX = 0x7a, PRIORITY_LEAST = 2, PRIORITY_MOST = 32765 };

struct gateway_of {
	struct gateway_of *next;
	const char *name, *table, *device;
	const char *hop[FAMILY_COUNT];
	bool family[FAMILY_COUNT], onlink, priority_given;
	uint32_t mark, priority;
	struct place_of at;
};

/* A line of the output. */
struct out_line {
	struct out_line *next;
	struct place_of at;
	const char *text, *from; /* from: what was turned; NULL: it is not by itself */
	const char *why;         /* why it is a comment now; NULL: it is none */
	unsigned block;          /* it stands and falls with the others of this number; 0: alone */
};

struct printing {
	struct import *import;
	struct gateway_of *gateways, **last_gateway;
	struct out_line *lines, **last_line;
	unsigned block, blocks; /* of the lines that follow; so far */
};

/* --- gateways ------------------------------------------------------------------------------------------------------- */

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

static struct gateway_of *gateway_of_table(struct printing *p, const char *table)
{
	struct gateway_of *gateway = p->gateways;

	while (gateway && strcmp(table_number(p->import, gateway->table), table_number(p->import, table)) != 0)
		gateway = gateway->next;
	return gateway;
}

/* The gateway of the rule's table; NULL: there is no telling where it leads. */
static struct gateway_of *want_gateway(struct printing *p, const struct ip_rule *rule)
{
	struct gateway_of *gateway = gateway_of_table(p, rule->table);
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

static const struct ip_rule *rule_of_mark(const struct import *import, uint32_t mark)
{
	for (const struct ip_rule *rule = import->ip_rules; rule; rule = rule->next)
		if (rule->has_mark && rule->mark == mark)
			return rule;
	return NULL;
}

/* --- lines ---------------------------------------------------------------------------------------------------------- */

static void line(struct printing *p, const struct place_of *at, const char *from, const char *text)
{
	struct out_line *out = arena_alloc(p->import->arena, sizeof *out);
	char *one = arena_printf(p->import->arena, "%s", text);

	for (char *c = one; *c; c++)
		*c = (unsigned char)*c < ' ' ? '?' : *c; /* a value that was quoted can hold anything */
	*out = (struct out_line){.at = at ? *at : (struct place_of){NULL, 0}, .from = from, .text = one, .block = p->block};
	*p->last_line = out;
	p->last_line = &out->next;
}

static const char *address_line(struct printing *p, const struct gateway_of *g)
{
	const char *one = g->hop[FAMILY_IPV4], *other = g->hop[FAMILY_IPV6];

	return arena_printf(p->import->arena, "    address %s%s%s", one ? one : other, one && other ? ", " : "",
			    one && other ? other : "");
}

static void gateway_lines(struct printing *p, const struct gateway_of *g)
{
	struct arena *arena = p->import->arena;

	p->block = ++p->blocks;
	line(p, &g->at, NULL, arena_printf(arena, "gateway %s {", g->name));
	if (g->hop[FAMILY_IPV4] || g->hop[FAMILY_IPV6])
		line(p, NULL, NULL, address_line(p, g));
	if (g->device)
		line(p, NULL, NULL, arena_printf(arena, "    device %s", g->device));
	if (g->onlink)
		line(p, NULL, NULL, "    onlink yes");
	line(p, NULL, NULL, arena_printf(arena, "    table %s", table_number(p->import, g->table)));
	if (g->mark && g->mark <= MARK_MAX)
		line(p, NULL, NULL, arena_printf(arena, "    mark 0x%x", g->mark));
	else if (g->mark)
		line(p, NULL, NULL, arena_printf(arena, "    # was mark 0x%x; to keep it set option mark-mask", g->mark));
	if (g->priority_given && g->priority >= PRIORITY_LEAST && g->priority <= PRIORITY_MOST)
		line(p, NULL, NULL, arena_printf(arena, "    priority %u", g->priority));
	if (g->device && variable_find(p->import->masquerading, g->device))
		line(p, NULL, NULL, "    masquerade yes");
	for (enum family family = 0; family < FAMILY_COUNT; family++)
		if (!g->family[family])
			line(p, NULL, NULL, arena_printf(arena, "    ipv%c main        # as before; without this line it is refused",
							 family == FAMILY_IPV4 ? '4' : '6'));
	line(p, NULL, NULL, "}");
	p->block = 0;
	line(p, NULL, NULL, "");
}

static void rule_line(struct printing *p, const struct place_of *at, const char *from, const char *match,
		      const char *verdict)
{
	const char *text = arena_printf(p->import->arena, "%s%s%s", match, *match ? " " : "", verdict);

	for (const struct out_line *out = p->lines; out; out = out->next)
		if (out->from && strcmp(out->text, text) == 0)
			return;
	line(p, at, from, text);
}

/* --- rules ---------------------------------------------------------------------------------------------------------- */

/* What a rule has to be kept to, unless its own match does that. */
static const char *needed(const char *only, const char *match)
{
	if (strncmp(only, "daddr ", 6) == 0 && strstr(match, "addr "))
		return "";
	return strcmp(only, "iif *") == 0 && strncmp(match, "iif ", 4) == 0 ? "" : only;
}

static void item_line(struct printing *p, const struct item *item, const char *family, const char *direction)
{
	const struct ip_rule *rule = item->kind == ITEM_MARK ? rule_of_mark(p->import, item->mark) : NULL;
	const char *match = match_both(p->import, item->match, rule ? rule->match : "");
	const struct gateway_of *gateway = rule && rule->table ? gateway_of_table(p, rule->table) : NULL;

	match = match_both(p->import, needed(direction, match), match_both(p->import, needed(family, match), match));
	if (item->kind == ITEM_DROP)
		rule_line(p, &item->at, item->text, match, "drop");
	else if (item->kind == ITEM_MAIN || (rule && rule->table && strcmp(rule->table, "main") == 0))
		rule_line(p, &item->at, item->text, match, "main");
	else if (rule && rule->verdict)
		rule_line(p, &item->at, item->text, match, rule->verdict);
	else if (gateway)
		rule_line(p, &item->at, item->text, match, arena_printf(p->import->arena, "via %s", gateway->name));
	else if (rule)
		import_note(p->import, &item->at, item->text, "table %s has no default route here", rule->table);
	else
		import_note(p->import, &item->at, item->text, "no ip rule says what mark 0x%x is for", item->mark);
}

static bool same_items(const struct item *a, const struct item *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (strcmp(a->match, b->match) != 0 || a->kind != b->kind || a->mark != b->mark)
			return false;
	return !a && !b;
}

static bool has_family(const struct printing *p, enum family family)
{
	for (const struct gateway_of *g = p->gateways; g; g = g->next)
		if (g->family[family])
			return true;
	return false;
}

/* The rules of one family's chains, each with what keeps it to them. */
struct lists {
	struct item *forwarded, *local;
};

/* apart: the rules hold for one direction only, and the other one is asked, too. */
static void list_lines(struct printing *p, const struct lists *lists, bool apart, const char *family)
{
	apart |= lists->forwarded && lists->local && !same_items(lists->forwarded, lists->local);
	for (const struct item *item = lists->forwarded; item; item = item->next)
		item_line(p, item, family, apart ? "iif *" : "");
	for (const struct item *item = lists->local; item && (apart || !lists->forwarded); item = item->next)
		item_line(p, item, family, apart ? "not iif *" : "");
}

/* What was not turned there has to be written by hand, and to be asked then. */
static bool lost_some(const struct import *import, const char *chain)
{
	for (const struct chain *at = import->chains; at; at = at->next)
		if (at->lost && strcmp(at->name, chain) == 0)
			return true;
	return false;
}

/* Only one direction was marked. false: that is not said for all, as rules for the other have to be written. */
static bool one_direction(struct printing *p, const struct lists lists[FAMILY_COUNT])
{
	bool forwarded = lists[FAMILY_IPV4].forwarded || lists[FAMILY_IPV6].forwarded;
	bool local = lists[FAMILY_IPV4].local || lists[FAMILY_IPV6].local;

	if (forwarded == local)
		return true;
	if (lost_some(p->import, forwarded ? "OUTPUT" : "PREROUTING"))
		return false;
	line(p, NULL, NULL, forwarded ? "option local off        # only PREROUTING marked"
					     : "option forward off      # only OUTPUT marked");
	return true;
}

static void mark_lines(struct printing *p)
{
	struct lists lists[FAMILY_COUNT];
	bool one, apart;

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		lists[family] = (struct lists){import_chain(p->import, family, "PREROUTING"),
					       import_chain(p->import, family, "OUTPUT")};
	apart = !one_direction(p, lists);
	one = same_items(lists[0].forwarded, lists[1].forwarded) && same_items(lists[0].local, lists[1].local);
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		bool other = has_family(p, family == FAMILY_IPV4 ? FAMILY_IPV6 : FAMILY_IPV4);

		if (one && family == FAMILY_IPV6)
			break;
		list_lines(p, &lists[family], apart, one || !other ? "" : family == FAMILY_IPV4 ? "daddr 0.0.0.0/0" : "daddr ::/0");
	}
}

/* Rules of the kernel's that look at other things than marks: before all marks, or behind them. */
static void selector_lines(struct printing *p, bool before)
{
	const struct ip_rule *rules[SELECTORS_MAX] = {NULL};
	uint32_t first_mark = UINT32_MAX;
	size_t count = 0;

	for (const struct ip_rule *rule = p->import->ip_rules; rule; rule = rule->next)
		if (rule->has_mark && rule->priority < first_mark)
			first_mark = rule->priority;
	for (const struct ip_rule *rule = p->import->ip_rules; rule && count < SELECTORS_MAX; rule = rule->next) {
		size_t at = count;

		if (rule->has_mark || !*rule->match || (rule->priority < first_mark) != before)
			continue;
		for (; at && rules[at - 1]->priority >= rule->priority; at--)
			rules[at] = rules[at - 1];
		rules[at] = rule;
		count++;
	}
	for (size_t i = 0; i < count; i++) {
		const struct ip_rule *rule = rules[i];
		const struct gateway_of *gateway = rule->table ? gateway_of_table(p, rule->table) : NULL;

		if (rule->verdict || (rule->table && strcmp(rule->table, "main") == 0))
			rule_line(p, &rule->at, rule->text, rule->match, rule->verdict ? rule->verdict : "main");
		else if (gateway)
			rule_line(p, &rule->at, rule->text, rule->match,
				  arena_printf(p->import->arena, "via %s", gateway->name));
		else
			import_note(p->import, &rule->at, rule->text, "table %s has no default route here", rule->table);
	}
}

static void find_gateways(struct printing *p)
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

		if (!rule->table || strcmp(rule->table, "main") == 0 || strcmp(rule->table, "default") == 0 ||
		    strcmp(rule->table, "local") == 0)
			continue;
		gateway = want_gateway(p, rule);
		if (!gateway || !rule->has_mark || gateway->mark)
			continue;
		gateway->mark = rule->mark;
		gateway->priority = rule->priority;
		gateway->priority_given = rule->has_priority;
	}
}

static void set_lines(struct printing *p)
{
	for (struct named_set *set = p->import->sets; set; set = set->next) {
		if (!set->used || !set->out)
			continue;
		fflush(set->out);
		p->block = ++p->blocks;
		line(p, NULL, NULL, arena_printf(p->import->arena, "set %s address { %s }", set->name, set->text));
		p->block = 0;
		line(p, NULL, NULL, "");
	}
}

/* --- the check ------------------------------------------------------------------------------------------------------ */

/* The rules alone, one out_line a line. NULL: no memory. */
static char *text_of(const struct printing *p, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		return NULL;
	for (const struct out_line *l = p->lines; l; l = l->next)
		fprintf(out, "%s%s\n", l->why ? "# " : "", l->text);
	return memory_text_end(out, &text);
}

/* Makes a comment of the line, and of what stands and falls with it. */
static void strike(struct printing *p, struct out_line *wrong, const char *why)
{
	for (struct out_line *l = p->lines; l; l = l->next)
		if (l == wrong || (wrong->block && l->block == wrong->block))
			l->why = why;
}

/* Makes comments of the lines with errors. false: there were none. */
static bool strike_out(struct printing *p, const struct diags *diags)
{
	static const struct place_of nowhere = {"rules", 0};
	bool struck = false;

	for (size_t i = 0; i < diags_total(diags); i++) {
		const struct diag *diag = diags_at(diags, i);
		struct out_line *l = p->lines;

		if (!diag || diag->severity != SEVERITY_ERROR || !diag->span.source)
			continue;
		for (unsigned number = span_place(diag->span).line; l && number > 1; number--)
			l = l->next;
		if (!l || l->why || !*l->text)
			continue;
		strike(p, l, arena_printf(p->import->arena, "%s", diag->message));
		struck = true;
		if (strcmp(l->why, "the rule is never reached") == 0) /* a later mark took its place */
			continue;
		import_note(p->import, l->at.file ? &l->at : &nowhere, l->from ? l->from : l->text, "'%s': %s", l->text,
			    diag->message);
	}
	return struck;
}

static void check(struct printing *p)
{
	bool again = true;

	for (unsigned i = 0; again && i < CHECKS_MAX; i++) {
		size_t length;
		char *text = text_of(p, &length);
		struct loaded loaded;

		if (!text) {
			arena_fail(p->import->arena);
			return;
		}
		loaded = load_text("rules", text, length);
		diags_sort(loaded.diags);
		again = strike_out(p, loaded.diags);
		ruleset_free(loaded.ruleset);
		loaded_free(&loaded);
		free(text);
	}
}

/* --- the output ----------------------------------------------------------------------------------------------------- */

static void print_notes(const struct import *import, FILE *out)
{
	if (!import->notes)
		return;
	fputs("#\n# Not turned:\n", out);
	for (const struct note *note = import->notes; note; note = note->next)
		fprintf(out, "#   %s:%u: %s\n#       %s\n", note->at.file, note->at.line, note->why, note->text);
}

bool import_print(struct import *import, FILE *out)
{
	struct printing p = {.import = import};

	p.last_gateway = &p.gateways;
	p.last_line = &p.lines;
	find_gateways(&p);
	for (const struct gateway_of *g = p.gateways; g; g = g->next)
		gateway_lines(&p, g);
	selector_lines(&p, true);
	mark_lines(&p);
	selector_lines(&p, false);
	struct out_line *rules = p.lines; /* the sets that they use come first */
	p.lines = NULL;
	p.last_line = &p.lines;
	set_lines(&p);
	*p.last_line = rules;
	check(&p);
	fputs("# by nfqroute import iptables; what does not concern paths stays in the script\n", out);
	print_notes(import, out);
	fputc('\n', out);
	for (const struct out_line *l = p.lines; l; l = l->next) {
		const char *comment = l->why ? "# " : "";

		if (l->at.file)
			fprintf(out, "%s%-40s # %s:%u%s%s\n", comment, l->text, l->at.file, l->at.line,
				l->why ? ": " : "", l->why ? l->why : "");
		else
			fprintf(out, "%s%s\n", comment, l->text);
	}
	return !import->notes;
}
