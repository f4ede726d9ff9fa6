/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_iptables.c - iptables, ip6tables, iptables-save: rules and the chains they stand in
 */
#include "import_options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* --- targets --- */

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
		p->entry.kind = ENTRY_MARK;
		p->entry.mark = MARK_UNKNOWN;
	} else {
		p->entry.kind = ENTRY_JUMP;
		p->entry.jump = target;
	}
}

/* --- commands --- */

/* "-A PREROUTING" and the like; position: of -I, from 1; 0: at the end. */
struct where {
	const char *table, *chain;
	unsigned position;
	bool adds, makes; /* neither: -D, -C, -F, ... */
	bool replaces;    /* adds as well */
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
		} else if (!where.adds && next &&
			   (is_word(word, "-A") || is_word(word, "--append") || is_word(word, "-I") ||
			    is_word(word, "--insert"))) {
			where.adds = true;
			where.chain = next;
			where.position = is_word(word, "-A") || is_word(word, "--append") ? 0 : 1;
			i++;
			if (where.position && i + 1 < p->line->count && isdigit((unsigned char)*p->line->words[i + 1]))
				where.position = (unsigned)strtoul(p->line->words[++i], NULL, 10);
		} else if (!where.adds && next &&
			   (is_word(word, "-N") || is_word(word, "--new-chain") || is_word(word, "-R") ||
			    is_word(word, "--replace"))) {
			where.makes = is_word(word, "-N") || is_word(word, "--new-chain");
			where.replaces = !where.makes;
			where.chain = next;
			i++;
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

/* Of other tables only what sets marks is of interest. */
static void take_other(struct parse *p)
{
	if (is_word(p->target, "MARK") || (is_word(p->target, "CONNMARK") && p->entry.kind == ENTRY_MARK))
		import_note(p->import, &p->line->at, p->line->text, "marks are looked for in the table mangle only");
}

/* What the rule is for the path: ENTRY_NOTHING if that is nothing. What cannot be turned is lost, and has been told. */
static enum entry_kind kind_of(struct parse *p)
{
	enum entry_kind kind;

	choose_target(p);
	kind = p->entry.kind;
	if (p->elsewhere || (p->unrouted && !*p->why) ||
	    (p->only_known && (kind == ENTRY_ACCEPT || kind == ENTRY_RETURN)))
		return ENTRY_NOTHING;
	if (p->only_known)
		parse_cannot(p, "nfqroute decides connections once, when they are new");
	if (p->line->unknown)
		snprintf(p->why, sizeof p->why, "what %s stands for is not known here", p->line->unknown);
	if (*p->why)
		import_note(p->import, &p->line->at, p->line->text, "%s", p->why);
	p->entry.lost = *p->why;
	if (kind == ENTRY_MARK && !*p->why && !p->is_new && strstr(p->match, "sport "))
		import_note(p->import, &p->line->at, p->line->text,
			    "of answers from this port nothing is turned: what comes in by a gateway's device is "
			    "answered by it");
	return kind;
}

/* Marks that are set behind the choice of the path say nothing of it. */
static bool is_behind(const char *chain)
{
	return strcmp(chain, "INPUT") == 0 || strcmp(chain, "FORWARD") == 0 || strcmp(chain, "POSTROUTING") == 0;
}

/* A connection that leaves, or comes in, by a device stays with it, as all do here. */
static bool keeps(const struct parse *p)
{
	return is_word(p->target, "CONNMARK") && strchr(p->match, ' ') &&
	       strchr(p->match, ' ') == strrchr(p->match, ' ') && strncmp(p->match + 1, "if ", 3) == 0;
}

static struct entry *add_entry(struct chain *chain, struct parse *p, unsigned position)
{
	struct import *import = p->import;
	struct entry *entry = arena_alloc(import->arena, sizeof *entry);

	*entry = p->entry;
	entry->match = arena_printf(import->arena, "%s", p->match);
	if (p->line->unknown)
		entry->match = match_known(import, entry->match);
	entry->at = p->line->at;
	entry->text = p->line->text;
	insert(chain, entry, position);
	return entry;
}

static void take_mangle(struct parse *p, const struct where *where)
{
	struct chain *chain = chain_of(p->import, p->family, where->chain, true);
	struct entry *entry;

	p->entry.kind = kind_of(p);
	if (is_behind(where->chain) && p->entry.kind == ENTRY_MARK && !p->entry.lost && !keeps(p))
		import_note(p->import, &p->line->at, p->line->text, "marks of %s come behind the choice of the path",
			    where->chain);
	chain->lost |= p->entry.lost;
	entry = add_entry(chain, p, where->position);
	if (!p->goes || entry->kind != ENTRY_JUMP)
		return;
	p->entry.kind = ENTRY_RETURN;
	add_entry(chain, p, where->position ? where->position + 1 : 0);
}

void import_saved_chain(struct import *import, const char *name)
{
	if (is_word(import->saved_table, "mangle"))
		chain_of(import, import->saved_family, name, true);
}

void import_iptables(struct import *import, const struct command_line *line, enum family family)
{
	struct command_line copy = *line;
	struct parse p = {.import = import, .line = &copy, .family = family};
	struct where where = where_of(&p, line->words[0][0] == '-' ? import->saved_table : "filter");
	bool mangle = is_word(where.table, "mangle");

	if (where.makes && mangle)
		chain_of(import, family, where.chain, true);
	if (where.replaces)
		import_note(import, &line->at, line->text, "rules that replace others are not read: have it add them");
	if (!where.adds)
		return;
	parse_options(&p);
	if (mangle)
		take_mangle(&p, &where);
	else if (is_word(where.table, "nat") && !is_word(p.target, "MARK"))
		take_nat(&p);
	else
		take_other(&p);
}
