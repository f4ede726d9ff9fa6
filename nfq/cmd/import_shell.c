/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_shell.c - a script's commands: assignments, branches, loops over words
 *
 * Not a shell: assignments, "for NAME in WORDS", and commands one after the other, whatever they hang on. That is what
 * such scripts are made of. A command whose variable cannot be known is told as not turned.
 */
#include "import_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LOOPS_MAX = 8 };

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

/* --- what stands before a command --- */

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

/* Commands in the files of others: interfaces(5), wg-quick(8), systemd.service(5). Those of their ends undo the others. */
static void strip_key(struct command_line *line)
{
	static const char *const begin[] = {"up",           "pre-up",    "post-up",       "PreUp", "PostUp",
					    "ExecStartPre", "ExecStart", "ExecStartPost", NULL};
	static const char *const end[] = {"down",     "pre-down", "post-down",    "PreDown",
					  "PostDown", "ExecStop", "ExecStopPost", NULL};
	const char *word = line->words[0], *equals = strchr(word, '=');
	char key[16];

	snprintf(key, sizeof key, "%.*s", equals ? (int)(equals - word) : 15, word);
	if (is_one_of(key, end))
		line->count = 0;
	if (!line->count || !is_one_of(key, begin))
		return;
	if (equals)
		line->words[0] = equals + 1;
	else
		drop_words(line, 0, line->count > 1 && strcmp(line->words[1], "=") == 0 ? 2 : 1);
	if (line->count)
		line->words[0] += strspn(line->words[0], "-@:+!"); /* as systemd has them */
	if (line->count && !*line->words[0])
		drop_words(line, 0, 1);
}

static void strip_redirections(struct command_line *line)
{
	for (unsigned i = 0; i < line->count;) {
		const char *word = line->words[i] + strspn(line->words[i], "0123456789&");

		if (*word != '>' && *word != '<')
			i++;
		else
			drop_words(line, i, word[strspn(word, "<>&")] || i + 1 == line->count ? 1 : 2);
	}
}

/* An if or a case begins (1), another branch of it (0), it ends (-1). */
static void branch(struct script *script, int change)
{
	script->constructs += change > 0 && !script->depth;
	script->depth += change > 0;
	script->branches++;
	if (change >= 0 || !script->depth || --script->depth)
		return;
	for (struct variable *v = script->import->variables; v; v = v->next) {
		if (v->hangs)
			v->value = NULL;
		v->hangs = false;
	}
}

/* Keeps count of branches meanwhile. */
static void strip(struct script *script, struct command_line *line)
{
	static const char *const before[] = {"if",    "then",     "elif",    "else", "do",   "while",   "until",
					     "!",     "{",        "(",       "sudo", "exec", "command", "export",
					     "local", "readonly", "declare", "time", NULL};

	while (line->count) {
		const char *word = line->words[0];
		bool pattern = line->count > 1 && ends_pattern(word);

		if (strcmp(word, "if") == 0 || strcmp(word, "case") == 0)
			branch(script, 1);
		else if (strcmp(word, "elif") == 0 || strcmp(word, "else") == 0 || ends_pattern(word))
			branch(script, 0);
		if (!pattern && !is_one_of(word, before))
			break;
		drop_words(line, 0, 1);
	}
	line->at.construct = script->constructs;
	line->at.branch = script->branches;
	if (line->count)
		strip_key(line);
	strip_redirections(line);
}

/* --- assignments --- */

/* "NAME=VALUE": how long NAME is, 0: it is none. */
static size_t assigned(const char *word)
{
	size_t length = 0;

	while (isalnum((unsigned char)word[length]) || word[length] == '_')
		length++;
	return word[length] == '=' && !isdigit((unsigned char)*word) ? length : 0;
}

/* Which branch of an if is run is not known: behind it neither is a variable that two of them set, or one anew. */
static void set(struct script *script, const char *name, const char *value)
{
	struct variable *v = variable_find(script->import->variables, name);

	if (v && script->depth && (!v->value || !value || strcmp(v->value, value) != 0))
		v->hangs = true;
	variable_set(script->import, &script->import->variables, name, value);
}

static void assign(struct script *script, const struct command_line *line, const char *word)
{
	size_t length = assigned(word);

	set(script, arena_text(script->import->arena, word, length),
	    strchr(word, '?') && line->unknown ? NULL : word + length + 1);
}

/* "NAME=(a b c)" */
static void assign_list(struct script *script, const struct command_line *line)
{
	size_t length = assigned(line->words[0]);
	const char *list = line->words[0] + length + 2;

	for (unsigned i = 1; i < line->count; i++)
		list = arena_printf(script->import->arena, "%s %s", list, line->words[i]);
	list = arena_text(script->import->arena, list, strcspn(list, ")"));
	set(script, arena_text(script->import->arena, line->words[0], length), line->unknown ? NULL : list);
}

