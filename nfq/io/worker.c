/* SPDX-License-Identifier: GPL-2.0-or-later
 * worker.c - one queue, its engine, and the thread that serves both: from the beginning to the end
 */
#include "worker_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "decision_log.h"
#include "log.h"
#include "secret.h"

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
	struct engine_config config = {
		.gateways = gateways, .decided = decided, .gave_up = gave_up, .ctx = worker, .learned = learned,
		.seed = secret_number()};
	int code;

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
	code = worker_thread_start(worker);
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

bool worker_close(struct worker *worker)
{
	if (!worker)
		return true;
	if (!worker_thread_end(worker))
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
