/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_chains.c - chains, in which the last mark holds, as rules, of which the first does
 *
 * A mark does not end a chain, so what a packet carries at the end is what the last matching rule has set: rules come
 * out in reverse. What ends a chain (ACCEPT, RETURN) keeps what has been set before it: so each earlier mark is said
 * once more for just those packets, in front of all that comes later, and behind these that the others go by main. A rule that asks
 * for packets without a mark stands behind all before it, and in front of what was left to main.
 *
 * A rule that could not be turned has its place, too: what comes behind it may take packets that were its own.
 */
#include "import.h"

#include <string.h>

enum { DEPTH_MAX = 16, ITEMS_MAX = 20000 };

struct walk {
	struct import *import;
	enum family family;
	struct item *done;            /* nothing comes before these any more */
	struct item *left[DEPTH_MAX]; /* of each chain that is being walked: nothing later in it does */
	struct item *loose;           /* what is marked later goes first */
	struct item *marked;          /* packets with one of these marks are not asked */
	struct item *ends;            /* what ends a chain and could not be turned */
	unsigned depth, count;
	bool lost; /* what leads here could not be turned */
	bool over; /* no packet goes on */
};

/* --- lists --- */

static struct item *item_new(struct walk *w, const struct entry *entry, const char *match)
{
	struct item *item = arena_alloc(w->import->arena, sizeof *item);

	*item = (struct item){.at = entry->at, .text = entry->text, .match = match, .mark = entry->mark};
	item->kind = entry->kind == ENTRY_DROP                  ? ITEM_DROP
		     : entry->kind == ENTRY_MARK && entry->mark ? ITEM_MARK
								: ITEM_MAIN;
	item->lost = w->lost || entry->lost;
	item->number = ++w->count;
	return item;
}

/* The same of fewer packets. */
static struct item *item_again(struct walk *w, const struct item *item, const char *match)
{
	struct item *again = arena_alloc(w->import->arena, sizeof *again);

	*again = *item;
	again->next = NULL;
	again->match = match;
	w->count++; /* of all that are made; its number stays, as it says nothing new */
	return again;
}

static void append(struct item **to, struct item *items)
{
	while (*to)
		to = &(*to)->next;
	*to = items;
}

static void prepend(struct item **to, struct item *items)
{
	struct item *last = items;

	while (last && last->next)
		last = last->next;
	if (!last)
		return;
	last->next = *to;
	*to = items;
}

/* --- what an entry does --- */

/* These are for packets without a mark so far: behind all marks, and in front of what was left to main. */
static void put_behind(struct walk *w, struct item *items)
{
	for (struct item **at = &w->loose; *at; at = &(*at)->next) {
		struct item *other = *at;

		for (const struct item *item = items; item && other->kind == ITEM_MAIN; item = item->next) {
			if (import_excludes(w->import, other->match, item->match))
				continue;
			*at = item_again(w, item, match_both(w->import, other->match, item->match));
			at = &(*at)->next;
		}
		*at = other;
	}
	append(&w->loose, items);
}

static void put_mark(struct walk *w, const struct entry *e, const char *match)
{
	struct item *item = item_new(w, e, match);

	item->lost |= e->marked;
	if (e->unmarked)
		put_behind(w, item);
	else
		prepend(&w->loose, item);
}

/* What the packets carry so far, for just those that match. true: all of them carry something. */
static bool keep(struct walk *w, struct item **to, const char *match, const struct item *items)
{
	for (; items; items = items->next) {
		const char *both = match_both(w->import, items->match, match);
		bool all = strcmp(match_both(w->import, match, items->match), match) == 0;

		if (!all && import_excludes(w->import, items->match, match))
			continue;
		append(to, item_again(w, items, both));
		if (all && !items->lost)
			return true;
	}
	return false;
}

/* Some packets that match are among the items of this kind. */
static bool meets(struct walk *w, const char *match, const struct item *items, int kind)
{
	while (items && ((int)items->kind != kind || import_excludes(w->import, items->match, match)))
		items = items->next;
	return items;
}

/* Whether what ends a chain can be said as rules that stand in front of others. */
static bool can_end(struct walk *w, const struct entry *e, const char *match)
{
	if (e->lost || w->lost)
		return false;
	if (e->kind != ENTRY_RETURN && meets(w, match, w->marked, ITEM_MARK))
		return false;
	if (e->kind != ENTRY_RETURN)
		for (unsigned i = 1; i <= w->depth; i++) /* those that have left before are not asked */
			if (meets(w, match, w->left[i], ITEM_MARK) || meets(w, match, w->left[i], ITEM_MAIN))
				return false;
	if (e->marked)
		return !meets(w, match, w->loose, ITEM_MAIN);
	return !e->unmarked || !meets(w, match, w->loose, ITEM_MARK);
}

