/* SPDX-License-Identifier: GPL-2.0-or-later
 * check.c - "nfqroute check": read the rules, say every error with its place
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "load.h"

static void print_json(const struct loaded *loaded)
{
	char *text = diags_json(loaded->diags);

	puts(text ? text : "[]");
	free(text);
}

static int check_path(const struct command *command, const char *path, bool json, bool print)
{
	struct loaded loaded = load_rules(path, NULL);
	bool good = loaded.ruleset != NULL;
	int done;

	if (json)
		print_json(&loaded);
	else
		diags_print(loaded.diags, stderr, command_colour(stderr));
	if (print && good)
		config_print(loaded.config, stdout);
	else if (good && !json)
		config_summary(loaded.config, stdout);
	else if (!good && !json)
		fprintf(stderr, "%zu error%s\n", diags_count(loaded.diags, SEVERITY_ERROR),
			diags_count(loaded.diags, SEVERITY_ERROR) == 1 ? "" : "s");
	ruleset_free(loaded.ruleset);
	loaded_free(&loaded);
	done = command_flush(command);
	return good ? done : COMMAND_FAILED;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						{"print", no_argument, NULL, 'p'},
						{NULL, 0, NULL, 0}};
	const char *path = COMMAND_RULES;
	bool json = false, print = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":r:", options, NULL)) != -1) {
		if (option == 'r')
			path = optarg;
		else if (option == 'j')
			json = true;
		else if (option == 'p')
			print = true;
		else
			return command_option(&check_command, option, argv);
	}
	if (optind + 1 < argc)
		return command_usage(&check_command, "one directory or file at a time");
	if (optind < argc)
		path = argv[optind];
	if (json && print)
		return command_usage(&check_command, "--json and --print are two kinds of output");
	return check_path(&check_command, path, json, print);
}

const struct command check_command = {
	.name = "check",
	.args = "[--json | --print] [-r DIR] [DIR|FILE]",
	.brief = "read the rules and say every error with its place",
	.help = "Reads the *.rules files of DIR in the order of their names, or FILE alone\n"
		"(default " COMMAND_RULES "), as the daemon would.\n"
		"\n"
		"  -r DIR    the directory of rules\n"
		"  --json    errors and warnings as a JSON array of objects\n"
		"  --print   print the rules in canonical form\n"
		"\n"
		"Exit status: 0 no error, 1 errors, 2 wrong usage. NO_COLOR in the environment\n"
		"keeps colours off; without a terminal there are none.\n",
	.run = run,
};
