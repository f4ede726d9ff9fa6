/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_chains.c - chains, in which the last mark holds, as rules, of which the first does
 *
 * A mark does not end a chain, so what a packet carries at the end is what the last matching rule has set: rules come
 * out in reverse. One that asks for packets without a mark stands behind all before it instead. What ends the chain
 * (ACCEPT, RETURN) before any mark is an exception and comes first; after one, it can only be turned where it ends the
 * chain for just those that the rule before it has marked, or for all that are marked.
 */
#include "import.h"

#include <string.h>

enum { DEPTH_MAX = 16 };

struct list {
	struct item *fixed; /* nothing comes before these any more */
	struct item *loose; /* what is marked later goes first */
	bool accepts;       /* something ends the chains that called it, too */
};

static struct item *item_of(struct import *import, const struct entry *entry, const char *match)
{
	struct item *item = arena_alloc(import->arena, sizeof *item);

	*item = (struct item){.at = entry->at, .text = entry->text, .match = match, .mark = entry->mark};
	item->kind = entry->kind == ENTRY_DROP ? ITEM_DROP : entry->kind == ENTRY_MARK && entry->mark ? ITEM_MARK : ITEM_MAIN;
	return item;
}

static struct item *last_of(struct item *items)
{
	while (items && items->next)
		items = items->next;
	return items;
}

static void append(struct item **to, struct item *items)
{
	if (*to)
		last_of(*to)->next = items;
	else
		*to = items;
}

static void prepend(struct item **to, struct item *items)
{
	if (!items)
		return;
	last_of(items)->next = *to;
	*to = items;
}

static void put_loose(struct list *list, struct item *items, bool unmarked)
{
	if (unmarked)
		append(&list->loose, items);
	else
		prepend(&list->loose, items);
}

static bool begins(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 && (text[length] == ' ' || !text[length]);
}

const char *match_both(struct import *import, const char *one, const char *other)
{
	static const char *const protos[] = {"tcp", "udp", "icmp", "icmpv6", "sctp"};

	if (!*one || !*other)
		return *one ? one : other;
	if (strcmp(one, other) == 0)
		return one;
	for (size_t i = 0; i < sizeof protos / sizeof *protos; i++)
		if (begins(one, protos[i]) && begins(other, protos[i])) {
			other += strlen(protos[i]);
			other += *other == ' ';
			break;
		}
	return *other ? arena_printf(import->arena, "%s %s", one, other) : one;
}

static bool keeps(const struct item *items)
{
	while (items && items->kind != ITEM_MAIN)
		items = items->next;
	return items;
}

/* true: nothing of the chain comes into force behind it. */
static bool stop(struct import *import, struct list *list, const struct entry *e)
{
	bool same = list->loose && strcmp(list->loose->match, e->match) == 0;

	if (e->marked && !*e->match && !keeps(list->loose)) {
		append(&list->fixed, list->loose);
		list->loose = NULL;
	} else if (!list->loose || e->unmarked) {
		if (!*e->match && !e->unmarked && !e->marked)
			return true;
		append(list->loose ? &list->loose : &list->fixed, item_of(import, e, e->match));
	} else if (same) {
		struct item *item = list->loose;

		list->loose = item->next;
		item->next = NULL;
		append(&list->fixed, item);
	} else if (!*e->match) {
		return true;
	} else {
		import_note(import, &e->at, e->text,
			    "it ends the chain for connections that have a mark already: put the rules into their order by hand");
	}
	return false;
}

static struct list build(struct import *import, enum family family, const char *name, unsigned depth);

static void jump(struct import *import, struct list *list, enum family family, const struct entry *e, unsigned depth)
{
	struct list inner = {.fixed = NULL};

	if (depth < DEPTH_MAX)
		inner = build(import, family, e->jump, depth + 1);
	append(&inner.fixed, inner.loose);
	for (struct item *item = inner.fixed; item; item = item->next)
		item->match = match_both(import, e->match, item->match);
	if (e->marked)
		import_note(import, &e->at, e->text, "it hangs on the mark of another rule");
	else if (list->loose && keeps(inner.fixed))
		import_note(import, &e->at, e->text,
			    "its exceptions keep a mark set before: put the rules into their order by hand");
	else if (inner.accepts && !list->loose)
		append(&list->fixed, inner.fixed);
	else
		put_loose(list, inner.fixed, e->unmarked);
}

static struct list build(struct import *import, enum family family, const char *name, unsigned depth)
{
	const struct chain *chain = import->chains;
	struct list list = {.fixed = NULL};

	while (chain && (chain->family != family || strcmp(chain->name, name) != 0))
		chain = chain->next;
	for (const struct entry *e = chain ? chain->first : NULL; e; e = e->next) {
		switch (e->kind) {
		case ENTRY_NOTHING:
			break;
		case ENTRY_MARK:
			if (e->marked)
				import_note(import, &e->at, e->text, "it hangs on the mark of another rule");
			else
				put_loose(&list, item_of(import, e, e->match), e->unmarked);
			break;
		case ENTRY_ACCEPT:
		case ENTRY_RETURN:
			list.accepts |= e->kind == ENTRY_ACCEPT;
			if (stop(import, &list, e))
				return list;
			break;
		case ENTRY_DROP:
			append(&list.fixed, item_of(import, e, e->match));
			break;
		case ENTRY_JUMP:
			jump(import, &list, family, e, depth);
			break;
		}
	}
	return list;
}

struct item *import_chain(struct import *import, enum family family, const char *name)
{
	struct list list = build(import, family, name, 0);

	append(&list.fixed, list.loose);
	return list.fixed;
}
