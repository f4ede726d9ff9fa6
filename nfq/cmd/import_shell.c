/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_shell.c - a script's lines: words, variables, loops over words
 *
 * Not a shell: assignments, "for NAME in WORDS", and commands one after the other, whatever they hang on. That is what
 * such scripts are made of. A command whose variable cannot be known is told as not turned.
 */
#include "import.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 256, LOOPS_MAX = 8, VALUE_MAX = 4096 };

/* A command as written: from after one separator to the next. */
struct segment {
	const char *at;
	size_t length;
	unsigned line;
};

struct script {
	struct import *import;
	const char *file;
	struct segment *segments;
	size_t count;
	unsigned loops;
};

struct variable *variable_find(struct variable *list, const char *name)
{
	while (list && strcmp(list->name, name) != 0)
		list = list->next;
	return list;
}

void variable_set(struct import *import, struct variable **list, const char *name, const char *value)
{
	struct variable *v = variable_find(*list, name);

	if (!v) {
		v = arena_alloc(import->arena, sizeof *v);
		v->name = name;
		v->next = *list;
		*list = v;
	}
	v->value = value;
}

/* --- segments ----------------------------------------------------------------------------------------------------- */

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
	bool comment = false;
	char quote = 0;
	size_t i;

	*lines = 0;
	for (i = 0; i < left; i++) {
		bool start = i == 0 || isspace((unsigned char)text[i - 1]);

		if (comment ? text[i] == '\n' : !quote && separator(text + i, left - i))
			break;
		*lines += text[i] == '\n';
		if (comment)
			continue;
		comment = !quote && start && text[i] == '#';
		if (text[i] == '\\' && quote != '\'' && i + 1 < left)
			*lines += text[++i] == '\n';
		else if (quote ? text[i] == quote : text[i] == '"' || text[i] == '\'')
			quote = quote ? 0 : text[i];
	}
	return i;
}

static void split(struct script *script, const char *text, size_t length)
{
	unsigned line = 1, lines;
	size_t at = 0, room = 1;

	for (size_t i = 0; i < length; i++)
		room += separator(text + i, length - i) > 0;
	script->segments = arena_array(script->import->arena, room + 1, sizeof *script->segments);
	while (at < length && script->count <= room) {
		size_t end = segment_end(text + at, length - at, &lines), skip;

		script->segments[script->count++] = (struct segment){text + at, end, line};
		line += lines;
		at += end;
		skip = at < length ? separator(text + at, length - at) : 0;
		line += skip && text[at] == '\n';
		at += skip ? skip : 1;
	}
}

/* --- words -------------------------------------------------------------------------------------------------------- */

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

static void end_word(struct reading *r)
{
	if (r->any && r->line.count < WORDS_MAX)
		r->line.words[r->line.count++] = arena_text(r->import->arena, r->word, r->used);
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

static struct command_line words_of(struct script *script, const struct segment *s)
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
	r->line.at = (struct place_of){script->file, s->line};
	while (r->at < r->end && !(*r->at == '#' && !quote && !r->any))
		read_one(r, &quote);
	end_word(r);
	line = r->line;
	line.text = written(script->import, s);
	free(r);
	return line;
}

/* --- commands ------------------------------------------------------------------------------------------------------ */

static bool is_one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(word, *words) != 0)
		words++;
	return *words;
}

static void drop_words(struct command_line *line, unsigned first, unsigned count)
{
	memmove(line->words + first, line->words + first + count, (line->count - first - count) * sizeof *line->words);
	line->count -= count;
}

/* "start)" of a case. */
static bool ends_pattern(const char *word)
{
	return *word && word[strlen(word) - 1] == ')';
}

/* What stands before a command, and redirections. */
static void strip(struct command_line *line)
{
	static const char *const before[] = {"if", "then", "elif", "else", "do", "while", "until", "!", "{", "(", "sudo",
					     "exec", "command", "export", "local", "readonly", "declare", NULL};

	while (line->count && (is_one_of(line->words[0], before) || (line->count > 1 && ends_pattern(line->words[0]))))
		drop_words(line, 0, 1);
	for (unsigned i = 0; i < line->count;) {
		const char *word = line->words[i] + strspn(line->words[i], "0123456789&");

		if (*word != '>' && *word != '<')
			i++;
		else
			drop_words(line, i, word[strspn(word, "<>&")] || i + 1 == line->count ? 1 : 2);
	}
}

