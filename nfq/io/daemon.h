/* SPDX-License-Identifier: GPL-2.0-or-later
 * daemon.h - the running program: queues, routes and hooks from start to end
 */
#ifndef NFQROUTE_DAEMON_H
#define NFQROUTE_DAEMON_H

#include "ruleset.h"

#define RUN_DIRECTORY "/run/nfqroute" /* what is of use until the next boot */

struct daemon_config {
	unsigned first, last; /* queue numbers */
	/* Reads the rules, and tells the user all that is wrong with them: on the terminal when the daemon starts,
	 * in the log when it reloads (previous: those in force). NULL: they cannot be used. The ruleset is the
	 * daemon's from then on, and so is what diags_json() says. A reload calls it in a thread of its own. */
	struct ruleset *(*load)(const char *rules, const struct ruleset *previous, char **diagnostics);
	const char *rules;   /* directory or file */
	const char *user;    /* to become, see privileges.h */
	bool seccomp;        /* system calls are filtered: syscalls.h */
	const char *control; /* path of the control socket; NULL: none */
};

/* Serves until SIGTERM or SIGINT; SIGHUP reads the rules again, SIGUSR1 writes the counters to the log. Whatever
 * way it ends, queues, hooks, routes and marks are gone again, but for SIGUSR2, which leaves them to the next one. Returns the program's exit status: 0 after a
 * signal, 1 when it could not start or go on (the log says why). */
int daemon_run(const struct daemon_config *config);

#endif
