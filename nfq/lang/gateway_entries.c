/* SPDX-License-Identifier: GPL-2.0-or-later
 * gateway_entries.c - the lines of a gateway's block
 */
#include "gateway_private.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "check.h"
#include "gateway_numbers.h"
#include "notation.h"
#include "rt_tables.h"
#include "suggest.h"
#include "values.h"

static void plan_hop(struct gateway_plan *plan, struct token word, enum family family, struct key hop)
{
	uint8_t bytes[16];
	size_t count = key_to_address(hop, bytes);
	bool zero = !memcmp(bytes, (const uint8_t[16]){0}, count);

	if (zero || (count == 4 ? (bytes[0] & 0xf0) == 0xe0 : bytes[0] == 0xff))
		ERROR(plan->config, word.at, "'%.*s' cannot be a next hop", SPAN_ARG(word.at));
	if (plan->gateway->family[family].has_hop)
		diag_hint(ERROR(plan->config, word.at, "a second %s next hop",
				family_name(family)),
			  "a gateway has one next hop a family; write two gateways and a group");
	plan->gateway->family[family].has_hop = true;
	plan->gateway->family[family].hop = hop;
}

static void plan_address(struct gateway_plan *plan, const struct entry_node *entry)
{
	for (const struct value_node *value = entry->values; value; value = value->next) {
		const char *text = token_text(plan->config, value->word, NULL);
		struct key hop;
		unsigned bits;

		if (strcmp(text, "auto") == 0)
			plan->auto_hop = true;
		else if ((bits = key_from_text(text, &hop)))
			plan_hop(plan, value->word, bits == 32 ? FAMILY_IPV4 : FAMILY_IPV6, hop);
		else
			diag_hint(ERROR(plan->config, value->word.at, "'%.*s' is not an address",
					SPAN_ARG(value->word.at)),
				  "address %s", entry->entry->expects);
	}
}

static void plan_device(struct gateway_plan *plan, const struct entry_node *entry)
{
	struct span at = entry->values->word.at;
	size_t length;
	const char *name = token_text(plan->config, entry->values->word, &length);

	if (!length || length >= IFNAMSIZ)
		ERROR(plan->config, at, "a device name has 1 to %d characters", IFNAMSIZ - 1);
	else if (strpbrk(name, "/*"))
		diag_hint(ERROR(plan->config, at, "'%.*s' is not a device name", SPAN_ARG(at)),
			  "a gateway has one device");
	else
		memcpy(plan->gateway->device, name, length);
}

static void plan_table(struct gateway_plan *plan, const struct entry_node *entry)
{
	struct token word = entry->values->word;
	bool number = word.kind == TOKEN_WORD && span_text(word.at)[0] >= '0' && span_text(word.at)[0] <= '9';
	uint64_t table = 0;

	if (number && !number_by_text(plan->config, word.at, "a table", UINT32_MAX, &table))
		return;
	if (!number) {
		const char *name = token_text(plan->config, word, NULL);

		plan->gateway->table_name = arena_text(plan->ruleset->arena, name, strlen(name));
		table = rt_table_by_name(name, strlen(name));
	}
	if ((table >= RT_TABLE_DEFAULT && table <= RT_TABLE_LOCAL) || (number && !table))
		diag_hint(ERROR(plan->config, word.at, "table %.*s is the system's own", SPAN_ARG(word.at)),
			  "a gateway needs a table of its own: 1 to 252, or above 255");
	plan->gateway->table = (uint32_t)table;
	plan->node->table_at = word.at;
}

/* Said here rather than when the value is read: the mask may be set further down. */
static bool mark_fits(struct gateway_plan *plan, struct span at, uint32_t mark)
{
	const struct marks *marks = &plan->ruleset->marks;
	struct diag *diag;

	if (mark & ~marks->mask)
		diag = ERROR(plan->config, at, "mark 0x%x is outside mark-mask 0x%x", mark, marks->mask);
	else if (mark & marks->open)
		diag = ERROR(plan->config, at,
			     "mark 0x%x uses bit 0x%x, the mask's top bit, which tells undecided connections",
			     mark, marks->open);
	else if (!mark)
		diag = ERROR(plan->config, at, "mark 0 is that of undecided connections");
	else if (mark == marks->route_mask || mark == marks->drop || mark == marks->reject ||
		 mark == marks->probe_main)
		diag = ERROR(plan->config, at,
			     "mark 0x%x is one of the mask's four highest, which have other uses", mark);
	else
		return true;
	diag_hint(diag, "free marks begin at 0x%x", marks_gateway(marks, 0));
	return false;
}