/* true: nothing of the chain comes into force behind it. */
static bool put_end(struct walk *w, const struct entry *e, const char *match)
{
	struct item **to = e->kind == ENTRY_RETURN && w->depth ? &w->left[w->depth] : &w->done;
	bool whole = !*e->match && !e->marked && !e->unmarked && !e->lost;

	if (whole && !w->lost && (e->kind == ENTRY_RETURN || !*match)) {
		w->over = e->kind != ENTRY_RETURN;
		return true;
	}
	if (!can_end(w, e, match))
		append(&w->ends, item_new(w, e, match));
	else if (!keep(w, to, match, w->loose) && !e->marked)
		append(to, item_new(w, e, match));
	return whole;
}

static const struct chain *chain_of(const struct walk *w, const char *name)
{
	const struct chain *chain = w->import->chains;

	while (chain && (chain->family != w->family || strcmp(chain->name, name) != 0))
		chain = chain->next;
	return chain;
}

static void walk_chain(struct walk *w, const char *name, const char *match);

static void put_drop(struct walk *w, const struct entry *e, const char *match)
{
	bool can = can_end(w, e, match) && !e->marked;

	if (!can && !e->lost && !w->lost)
		import_note(w->import, &e->at, e->text,
			    "what it drops hangs on rules before it: put it into its place by hand");
	append(can ? &w->done : &w->ends, item_new(w, e, match));
}

static void put_jump(struct walk *w, const struct entry *e, const char *match)
{
	struct item *marked = w->marked, *loose = w->loose, *inner;
	bool lost = w->lost;

	if (!chain_of(w, e->jump)) {
		if (!e->lost && !w->lost)
			import_note(w->import, &e->at, e->text, "what '%s' does is not told here", e->jump);
		append(&w->ends, item_new(w, e, match));
		return;
	}
	if (w->depth + 1 == DEPTH_MAX)
		return;
	if (e->unmarked) {
		w->marked = loose;
		w->loose = NULL;
	}
	w->lost |= e->lost || e->marked;
	w->left[++w->depth] = NULL;
	walk_chain(w, e->jump, match);
	prepend(&w->loose, w->left[w->depth--]);
	w->lost = lost;
	if (!e->unmarked)
		return;
	inner = w->loose;
	w->loose = loose;
	w->marked = marked;
	put_behind(w, inner);
}

static void walk_chain(struct walk *w, const char *name, const char *match)
{
	const struct chain *chain = chain_of(w, name);
	bool ended = false;

	for (const struct entry *e = chain ? chain->first : NULL; e && !ended && !w->over; e = e->next) {
		const char *both = match_both(w->import, match, e->match);

		if (w->count > ITEMS_MAX) {
			import_note(w->import, &e->at, e->text,
				    "this and what follows it is too much to be put into order");
			return;
		}
		switch (e->kind) {
		case ENTRY_NOTHING:
			break;
		case ENTRY_MARK:
			put_mark(w, e, both);
			break;
		case ENTRY_ACCEPT:
		case ENTRY_RETURN:
			ended = put_end(w, e, both);
			break;
		case ENTRY_DROP:
			put_drop(w, e, both);
			break;
		case ENTRY_JUMP:
			put_jump(w, e, both);
			break;
		}
	}
}

/* --- what could not be turned --- */

static bool same_end(const struct item *a, const struct item *b)
{
	return a->kind == b->kind && a->mark == b->mark;
}

/* The first of these that may have taken some of the item's packets, or one that keeps such a one back. */
static const struct item *lost_before(struct import *import, const struct item *items, const struct item *item)
{
	for (const struct item *before = items; before != item; before = before->next)
		if ((before->lost || before->behind) && !before->idle && !same_end(before, item) &&
		    !import_excludes(import, before->match, item->match))
			return before->behind ? before->behind : before;
	for (const struct item *end = items->ends; end; end = end->next)
		if (end->number < item->number && !import_excludes(import, end->match, item->match))
			return end;
	return NULL;
}

void import_doubts(struct import *import, struct item *items)
{
	for (struct item *item = items; item; item = item->next)
		item->behind = item->lost ? NULL : lost_before(import, items, item);
}

struct item *import_chain(struct import *import, enum family family, const char *name)
{
	struct walk w = {.import = import, .family = family};

	walk_chain(&w, name, "");
	append(&w.done, w.loose);
	if (w.done)
		w.done->ends = w.ends;
	return w.done;
}
