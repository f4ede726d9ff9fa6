/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_words.c - a script's lines: words, quotes, variables
 *
 * What a variable, or a command in its place, stands for may not be known; then '?' is in the word, and the first of these is
 * the line's unknown.
 */
#include "import_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 256, VALUE_MAX = 4096 };

/* --- segments --- */

/* How long the separator at text is that no quote hides; 0: there is none. */
static size_t separator(const char *text, size_t left)
{
	if (left > 1 && (strncmp(text, "&&", 2) == 0 || strncmp(text, "||", 2) == 0))
		return 2;
	return *text == '\n' || *text == ';' || *text == '|' ? 1 : 0;
}

/* Where the segment at text ends; *lines: newlines within it, that is behind backslashes or in quotes. */
static size_t segment_end(const char *text, size_t left, unsigned *lines)
{
	bool comment = false, list = false; /* "NAME=(", up to its ")" */
	char quote = 0;
	size_t i;

	*lines = 0;
	for (i = 0; i < left; i++) {
		bool start = i == 0 || isspace((unsigned char)text[i - 1]);

		if (comment ? text[i] == '\n' && !list : !quote && !list && separator(text + i, left - i))
			break;
		*lines += text[i] == '\n';
		comment &= text[i] != '\n';
		if (comment)
			continue;
		if (!quote)
			list = list ? text[i] != ')' : text[i] == '(' && i && text[i - 1] == '=';
		comment = !quote && start && text[i] == '#';
		if (text[i] == '\\' && quote != '\'' && i + 1 < left)
			*lines += text[++i] == '\n';
		else if (quote ? text[i] == quote : text[i] == '"' || text[i] == '\'')
			quote = quote ? 0 : text[i];
	}
	return i;
}

void script_split(struct script *script, const char *text, size_t length)
{
	unsigned line = 1, lines;
	size_t at = 0, room = 1;

	for (size_t i = 0; i < length; i++)
		room += separator(text + i, length - i) > 0;
	script->segments = arena_array(script->import->arena, room + 1, sizeof *script->segments);
	while (at < length && script->count <= room) {
		size_t end = segment_end(text + at, length - at, &lines), skip;

		script->segments[script->count++] = (struct segment){.at = text + at, .length = end, .line = line};
		line += lines;
		at += end;
		skip = at < length ? separator(text + at, length - at) : 0;
		line += skip && text[at] == '\n';
		at += skip ? skip : 1;
	}
}

/* --- words --- */

struct reading {
	struct import *import;
	const char *at, *end;
	struct command_line line;
	char word[VALUE_MAX];
	size_t used;
	bool any; /* the word has begun, though it may be empty */
};

static void put(struct reading *r, char c)
{
	if (r->used + 1 < sizeof r->word)
		r->word[r->used++] = c;
	r->any = true;
}

/* "%i" of wg-quick(8): the device, by which its file is named. */
static const char *with_device(struct reading *r, const char *word)
{
	const char *sign = strstr(word, "%i"), *file = strrchr(r->line.at.file, '/'), *dot;

	file = file ? file + 1 : r->line.at.file;
	dot = strrchr(file, '.');
	if (!sign || !dot || strcmp(dot, ".conf") != 0)
		return word;
	return arena_printf(r->import->arena, "%.*s%.*s%s", (int)(sign - word), word, (int)(dot - file), file,
			    sign + 2);
}

static void end_word(struct reading *r)
{
	if (r->any && r->line.count < WORDS_MAX)
		r->line.words[r->line.count++] = with_device(r, arena_text(r->import->arena, r->word, r->used));
	r->used = 0;
	r->any = false;
}

static void unknown(struct reading *r, const char *from, size_t length)
{
	if (!r->line.unknown)
		r->line.unknown = arena_text(r->import->arena, from, length);
	put(r, '?');
}

static void put_value(struct reading *r, const char *value, bool quoted)
{
	for (; *value; value++) {
		if (!quoted && isspace((unsigned char)*value))
			end_word(r);
		else
			put(r, *value);
	}
}

/* From the '$' on. "${NAME:-default}" has its default where NAME is not known. */
static void expand(struct reading *r, bool quoted)
{
	const char *from = r->at++, *name, *rest;
	bool braces = r->at < r->end && *r->at == '{';
	const struct variable *v;
	size_t length;

	r->at += braces;
	name = r->at;
	while (r->at < r->end && (isalnum((unsigned char)*r->at) || *r->at == '_'))
		r->at++;
	length = (size_t)(r->at - name);
	rest = r->at;
	while (braces && r->at < r->end && *r->at++ != '}')
		;
	v = length && !isdigit((unsigned char)*name)
		    ? variable_find(r->import->variables, arena_text(r->import->arena, name, length))
		    : NULL;
	if (v && v->value && (!braces || *rest == '}' || *rest == ':')) {
		put_value(r, v->value, quoted);
	} else if (v && v->value && rest + 3 < r->end && *rest == '[' && (rest[1] == '@' || rest[1] == '*')) {
		put_value(r, v->value, false);
	} else if (braces && !v && rest + 2 < r->at && *rest == ':' && (rest[1] == '-' || rest[1] == '=')) {
		put_value(r, arena_text(r->import->arena, rest + 2, (size_t)(r->at - rest) - 3), quoted);
	} else {
		if (r->at < r->end && !length && !braces)
			r->at++;
		unknown(r, from, (size_t)(r->at - from));
	}
}

static void skip_command(struct reading *r)
{
	const char *from = r->at;
	char close = *r->at == '`' ? '`' : ')';

	for (r->at++; r->at < r->end && *r->at != close;)
		r->at++;
	r->at += r->at < r->end;
	unknown(r, from, (size_t)(r->at - from));
}

static void read_one(struct reading *r, char *quote)
{
	char c = *r->at;

	if (*quote ? c == *quote : c == '"' || c == '\'') {
		*quote = *quote ? 0 : c;
		r->any = true;
		r->at++;
	} else if (c == '\\' && *quote != '\'' && r->at + 1 < r->end) {
		if (r->at[1] != '\n')
			put(r, r->at[1]);
		r->at += 2;
	} else if (*quote != '\'' && (c == '`' || (c == '$' && r->at + 1 < r->end && r->at[1] == '('))) {
		skip_command(r);
	} else if (c == '$' && *quote != '\'') {
		expand(r, *quote);
	} else if (!*quote && isspace((unsigned char)c)) {
		end_word(r);
		r->at++;
	} else {
		put(r, c);
		r->at++;
	}
}

static const char *written(struct import *import, const struct segment *s)
{
	char *text = arena_text(import->arena, s->at, s->length), *to = text;

	for (const char *from = text; *from; from++)
		if (!isspace((unsigned char)*from) && !(*from == '\\' && from[1] == '\n'))
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	while (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
	return text;
}

struct command_line script_words(struct script *script, const struct segment *s)
{
	struct reading *r = calloc(1, sizeof *r);
	struct command_line line = {.count = 0};
	char quote = 0;

	if (!r) {
		arena_fail(script->import->arena);
		return line;
	}
	r->import = script->import;
	r->at = s->at;
	r->end = s->at + s->length;
	r->line.words = arena_array(script->import->arena, WORDS_MAX + 1, sizeof *r->line.words);
	r->line.at = (struct place_of){.file = script->file, .line = s->line};
	while (r->at < r->end && !(*r->at == '#' && !quote && !r->any))
		read_one(r, &quote);
	end_word(r);
	line = r->line;
	line.text = written(script->import, s);
	free(r);
	return line;
}
