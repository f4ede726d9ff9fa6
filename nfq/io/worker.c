/* SPDX-License-Identifier: GPL-2.0-or-later
 * worker.c - one queue, its engine, and the thread that serves both
 *
 * Theory of operation. The thread alone touches queue and engine. What the main thread wants of them (other rules,
 * counters, a drain) is an order: a function that the worker's thread runs between two batches, while the main
 * thread waits. An engine keeps pointers into its ruleset from one packet to the next, so a grace period as of
 * RCU, which ends with a reader's critical section, would say nothing of it; that an order was carried out says
 * all. The hot path pays one relaxed load per batch for it.
 */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "decision_log.h"
#include "log.h"
#include "mover.h"
#include "privileges.h"
#include "syscalls.h"

#define SECOND 1000000000ULL
#define DRAIN_TIME (SECOND / 10) /* where packets come as fast as they are judged */
#define PATIENCE 5               /* seconds that an order may wait to be begun */

struct worker;
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

	int wake; /* eventfd */
	sem_t done;
	_Atomic(order_fn *) order;
	void *arg;
	bool result;

	atomic_uint asked, answered; /* signs of life */
	bool stuck;                  /* the main thread's: an order was given up */
	atomic_bool abandoned, left; /* told to the thread, and by it */
};

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
static bool give_order(struct worker *worker, order_fn *order, void *arg)
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
static void await(const struct worker *worker)
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
	if (ppoll(fds, sizeof fds / sizeof *fds, deadline == UINT64_MAX ? NULL : &timeout, NULL) > 0 &&
	    fds[0].revents)
		eventfd_read(worker->wake, &count);
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
	return packets >= QUEUE_BATCH / 2;
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
		atomic_store_explicit(&worker->answered,
				      atomic_load_explicit(&worker->asked, memory_order_relaxed),
				      memory_order_relaxed);
	}
	atomic_store(&worker->left, true);
	return NULL;
}

/* Signals are the main thread's. */
static int start_thread(struct worker *worker)
{
	sigset_t all, before;
	char name[16];
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&worker->thread, NULL, serve, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return error;
	snprintf(name, sizeof name, "queue %u", worker->number);
	pthread_setname_np(worker->thread, name);
	worker->running = true;
	return 0;
}

/* --- life --- */

struct worker *worker_open(const struct queue_config *config, int trouble, char *error, size_t size)
{
	struct worker *worker = calloc(1, sizeof *worker);

	if (!worker) {
		snprintf(error, size, "no memory for queue %u", config->number);
		return NULL;
	}
	sem_init(&worker->done, 0, 0);
	worker->number = config->number;
	worker->trouble = trouble;
	worker->calls = config->calls;
	worker->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->wake < 0)
		snprintf(error, size, "eventfd: %s", strerror(errno));
	else
		worker->queue = queue_open(config, error, size);
	if (worker->queue)
		return worker;
	worker_close(worker);
	return NULL;
}

static void decided(void *ctx, const struct decision *decision)
{
	struct worker *worker = ctx;

	if (decision->rule)
		worker->last[decision->rule - worker->ruleset->rules] = worker->now;
	if (worker->history)
		history_add(worker->history, worker->ruleset, decision, worker->now);
	decision_log(worker->ruleset, decision);
}

static void gave_up(void *ctx, unsigned gateway, enum rehome_refusal why)
{
	const struct ruleset *ruleset = ((const struct worker *)ctx)->ruleset;

	log_warning("gateway %s: no connection is moved to it for %u ms, as %u in a row could not be: %s",
		    ruleset->gateways[gateway].name, ruleset->options.rehome_pause_ms, ruleset->options.rehome_failures,
		    rehome_refusal_text(why));
}

const struct history *worker_history(const struct worker *worker)
{
	return worker->history;
}

bool worker_start(struct worker *worker, const struct ruleset *ruleset, const struct gateway_state *gateways,
		  struct learned *learned, char *error, size_t size)
{
	struct engine_config config = {.gateways = gateways,
				       .decided = decided,
				       .gave_up = gave_up,
				       .ctx = worker,
				       .learned = learned};
	int code;

	if (getrandom(&config.seed, sizeof config.seed, 0) != sizeof config.seed)
		config.seed = clock_monotonic();
	worker->ruleset = ruleset;
	worker->mover = mover_open((uint16_t)ruleset->options.rehome_zone, error, size);
	if (worker->mover) {
		config.rehome = &mover_ops;
		config.rehome_ctx = worker->mover;
	} else {
		log_warning("connections cannot be moved to another path: %s", error);
	}
	worker->last = calloc(ruleset->rule_count + 1, sizeof *worker->last);
	if (ruleset->options.history)
		worker->history = history_new(ruleset->options.history);
	worker->engine = worker->last ? engine_new(ruleset, &config) : NULL;
	if (!worker->engine) {
		snprintf(error, size, "no memory for %u connections of queue %u", ruleset->options.flows,
			 worker->number);
		return false;
	}
	code = start_thread(worker);
	if (code)
		snprintf(error, size, "cannot start a thread: %s", strerror(code));
	return code == 0;
}

int worker_socket(const struct worker *worker)
{
	return queue_fd(worker->queue);
}

void worker_hand_over(struct worker *worker)
{
	worker->hands_over = true;
}

/* The end of time: nothing is held longer. */
static void release_held(struct worker *worker)
{
	queue_tick(worker->queue, worker->engine, UINT64_MAX);
}

static bool end(struct worker *worker, void *arg)
{
	(void)arg;
	if (worker->hands_over && !worker->broken)
		release_held(worker);
	worker->ending = true;
	return true;
}

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