/* "NAME=VALUE": how long NAME is, 0: it is none. */
static size_t assigned(const char *word)
{
	size_t length = 0;

	while (isalnum((unsigned char)word[length]) || word[length] == '_')
		length++;
	return word[length] == '=' && !isdigit((unsigned char)*word) ? length : 0;
}

static void assign(struct import *import, const struct command_line *line, const char *word)
{
	size_t length = assigned(word);

	variable_set(import, &import->variables, arena_text(import->arena, word, length),
		     line->unknown ? NULL : word + length + 1);
}

/* A line of iptables-save that tells where the next ones belong. true: it was one. */
static bool saved_frame(struct import *import, const struct command_line *line)
{
	const char *word = line->words[0];

	if (*word == '*' && line->count == 1)
		import->saved_table = word + 1;
	return *word == '*' || *word == ':' || strcmp(word, "COMMIT") == 0;
}

static void command(struct import *import, struct command_line *line)
{
	const char *name;

	while (line->count && assigned(line->words[0])) {
		if (line->count == 1)
			assign(import, line, line->words[0]);
		drop_words(line, 0, 1);
	}
	if (line->count && line->words[0][0] == '[' && strchr(line->words[0], ':') && line->count > 1)
		drop_words(line, 0, 1); /* counters of iptables-save -c */
	if (!line->count || saved_frame(import, line))
		return;
	name = strrchr(line->words[0], '/');
	name = name ? name + 1 : line->words[0];
	if (strcmp(name, "-A") == 0 || strcmp(name, "-I") == 0)
		import_iptables(import, line, import->saved_family);
	else if (strncmp(name, "iptables", 8) == 0 && !strstr(name, "-restore") && !strstr(name, "-save"))
		import_iptables(import, line, FAMILY_IPV4);
	else if (strncmp(name, "ip6tables", 9) == 0 && !strstr(name, "-restore") && !strstr(name, "-save"))
		import_iptables(import, line, FAMILY_IPV6);
	else if (strcmp(name, "ip") == 0)
		import_ip(import, line);
	else if (strcmp(name, "ipset") == 0)
		import_ipset(import, line, 1);
	else if (strcmp(name, "create") == 0 || strcmp(name, "add") == 0)
		import_ipset(import, line, 0); /* ipset save */
	else if (strcmp(name, "echo") == 0)
		import_echo(import, line);
	else if (strcmp(name, "nft") == 0)
		import_note(import, &line->at, line->text, "nft's own rules are not read");
}

/* The segment behind the "done" of a loop whose body begins at first. */
static size_t loop_end(struct script *script, size_t first, size_t behind)
{
	static const char *const loops[] = {"for", "while", "until", "select", NULL};
	unsigned depth = 1;

	for (size_t i = first; i < behind; i++) {
		struct command_line line = words_of(script, &script->segments[i]);
		unsigned at = line.count > 1 && strcmp(line.words[0], "do") == 0;

		if (line.count > at && is_one_of(line.words[at], loops))
			depth++;
		if (line.count > at && strcmp(line.words[at], "done") == 0 && --depth == 0)
			return i;
	}
	return behind;
}

static void run(struct script *script, size_t first, size_t behind);

/* Runs the body once for each word; returns where it ends. */
static size_t run_loop(struct script *script, const struct command_line *line, size_t first, size_t behind)
{
	size_t end = loop_end(script, first, behind);
	struct import *import = script->import;

	if (script->loops == LOOPS_MAX)
		return end;
	script->loops++;
	if (line->unknown) {
		variable_set(import, &import->variables, line->words[1], NULL);
		run(script, first, end);
	}
	for (unsigned i = 3; !line->unknown && i < line->count; i++) {
		variable_set(import, &import->variables, line->words[1], line->words[i]);
		run(script, first, end);
	}
	script->loops--;
	return end;
}

static void run(struct script *script, size_t first, size_t behind)
{
	for (size_t i = first; i < behind && !arena_failed(script->import->arena); i++) {
		struct command_line line = words_of(script, &script->segments[i]);

		strip(&line);
		if (line.count > 2 && strcmp(line.words[0], "for") == 0 && strcmp(line.words[2], "in") == 0)
			i = run_loop(script, &line, i + 1, behind);
		else
			command(script->import, &line);
	}
}

void import_text(struct import *import, const char *file, const char *text, size_t length)
{
	struct script script = {.import = import, .file = file};

	import->saved_table = "filter";
	import->saved_family = memmem(text, length, "ip6tables-save", 14) ? FAMILY_IPV6 : FAMILY_IPV4;
	split(&script, text, length);
	run(&script, 0, script.count);
}
