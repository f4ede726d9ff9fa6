/* SPDX-License-Identifier: GPL-2.0-or-later
 * run.c - nfqroute -q N: the daemon
 */
#include <getopt.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "control_protocol.h"
#include "daemon.h"
#include "load.h"
#include "log.h"
#include "privileges.h"

static void log_diagnostic(void *ctx, enum severity severity, const char *text)
{
	static const enum log_level levels[] = {
		[SEVERITY_ERROR] = LOG_LEVEL_ERROR,
		[SEVERITY_WARNING] = LOG_LEVEL_WARNING,
		[SEVERITY_NOTE] = LOG_LEVEL_INFO,
	};

	(void)ctx;
	log_line(levels[severity], "%s", text);
}

static struct ruleset *load(const char *rules, const struct ruleset *previous, char **diagnostics)
{
	struct loaded loaded = load_rules(rules, previous);
	struct ruleset *ruleset = loaded.ruleset;

	diags_sort(loaded.diags);
	if (previous)
		diags_each_line(loaded.diags, log_diagnostic, NULL);
	else
		diags_print(loaded.diags, stderr, command_colour(stderr));
	*diagnostics = diags_json(loaded.diags);
	loaded_free(&loaded);
	return ruleset;
}

/* What a reload takes goes back to the system when it is freed. Without this the GNU library learns from the first
 * large block that is freed to keep such blocks. */
static void give_memory_back(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

static const char *default_user(void)
{
	const char *user = getenv(PRIVILEGES_VARIABLE);

	return user ? user : PRIVILEGES_USER;
}

enum { NO_SECCOMP = 256 }; /* an option without a letter */

static int run(int argc, char **argv)
{
	static const struct option options[] = {{"user", required_argument, NULL, 'u'},
						{"no-seccomp", no_argument, NULL, NO_SECCOMP},
						{0}};
	struct daemon_config config = {.load = load,
				       .rules = COMMAND_RULES,
				       .control = control_path(),
				       .user = default_user(),
				       .seccomp = true};
	bool queues = false;
	int option;

	give_memory_back();
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:q:r:c:u:v", options, NULL)) != -1) {
		if (option == 'q' && !command_queues(optarg, &config.first, &config.last))
			return command_usage(&run_command, "-q %s: " COMMAND_QUEUES, optarg);
		else if (option == 'q')
			queues = true;
		else if (option == 'r')
			config.rules = optarg;
		else if (option == 'c')
			config.control = strcmp(optarg, "none") == 0 ? NULL : optarg;
		else if (option == 'u')
			config.user = optarg;
		else if (option == NO_SECCOMP)
			config.seccomp = false;
		else if (option == 'v')
			log_set_level(LOG_LEVEL_DEBUG);
		else
			return command_option(&run_command, option, argv);
	}
	if (!queues)
		return command_usage(&run_command, "-q is missing: which queue shall be served?");
	if (optind < argc)
		return command_usage(&run_command, "what is '%s'? Options only", argv[optind]);
	return daemon_run(&config) ? COMMAND_FAILED : COMMAND_OK;
}

const struct command run_command = {
	.name = "run",
	.args = "-q FIRST[:LAST] [-r DIR] [-c PATH] [-u USER] [--no-seccomp] [-v]",
	.brief = "run the daemon; the word itself may be left out",
	.help = "  -q FIRST[:LAST]  serve these NFQUEUE queues, one thread each\n"
		"  -r DIR           read the rules from DIR/*.rules, or from one file (default " COMMAND_RULES
		")\n"
		"  -c PATH          the control socket (default " CONTROL_PATH ", or $" CONTROL_VARIABLE
		"); none: no socket\n"
		"  -u, --user USER  go on as this user, with CAP_NET_ADMIN and CAP_NET_RAW only "
		"(default " PRIVILEGES_USER ",\n                   where there is one, or $" PRIVILEGES_VARIABLE
		"); " PRIVILEGES_NONE ": stay root\n"
		"  --no-seccomp     do not limit the system calls that it may make\n"
		"  -v               log every decision\n"
		"\n"
		"SIGHUP reads the rules again; what is wrong with them is logged, and then the old ones stay in "
		"force.\n"
		"SIGUSR1 writes the counters to the log. SIGTERM and SIGINT end it; nothing of it is left behind.\n"
		"SIGUSR2 ends it, too, and leaves all in place for the next one.\n"
		"Exit status: 0 after a signal, 1 when it could not start or go on.\n",
	.run = run,
};
