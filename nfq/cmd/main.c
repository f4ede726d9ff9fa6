/* SPDX-License-Identifier: GPL-2.0-or-later
 * main.c - the table of commands, and which of them is meant
 */
#include <stddef.h>
#include <string.h>

#include "command.h"
#include "suggest.h"

static int help(int argc, char **argv);
static int version(int argc, char **argv);

static const struct command help_command = {
	.name = "help",
	.args = "[COMMAND]",
	.brief = "say more about a command",
	.help = "",
	.run = help,
};

static const struct command version_command = {
	.name = "version",
	.args = "",
	.brief = "print the version",
	.help = "",
	.run = version,
};

/* Dispatch and help both. */
/* clang-format off: a command a line */
static const struct command *const commands[] = {
	&check_command,
	&doctor_command,
	&explain_command,
	&flows_command,
	&flush_command,
	&hooks_command,
	&import_command,
	&learned_command,
	&list_command,
	&pause_command,
	&release_command,
	&reload_command,
	&resume_command,
	&run_command,
	&status_command,
	&top_command,
	&watch_command,
	&why_command,
	&help_command,
	&version_command,
	NULL,
};
/* clang-format on */

/* First arguments that are another way to write a command. Any other option is one of the daemon's. */
static const struct {
	const char *option, *command;
} synonyms[] = {
	{"--help", "help"},
	{"-h", "help"},
	{"--version", "version"},
	{"-V", "version"},
};

static const struct command *find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown(const char *word)
{
	struct suggest near = suggest_for(word, strlen(word));

	for (size_t i = 0; commands[i]; i++)
		suggest_offer(&near, commands[i]->name);
	fprintf(stderr, "nfqroute: there is no command '%s'", word);
	if (near.best)
		fprintf(stderr, "; did you mean '%s'?", near.best);
	fputs("\nTry 'nfqroute help'.\n", stderr);
	return COMMAND_USAGE;
}

static void overview(FILE *out)
{
	fputs("nfqroute " NFQROUTE_VERSION " - sends the connections you choose by the gateway you choose\n\n"
	      "Usage: nfqroute -q FIRST[:LAST] [-r DIR]    run the daemon\n"
	      "       nfqroute COMMAND [ARGUMENT...]\n\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->brief);
	fputs("\nExit status: 0 done, 1 failed, 2 wrong usage, 3 no daemon reachable.\n"
	      "More: nfqroute help COMMAND, nfqroute(8), nfqroute.rules(5).\n",
	      out);
}

static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		overview(stdout);
		return command_flush(&help_command);
	}
	command = find(argv[1]);
	if (!command)
		return unknown(argv[1]);
	command_help(command, stdout);
	return command_flush(&help_command);
}

static int version(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return command_usage(&version_command, "takes no arguments");
	puts("nfqroute " NFQROUTE_VERSION);
	return command_flush(&version_command);
}

/* "--help" behind a command, wherever it stands among its options. */
static bool asks_for_help(int argc, char **argv)
{
	for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const struct command *command;
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		overview(stderr);
		return COMMAND_USAGE;
	}
	for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
		if (strcmp(word, synonyms[i].option) == 0)
			word = synonyms[i].command;
	/* the daemon's options begin at once: argv[0] then stands where a command's name would */
	command = find(*word == '-' ? "run" : word);
	if (!command)
		return unknown(word);
	if (command != &run_command)
		command_json_whole();
	if (asks_for_help(argc, argv)) {
		command_help(command, stdout);
		return command_flush(command);
	}
	if (*word == '-')
		return command->run(argc, argv);
	return command->run(argc - 1, argv + 1);
}