/* false: it is stuck. */
static bool end_thread(struct worker *worker)
{
	if (!worker->running)
		return true;
	if (!atomic_load(&worker->abandoned) && !give_order(worker, end, NULL))
		worker_abandon(worker);
	if (worker->stuck && !atomic_load(&worker->left))
		return false;
	pthread_join(worker->thread, NULL);
	return true;
}

bool worker_close(struct worker *worker)
{
	if (!worker)
		return true;
	if (!end_thread(worker))
		return false;
	queue_close(worker->queue);
	engine_free(worker->engine);
	mover_close(worker->mover);
	free(worker->last);
	history_free(worker->history);
	if (worker->wake >= 0)
		close(worker->wake);
	sem_destroy(&worker->done);
	free(worker);
	return true;
}

/* --- what is asked of a running worker
 * --------------------------------------------------------------------------- */

struct rules {
	const struct ruleset *ruleset;
	const struct gateway_state *gateways;
	uint64_t *last; /* for the new rules; then that of the old ones */
	uint64_t stood; /* nanoseconds that the queue waited for it */
};

/* As the rules want the queue; a paused one stays closed. */
static bool configure(struct worker *worker, const struct ruleset *ruleset)
{
	if (!queue_configure(worker->queue, ruleset->options.queue_length, engine_copy_range(ruleset),
			     ruleset->options.fail_closed))
		return false;
	if (worker->paused)
		queue_close_intake(worker->queue);
	return true;
}

static bool change_rules(struct worker *worker, struct rules *rules)
{
	const struct ruleset *ruleset = rules->ruleset;
	uint64_t *last = worker->last;

	if (!configure(worker, ruleset))
		return false;
	if (!engine_set_ruleset(worker->engine, ruleset, rules->gateways)) {
		configure(worker, worker->ruleset);
		return false;
	}
	if (worker->mover)
		mover_set_zone(worker->mover, (uint16_t)ruleset->options.rehome_zone);
	worker->ruleset = ruleset;
	worker->last = rules->last;
	rules->last = last;
	return true;
}

static bool take_rules(struct worker *worker, void *arg)
{
	struct rules *rules = arg;
	uint64_t begun = clock_monotonic();
	bool done = change_rules(worker, rules);

	rules->stood = clock_monotonic() - begun;
	return done;
}

bool worker_switch(struct worker *worker, const struct ruleset *ruleset, const struct gateway_state *gateways,
		   uint64_t *stood)
{
	struct rules rules = {.ruleset = ruleset,
			      .gateways = gateways,
			      .last = calloc(ruleset->rule_count + 1, sizeof *rules.last)};
	bool done = rules.last && (give_order(worker, take_rules, &rules) || worker->stuck);

	free(rules.last);
	*stood = rules.stood;
	return done;
}

static bool set_pause(struct worker *worker, void *arg)
{
	const bool *pause = arg;

	worker->paused = *pause;
	return configure(worker, worker->ruleset);
}

void worker_pause(struct worker *worker, bool pause)
{
	give_order(worker, set_pause, &pause);
}

static bool allow_moves(struct worker *worker, void *arg)
{
	const enum moving *moving = arg;

	for (enum family family = 0; family < FAMILY_COUNT; family++)
		engine_allow_moves(worker->engine, family, moving[family]);
	return true;
}

void worker_allow_moves(struct worker *worker, const enum moving moving[FAMILY_COUNT])
{
	enum moving copy[FAMILY_COUNT];

	memcpy(copy, moving, sizeof copy);
	give_order(worker, allow_moves, copy);
}

static bool drain(struct worker *worker, void *arg)
{
	uint64_t until = clock_monotonic() + DRAIN_TIME;
	bool *idle = arg;

	*idle = true;
	if (worker->broken || !worker->engine)
		return true;
	queue_close_intake(worker->queue);
	for (uint64_t now = clock_monotonic(); now < until; now = clock_monotonic()) {
		if (queue_turn(worker->queue, worker->engine, now) <= 0)
			break;
		*idle = false;
	}
	release_held(worker);
	return true;
}

bool worker_drain(struct worker *worker)
{
	bool idle = true;

	give_order(worker, drain, &idle);
	return idle;
}

struct report_order {
	struct worker_report *report;
	struct rule_use *uses;
};

/* Both kinds of counters are structures of nothing but 64-bit numbers. */
_Static_assert(sizeof(struct engine_counters) % sizeof(uint64_t) == 0, "only uint64_t in it");
_Static_assert(sizeof(struct queue_counters) % sizeof(uint64_t) == 0, "only uint64_t in it");

static void add(void *sum, const void *counters, size_t size)
{
	for (size_t i = 0; i < size / sizeof(uint64_t); i++)
		((uint64_t *)sum)[i] += ((const uint64_t *)counters)[i];
}

static void add_uses(struct rule_use *uses, const struct worker *worker)
{
	const uint64_t *hits = engine_rule_hits(worker->engine);

	for (unsigned i = 0; i < worker->ruleset->rule_count; i++) {
		uses[i].hits += hits[i];
		if (worker->last[i] > uses[i].last)
			uses[i].last = worker->last[i];
	}
}

static bool report(struct worker *worker, void *arg)
{
	const struct report_order *order = arg;

	add(&order->report->queue, queue_counters(worker->queue), sizeof order->report->queue);
	order->report->held += queue_held(worker->queue);
	if (!worker->engine)
		return true;
	add(&order->report->engine, engine_counters(worker->engine), sizeof order->report->engine);
	if (order->uses)
		add_uses(order->uses, worker);
	return true;
}

void worker_report(struct worker *worker, struct worker_report *sum, struct rule_use *uses)
{
	struct report_order order = {.report = sum, .uses = uses};

	give_order(worker, report, &order);
}
