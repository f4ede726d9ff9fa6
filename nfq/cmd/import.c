/* SPDX-License-Identifier: GPL-2.0-or-later
 * import.c - nfqroute import: rules from what somebody routes by marks with today
 */
#include "import.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "printable.h"

enum { FILE_MAX = 16 << 20 };

void import_note(struct import *import, const struct place_of *at, const char *text, const char *format, ...)
{
	struct note *note = arena_alloc(import->arena, sizeof *note);
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof why, format, args);
	va_end(args);
	printable_in_place(why); /* words of the script can hold anything */
	for (const struct note *said = import->notes; said; said = said->next) /* loops say it again and again */
		if (said->at.line == at->line && strcmp(said->at.file, at->file) == 0 && strcmp(said->why, why) == 0)
			return;
	*note = (struct note){.at = *at, .text = printable_in_place(arena_printf(import->arena, "%s", text)), .why = arena_printf(import->arena, "%s", why)};
	*import->last_note = note;
	import->last_note = &note->next;
}

/* The whole file, to be freed; NULL with errno. */
static char *read_all(FILE *in, size_t *length)
{
	char *text = malloc(FILE_MAX + 1);

	if (!text)
		return NULL;
	*length = fread(text, 1, FILE_MAX + 1, in);
	if (!ferror(in) && *length <= FILE_MAX)
		return text;
	errno = ferror(in) ? errno : EFBIG;
	free(text);
	return NULL;
}

static bool read_file(struct import *import, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *in = standard ? stdin : fopen(path, "re");
	size_t length = 0;
	char *text = in ? read_all(in, &length) : NULL;
	int error = errno;

	if (in && !standard)
		fclose(in);
	if (!text) {
		command_failed(&import_command, "%s: %s", path, strerror(error));
		return false;
	}
	arena_keep(import->arena, text, FILE_MAX + 1);
	if (arena_failed(import->arena)) { /* and text is gone */
		command_failed(&import_command, "%s: out of memory", path);
		return false;
	}
	import_text(import, standard ? "stdin" : path, text, length);
	return true;
}

static int report(const struct import *import)
{
	for (const struct note *note = import->notes; note; note = note->next)
		fprintf(stderr, "%s:%u: not turned: %s\n    %s\n", note->at.file, note->at.line, note->why, note->text);
	return import->notes ? COMMAND_FAILED : COMMAND_OK;
}

static int import_files(struct import *import, char **paths, int count)
{
	bool whole;

	for (int i = 0; i < count; i++)
		if (!read_file(import, paths[i]))
			return COMMAND_FAILED;
	if (!import->chains && !import->ip_rules)
		return command_failed(&import_command, "%s: neither marks nor ip rules in it", paths[0]);
	whole = import_print(import, stdout);
	if (arena_failed(import->arena))
		return command_failed(&import_command, "out of memory");
	if (command_flush(&import_command) != COMMAND_OK)
		return COMMAND_FAILED;
	return whole ? COMMAND_OK : report(import);
}

/* "NAME=VALUE": what the script finds in its environment. */
static bool set_variable(struct import *import, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (!equals || length != (size_t)(equals - word) || access(word, F_OK) == 0)
		return false;
	variable_set(import, &import->variables, arena_text(import->arena, word, length), equals + 1);
	return true;
}

static int run(int argc, char **argv)
{
	struct import import = {.arena = NULL};
	static const struct option options[] = {{0}};
	int option, status;

	opterr = 0;
	option = getopt_long(argc, argv, "", options, NULL);
	if (option != -1)
		return command_option(&import_command, option, argv);
	if (optind == argc || strcmp(argv[optind], "iptables") != 0)
		return command_usage(&import_command, "import what? 'iptables' it can be");
	import.arena = arena_new();
	if (!import.arena)
		return command_failed(&import_command, "out of memory");
	import.last_note = &import.notes;
	do
		optind++;
	while (optind < argc && set_variable(&import, argv[optind]));
	if (optind == argc)
		status = command_usage(&import_command, "which file? - is standard input");
	else
		status = import_files(&import, argv + optind, argc - optind);
	arena_free(import.arena);
	return status;
}

const struct command import_command = {
	.name = "import",
	.args = "iptables [NAME=VALUE]... FILE...",
	.brief = "turn a script that marks connections and routes by the mark into rules",
	.help = "FILE is a shell script with iptables, ip6tables, ipset, ip rule and ip route in it, or what\n"
		"iptables-save, ip6tables-save or ipset save print; - is standard input. Several are read as one.\n"
		"Variables that the script sets and loops over words are followed; nothing is run. NAME=VALUE\n"
		"is a variable that it gets from elsewhere, as dev=tun0 from OpenVPN.\n\n"
		"The rules go to standard output and pass nfqroute check. What could not be turned is told on\n"
		"standard error and in comments, with its place and why. A rule that would then take what one that\n"
		"could not be turned is for is a comment, too.\n\n"
		"Exit status: 0 all was turned, 1 something was not, or a file could not be read, 2 wrong usage.\n",
	.run = run,
};
