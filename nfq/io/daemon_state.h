/* SPDX-License-Identifier: GPL-2.0-or-later
 * daemon_state.h - what the running daemon holds; private to daemon.c, reload.c and report.c
 */
#ifndef NFQROUTE_DAEMON_STATE_H
#define NFQROUTE_DAEMON_STATE_H

#include "daemon.h"
#include "hooks.h"
#include "routing.h"
#include "worker.h"

#define ERROR_MAX 512 /* bytes of a message from below */

/* What is NULL or negative is not there (yet, or any more). Only the main thread touches it. */
struct daemon {
	const struct daemon_config *config;
	struct ruleset *ruleset; /* in force */
	unsigned generation;     /* of the ruleset last loaded */
	struct routing *routing;
	struct hooks *hooks;
	unsigned worker_count;
	struct worker **workers; /* one per queue */
	bool *was_up;            /* by gateway and family: as routing_state() said last */
	bool marks_ours;         /* the marks have been adopted: they are to be cleared at the end */
	int signals;             /* signalfd(2) */
	int trouble;             /* eventfd(2), written to by a worker that cannot go on */
	uint64_t watchdog;       /* nanoseconds between signs of life to systemd; 0: it wants none */
	bool ending, failed;
};

/* Loads the rules with the next generation number. NULL: they cannot be used. */
struct ruleset *daemon_load(struct daemon *daemon);

/* Empties the queues and lets pass what comes from now on: nothing is lost when hooks or queues go. */
void daemon_drain(struct daemon *daemon);

/* gateways.c: notes which gateways are up under the rules in force. false: out of memory. */
bool daemon_note_gateways(struct daemon *daemon);
/* Looks again, and ends what cannot go on through those that have gone. */
void daemon_watch_gateways(struct daemon *daemon);
/* Tells the workers whether the hooks let connections be moved. */
void daemon_allow_moves(const struct daemon *daemon);

/* reload.c: replaces the rules in force by those on disk, or keeps all as it was. */
void daemon_reload(struct daemon *daemon);
/* Clears the connmarks that mean nothing under the rules in force; with everything, all that are ours. */
void daemon_clear_marks(const struct daemon *daemon, bool everything);

/* report.c: writes the sum of all queues' counters to the log. */
void daemon_report(const struct daemon *daemon);

#endif
