/* SPDX-License-Identifier: GPL-2.0-or-later
 * counters.c - the counters of all queues at one time
 */
#include <stdlib.h>

#include "clock.h"
#include "daemon_state.h"

/*
 * Each reading is an order to every queue thread: at most 200 a second, however often clients ask. Short enough
 * that who asks, does something and asks again sees what it did.
 */
#define FRESH 5000000 /* nanoseconds */

static void add(uint64_t *sum, const uint64_t *part, size_t size)
{
	for (size_t i = 0; i < size / sizeof *sum; i++)
		sum[i] += part[i];
}

static void ask(const struct daemon *daemon, struct counters *counters)
{
	for (unsigned i = 0; i < daemon->worker_count; i++) {
		worker_report(daemon->workers[i], &counters->queues[i], counters->uses);
		/* nothing but 64-bit numbers, see worker_orders.c */
		add((uint64_t *)&counters->sum, (const uint64_t *)&counters->queues[i], sizeof counters->sum);
	}
}

const struct counters *daemon_count(struct daemon *daemon)
{
	struct counters *counters = &daemon->counters;
	uint64_t time = clock_monotonic();

	if (counters->taken && time - counters->taken < FRESH &&
	    counters->generation == daemon->ruleset->generation)
		return counters;
	counters_free(counters);
	*counters = (struct counters){
		.generation = daemon->ruleset->generation,
		.queues = calloc(daemon->worker_count + 1, sizeof *counters->queues),
		.uses = calloc(daemon->ruleset->rule_count + 1, sizeof *counters->uses),
	};
	if (!counters->queues || !counters->uses)
		return NULL;
	ask(daemon, counters);
	counters->taken = time;
	return counters;
}

void counters_free(struct counters *counters)
{
	free(counters->queues);
	free(counters->uses);
	counters->queues = NULL;
	counters->uses = NULL;
	counters->taken = 0;
}
