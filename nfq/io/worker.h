/* SPDX-License-Identifier: GPL-2.0-or-later
 * worker.h - one queue, its engine, and the thread that serves both
 *
 * All functions are called by the main thread. Those that concern a running worker are carried out in its thread,
 * between two batches, and return when that is done: nothing of the worker's is ever touched by two threads.
 *
 * A thread that does not come back from a batch is stuck. What is asked of it then is given up after five seconds, and
 * worker_ping() tells; from then on it is only to be abandoned. It may come back at any time, so whatever it may touch has to
 * stay: rules, the gateways' state, what is learned.
 */
#ifndef NFQROUTE_WORKER_H
#define NFQROUTE_WORKER_H

#include "history.h"
#include "queue.h"

struct worker;

/* Binds the queue, without serving it yet. NULL with a message in error on failure. trouble is an eventfd(2) that
 * is written to when the queue cannot be served any more. */
struct worker *worker_open(const struct queue_config *config, int trouble, char *error, size_t size);
/* Makes the engine, which learns into this table (NULL: into none), and starts the thread. false with a message in error on failure. */
bool worker_start(struct worker *worker, const struct ruleset *ruleset, const struct gateway_state *gateways,
		  struct learned *learned, char *error, size_t size);
/* What is bound to the queue; the worker's own. */
int worker_socket(const struct worker *worker);
/* To be closed while the queue goes on (handover.h): then what has been received gets its verdict, and nothing more is received. */
void worker_hand_over(struct worker *worker);
/* Ends the thread and unbinds the queue; the kernel drops what is queued still. worker may be NULL. false: the thread is
 * stuck, and all stays as it is but for the queue. */
bool worker_close(struct worker *worker);

/* Asks for a sign of life, without waiting for it. Returns how many of those asked for before are still to come; STUCK:
 * an order has been given up. */
enum { WORKER_STUCK = 1000 };
unsigned worker_ping(struct worker *worker);
bool worker_is_stuck(const struct worker *worker);
/* Gives a stuck thread's queue back. The thread ends as soon as it is not stuck any more. */
void worker_abandon(struct worker *worker);

/* Puts other rules in force. When it has returned true, neither the old rules nor the old gateways' state are read
 * any more, unless the thread is stuck. false: out of memory, the old ones stay. *stood: nanoseconds for which the queue was not served. */
bool worker_switch(struct worker *worker, const struct ruleset *ruleset, const struct gateway_state *gateways,
		   uint64_t *stood);
/* How connections can be moved, by family: as the hooks say. At first they cannot. */
void worker_allow_moves(struct worker *worker, const enum moving moving[FAMILY_COUNT]);
/* Lets pass, undecided, what comes from now on, whatever rules are put in force; or no more. */
void worker_pause(struct worker *worker, bool pause);
/* The next packets of these connections, whose initiator comes first in a key, are judged as those of new ones. */
void worker_forget(struct worker *worker, const struct flow_key *keys, size_t count);
/* Lets pass what comes from now on, and gives every packet its verdict that is queued or held; true when nothing
 * was there any more. worker_switch() opens the queue again, unless the worker is paused. */
bool worker_drain(struct worker *worker);

/* Its last decisions; may be read from any thread until worker_close(). NULL: none are kept (option history 0). */
const struct history *worker_history(const struct worker *worker);

struct worker_report {
	struct queue_counters queue;
	struct engine_counters engine;
	uint64_t held; /* packets waiting for a verdict */
};

/* What came of a rule since the rules were put in force. */
struct rule_use {
	uint64_t hits; /* connections it decided */
	uint64_t last; /* when it did so last, nanoseconds of CLOCK_MONOTONIC; 0: never */
};

/* Adds the worker's counters to report, and to uses, one per rule in force, unless NULL. */
void worker_report(struct worker *worker, struct worker_report *report, struct rule_use *uses);

#endif
