/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_rules.c - the rules of a script: what its chains mark, and what the kernel's own rules ask for
 */
#include "import_print.h"

enum { SELECTORS_MAX = 1024 };

static const char *const all_of[FAMILY_COUNT] = {[FAMILY_IPV4] = "daddr 0.0.0.0/0", [FAMILY_IPV6] = "daddr ::/0"};

/* The kernel's rule for the mark, of this family rather than of the other. */
static const struct ip_rule *rule_of_mark(const struct import *import, uint32_t mark, enum family family)
{
	const struct ip_rule *other = NULL;

	for (const struct ip_rule *rule = import->ip_rules; rule; rule = rule->next) {
		if (!rule->has_mark || rule->mark != mark)
			continue;
		if (rule->family == family)
			return rule;
		other = other ? other : rule;
	}
	return other;
}

static struct out_line *rule_line(struct printing *p, const struct place_of *at, const char *from, const char *match,
				  const char *verdict)
{
	const char *text = arena_printf(p->import->arena, "%s%s%s", match, *match ? " " : "", verdict);

	for (struct out_line *out = p->lines; out; out = out->next)
		if (out->from && !out->why && strcmp(out->text, text) == 0)
			return NULL;
	return print_line(p, at, from, text);
}

/* --- marks --- */

/* Whether it is known where the item's packets go; told, if not. */
static bool leads(struct printing *p, enum family family, const struct item *item)
{
	const struct ip_rule *rule = item->kind == ITEM_MARK ? rule_of_mark(p->import, item->mark, family) : NULL;

	if (item->kind != ITEM_MARK ||
	    (rule && (rule->verdict || is_main_table(rule->table) || gateway_of_table(p, rule->table))))
		return true;
	if (rule)
		import_note(p->import, &item->at, item->text, "table %s has no default route here", rule->table);
	else
		import_note(p->import, &item->at, item->text, "no ip rule says what mark 0x%x is for", item->mark);
	return false;
}

/* Takes out what no packet can be, and finds what cannot be written, or leads nowhere that is known: nothing that comes
 * behind it must take its packets. */
static void sift(struct printing *p, enum family family, struct item **items)
{
	while (*items) {
		struct item *item = *items;
		const char *fault = item->lost ? NULL : import_fault(p->import, item->match);

		if (fault && import_is_never(fault) && item->next) {
			item->next->ends = item->ends;
			*items = item->next;
			continue;
		}
		if (fault)
			import_note(p->import, &item->at, item->text, "'%s': %s", item->match, fault);
		item->idle = fault;
		item->lost = item->lost || fault || !leads(p, family, item);
		items = &item->next;
	}
}

/* What a rule has to be kept to, unless its own match does that. */
static const char *needed(const char *only, const char *match)
{
	if (strncmp(only, "daddr ", 6) == 0 && strstr(match, "addr "))
		return "";
	return strcmp(only, "iif *") == 0 && strncmp(match, "iif ", 4) == 0 ? "" : only;
}

/* What comes in by the gateway's own device: the script has answers leave by it. */
static bool is_answered(struct printing *p, const struct gateway_of *gateway, const char *match)
{
	const char *iif = gateway->device ? arena_printf(p->import->arena, "iif %s", gateway->device) : NULL;

	return iif && strcmp(match_both(p->import, match, iif), match) == 0;
}

static const char *verdict_of(struct printing *p, const struct item *item, const struct ip_rule *rule,
			      const char *match)
{
	const struct gateway_of *gateway;

	if (item->kind == ITEM_DROP)
		return "drop";
	if (item->kind == ITEM_MAIN || !rule || is_main_table(rule->table))
		return "main";
	if (rule->verdict)
		return rule->verdict;
	gateway = gateway_of_table(p, rule->table);
	if (is_answered(p, gateway, match))
		return "main"; /* as nfqroute has them answered by itself */
	return arena_printf(p->import->arena, "via %s", gateway->name);
}

/* It would take what is left to one that was not turned. */
static void doubt(struct printing *p, struct out_line *line, const struct place_of *other)
{
	line->why =
		arena_printf(p->import->arena, "take off the # when %s:%u has been turned", other->file, other->line);
	import_note(p->import, &line->at, line->from, "it would take what %s:%u, which could not be turned, is for",
		    other->file, other->line);
}

