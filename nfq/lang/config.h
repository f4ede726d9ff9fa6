/* SPDX-License-Identifier: GPL-2.0-or-later
 * config.h - the rules as a tree: what the files say, name by name, before anything is worked out
 *
 * The parser fills it, file after file; resolving and building read it, and config_print() writes it back. Lists
 * are linked in the order of the text. All of it lies in one arena; stretches point into the sources.
 */
#ifndef NFQROUTE_CONFIG_H
#define NFQROUTE_CONFIG_H

#include "arena.h"
#include "lexer.h"
#include "load.h"
#include "names.h"

/* A value as written. */
struct value_node {
	struct value_node *next;
	struct token word; /* a word, "string" or /pattern/; of a list file the string; of a set its @name */
	enum value_kind { VALUE_LITERAL, VALUE_SET, VALUE_FILE } kind;
	const char *path; /* of a list file, when the rule file's directory has been put before it */
};

/* "option NAME VALUE" */
struct option_node {
	struct option_node *next;
	struct token name, value;
};

/* A line of a gateway's block, values as they stand. */
struct entry_node {
	struct entry_node *next;
	const struct gateway_entry *entry; /* see gateway.h */
	struct token name;
	struct value_node *values;
};

struct gateway_node {
	struct gateway_node *next;
	struct token name;
	struct entry_node *entries;
	unsigned index;
	bool broken; /* a line could not be read: what seems missing may have been there */
	struct span mark_at, table_at, priority_at; /* where they are given; source NULL: automatic */
	bool used;
};

struct member_node {
	struct member_node *next;
	struct token name, weight; /* weight.at.length 0: none given */
};

struct group_node {
	struct group_node *next;
	struct token name;
	struct member_node *members;
	bool balanced; /* members with commas or weights */
	bool else_main, shut; /* else main, else unreachable */
	unsigned index;
	bool used;
};

struct set_node {
	struct set_node *next;
	struct token name;
	const struct value_type *type;
	struct value_node *values;
	const void *sealed; /* when it has been built */
	size_t entries;     /* in sealed */
	bool used;
};

struct match_node {
	struct match_node *next;
	const struct keyword *keyword;
	struct span at; /* from "not" to the last value */
	bool negate;
	struct value_node *values; /* none for a keyword that implies one */
};

struct rule_node {
	struct rule_node *next;
	struct span at;
	unsigned line;
	struct match_node *matches, *last;
	struct token late; /* the policy's word; length 0: none given */
	bool log;
	enum action action;
	struct token target; /* of "via" */
	const struct rule *built;
	bool whole; /* built without an error */
};

/* Statements in the order of the text, for printing. */
struct statement {
	struct statement *next;
	enum statement_kind {
		STATEMENT_OPTION,
		STATEMENT_GATEWAY,
		STATEMENT_GROUP,
		STATEMENT_SET,
		STATEMENT_RULE
	} kind;
	union {
		void *node;
		struct option_node *option;
		struct gateway_node *gateway;
		struct group_node *group;
		struct set_node *set;
		struct rule_node *rule;
	};
};

struct source_node {
	struct source source; /* first: a place's source is its node */
	struct source_node *next;
	const char *kept_path; /* a copy of the path in the ruleset's arena */
	bool listed;           /* a list file, not a rule file */
	char *owned;           /* the text, where it is of malloc() */
};

struct config {
	struct arena *arena;
	struct diags *diags;
	struct source_node *sources;
	struct statement *first, **last;
	unsigned gateway_count, group_count, rule_count;
	const struct ruleset *previous; /* in force while these are read, or NULL */
	struct names *targets;          /* gateways and groups, by name: struct statement */
	struct names *sets;             /* sets by name: struct statement */
	struct names *lists;            /* list files by path: struct source */
	struct names *common;           /* sets of one short word by type and word, see values.c */
};

struct config *config_new(struct diags *diags);
void config_free(struct config *config);

/* files.c: reads a file into the config. NULL with errno set; *text is terminated. */
const struct source *config_read(struct config *config, const char *path);
/* false: the file is in UTF-16, and it has been said. */
bool config_is_utf8(struct config *config, const struct source *source);
/* Gives back the text of a file that nothing points to: a list of a million names is as large as the set of them. */
void config_forget(const struct source *source);
/* The same from memory, which is copied. */
const struct source *config_text(struct config *config, const char *path, const char *text, size_t length);
/* The path of a list file named by a string in a rule file: relative ones start at the rule file's directory. */
char *config_list_path(struct config *config, struct token string);

/* parse.c: adds a file's statements. */
void config_parse(struct config *config, const struct source *source);

/* What a "string" says; of other words their text. Terminated, in the config's arena; *length may be NULL. */
const char *token_text(struct config *config, struct token token, size_t *length);

/* Adds a statement; a gateway, group or set that is defined already is an error. */
void config_add(struct config *config, enum statement_kind kind, void *node);

/* What a gateway or group of this name, a set of this name, is; NULL: not defined, and said with what may be
 * meant. */
const struct statement *config_target(struct config *config, struct span name);
struct set_node *config_set(struct config *config, struct span name);

/* build.c: from the tree to the ruleset in its own arena; errors go to config->diags. */
void config_build(struct config *config, struct ruleset *ruleset);
/* A place's file in the ruleset's arena, where it outlives the config. */
const char *config_kept_path(struct ruleset *ruleset, struct span at);

/* shadow.c: rules that can never be reached, or never hold. After config_build(). */
void config_find_shadowed(struct config *config);

#define ERROR(config, span, ...) diag_add((config)->diags, SEVERITY_ERROR, (span), __VA_ARGS__)
#define WARNING(config, span, ...) diag_add((config)->diags, SEVERITY_WARNING, (span), __VA_ARGS__)

/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is the name of a variable to be declared */
#define for_each_statement(s, config) for (struct statement *s = (config)->first; s; s = s->next)

static inline bool token_given(struct token token)
{
	return token.at.length > 0;
}

#endif
