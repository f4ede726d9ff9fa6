/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_index.h - how rules are found by what a packet says; private to ruleset.c, lookup.c and rule_*.c
 *
 * A ruleset is not walked. Each rule is filed under 64-bit keys made of values that it asks for, so that a packet,
 * of which the same keys are made, leads to the few rules that can hold for it; those are evaluated as they stand.
 * So the index may find too much but never too little, and a collision of keys costs an evaluation, not the
 * answer.
 *
 * - By headers. A value is a prefix of a field's 128 bits, in steps of 8 (all bits: one port; 120: a /24 of IPv4). Which
 *   prefixes of which fields a rule asks for is its shape. Rules have few different shapes, and a packet has one key for
 *   each (tuple space search, Srinivasan, Suri, Varghese: SIGCOMM 1999).
 * - By a fact, where headers do not tell rules apart ("tcp dport 443 host ..."): by the numbers that the keyword's finder
 *   gives to values. While the fact is open all those rules are undecided, unless their other matches say no. They are then
 *   found by headers again, under keys of their own; of rules that differ in nothing but the value of the fact, the first
 *   stands for all.
 * - What has neither is always tried.
 *
 * Where a shape says all that a rule asks for, the prefixes behind its key are its proof: a packet that has them
 * need not be held against the rule itself, whose parts are far apart in memory. So are prefixes and a name, where a
 * rule asks for no more than these.
 *
 * The lists that are found are each walked up to the first rule that holds. The answer is the lowest number found
 * so, and whether a lower one is undecided.
 */
#ifndef NFQROUTE_RULE_INDEX_H
#define NFQROUTE_RULE_INDEX_H

#include <stdalign.h>
#include <stddef.h>

#include "bloom.h"
#include "home.h"
#include "lookup.h"
#include "ruleset.h"

enum { SLICES_MAX = 64, SHAPE_SLICES = 8, FINDERS_MAX = 8, FAR_MAX = 8 };

#define NO_RULE UINT32_MAX /* behind the last of a list */

/* The first bits of a header field. */
struct slice {
	uint8_t field, bits;
};

struct shape {
	uint64_t slices; /* as a set of bits */
	uint64_t salt;   /* tells the keys of shapes apart */
	uint32_t lowest; /* of the rules filed under it */
	uint8_t number;  /* from 0 in the order they came up */
	uint8_t count, slice[SHAPE_SLICES];
};

struct rule_finder {
	const struct keyword *keyword;
	bool early;    /* its sets are so; another one for the same keyword has those that are not */
	bool first;    /* of those for its keyword, which share the numbers' salt */
	uint64_t salt; /* of keys while the fact is open */
	uint64_t number_salt;
	const uint64_t *filter; /* of the first, where the numbers are many: a bit for each that rules are filed by */
	uint32_t lowest;        /* of the rules filed by the fact, under this salt */
	const uint32_t *open;   /* undecided while the fact is open, whatever the headers are */
};

/* What is filed under a key of headers. */
struct slot {
	uint64_t key;  /* 0: free */
	uint32_t rule; /* the first of the list */
	uint32_t more; /* where in lists the others are, or in proofs the proof; 0: there is neither */
};

/* slot.more of a proof: this bit, the shape's number, and below where it is. */
#define SLOT_PROOF (1U << 31)
#define SLOT_SHAPE 25
#define SLOT_PLACE ((1U << SLOT_SHAPE) - 1)

/* What is filed under a key of a fact. With a text, that and prefixes are the proof of the rule: all but the prefixes, which
 * it shares with others, is in one place. more is where among the proofs they are; without a text, where in lists the other
 * rules are, 0: there are none. */
struct entry {
	uint64_t key; /* 0: behind the last of a home */
	uint32_t rule, more;
	uint16_t kind; /* of the text, as its finder has it */
	uint8_t finder, len;
	char text[];
};

/* Prefixes that entries share: this, and then as many. */
struct prefixes_head {
	uint8_t count, slice[SHAPE_SLICES];
};

_Static_assert(sizeof(struct prefixes_head) <= sizeof(struct key), "one place among the proofs");