static void plan_mark(struct gateway_plan *plan, const struct entry_node *entry)
{
	struct span at = entry->values->word.at;
	uint64_t mark;

	plan->node->mark_at = at;
	if (number_by_text(plan->config, at, "a mark", UINT32_MAX, &mark) && mark_fits(plan, at, (uint32_t)mark))
		plan->gateway->mark = (uint32_t)mark;
}

static void plan_priority(struct gateway_plan *plan, const struct entry_node *entry)
{
	struct span at = entry->values->word.at;
	uint64_t priority;

	plan->node->priority_at = at;
	if (!number_by_text(plan->config, at, "a priority", PRIORITY_MAX, &priority))
		return;
	if (priority < 2)
		diag_hint(ERROR(plan->config, at, "priority %.*s leaves no room for the rule ahead of it",
				SPAN_ARG(at)),
			  "a priority is 2 to %d", PRIORITY_MAX);
	plan->gateway->priority = (uint32_t)priority;
}

static void plan_masquerade(struct gateway_plan *plan, const struct entry_node *entry)
{
	switch_by_text(plan->config, entry->values->word.at, &plan->gateway->masquerade);
}

static void plan_onlink(struct gateway_plan *plan, const struct entry_node *entry)
{
	switch_by_text(plan->config, entry->values->word.at, &plan->gateway->onlink);
}

/* Less than what IPv4 lets every host count on, or than an IPv6 packet must carry, is a mistake; so is what no
 * packet holds. */
enum { MSS_LEAST = 536, MSS_MOST = 65495 };

static void plan_mss(struct gateway_plan *plan, const struct entry_node *entry)
{
	struct span at = entry->values->word.at;
	uint64_t mss;

	if (span_is(at, "auto")) {
		plan->gateway->mss_policy = MSS_AUTO;
	} else if (span_is(at, "off")) {
		plan->gateway->mss_policy = MSS_OFF;
	} else if (span_text(at)[0] < '0' || span_text(at)[0] > '9') {
		diag_hint(ERROR(plan->config, at, "'%.*s' is not a maximum segment size", SPAN_ARG(at)), "mss %s",
			  entry->entry->expects);
	} else if (number_by_text(plan->config, at, "a maximum segment size", MSS_MOST, &mss)) {
		plan->gateway->mss_policy = MSS_FIXED;
		plan->gateway->mss = (uint16_t)mss;
		if (mss < MSS_LEAST)
			diag_hint(ERROR(plan->config, at, "a maximum segment size of %.*s is too small",
					SPAN_ARG(at)),
				  "%d to %d: the path's MTU less 40 for IPv4, less 60 for IPv6", MSS_LEAST,
				  MSS_MOST);
	}
}

static void plan_family(struct gateway_plan *plan, const struct entry_node *entry, enum family family)
{
	static const char *const names[] = {[FAMILY_AUTO] = "auto",
					    [FAMILY_YES] = "yes",
					    [FAMILY_UNREACHABLE] = "unreachable",
					    [FAMILY_MAIN] = "main"};
	struct span at = entry->values->word.at;
	struct suggest near = suggest_for(span_text(at), at.length);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		suggest_offer(&near, names[i]);
		if (!span_is(at, names[i]))
			continue;
		plan->gateway->family[family].policy = (enum family_policy)i;
		return;
	}
	diag_nearest(ERROR(plan->config, at, "'%.*s' is not what a gateway can do with a family", SPAN_ARG(at)), near.best,
		     entry->entry->expects);
}

static void plan_ipv4(struct gateway_plan *plan, const struct entry_node *entry)
{
	plan_family(plan, entry, FAMILY_IPV4);
}

static void plan_ipv6(struct gateway_plan *plan, const struct entry_node *entry)
{
	plan_family(plan, entry, FAMILY_IPV6);
}

static const struct value_type *address_values(void)
{
	size_t i = 0;

	while (strcmp(value_types[i]->name, "address") != 0)
		i++;
	return value_types[i];
}

static void plan_endpoint(struct gateway_plan *plan, const struct entry_node *entry)
{
	if (!plan->endpoints)
		plan->endpoints = address_values()->begin(plan->ruleset->arena);
	values_add(plan->config, address_values(), plan->endpoints, entry->values);
}

static void plan_check(struct gateway_plan *plan, const struct entry_node *entry)
{
	struct check check = {.text = NULL};

	if (check_build(plan->config, plan->ruleset, entry, &check))
		plan->checks[plan->gateway->check_count++] = check;
}

