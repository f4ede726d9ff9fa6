/* SPDX-License-Identifier: GPL-2.0-or-later
 * command.h - a subcommand of the program
 *
 * Each command is one file in nfq/cmd/ that ends in one const descriptor, plus a declaration here and a line in
 * the table in main.c. The table is both dispatch and help.
 */
#ifndef NFQROUTE_COMMAND_H
#define NFQROUTE_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

/* Where the rules are when no option says otherwise. */
#define COMMAND_RULES "/etc/nfqroute/rules.d"

/* What every command returns, and the program with it. */
enum command_exit {
	COMMAND_OK = 0,
	COMMAND_FAILED = 1,    /* it was tried and did not succeed, or what was checked is wrong */
	COMMAND_USAGE = 2,     /* the command line makes no sense */
	COMMAND_NO_DAEMON = 3, /* it needs a running daemon, and none can be reached */
};

struct command {
	const char *name;  /* the word after the program's name */
	const char *args;  /* "[-r DIR] FILE...", "" if there are none */
	const char *brief; /* one line without full stop for the list of commands */
	const char *help;  /* what follows the usage line in "help NAME": options, one a line, exit status */

	/* argv[0] is the command's name; getopt(3) may be used, optind is 1. Returns an enum command_exit. */
	int (*run)(int argc, char **argv);
};

/* The descriptors at the end of each command's file, in the order of the table in main.c. */
extern const struct command check_command, doctor_command, explain_command, flows_command, flush_command,
	hooks_command, import_command, learned_command, list_command, pause_command, release_command, reload_command,
	resume_command, run_command, status_command, top_command, watch_command, why_command;

/* Prints "nfqroute NAME: message" and how to get help to stderr. Returns COMMAND_USAGE. */
int command_usage(const struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "nfqroute NAME: message" to stderr. Returns COMMAND_FAILED. */
int command_failed(const struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says of an option that getopt_long() did not take what is wrong with it; option is what it returned: '?' or ':'. Returns
 * COMMAND_USAGE. */
int command_option(const struct command *command, int option, char **argv);

/* Reads the value of -q: "0" or "0:3". false: it should have been COMMAND_QUEUES. Each queue will be a thread. */
bool command_queues(const char *text, unsigned *first, unsigned *last);
#define COMMAND_QUEUES "expected a queue number, 0 to 65535, or a range of at most 64: 0:3"

/* Prints the command's own help. */
void command_help(const struct command *command, FILE *out);

/* Whether to use colours: out is a terminal that can, and the user has not said NO_COLOR (no-color.org). */
bool command_colour(FILE *out);

/* What was allocated; for NULL, it says "out of memory" and ends with COMMAND_FAILED, for what was left out of an answer nobody
 * would miss. For commands that print, not for the daemon. */
void *command_memory(void *allocated);
/* From here on jansson gets its memory so: it leaves out what it has none for, and prints the rest. */
void command_json_whole(void);

/* Flushes stdout: COMMAND_OK, or COMMAND_FAILED with a message if what was printed did not all arrive. */
int command_flush(const struct command *command);

#endif
