/* SPDX-License-Identifier: GPL-2.0-or-later
 * import.h - from scripts that mark connections with iptables and route by the mark to rules; private to
 * nfq/cmd/import*.c
 *
 *   import.c           the command
 *   import_shell.c     a script's commands: assignments, branches, loops over words
 *   import_words.c     its lines: words, quotes, variables
 *   import_iptables.c  iptables, ip6tables, iptables-save: rules and the chains they stand in
 *   import_options.c   the options of such a rule
 *   import_values.c    their values in our words
 *   import_ipset.c     ipset
 *   import_ip.c        ip rule, ip route, rt_tables
 *   import_match.c     matches in our words
 *   import_chains.c    chains, in which the last mark holds, as rules, of which the first does
 *   import_gateways.c  tables as gateways
 *   import_rules.c     which chain's rules hold for what, and the kernel's own
 *   import_print.c     all of it as text that nfqroute check takes
 *
 * Everything lives in one arena. Whatever is not understood becomes a note with its place; nothing is guessed.
 */
#ifndef NFQROUTE_IMPORT_H
#define NFQROUTE_IMPORT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "ruleset.h"

struct place_of {
	const char *file;
	unsigned line;
	unsigned construct,
		branch; /* the outermost if or case around it, and the branch, each from 1; before the first: 0 */
};

/* One command of a script, its variables replaced. unknown: one that could not be, or NULL. */
struct command_line {
	struct place_of at;
	const char *text; /* as written */
	unsigned count;
	const char **words;
	const char *unknown;
};

static inline bool is_word(const char *word, const char *text)
{
	return word && strcmp(word, text) == 0;
}

struct note {
	struct note *next;
	struct place_of at;
	const char *text, *why;
};

/* What a rule of a chain does with the packets it matches. Nothing: it keeps its place for those that are inserted. */
enum entry_kind { ENTRY_NOTHING, ENTRY_MARK, ENTRY_ACCEPT, ENTRY_RETURN, ENTRY_DROP, ENTRY_JUMP };

struct entry {
	struct entry *next;
	struct place_of at;
	const char *text;
	const char *match;     /* in our words, "": any */
	bool unmarked, marked; /* only packets without, with a mark so far */
	bool lost;             /* it could not be turned: match is less than it asks for */
	enum entry_kind kind;
	uint32_t mark;
	const char *jump;
};

struct chain {
	struct chain *next;
	enum family family;
	const char *name;
	struct entry *first;
	bool lost; /* a rule of it could not be turned */
};

struct ip_rule {
	struct ip_rule *next;
	struct place_of at;
	const char *text;
	enum family family;
	uint32_t priority;
	bool has_mark, has_priority;
	bool lost;    /* it could not be turned: match is less than it asks for; it has no mark then */
	bool written; /* its line, though as a comment */
	uint32_t mark;
	const char *match; /* besides the mark */
	const char *table; /* NULL: verdict */
	const char *verdict;
};

struct route {
	struct route *next;
	struct place_of at;
	enum family family;
	const char *table, *hop, *device; /* NULL: none */
	uint32_t metric;
	bool onlink;
};

struct named_set {
	struct named_set *next;
	const char *name;
	bool addresses, used;
	FILE *out; /* "a, b, c" */
	char *text;
	size_t size;
};

struct variable {
	struct variable *next;
	const char *name, *value; /* value NULL: not known */
	bool hangs;               /* on the branch that is run */
};

struct import {
	struct arena *arena;
	struct note *notes, **last_note;
	struct chain *chains;
	struct ip_rule *ip_rules;
	struct route *routes;
	struct named_set *sets;
	struct variable *variables, *masquerading, *tables; /* devices; name and number */
	const char *saved_table;                            /* of iptables-save, at the line at hand */
	enum family saved_family;
	unsigned questions; /* that import_excludes() was asked */
};

/* Where something could not be turned, and why. */
void import_note(struct import *import, const struct place_of *at, const char *text, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Reads text, length bytes, of this file. */
void import_text(struct import *import, const char *file, const char *text, size_t length);

/* Each takes the commands that are its own. */
void import_iptables(struct import *import, const struct command_line *line, enum family family);
/* ":NAME" of iptables-save: the chain is there. */
void import_saved_chain(struct import *import, const char *name);
void import_ipset(struct import *import, const struct command_line *line, unsigned at);
void import_ip(struct import *import, const struct command_line *line);
void import_echo(struct import *import, const struct command_line *line);

/* A table that the kernel asks by itself; one of them is the main table. NULL is none. */
bool is_system_table(const char *table);
bool is_main_table(const char *table);

struct variable *variable_find(struct variable *list, const char *name);
void variable_set(struct import *import, struct variable **list, const char *name, const char *value);

/* Two matches that must both hold. */
const char *match_both(struct import *import, const char *one, const char *other);
/* What nfqroute check says against a rule with this match; NULL: nothing. */
const char *import_fault(struct import *import, const char *match);
/* It is that no packet can have it. */
bool import_is_never(const char *fault);
/* No packet can have both. false as well where that is not known. */
bool import_excludes(struct import *import, const char *one, const char *other);

/* What is left of a match when values are not known: '?' stands in them. */
const char *match_known(struct import *import, const char *match);

/* One rule of ours. */
struct item {
	struct item *next;
	struct place_of at;
	const char *text, *match;
	enum { ITEM_MARK, ITEM_MAIN, ITEM_DROP } kind;
	uint32_t mark;
	bool lost;                 /* it could not be turned, which has been told */
	bool idle;                 /* no packet was ever its: it names a user that is not there, say */
	unsigned number;           /* in the script's order */
	const struct item *ends;   /* of the same chain: what ended it and is lost; of the first item only */
	const struct item *behind; /* one that is lost and may have taken some of its packets; NULL: none */
};

/* The rules that say the same as a built-in chain of the mangle table, the first that matches first. */
struct item *import_chain(struct import *import, enum family family, const char *name);
/* Finds which of them stand behind one that is lost and would take its packets. */
void import_doubts(struct import *import, struct item *items);
/* The sets, each as a line. */
void import_print_sets(const struct import *import, FILE *out);

/* Writes what has been read as rules that pass nfqroute check. false: something could not be turned. */
bool import_print(struct import *import, FILE *out);

#endif