/* One of two words. */
static void plan_choice(struct gateway_plan *plan, const struct entry_node *entry, const char *no, const char *yes,
			bool *choice)
{
	struct span at = entry->values->word.at;

	*choice = span_is(at, yes);
	if (!*choice && !span_is(at, no))
		diag_hint(ERROR(plan->config, at, "'%.*s' cannot follow '%s'", SPAN_ARG(at), entry->entry->name),
			  "%s %s, or %s %s", entry->entry->name, no, entry->entry->name, yes);
}

static void plan_on_down(struct gateway_plan *plan, const struct entry_node *entry)
{
	plan_choice(plan, entry, "reset", "keep", &plan->gateway->keep_on_down);
}

static void plan_on_up(struct gateway_plan *plan, const struct entry_node *entry)
{
	plan_choice(plan, entry, "keep", "reset", &plan->gateway->reset_on_up);
}

static const struct gateway_entry entries[] = {
	{"address", "next hop", "NEXT-HOP, an IPv4 or IPv6 address, or one of each; or auto", ENTRY_LIST,
	 plan_address},
	{"device", "the device it is reached by", "NAME", ENTRY_ONE, plan_device},
	{"table", "its routing table", "NAME or NUMBER", ENTRY_ONE, plan_table},
	{"mark", "the mark of its connections", "NUMBER", ENTRY_ONE, plan_mark},
	{"priority", "the priority of its policy rule", "NUMBER", ENTRY_ONE, plan_priority},
	{"masquerade", "connections by it get its device's address", "yes or no", ENTRY_ONE, plan_masquerade},
	{"onlink", "the next hop is on the device, whatever its addresses say", "yes or no", ENTRY_ONE,
	 plan_onlink},
	{"ipv4", "what becomes of IPv4 connections", "auto, yes, unreachable or main", ENTRY_ONE, plan_ipv4},
	{"ipv6", "what becomes of IPv6 connections", "auto, yes, unreachable or main", ENTRY_ONE, plan_ipv6},
	{"endpoint", "where the tunnel itself goes: always by main", "ADDRESS of the tunnel's far end, or several",
	 ENTRY_LIST, plan_endpoint},
	{"check", "how to find out whether it works", "tcp ADDRESS:PORT every TIME ...", ENTRY_REST, plan_check},
	{"on-up", "what becomes of connections elsewhere when it is back", "keep or reset", ENTRY_ONE, plan_on_up},
	{"on-down", "what becomes of its connections when it goes down", "reset or keep", ENTRY_ONE, plan_on_down},
	{"mss", "largest segment of TCP connections by it", "auto, off or NUMBER", ENTRY_ONE, plan_mss},
};

#define ENTRY_COUNT (sizeof entries / sizeof *entries)

const struct gateway_entry *gateway_entry_at(size_t index)
{
	return index < ENTRY_COUNT ? &entries[index] : NULL;
}

const struct gateway_entry *gateway_entry_find(struct span name)
{
	for (size_t i = 0; i < ENTRY_COUNT; i++)
		if (span_is(name, entries[i].name))
			return &entries[i];
	return NULL;
}

const char *gateway_entry_nearest(struct span word)
{
	static const struct usual_word names[] = {
		{"via", "address"}, {"gateway", "address"}, {"gw", "address"},
		{"ip", "address"},  {"dev", "device"},      {"interface", "device"},
		{"fwmark", "mark"}, {"nat", "masquerade"},  {"snat", "masquerade"},
	};
	struct suggest near = suggest_for(span_text(word), word.length);

	for (size_t i = 0; i < ENTRY_COUNT; i++)
		suggest_offer(&near, entries[i].name);
	suggest_usual(&near, names, sizeof names / sizeof *names);
	return near.best;
}

void gateway_plan_entries(struct gateway_plan *plan)
{
	const struct entry_node *seen[ENTRY_COUNT] = {NULL};
	size_t count = 0;

	for (const struct entry_node *entry = plan->node->entries; entry; entry = entry->next)
		count += entry->entry->plan == plan_check;
	plan->checks = arena_array(plan->ruleset->arena, count, sizeof *plan->checks);
	plan->gateway->checks = plan->checks;
	for (const struct entry_node *entry = plan->node->entries; entry; entry = entry->next) {
		const struct entry_node **first = &seen[entry->entry - entries];

		if (*first && entry->entry->values == ENTRY_ONE)
			diag_other(ERROR(plan->config, entry->name.at, "'%s' is given twice", entry->entry->name),
				   (*first)->name.at, "first given here");
		*first = entry;
		if (entry->entry->plan)
			entry->entry->plan(plan, entry);
		else
			WARNING(plan->config, entry->name.at,
				"'%s' is not available in this version and is ignored", entry->entry->name);
	}
	if (plan->endpoints)
		plan->gateway->endpoints = address_values()->seal(plan->endpoints);
}
