/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_cards.c - rules that are filed by a text alone: all that is needed to say that they hold, in one place
 */
#include <stdlib.h>
#include <string.h>

#include "rule_compile.h"
#include "table_memory.h"

enum {
	TEXT_MOST = 64, /* bytes of a text on a card; of longer ones the rule itself tells */
	FULL = 50,      /* percent of all homes, if every card found room: who does not costs more than the room */
};

static bool make_room(struct cards *cards, size_t size)
{
	size_t room = cards->room ? cards->room * 2 : 1024;
	uint8_t *grown;

	if (cards->size + size <= cards->room)
		return true;
	grown = room < SLOT_PROOF ? realloc(cards->at, room) : NULL;
	if (!grown)
		return false;
	cards->at = grown;
	cards->room = room;
	if (!cards->size)
		cards->size = NO_CARD + 1;
	return true;
}

uint32_t card_add(struct cards *cards, const struct card *card, const struct finder_value *value)
{
	size_t at;

	if (value->len > TEXT_MOST || !make_room(cards, sizeof *card + TEXT_MOST))
		return NO_CARD;
	at = cards->size;
	memcpy(cards->at + at, card, sizeof *card);
	((struct card *)(cards->at + at))->len = (uint8_t)value->len;
	memcpy(cards->at + at + sizeof *card, value->text, value->len);
	cards->size += sizeof *card + value->len;
	return (uint32_t)at;
}

/* The card of a rule that is filed by a text, and no other by the same; else NULL. */
static const struct card *card_of(const struct cards *cards, const struct files *files, size_t at)
{
	bool alone = files_run(files, at) == 1 && files->at[at].proof > NO_CARD;

	return alone ? (const struct card *)(cards->at + files->at[at].proof) : NULL;
}

static bool are_by_text(const struct files *files, size_t at, size_t count)
{
	for (size_t i = at; i < at + count; i++)
		if (filed_by_text(&files->at[i]))
			return true;
	return false;
}

/* Puts a card into its home, if there is room. */
static bool enter(uint8_t *home, const struct card *card)
{
	uint8_t *at = home + HOME_SIGNS;

	for (const struct card *there; (there = card_at(home, at));)
		at += card_size(there);
	if ((size_t)(home + HOME - at) < card_size(card))
		return false;
	memcpy(at, card, card_size(card));
	return true;
}

/* What is filed by texts is known by its sign, whether it is on a card or not. */
static bool place(uint8_t *homes, size_t count, const struct cards *cards, const struct files *files, size_t at)
{
	uint64_t key = files->at[at].key;
	uint8_t *home = homes + home_number(key, count) * HOME;
	const struct card *card = card_of(cards, files, at);

	home_add_signs(home, sign_of(key));
	if (card && enter(home, card))
		return true;
	home_add_signs(home, HOME_SPILLED);
	return false;
}

void cards_place(struct rule_index *index, struct arena *arena, struct files *files, const struct cards *cards)
{
	size_t count = cards->size * 100 / FULL / HOME_ROOM + 1, kept = 0, length;
	uint8_t *homes;

	if (!cards->size)
		return;
	homes = table_memory(count * HOME);
	if (!homes) {
		arena_fail(arena);
		return;
	}
	for (size_t at = 0; at < files->count; at += length) {
		length = files_run(files, at);
		if (are_by_text(files, at, length) && place(homes, count, cards, files, at))
			continue;
		for (size_t i = 0; i < length; i++)
			files->at[kept++] = files->at[at + i];
	}
	files->count = kept;
	arena_keep(arena, homes, count * HOME);
	index->cards = homes;
	index->card_homes = count;
}
