/* SPDX-License-Identifier: GPL-2.0-or-later
 * jobs.c - what takes long, in threads of its own, so that the main thread goes on serving
 *
 * A thread per job: there are few, and one that takes long (a million names to read) must not keep a short one
 * waiting (who asks for the status meanwhile).
 */
#include "jobs.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "thread.h"

enum { JOBS_MAX = 8 };

struct jobs {
	struct loop *loop;
	struct loop_source ended; /* eventfd(2): some have */
	unsigned under_way;       /* the main thread's */
	pthread_mutex_t lock;     /* of finished */
	struct job *finished;
};

static void *run(void *arg)
{
	struct job *job = arg;
	struct jobs *jobs = job->jobs;

	job->work(job);
	pthread_mutex_lock(&jobs->lock);
	job->next = jobs->finished;
	jobs->finished = job;
	pthread_mutex_unlock(&jobs->lock);
	eventfd_write(jobs->ended.fd, 1);
	return NULL;
}

static void finish(struct jobs *jobs)
{
	struct job *job, *next;

	pthread_mutex_lock(&jobs->lock);
	job = jobs->finished;
	jobs->finished = NULL;
	pthread_mutex_unlock(&jobs->lock);
	for (; job; job = next) {
		next = job->next;
		pthread_join(job->thread, NULL);
		jobs->under_way--;
		job->done(job);
	}
}

static void on_ended(void *ctx, uint32_t events)
{
	struct jobs *jobs = ctx;
	eventfd_t count;

	(void)events;
	eventfd_read(jobs->ended.fd, &count);
	finish(jobs);
}

struct jobs *jobs_open(struct loop *loop)
{
	struct jobs *jobs = calloc(1, sizeof *jobs);

	if (!jobs)
		return NULL;
	jobs->loop = loop;
	pthread_mutex_init(&jobs->lock, NULL);
	jobs->ended = (struct loop_source){.fd = eventfd(0, EFD_CLOEXEC), .ready = on_ended, .ctx = jobs};
	if (jobs->ended.fd >= 0 && loop_add(loop, &jobs->ended))
		return jobs;
	jobs_close(jobs);
	return NULL;
}

void jobs_close(struct jobs *jobs)
{
	if (!jobs)
		return;
	while (jobs->under_way)
		on_ended(jobs, EPOLLIN); /* the read waits */
	loop_remove(jobs->loop, &jobs->ended);
	if (jobs->ended.fd >= 0)
		close(jobs->ended.fd);
	pthread_mutex_destroy(&jobs->lock);
	free(jobs);
}

bool jobs_start(struct jobs *jobs, struct job *job)
{
	if (jobs->under_way >= JOBS_MAX)
		return false;
	job->jobs = jobs;
	if (thread_start(&job->thread, run, job))
		return false;
	jobs->under_way++;
	return true;
}
