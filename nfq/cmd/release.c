/* SPDX-License-Identifier: GPL-2.0-or-later
 * release.c - "nfqroute release": takes away what a daemon that is gone has left
 *
 * One with option fail-closed leaves its hooks, routes and marks when it ends, and one that was killed does in any
 * case; the next one takes them over. This is for when there shall be none.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "connmark.h"
#include "control_client.h"
#include "hooks.h"
#include "load.h"
#include "routing.h"

enum { ERROR_LENGTH = 512 };

static bool clear_marks(const char *rules)
{
	struct loaded loaded = load_rules(rules, NULL);
	struct ruleset *ruleset = loaded.ruleset;
	char error[ERROR_LENGTH] = "the rules, which have option mark-mask, cannot be used";
	bool cleared = ruleset && connmark_clear(ruleset->marks.mask, NULL, 0, error, sizeof error) >= 0;

	if (!ruleset)
		diags_print(loaded.diags, stderr, command_colour(stderr));
	loaded_free(&loaded);
	ruleset_free(ruleset);
	if (!cleared)
		command_failed(&release_command, "the marks of connections stay: %s", error);
	return cleared;
}

/* Hooks first: without them no packet looks for a route of ours. */
static int release(const char *rules)
{
	char error[ERROR_LENGTH];
	struct routing *routing;
	bool cleared;

	hooks_purge();
	routing = routing_open(error, sizeof error);
	if (!routing)
		return command_failed(&release_command, "the routes stay: %s", error);
	routing_remove(routing);
	routing_close(routing);
	cleared = clear_marks(rules);
	return cleared ? COMMAND_OK : COMMAND_FAILED;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {{0}};
	const char *rules = COMMAND_RULES, *path = control_path();
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":r:s:", options, NULL)) != -1) {
		if (option == 'r')
			rules = optarg;
		else if (option == 's')
			path = optarg;
		else
			return command_option(&release_command, option, argv);
	}
	if (optind < argc)
		return command_usage(&release_command, "what is '%s'? Options only", argv[optind]);
	if (!client_no_daemon(path))
		return command_failed(&release_command, "a daemon is running, at %s: end it first", path);
	return release(rules);
}

const struct command release_command = {
	.name = "release",
	.args = "[-r DIR] [-s PATH]",
	.brief = "take away what a daemon that is gone has left",
	.help = "A daemon with \"option fail-closed on\" leaves its firewall hooks, routes and marks when it "
		"ends, and\n"
		"nothing new passes until the next one is there. This takes them away, and what a daemon that "
		"was\n"
		"killed has left. Needs root.\n"
		"\n"
		"  -r DIR   the rules, for mark-mask (default " COMMAND_RULES ")\n"
		"  -s PATH  the control socket of the daemon that must not be there (default " CONTROL_PATH
		",\n           or $" CONTROL_VARIABLE ")\n"
		"\n"
		"Exit status: 0 done, 1 a daemon is running, or something stays, 2 wrong usage.\n",
	.run = run,
};
