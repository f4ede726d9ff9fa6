/* SPDX-License-Identifier: GPL-2.0-or-later
 * values.c - from values as written to sealed sets
 */
#include "values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	COMMON_MAX = 32, /* bytes of a match that many rules have, with its value */
	COMMON_WORD = 5, /* of the value */
};

static void say(struct config *config, enum severity severity, struct span at, const struct value_type *type,
		const struct value_error *error)
{
	const char *lookalike = span_lookalike(at), *hint = error->hint ? error->hint : type->expects;

	diag_hint(diag_add(config->diags, severity, at, "%s", error->message), "%s", lookalike ? lookalike : hint);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Takes the blanks off both ends. */
static struct span trimmed(struct span line)
{
	while (line.length && blank(span_text(line)[line.length - 1]))
		line.length--;
	while (line.length && blank(span_text(line)[0])) {
		line.start++;
		line.length--;
	}
	return line;
}

/* Takes off "# ..." behind a blank. */
static struct span without_comment(struct span line)
{
	for (size_t i = 1; i < line.length; i++) {
		if (span_text(line)[i] == '#' && blank(span_text(line)[i - 1])) {
			line.length = i;
			break;
		}
	}
	return trimmed(line);
}

/* In lists that come from elsewhere a bad line is skipped with a warning: one odd line in a million must not keep
 * all rules out of force. In lists of our own notation it is an error like in a rule. */
static void add_line(struct config *config, const struct value_type *type, void *building, struct span line)
{
	struct value_error error = {0};

	if (type->add_line) {
		if (!type->add_line(building, span_text(line), line.length, &error))
			say(config, SEVERITY_WARNING, line, type, &error);
		return;
	}
	line = without_comment(line);
	if (!type->add(building, span_text(line), line.length, &error))
		say(config, SEVERITY_ERROR, line, type, &error);
}

static void add_lines(struct config *config, const struct value_type *type, void *building,
		      const struct source *source)
{
	size_t at = 0;

	if (!config_is_utf8(config, source))
		return;
	if (source->length >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0)
		at = 3; /* UTF-8 byte order mark */
	while (at < source->length) {
		const char *end = memchr(source->text + at, '\n', source->length - at);
		size_t length = end ? (size_t)(end - source->text) - at : source->length - at;
		struct span line = trimmed((struct span){.source = source, .start = at, .length = length});

		if (line.length && span_text(line)[0] != '#')
			add_line(config, type, building, line);
		at += length + 1;
	}
}

/* A list file; one that has been forgotten is read again. */
static const struct source *list_file(struct config *config, const struct value_node *value)
{
	const char *path = value->path;
	const struct source *source = names_find(config->lists, path, strlen(path));

	if (source && ((const struct source_node *)source)->owned)
		return source;
	source = config_read(config, path);
	if (!source) {
		ERROR(config, value->word.at, "cannot read the list %s: %s", path, strerror(errno));
		return NULL;
	}
	((struct source_node *)source)->listed = true;
	if (!names_add(config->lists, source->path, strlen(source->path), (void *)source))
		arena_fail(config->arena);
	return source;
}

static void add_literal(struct config *config, const struct value_type *type, void *building,
			const struct value_node *value)
{
	bool (*add)(void *, const char *, size_t, struct value_error *) = type->add;
	const char *text = span_text(value->word.at);
	size_t length = value->word.at.length;
	struct value_error error = {.warn = true};

	if (value->word.kind == TOKEN_STRING)
		text = token_text(config, value->word, &length);
	if (value->word.kind == TOKEN_PATTERN && type->add_pattern)
		add = type->add_pattern;
	if (!add(building, text, length, &error))
		say(config, SEVERITY_ERROR, value->word.at, type, &error);
	else if (error.message)
		say(config, SEVERITY_WARNING, value->word.at, type, &error);
}

static size_t all_said(const struct config *config)
{
	return diags_count(config->diags, SEVERITY_ERROR) + diags_count(config->diags, SEVERITY_WARNING);
}

void values_add(struct config *config, const struct value_type *type, void *building,
		const struct value_node *values)
{
	for (const struct value_node *value = values; value; value = value->next) {
		size_t said = all_said(config);
		const struct source *source;

		if (value->kind == VALUE_LITERAL)
			add_literal(config, type, building, value);
		if (value->kind != VALUE_FILE)
			continue;
		source = list_file(config, value);
		if (source)
			add_lines(config, type, building, source);
		if (source && all_said(config) == said)
			config_forget(source);
	}
}

static void build_set(struct config *config, struct ruleset *ruleset, struct set_node *set)
{
	void *building = set->type->begin(ruleset->arena);

	for (const struct value_node *value = set->values; value; value = value->next)
		if (value->kind == VALUE_SET)
			diag_hint(ERROR(config, value->word.at, "a set cannot hold another set"),
				  "name both in the rule: { @one, @other }");
	values_add(config, set->type, building, set->values);
	set->sealed = set->type->seal(building);
	set->entries = set->type->count(set->sealed);
}

void config_build_sets(struct config *config, struct ruleset *ruleset)
{
	for_each_statement(statement, config) if (statement->kind == STATEMENT_SET && statement->set->type)
		build_set(config, ruleset, statement->set);
}

/* The sealed set behind "@name"; NULL: it cannot stand here, and it has been said. */
static const void *set_reference(struct config *config, const struct keyword *keyword, struct span at)
{
	struct span name = {.source = at.source, .start = at.start + 1, .length = at.length - 1};
	struct set_node *set = config_set(config, name);

	if (!set)
		return NULL;
	set->used = true;
	if (set->type == keyword->value)
		return set->sealed;
	if (set->type)
		diag_other(ERROR(config, at, "set '%.*s' is of type %s, but '%s' wants type %s", SPAN_ARG(name),
				 set->type->name, keyword->name, keyword->value->name),
			   set->name.at, "defined here");
	return NULL;
}

static unsigned count_references(const struct value_node *values)
{
	unsigned count = 0;

	for (const struct value_node *value = values; value; value = value->next)
		count += value->kind == VALUE_SET;
	return count;
}

/* What a hundred thousand rules have in common ("tcp", "dport 443") is kept once, so that it stays in the cache. The
 * match in a few letters; 0: it is not of that kind. */
static size_t common_name(const struct match_node *node, char name[COMMON_MAX])
{
	const struct value_node *value = node->values;
	int length;

	if (!value || value->next || value->kind != VALUE_LITERAL || value->word.at.length > COMMON_WORD)
		return 0;
	length = snprintf(name, COMMON_MAX, "%s %.*s", node->keyword->name, SPAN_ARG(value->word.at));
	return length > 0 && length < COMMON_MAX ? (size_t)length : 0;
}

static size_t implied_name(const struct match_node *node, char name[COMMON_MAX])
{
	if (!node->keyword->implied || node->values)
		return common_name(node, name);
	return (size_t)snprintf(name, COMMON_MAX, "%s", node->keyword->name);
}

static bool take_common(struct config *config, const struct match_node *node, struct match *match)
{
	char name[COMMON_MAX];
	size_t length = implied_name(node, name);
	const void *const *sets = length ? names_find(config->common, name, length) : NULL;

	if (!sets)
		return false;
	match->sets = sets;
	match->set_count = 1;
	return true;
}

static void keep_common(struct config *config, const struct match_node *node, const struct match *match)
{
	char name[COMMON_MAX];
	size_t length = match->set_count == 1 ? implied_name(node, name) : 0;

	if (length && !names_add(config->common, arena_text(config->arena, name, length), length, (void *)match->sets))
		arena_fail(config->arena);
}

static void build_sets(struct config *config, struct ruleset *ruleset, const struct match_node *node,
		       struct match *match)
{
	const struct keyword *keyword = node->keyword;
	const void **sets = arena_array(ruleset->arena, count_references(node->values) + 1, sizeof *sets);
	void *building = keyword->value->begin(ruleset->arena);
	struct value_error error = {0};

	match->sets = sets;
	if (keyword->implied)
		keyword->value->add(building, keyword->implied, strlen(keyword->implied), &error);
	values_add(config, keyword->value, building, node->values);
	sets[0] = keyword->value->seal(building);
	match->set_count = keyword->value->count(sets[0]) > 0; /* all values may be references */
	for (const struct value_node *value = node->values; value; value = value->next) {
		const void *set = value->kind == VALUE_SET ? set_reference(config, keyword, value->word.at) : NULL;

		if (set)
			sets[match->set_count++] = set;
	}
}

void match_build(struct config *config, struct ruleset *ruleset, const struct match_node *node,
		 struct match *match)
{
	*match = (struct match){.keyword = node->keyword, .negate = node->negate};
	if (!node->keyword->available)
		ERROR(config, node->at, "'%s' is not available in this version", node->keyword->name);
	if (take_common(config, node, match))
		return;
	build_sets(config, ruleset, node, match);
	keep_common(config, node, match);
}