/* The words before the command. */
static void take_assignments(struct script *script, struct command_line *line)
{
	unsigned count = 0;

	if (line->count && assigned(line->words[0]) && line->words[0][assigned(line->words[0]) + 1] == '(') {
		assign_list(script, line);
		line->count = 0;
	}
	while (count < line->count && assigned(line->words[count]))
		count++;
	for (unsigned i = 0; i < count && count == line->count; i++)
		assign(script, line, line->words[i]);
	drop_words(line, 0, count);
}

static void forget_words(struct script *script, const struct command_line *line)
{
	for (unsigned i = 1; i < line->count; i++)
		set(script, line->words[i], NULL);
}

/* --- commands --- */

/* A line of iptables-save that tells where the next ones belong. true: it was one. */
static bool saved_frame(struct import *import, const struct command_line *line)
{
	const char *word = line->words[0];

	if (*word == '*' && line->count == 1)
		import->saved_table = word + 1;
	if (*word == ':' && word[1])
		import_saved_chain(import, word + 1);
	return *word == '*' || *word == ':' || strcmp(word, "COMMIT") == 0;
}

/* A function of the script's own, a program that is to run what follows, ...: what it does is not known, but that it is about paths.
 * A rule of a chain keeps its place. */
static void take_stranger(struct import *import, struct command_line *line, const char *name)
{
	static const char *const speakers[] = {"echo", "printf", "logger", "grep",  "egrep", "awk",    "sed",
					       "[",    "[[",     "test",   "which", "tc",    "return", NULL};
	static const char *const signs[] = {"mangle", "--set-mark", "--set-xmark", "fwmark", NULL};
	const char *sign = NULL;

	for (unsigned i = 1; i < line->count && !sign && !is_one_of(name, speakers); i++)
		sign = is_one_of(line->words[i], signs) ? line->words[i] : NULL;
	if (!sign)
		return;
	line->unknown = line->unknown ? line->unknown : line->words[0];
	if (strcmp(sign, "fwmark") == 0)
		import_note(import, &line->at, line->text, "what %s stands for is not known here", line->unknown);
	else
		import_iptables(import, line, FAMILY_IPV4);
}

static bool is_iptables(const char *name, const char *program)
{
	return strncmp(name, program, strlen(program)) == 0 && !strstr(name, "-save");
}

/* What is piped to it, or written behind it, is read as it comes. */
static void take_restore(struct import *import, const struct command_line *line)
{
	const char *from = strchr(line->text, '<');

	if (from && from[1] != '<')
		import_note(import, &line->at, line->text, "the file is not read by itself: name it behind this one");
}

static void command(struct script *script, struct command_line *line)
{
	struct import *import = script->import;
	const char *name;

	take_assignments(script, line);
	if (line->count && line->words[0][0] == '[' && strchr(line->words[0], ':') && line->count > 1)
		drop_words(line, 0, 1); /* counters of iptables-save -c */
	if (!line->count || saved_frame(import, line))
		return;
	name = strrchr(line->words[0], '/');
	name = name ? name + 1 : line->words[0];
	if (strcmp(name, "fi") == 0 || strcmp(name, "esac") == 0)
		branch(script, -1);
	else if (strcmp(name, "read") == 0)
		forget_words(script, line);
	else if (strcmp(name, "-A") == 0 || strcmp(name, "-I") == 0)
		import_iptables(import, line, import->saved_family);
	else if (strstr(name, "tables-restore") || strstr(name, "tables-legacy-restore") ||
		 strstr(name, "tables-nft-restore"))
		take_restore(import, line);
	else if (is_iptables(name, "iptables"))
		import_iptables(import, line, FAMILY_IPV4);
	else if (is_iptables(name, "ip6tables"))
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
	else
		take_stranger(import, line, name);
}

/* The segment behind the "done" of a loop whose body begins at first. */
static size_t loop_end(struct script *script, size_t first, size_t behind)
{
	static const char *const loops[] = {"for", "while", "until", "select", NULL};
	unsigned depth = 1;

	for (size_t i = first; i < behind; i++) {
		struct command_line line = script_words(script, &script->segments[i]);
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
		set(script, line->words[1], NULL);
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
		struct command_line line = script_words(script, &script->segments[i]);

		strip(script, &line);
		if (line.count > 2 && strcmp(line.words[0], "for") == 0 && strcmp(line.words[2], "in") == 0)
			i = run_loop(script, &line, i + 1, behind);
		else
			command(script, &line);
	}
}

void import_text(struct import *import, const char *file, const char *text, size_t length)
{
	struct script script = {.import = import, .file = file};

	import->saved_table = "filter";
	import->saved_family = memmem(text, length, "ip6tables-save", 14) ? FAMILY_IPV6 : FAMILY_IPV4;
	script_split(&script, text, length);
	run(&script, 0, script.count);
}
