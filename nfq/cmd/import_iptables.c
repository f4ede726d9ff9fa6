/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_iptables.c - iptables, ip6tables, iptables-save: rules and the chains they stand in
 */
#include "import_options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* --- targets -------------------------------------------------------------------------------------------------------- */

static struct chain *chain_of(struct import *import, enum family family, const char *name, bool make)
{
	struct chain *chain = import->chains;

	while (chain && (chain->family != family || strcmp(chain->name, name) != 0))
		chain = chain->next;
	if (chain || !make)
		return chain;
	chain = arena_alloc(import->arena, sizeof *chain);
	*chain = (struct chain){.next = import->chains, .family = family, .name = name};
	import->chains = chain;
	return chain;
}

static void choose_target(struct parse *p)
{
	const char *target = p->target ? p->target : "";

	if (p->entry.kind == ENTRY_MARK && (strcmp(target, "MARK") == 0 || strcmp(target, "CONNMARK") == 0))
		return;
	if (strcmp(target, "CONNMARK") == 0 || strcmp(target, "") == 0 || target_is_elsewhere(target)) {
		p->elsewhere = true;
	} else if (strcmp(target, "ACCEPT") == 0) {
		p->entry.kind = ENTRY_ACCEPT;
	} else if (strcmp(target, "RETURN") == 0) {
		p->entry.kind = ENTRY_RETURN;
	} else if (strcmp(target, "DROP") == 0) {
		p->entry.kind = ENTRY_DROP;
	} else if (strcmp(target, "MARK") == 0) {
		parse_cannot(p, "only --set-mark, --set-xmark and --or-mark can be turned");
	} else {
		p->entry.kind = ENTRY_JUMP;
		p->entry.jump = target;
	}
}

/* --- commands ------------------------------------------------------------------------------------------------------- */

/* "-A PREROUTING" and the like; position: of -I, from 1; 0: at the end. */
struct where {
	const char *table, *chain;
	unsigned position;
	bool adds; /* not -D, -C, -F, ... */
};

/* Takes the words that say where the rule goes out of the line, and leaves the rule. */
static struct where where_of(struct parse *p, const char *table)
{
	struct where where = {.table = table};
	unsigned kept = 0;

	for (unsigned i = strncmp(p->line->words[0], "-", 1) != 0; i < p->line->count; i++) {
		const char *word = p->line->words[i], *next = i + 1 < p->line->count ? p->line->words[i + 1] : NULL;

		if (is_word(word, "-t") || is_word(word, "--table")) {
			where.table = next ? next : "";
			i++;
		} else if (!where.adds && next && (is_word(word, "-A") || is_word(word, "--append") ||
						   is_word(word, "-I") || is_word(word, "--insert"))) {
			where.adds = true;
			where.chain = next;
			where.position = is_word(word, "-A") || is_word(word, "--append") ? 0 : 1;
			i++;
			if (where.position && i + 1 < p->line->count && isdigit((unsigned char)*p->line->words[i + 1]))
				where.position = (unsigned)strtoul(p->line->words[++i], NULL, 10);
		} else if (is_word(word, "-w") || is_word(word, "--wait")) {
			i += next && isdigit((unsigned char)*next);
		} else {
			p->line->words[kept++] = word;
		}
	}
	p->line->count = kept;
	return where;
}

static void insert(struct chain *chain, struct entry *entry, unsigned position)
{
	struct entry **at = &chain->first;

	for (unsigned i = 1; *at && (!position || i < position); i++)
		at = &(*at)->next;
	entry->next = *at;
	*at = entry;
}

/* Address translation belongs to the gateway whose device it is on. */
static void take_nat(struct parse *p)
{
	if (p->target && strcmp(p->target, "MASQUERADE") == 0 && p->out_device)
		variable_set(p->import, &p->import->masquerading, p->out_device, "");
}

/* What the rule is for the path: ENTRY_NOTHING if that is nothing, or cannot be turned (lost). */
static enum entry_kind kind_of(struct parse *p, bool *lost)
{
	choose_target(p);
	if (p->elsewhere || (p->only_known && (p->entry.kind == ENTRY_ACCEPT || p->entry.kind == ENTRY_RETURN)))
		return ENTRY_NOTHING;
	if (p->only_known)
		parse_cannot(p, "nfqroute decides connections once, when they are new");
	if (p->line->unknown)
		snprintf(p->why, sizeof p->why, "what %s stands for is not known here", p->line->unknown);
	*lost = *p->why;
	if (!*lost)
		return p->entry.kind;
	import_note(p->import, &p->line->at, p->line->text, "%s", p->why);
	return ENTRY_NOTHING;
}

static void take_mangle(struct parse *p, const struct where *where)
{
	struct import *import = p->import;
	struct chain *chain = chain_of(import, p->family, where->chain, true);
	struct entry *entry;
	bool lost = false;

	p->entry.kind = kind_of(p, &lost);
	chain->lost |= lost;
	entry = arena_alloc(import->arena, sizeof *entry);
	*entry = p->entry;
	entry->match = arena_printf(import->arena, "%s", p->match);
	entry->at = p->line->at;
	entry->text = p->line->text;
	insert(chain, entry, where->position);
}

void import_iptables(struct import *import, const struct command_line *line, enum family family)
{
	struct command_line copy = *line;
	struct parse p = {.import = import, .line = &copy, .family = family};
	struct where where = where_of(&p, line->words[0][0] == '-' ? import->saved_table : "filter");
	bool nat = where.table && strcmp(where.table, "nat") == 0;

	if (!where.adds || (!nat && (!where.table || strcmp(where.table, "mangle") != 0)))
		return;
	parse_options(&p);
	if (nat)
		take_nat(&p);
	else
		take_mangle(&p, &where);
}
