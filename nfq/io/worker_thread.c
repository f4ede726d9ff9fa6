/* SPDX-License-Identifier: GPL-2.0-or-later
 * worker_thread.c - the thread that serves a queue, the orders it is given, and signs of life
 *
 * Theory of operation. The thread alone touches queue and engine. What the main thread wants of them (other rules,
 * counters, a drain) is an order: a function that the worker's thread runs between two batches, while the main
 * thread waits. An engine keeps pointers into its ruleset from one packet to the next, so a grace period as of
 * RCU, which ends with a reader's critical section, would say nothing of it; that an order was carried out says
 * all. The hot path pays one relaxed load per batch for it.
 */
#include "worker_private.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <time.h>

#include "clock.h"
#include "log.h"
#include "privileges.h"
#include "thread.h"

#define SECOND 1000000000ULL
#define PATIENCE 5           /* seconds that an order may wait to be begun */
#define NAP (SECOND / 20000) /* a sleep that is shorter is one for every few packets of a flood */
#define NAPS 16              /* so many in a row are no chance */

/* --- orders --- */

/* Waits in turns of a second that this thread has lived through, too: a machine that slept, or a process that was
 * stopped, is no thread that is stuck. */
static bool await_done(struct worker *worker)
{
	for (int turns = 0; turns < PATIENCE;) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		if (sem_timedwait(&worker->done, &until) == 0)
			return true;
		turns += errno == ETIMEDOUT;
	}
	return false;
}

/* The main thread's side. Without a thread the caller carries it out itself. An order that is being carried out is
 * waited for without limit, because it uses what arg points to; one that is not begun can be given up. */
bool worker_order(struct worker *worker, order_fn *order, void *arg)
{
	if (!worker->running)
		return order(worker, arg);
	if (worker->stuck)
		return false;
	worker->arg = arg;
	atomic_store_explicit(&worker->order, order, memory_order_release);
	eventfd_write(worker->wake, 1);
	if (!await_done(worker)) {
		if (atomic_exchange(&worker->order, NULL)) {
			worker->stuck = true;
			return false;
		}
		while (sem_wait(&worker->done) < 0 && errno == EINTR)
			;
	}
	return worker->result;
}

/* The worker's side. */
static void obey(struct worker *worker)
{
	order_fn *order;

	if (!atomic_load_explicit(&worker->order, memory_order_relaxed))
		return;
	order = atomic_exchange_explicit(&worker->order, NULL, memory_order_acquire);
	if (!order)
		return; /* it was given up this moment */
	worker->result = order(worker, worker->arg);
	sem_post(&worker->done);
}

/* --- the thread --- */

/* Sleeps until there is a packet, an order, or a held packet's time is over. */
static void await(struct worker *worker)
{
	struct pollfd fds[] = {
		{.fd = worker->wake, .events = POLLIN},
		{.fd = worker->broken ? -1 : queue_fd(worker->queue), .events = POLLIN},
	};
	uint64_t deadline = worker->broken ? UINT64_MAX : engine_deadline(worker->engine), now = clock_monotonic();
	uint64_t left = deadline > now ? deadline - now : 0;
	struct timespec timeout = {.tv_sec = (time_t)(left / SECOND), .tv_nsec = (long)(left % SECOND)};
	eventfd_t count;

	/* the wake-up is taken here, not with its order, which a busy worker may have carried out before it came
	 */
	if (ppoll(fds, sizeof fds / sizeof *fds, deadline == UINT64_MAX ? NULL : &timeout, NULL) > 0 && fds[0].revents)
		eventfd_read(worker->wake, &count);
	worker->naps = clock_monotonic() - now < NAP ? worker->naps + 1 : 0;
}

/* A thread that wakes up for a packet interrupts whoever sends them on its processor, judges that one packet, sleeps, and
 * interrupts again: in a flood each packet costs two changes of context more. So a thread that has slept often and only for
 * moments lets others go on before it looks again, as long as that brings packets. Where nobody else wants the processor
 * it returns at once. Connections that come one at a time never meet it. */
static bool let_gather(struct worker *worker, int packets)
{
	if (!packets && worker->yielded)
		worker->naps = 0;
	worker->yielded = packets && worker->naps >= NAPS && sched_yield() == 0;
	return worker->yielded;
}

/* Returns whether more is likely to be there. */
static bool turn(struct worker *worker)
{
	uint64_t now = clock_monotonic();
	int packets;

	worker->now = now;
	packets = queue_turn(worker->queue, worker->engine, now);
	if (packets < 0) {
		worker->broken = true;
		if (!atomic_load(&worker->abandoned))
			eventfd_write(worker->trouble, 1);
		return false;
	}
	if (engine_deadline(worker->engine) <= now)
		queue_tick(worker->queue, worker->engine, now);
	engine_learn(worker->engine);
	return packets >= QUEUE_BATCH / 2 || let_gather(worker, packets);
}

static void *serve(void *arg)
{
	struct worker *worker = arg;
	bool more = false;

	privileges_of_queue();
	if (syscalls_restrict(worker->calls, SYSCALLS_QUEUE) != 0)
		log_debug("queue %u: its thread may make all the system calls that others may", worker->number);
	while (!worker->ending && !atomic_load_explicit(&worker->abandoned, memory_order_relaxed)) {
		if (!more)
			await(worker);
		more = !worker->broken && turn(worker);
		obey(worker);
		atomic_store_explicit(&worker->answered, atomic_load_explicit(&worker->asked, memory_order_relaxed),
				      memory_order_relaxed);
	}
	atomic_store(&worker->left, true);
	return NULL;
}

int worker_thread_start(struct worker *worker)
{
	char name[16];
	int error = thread_start(&worker->thread, serve, worker);

	if (error)
		return error;
	snprintf(name, sizeof name, "queue %u", worker->number);
	pthread_setname_np(worker->thread, name);
	worker->running = true;
	return 0;
}

/* --- signs of life, and the end --- */

unsigned worker_ping(struct worker *worker)
{
	unsigned missing;

	if (!worker->running)
		return 0;
	missing = atomic_load(&worker->asked) - atomic_load(&worker->answered);
	atomic_fetch_add(&worker->asked, 1);
	eventfd_write(worker->wake, 1); /* an idle thread is alive, too */
	return worker->stuck ? WORKER_STUCK : missing;
}

bool worker_is_stuck(const struct worker *worker)
{
	return worker->stuck;
}

void worker_abandon(struct worker *worker)
{
	worker->stuck = true;
	atomic_store(&worker->abandoned, true);
	queue_unbind(worker->queue);
	eventfd_write(worker->wake, 1);
}

static bool end(struct worker *worker, void *arg)
{
	(void)arg;
	if (worker->hands_over && !worker->broken)
		worker_release_held(worker);
	worker->ending = true;
	return true;
}

bool worker_thread_end(struct worker *worker)
{
	if (!worker->running)
		return true;
	if (!atomic_load(&worker->abandoned) && !worker_order(worker, end, NULL))
		worker_abandon(worker);
	if (worker->stuck && !atomic_load(&worker->left))
		return false;
	pthread_join(worker->thread, NULL);
	return true;
}
