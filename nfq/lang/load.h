/* SPDX-License-Identifier: GPL-2.0-or-later
 * load.h - from rule files to a ruleset
 *
 * parse (words to a tree, per file) -> resolve (names, marks, tables, over all files) -> check (shadowed rules)
 * -> build (the immutable ruleset). Every step goes on after an error, so one run reports all errors of all files.
 */
#ifndef NFQROUTE_LOAD_H
#define NFQROUTE_LOAD_H

#include "diag.h"
#include "ruleset.h"

struct config; /* the tree with its sources; the diagnostics' spans point into it */

struct loaded {
	struct config *config;   /* never NULL; free with loaded_free() */
	struct diags *diags;     /* never NULL */
	struct ruleset *ruleset; /* NULL if there was an error; else owned by the caller */
};

/* Reads path: a directory (its *.rules in C-locale name order) or one file. previous: the rules in force, NULL if
 * there are none; connections carry the marks of their gateways, so a gateway of the same name keeps the mark and
 * the table that were chosen for it, and those of one that goes are given to no other as long as there are enough.
 */
struct loaded load_rules(const char *path, const struct ruleset *previous);
/* The same from memory, under a name, for tests and fuzzing. */
struct loaded load_text(const char *name, const char *text, size_t length);
/* Frees config and diags; the ruleset lives on. */
void loaded_free(struct loaded *loaded);

/* Prints the rules in a canonical form that load_text() reads to the same rules. */
void config_print(const struct config *config, FILE *out);

/* One line for people: how many files, gateways, groups, sets, entries in them, and rules there are. */
void config_summary(const struct config *config, FILE *out);

#endif
