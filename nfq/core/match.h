/* SPDX-License-Identifier: GPL-2.0-or-later
 * match.h - match keywords, and the types of the values written behind them
 *
 * A keyword is one word of the rule language ("dport") and one question about a packet and its connection. A value
 * type is one notation ("a port, a service name, a range") and one kind of set of such values. Both are const
 * tables (match/table.c): a new keyword is a file with a descriptor, a line there, its vectors and its manual entry.
 */
#ifndef NFQROUTE_MATCH_H
#define NFQROUTE_MATCH_H

#include "arena.h"
#include "facts.h"
#include "packet.h"

struct lookup;
struct name_hashes;

/* What a rule is asked about. */
struct subject {
	const struct packet *packet;
	const struct facts *facts;
	struct reader client; /* the initiator's bytes so far: stream prefix or first datagram; open until the budget ends */
	const struct name_hashes *names; /* of the facts' host; NULL: nobody has made them */
	struct lookup *lookup; /* of this packet and the ruleset that is asked, see lookup.h; NULL: none was made */
	uint64_t *cut_off;    /* counts the patterns that ran into their limit of steps; NULL: nobody wants to know */
};

/* Why a word is not a value of its type; texts are static or owned by the arena. */
struct value_error {
	const char *message; /* "port 70000 is above 65535" */
	const char *hint;    /* "a port is 0 to 65535", or NULL */
	bool warn;           /* set by who asks, who wants to be warned of what is a value, but perhaps not the one meant */
};

/* A set being read, and the set it becomes. Each value type defines what is behind the pointers. */
struct value_type {
	const char *name;    /* as in "set NAME address { ... }" */
	const char *expects; /* "an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)" */

	void *(*begin)(struct arena *arena);
	/* Adds what the len bytes at word say. false: *error says why, and the set is as before. true: a warning may
	 * stand in *error, if it was asked for. */
	bool (*add)(void *building, const char *word, size_t len, struct value_error *error);
	/* The same for /regex/flags, which comes with the slashes. NULL: the type has no patterns. */
	bool (*add_pattern)(void *building, const char *word, size_t len, struct value_error *error);
	/* The same for a line of a list file that is not empty, without the spaces around it; the type knows the
	 * notations that lists of its kind come in, comments too. NULL: a line is a word and may end in "# ...". */
	bool (*add_line)(void *building, const char *line, size_t len, struct value_error *error);
	/* The set, immutable, in the arena that begin() got. */
	const void *(*seal)(void *building); /* must be called, else what is being built is lost */
	/* Every value of b is in a (may say no where it cannot tell). NULL: never known. */
	bool (*covers)(const void *a, const void *b);
	/* Entries in the sealed set, for counts. */
	size_t (*count)(const void *set);
};

enum { KEYS_BATCH = FACTS_TEXT_MAX + 1 };

/* A value of a set that is a text; how it is meant is up to the value type. */
struct finder_value {
	const char *text;
	size_t len;
	unsigned kind;
};

/* value: what the key stands for; NULL: it is no text. */
typedef void add_finder_key(void *ctx, uint64_t key, const struct finder_value *value);

/* How rules are found by a fact that has too many possible values to try all rules: each value that a set holds has a
 * number, and so has each value by which a connection can be in a set. To belong to a finder says: while the fact is
 * open the keyword answers TRI_MORE for every set; when it is known, TRI_NO for every set that shares no number with
 * the subject. That two share a number says nothing. */
struct finder {
	/* Calls add with the number of each value in the set. false: it holds values that have none, such as patterns,
	 * or more than a few hundred. */
	bool (*set_keys)(const void *set, add_finder_key *add, void *ctx);
	/* Writes the next numbers of the subject's fact, which is known, and returns how many; 0: that was all. *at is 0
	 * at first. */
	size_t (*subject_keys)(const struct subject *subject, size_t *at, uint64_t keys[KEYS_BATCH]);
	/* The subject, whose fact is known, has this value: then the keyword answers TRI_YES for any set that holds it.
	 * NULL: only the set can tell. */
	bool (*is)(const struct subject *subject, const struct finder_value *value);
	/* Where the fact is bytes that grow (the payload), else NULL. Subjects then always have numbers, by which sets are
	 * found that say TRI_YES; and whether the others are open is for undecided() to say. Sets that are early can be told
	 * by numbers that they are not, as soon as there are some bytes. */
	bool (*early)(const void *set);
	bool (*undecided)(const struct subject *subject, bool early);
};

struct match;

struct keyword {
	const char *name;
	const struct value_type *value; /* never NULL */
	const char *implied;  /* the value of a keyword that is written alone ("tcp": "6"); NULL: a value must follow */
	const char *brief;    /* one line for help and "list keywords" */
	uint32_t needs;       /* FACT_BIT()s it reads */
	bool available;       /* false: it parses, and is reported as not available in this version */
	/* Header keywords: the field as a key; false where the packet has none, which is TRI_NO. Then eval is NULL. */
	bool (*key)(const struct subject *subject, struct key *key);
	/* All others: is the subject's value in this sealed set? */
	enum tri (*eval)(const void *set, const struct subject *subject);
	/* Has the memory fetched that eval() looks at first, for a subject whose fact is known, and its hashes if it is the
	 * host. NULL: sets are never so large. */
	void (*fetch)(const void *set, const struct subject *subject);
	/* Of keywords that read one fact: how rules are found by it. NULL: they are not. */
	const struct finder *finder;
};

/* One match of a rule: the keyword's value is in any of the sets, or with negate, in none of them. */
struct match {
	const struct keyword *keyword;
	bool negate;
	unsigned set_count;
	const void *const *sets; /* sealed sets of keyword->value */
};

enum tri match_eval(const struct match *match, const struct subject *subject);

extern const struct keyword *const keywords[];       /* NULL-terminated */
extern const struct value_type *const value_types[]; /* NULL-terminated */

/* begin, add and seal shared by the interval types (match/interval_value.c): their sealed set is a struct interval_set. */
void *interval_begin(struct arena *arena);
void interval_add(void *building, struct key first, struct key last);
const void *interval_seal(void *building);
bool interval_covers(const void *a, const void *b);
size_t interval_count(const void *set);

#endif
