/* SPDX-License-Identifier: GPL-2.0-or-later
 * jobs.h - what takes long, in threads of its own, so that the main thread goes on serving
 */
#ifndef NFQROUTE_JOBS_H
#define NFQROUTE_JOBS_H

#include <pthread.h>

#include "loop.h"

struct jobs;

/* Embedded in what the job works on. */
struct job {
	void (*work)(struct job *job); /* in a thread: touches nothing but what is the job's, or immutable */
	void (*done)(struct job *job); /* then, in the main thread; may free the job */

	pthread_t thread; /* jobs.c's */
	struct jobs *jobs;
	struct job *next;
};

/* NULL with errno set on failure. */
struct jobs *jobs_open(struct loop *loop);
/* Waits for those under way; their done() is called. NULL is none. */
void jobs_close(struct jobs *jobs);

/* Starts it, with work and done set; it must stay where it is until done(). false: too many are under way, or
 * there is no thread to be had; then nothing is called. */
bool jobs_start(struct jobs *jobs, struct job *job);

#endif