/* Of the kernel's rules that have been written so far, one that is a comment and may have taken some of these. */
static const struct place_of *lost_rule(struct printing *p, const char *match)
{
	for (const struct ip_rule *rule = p->import->ip_rules; rule; rule = rule->next)
		if (rule->lost && rule->written && !import_excludes(p->import, rule->match, match))
			return &rule->at;
	return NULL;
}

/* Where it would stand; once, though it may hold for several lists. */
static void lost_line(struct printing *p, const struct place_of *at, const char *text)
{
	static const char why[] = "it could not be turned";

	for (const struct out_line *out = p->lines; out; out = out->next)
		if (out->why == why && out->from == text)
			return;
	print_line(p, at, text, text)->why = why;
}

static void item_line(struct printing *p, const struct item *item, enum family family, const char *only,
		      const char *direction)
{
	const struct ip_rule *rule = item->kind == ITEM_MARK ? rule_of_mark(p->import, item->mark, family) : NULL;
	const char *match = match_both(p->import, item->match, rule ? rule->match : "");
	const struct place_of *other;
	struct out_line *line;

	if (item->lost) {
		lost_line(p, &item->at, item->text);
		return;
	}
	match = match_both(p->import, needed(direction, match), match_both(p->import, needed(only, match), match));
	line = rule_line(p, &item->at, item->text, match, verdict_of(p, item, rule, match));
	other = item->behind ? &item->behind->at : lost_rule(p, match);
	if (line && other)
		doubt(p, line, other);
}

static bool same_items(const struct item *a, const struct item *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (strcmp(a->match, b->match) != 0 || a->kind != b->kind || a->mark != b->mark || a->lost != b->lost ||
		    !a->behind != !b->behind)
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
static void list_lines(struct printing *p, const struct lists *lists, bool apart, enum family family, const char *only)
{
	apart |= lists->forwarded && lists->local && !same_items(lists->forwarded, lists->local);
	for (const struct item *item = lists->forwarded; item; item = item->next)
		item_line(p, item, family, only, apart ? "iif *" : "");
	for (const struct item *item = lists->local; item && (apart || !lists->forwarded); item = item->next)
		item_line(p, item, family, only, apart ? "not iif *" : "");
}

/* What was not turned there has to be written by hand, and to be asked then. */
static bool lost_some(const struct import *import, const char *chain)
{
	for (const struct chain *at = import->chains; at; at = at->next)
		if (at->lost && strcmp(at->name, chain) == 0)
			return true;
	return false;
}

/* The system's own: what is left goes there anyhow. */
static bool is_system(const struct ip_rule *rule)
{
	return !*rule->match && !rule->verdict && !rule->lost && is_system_table(rule->table);
}

/* The kernel is asked about both directions. */
static bool has_selectors(const struct import *import)
{
	const struct ip_rule *rule = import->ip_rules;

	while (rule && (rule->has_mark || is_system(rule)))
		rule = rule->next;
	return rule;
}

/* Only one direction was marked. false: that is not said for all, as rules for the other have to be written. */
static bool one_direction(struct printing *p, const struct lists lists[FAMILY_COUNT])
{
	bool forwarded = lists[FAMILY_IPV4].forwarded || lists[FAMILY_IPV6].forwarded;
	bool local = lists[FAMILY_IPV4].local || lists[FAMILY_IPV6].local;

	if (forwarded == local)
		return true;
	if (lost_some(p->import, forwarded ? "OUTPUT" : "PREROUTING") || has_selectors(p->import))
		return false;
	print_line(p, NULL, NULL,
		   forwarded ? "option local off        # only PREROUTING marked"
			     : "option forward off      # only OUTPUT marked");
	return true;
}

/* The mark leads to the same in both families. */
static bool same_ways(struct printing *p, const struct item *items)
{
	for (; items; items = items->next) {
		const struct ip_rule *one = rule_of_mark(p->import, items->mark, FAMILY_IPV4);
		const struct ip_rule *other = rule_of_mark(p->import, items->mark, FAMILY_IPV6);

		if (items->kind == ITEM_MARK && one != other &&
		    (!is_word(one->table, other->table ? other->table : "") || strcmp(one->match, other->match) != 0))
			return false;
	}
	return true;
}

void mark_lines(struct printing *p)
{
	static const char *const built_in[] = {"PREROUTING", "OUTPUT"};
	struct item *items[FAMILY_COUNT][2];
	struct lists lists[FAMILY_COUNT];
	bool one, apart;

	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		for (unsigned i = 0; i < 2; i++) {
			items[family][i] = import_chain(p->import, family, built_in[i]);
			sift(p, family, &items[family][i]);
			import_doubts(p->import, items[family][i]);
		}
		lists[family] = (struct lists){items[family][0], items[family][1]};
	}
	apart = !one_direction(p, lists);
	one = same_items(lists[0].forwarded, lists[1].forwarded) && same_items(lists[0].local, lists[1].local) &&
	      same_ways(p, lists[0].forwarded) && same_ways(p, lists[0].local);
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		bool other = has_family(p, family == FAMILY_IPV4 ? FAMILY_IPV6 : FAMILY_IPV4);

		if (one && family == FAMILY_IPV6)
			break;
		list_lines(p, &lists[family], apart, family, one || !other ? "" : all_of[family]);
	}
}

