/* SPDX-License-Identifier: GPL-2.0-or-later
 * command.c - what all subcommands share: messages, help, exit codes
 */
#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUEUE_MAX = 65535, QUEUES_MAX = 64 };

__attribute__((format(printf, 2, 0)))
static void message(const struct command *command, const char *format, va_list args)
{
	fprintf(stderr, "nfqroute %s: ", command->name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int command_usage(const struct command *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(command, format, args);
	va_end(args);
	fprintf(stderr, "Try 'nfqroute help %s'.\n", command->name);
	return COMMAND_USAGE;
}

int command_failed(const struct command *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(command, format, args);
	va_end(args);
	return COMMAND_FAILED;
}

int command_option(const struct command *command, int option, char **argv)
{
	const char *word = argv[optind - 1], letter[] = {'-', (char)optopt, '\0'};
	bool is_long = strncmp(word, "--", 2) == 0 && (option == ':' || !optopt || strchr(word, '='));

	/* where letters share a word, optind may not be behind it yet */
	if (optopt > 0 && optopt <= UCHAR_MAX && !is_long)
		word = letter;
	return command_usage(command, option == ':' ? "'%s' needs a value" : "unknown option '%s'", word);
}

bool command_queues(const char *text, unsigned *first, unsigned *last)
{
	unsigned long from, to;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	from = to = strtoul(text, &end, 10);
	if (*end == ':' && isdigit((unsigned char)end[1]))
		to = strtoul(end + 1, &end, 10);
	if (errno || *end || to > QUEUE_MAX || from > to || to - from >= QUEUES_MAX)
		return false;
	*first = (unsigned)from;
	*last = (unsigned)to;
	return true;
}

void command_help(const struct command *command, FILE *out)
{
	const char *gap = *command->args ? " " : "";

	fprintf(out, "Usage: nfqroute %s%s%s\n\n%s.\n", command->name, gap, command->args, command->brief);
	if (*command->help)
		fprintf(out, "\n%s", command->help);
}

bool command_colour(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(fileno(out)) && !(no && *no) && !(terminal && strcmp(terminal, "dumb") == 0);
}

void *command_memory(void *allocated)
{
	if (allocated)
		return allocated;
	fputs("nfqroute: out of memory\n", stderr);
	exit(COMMAND_FAILED);
}

static void *allocate(size_t size)
{
	return command_memory(malloc(size));
}

void command_json_whole(void)
{
	json_set_alloc_funcs(allocate, free);
}

int command_flush(const struct command *command)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return COMMAND_OK;
	return command_failed(command, "cannot write: %s", strerror(errno));
}
