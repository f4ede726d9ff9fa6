/* SPDX-License-Identifier: GPL-2.0-or-later
 * daemon_state.h - what the running daemon holds; private to the files that are named below
 */
#ifndef NFQROUTE_DAEMON_STATE_H
#define NFQROUTE_DAEMON_STATE_H

#include <time.h>

#include "checks.h"
#include "control.h"
#include "daemon.h"
#include "decisions.h"
#include "handover.h"
#include "hooks.h"
#include "jobs.h"
#include "loop.h"
#include "metrics.h"
#include "nudges.h"
#include "orphans.h"
#include "privileges.h"
#include "routing.h"
#include "syscalls.h"
#include "worker.h"

#define ERROR_MAX 512 /* bytes of a message from below */
#define STUCK_MAX 8   /* threads that are left behind before the whole daemon is better begun anew */

/* What was last known of a gateway and family. */
struct gateway_watch {
	bool up;        /* routes are in, checks are well: new connections go by it */
	uint64_t since; /* nanoseconds of CLOCK_MONOTONIC */
	uint64_t downs; /* times it went down, under whatever rules */
};

/* What the last reading of the rules came to. */
struct reload_result {
	time_t at;         /* 0: not ended yet */
	uint64_t took;     /* milliseconds */
	uint64_t stood;    /* nanoseconds for which a queue was not served, the longest */
	bool good;         /* these rules are in force */
	char *diagnostics; /* of the rule files, as diags_json(); malloc()ed, NULL: none */
	char error[ERROR_MAX]; /* why rules without an error could not be put in force; "": they could */
};

struct reload; /* under way */

/* All queues' counters at one time. */
struct counters {
	uint64_t taken;      /* nanoseconds of CLOCK_MONOTONIC */
	unsigned generation; /* of the rules */
	struct worker_report sum, *queues; /* one per worker */
	struct rule_use *uses;             /* one per rule */
};

/* What is NULL or negative is not there (yet, or any more). Only the main thread touches it. */
struct daemon {
	const struct daemon_config *config;
	struct identity identity; /* as whom it runs */
	struct syscalls calls;    /* that its threads may make */
	struct ruleset *ruleset; /* in force */
	unsigned generation;     /* of the ruleset last loaded */
	struct routing *routing;
	struct learned *learned; /* shared by the workers' engines; NULL until the queues are served */
	struct loop_timer save_learned;
	bool saving;             /* a job is at it */
	struct hooks *hooks;
	unsigned worker_count;
	struct worker **workers; /* one per queue */
	struct handover *handover; /* of the queues' sockets */
	struct nudges *nudges;   /* clients that are told of the end of their connection */
	struct orphans *orphans; /* their connections, where the kernel has forgotten them; NULL: not wanted, or not to be had */
	unsigned stuck_count;
	struct worker *stuck[STUCK_MAX]; /* whose threads did not come back: liveness.c */
	unsigned retired_count;
	struct ruleset **retired; /* that these may be reading */
	struct checks *checks;
	struct loop_source checked; /* checks_fd() */
	struct gateway_watch (*watch)[FAMILY_COUNT]; /* one per gateway of the rules in force */
	bool marks_ours;         /* the marks have been adopted: they are to be cleared at the end */
	struct loop *loop;       /* what it waits for: */
	struct loop_source signals; /* signalfd(2) */
	struct loop_source trouble; /* eventfd(2), written to by a worker that cannot go on */
	struct loop_source routes;  /* routing_fd() */
	struct hooks_watch *hooks_watch;
	struct loop_timer beat;     /* signs of life of the workers' threads */
	struct loop_timer watchdog; /* signs of life to systemd */
	bool alive;                 /* at the last beat no thread owed one */
	struct jobs *jobs;
	struct control *control; /* NULL: there is no control socket */
	time_t started;
	struct reload_result reload;
	struct reload *reloading; /* NULL: no reload is under way */
	struct counters counters; /* as last asked for */
	struct metrics *metrics;  /* NULL: none are wanted */
	struct decisions *decisions; /* NULL: they are not wanted in a file */
	struct watch *watch_verb; /* verb_watch.c's; NULL: nobody watches */
	bool paused;             /* nothing is decided: verb_pause.c */
	bool ending, failed;
	bool hands_over; /* it ends, and what stands stays for the next one */
};