/* --- rules of the kernel's --- */

/* Rules of the kernel's that look at other things than marks: before all marks, or behind them. Those of least priority first. */
static size_t selectors(const struct import *import, bool before, struct ip_rule *rules[SELECTORS_MAX])
{
	uint32_t first_mark = UINT32_MAX;
	size_t count = 0;

	for (const struct ip_rule *rule = import->ip_rules; rule; rule = rule->next)
		if (rule->has_mark && rule->priority < first_mark)
			first_mark = rule->priority;
	for (struct ip_rule *rule = import->ip_rules; rule && count < SELECTORS_MAX; rule = rule->next) {
		size_t at = count;

		if (rule->has_mark || (rule->priority < first_mark) != before)
			continue;
		for (; at && rules[at - 1]->priority >= rule->priority; at--)
			rules[at] = rules[at - 1];
		rules[at] = rule;
		count++;
	}
	return count;
}

/* A rule that says the same of the other family. */
static bool has_twin(const struct import *import, const struct ip_rule *rule)
{
	for (const struct ip_rule *other = import->ip_rules; other; other = other->next)
		if (other->family != rule->family && !other->has_mark && strcmp(other->match, rule->match) == 0 &&
		    is_word(rule->table ? rule->table : "", other->table ? other->table : ""))
			return true;
	return false;
}

static void selector_line(struct printing *p, struct ip_rule *rule)
{
	const struct gateway_of *gateway = rule->table ? gateway_of_table(p, rule->table) : NULL;
	const char *match = rule->match, *verdict = rule->verdict;
	const struct place_of *other;
	struct out_line *line;

	rule->written = true;
	if (rule->lost) {
		lost_line(p, &rule->at, rule->text);
		return;
	}
	if (!verdict && is_main_table(rule->table))
		verdict = "main";
	else if (!verdict && gateway)
		verdict = arena_printf(p->import->arena, "via %s", gateway->name);
	if (!verdict) {
		import_note(p->import, &rule->at, rule->text, "table %s has no default route here", rule->table);
		rule->lost = true;
		lost_line(p, &rule->at, rule->text);
		return;
	}
	/* of a gateway without the family it says itself that it goes by main */
	if ((!gateway || gateway->family[!rule->family]) && !has_twin(p->import, rule))
		match = match_both(p->import, needed(all_of[rule->family], match), match);
	other = lost_rule(p, match);
	line = rule_line(p, &rule->at, rule->text, match, verdict);
	if (line && other)
		doubt(p, line, other);
}

void selector_lines(struct printing *p, bool before)
{
	struct ip_rule *rules[SELECTORS_MAX] = {NULL};
	size_t count = selectors(p->import, before, rules);

	for (size_t i = 0; i < count; i++)
		if (!is_system(rules[i]))
			selector_line(p, rules[i]);
}