/* A set that does not stay in the cache. */
struct far_set {
	const struct keyword *keyword;
	unsigned field; /* of a header keyword */
	const void *set;
};

struct rule_index {
	unsigned lates; /* bits by enum late: a rule that needs facts has it */
	unsigned field_count, slice_count, shape_count, finder_count;
	const struct keyword *fields[FIELDS_MAX];
	struct slice slices[SLICES_MAX];
	struct shape shapes[SHAPES_MAX]; /* the one with the lowest rule first */
	struct rule_finder finders[FINDERS_MAX];
	unsigned far_count, far_fact_count;
	struct far_set far[FAR_MAX];       /* of header matches */
	struct far_set far_facts[FAR_MAX]; /* of matches of facts */
	struct bloom filed_by_headers, filed_by_facts; /* keys: under most of a packet's nothing is filed */
	size_t mask;
	const struct slot *slots;
	const struct key *proofs; /* prefixes, as many as the shape has slices */
	struct homes entries;
	const uint32_t *lists; /* rule numbers, ascending, behind each list NO_RULE */
	const uint32_t *always;
};

static inline uint64_t key_fold(uint64_t key, uint64_t more)
{
	key = (key ^ more) * 0x9e3779b97f4a7c15ULL;
	return key ^ key >> 32;
}

/* A field's first bits, the others zero. */
static inline struct key key_prefix(struct key key, unsigned bits)
{
	if (bits <= 64)
		return (struct key){.high = bits ? key.high & ~0ULL << (64 - bits) : 0};
	return (struct key){.high = key.high, .low = key.low & ~0ULL << (128 - bits)};
}

static inline uint64_t slice_key(unsigned slice, struct key prefix)
{
	return key_fold(key_fold(slice + 1, prefix.high), prefix.low);
}

/* What is filed under a key while a fact is open. */
static inline uint64_t key_while_open(uint64_t key, const struct rule_finder *finder)
{
	return key_fold(key, ~finder->salt);
}

/* Keys are never zero. */
static inline uint64_t key_final(uint64_t key)
{
	return key ? key : 1;
}

/* What is filed by a number of a fact's value. */
static inline uint64_t fact_key(const struct rule_finder *finder, uint64_t number)
{
	return key_final(key_fold(finder->number_salt, number));
}

enum { FILTER_BITS = 16 };

/* A number's bit in a finder's filter. */
static inline uint32_t filter_bit(uint64_t number)
{
	return (uint32_t)number * 0x9e3779b1U >> (32 - FILTER_BITS);
}

static inline size_t key_slot(const struct rule_index *index, uint64_t key)
{
	return (size_t)(key >> 20) & index->mask;
}

/* The slot of a key; NULL: there is none. */
static inline const struct slot *find_slot(const struct rule_index *index, uint64_t key)
{
	size_t at = key_slot(index, key);

	while (index->slots[at].key && index->slots[at].key != key)
		at = (at + 1) & index->mask;
	return index->slots[at].key ? &index->slots[at] : NULL;
}

/* What an entry with so long a text takes in its home, a multiple of what it is aligned to. */
static inline size_t entry_room(size_t len)
{
	return (offsetof(struct entry, text) + len + alignof(struct entry) - 1) & ~(alignof(struct entry) - 1);
}

/* Where in its home the entry of a key is, or where the next would be. */
static inline const uint8_t *entry_place(const uint8_t *home, uint64_t key)
{
	const uint8_t *at = home + HOME_SIGNS;
	const struct entry *entry;

	while (at + sizeof *entry <= home + HOME && (entry = (const void *)at)->key && entry->key != key)
		at += entry_room(entry->len);
	return at;
}

static inline bool is_entry_at(const uint8_t *home, const uint8_t *at)
{
	return at + sizeof(struct entry) <= home + HOME && ((const struct entry *)(const void *)at)->key;
}

/* The entry of a key; NULL: there is none. */
const struct entry *find_entry(const struct rule_index *index, uint64_t key);

/* All matches of one rule. */
enum tri rule_eval(const struct rule *rule, const struct subject *subject);

#endif