/* daemon.c: what it waits for; ctx is the daemon. Signals; a worker that cannot go on; changes of routes. */
void daemon_on_signal(void *ctx, uint32_t events);
void daemon_on_trouble(void *ctx, uint32_t events);
void daemon_on_routing(void *ctx, uint32_t events);

/* daemon_end.c: takes out of the kernel all that is in, or leaves it to the next one, and frees all that there is. */
void daemon_end(struct daemon *daemon);
/* Empties the queues and lets pass what comes from now on: nothing is lost when hooks or queues go. */
void daemon_drain(struct daemon *daemon);

/* daemon_start.c: false, with the reason in the log: what has been begun is to be ended. */
bool daemon_start(struct daemon *daemon);
/* A worker for the queue, not started yet. NULL, with the reason in the log. */
struct worker *daemon_open_worker(struct daemon *daemon, unsigned number);
/* false, with the reason in the log. */
bool daemon_start_worker(const struct daemon *daemon, struct worker *worker);
/* Tells the workers how the hooks let connections be moved. */
void daemon_allow_moves(const struct daemon *daemon);

/* liveness.c: from now on each queue's thread is asked for a sign of life; one that is stuck is replaced. false with the
 * reason in the log. */
bool daemon_watch_life(struct daemon *daemon);
/* Ends all workers. false: a thread is stuck, and what it may touch is not to be freed. */
bool daemon_close_workers(struct daemon *daemon);
/* Whether there is a stuck thread; if so, what it reads of the gateways' state stays. */
bool daemon_keep_for_stuck(const struct daemon *daemon);
/* Frees rules that are not in force any more, when nobody can be reading them. */
void daemon_retire(struct daemon *daemon, struct ruleset *ruleset);

/* gateways.c: notes which gateways are up under the rules in force. false: out of memory. */
bool daemon_note_gateways(struct daemon *daemon);
/* The same after a reload; what is as it was under the previous rules has been so since then. */
bool daemon_renote_gateways(struct daemon *daemon, const struct ruleset *previous);
/* Looks again, and ends what cannot go on through those that have gone. */
void daemon_watch_gateways(struct daemon *daemon);
/* After routing_apply(): has the checks' findings hold for the gateways of these rules that are known by name. */
void daemon_carry_health(const struct daemon *daemon, const struct ruleset *ruleset);
/* Closes the checks. */
void daemon_end_checks(struct daemon *daemon);

/* reload.c: begins to replace the rules in force by those on disk; all stays as it was where that cannot be. They are
 * read in a thread of their own. Asked for while they are being read, they are read once more. */
void daemon_reload(struct daemon *daemon);
/* The same, and answers the request when it is done. */
void daemon_reload_for(struct daemon *daemon, struct control_request *request);
/* Notes that the rules were read at the start. */
void daemon_note_loaded(struct daemon *daemon);
/* Clears the connmarks that mean nothing under the rules in force; with everything, all that are ours. */
void daemon_clear_marks(const struct daemon *daemon, bool everything);

/* verb_reload.c: what the last reading came to, for status and for those that have waited for it. */
json_t *reload_json(const struct reload_result *result);
void verb_reload_answer(const struct daemon *daemon, struct control_requests *waiting);

/* counters.c: the counters, not older than 5 ms: workers are not asked more often, however often somebody
 * asks here. NULL: out of memory. */
const struct counters *daemon_count(struct daemon *daemon);
void counters_free(struct counters *counters);

/* learned_keeper.c: the file of what is learned, and its directory, belong to the daemon's user from now on. */
void daemon_give_learned(const struct daemon *daemon);
/* makes the table of what is learned, from what was saved; false: out of memory. */
bool daemon_start_learning(struct daemon *daemon);
/* Saves it, at the end. */
void daemon_save_learned(const struct daemon *daemon);

/* report.c: writes the sum of all queues' counters to the log. */
void daemon_report(struct daemon *daemon);

#endif
