/* SPDX-License-Identifier: GPL-2.0-or-later
 * worker_private.h - shared by worker.c (from its beginning to its end), worker_thread.c (the thread, and how it is given
 * orders) and worker_orders.c (what they are)
 */
#ifndef NFQROUTE_WORKER_PRIVATE_H
#define NFQROUTE_WORKER_PRIVATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "mover.h"
#include "syscalls.h"
#include "worker.h"

/* What the thread is to do between two batches. */
typedef bool order_fn(struct worker *worker, void *arg);

struct worker {
	unsigned number;
	int trouble;
	const struct syscalls *calls; /* that it may make */
	struct queue *queue;
	struct engine *engine;
	struct mover *mover; /* NULL: connections cannot be moved */
	const struct ruleset *ruleset;
	uint64_t now;            /* of the turn at hand */
	uint64_t *last;          /* by rule: when it decided last */
	struct history *history; /* NULL: none is kept */

	pthread_t thread;
	bool running;    /* the main thread's: a thread is there to be given orders */
	bool ending;     /* the worker's */
	bool hands_over; /* the main thread's, until it orders the end */
	bool paused;     /* the worker's: what comes passes undecided */
	bool broken;     /* the worker's: the queue cannot be served, only orders are */
	unsigned naps;   /* the worker's: times in a row that it slept for a moment only */
	bool yielded;    /* the worker's: before this turn it let others go on */

	int wake; /* eventfd */
	sem_t done;
	_Atomic(order_fn *) order;
	void *arg;
	bool result;

	atomic_uint asked, answered; /* signs of life */
	bool stuck;                  /* the main thread's: an order was given up */
	atomic_bool abandoned, left; /* told to the thread, and by it */
};

/* --- worker_thread.c --- */

/* Makes the thread, which serves the queue until it is ended. 0, or an errno value. */
int worker_thread_start(struct worker *worker);
/* Ends it, if there is one. false: it is stuck. */
bool worker_thread_end(struct worker *worker);
/* Has the thread carry out an order, and waits for that; without a thread the caller carries it out itself. Returns what the
 * order does; false, too, if it was given up because the thread is stuck. */
bool worker_order(struct worker *worker, order_fn *order, void *arg);

/* --- worker_orders.c --- */

/* The worker's side: nothing is held longer. */
void worker_release_held(struct worker *worker);

#endif
