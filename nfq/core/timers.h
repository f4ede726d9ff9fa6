/* SPDX-License-Identifier: GPL-2.0-or-later
 * timers.h - which of a few flows is due first
 *
 * A binary heap of (time, number). The owner of a number is told where it stands in the heap each time it moves, so
 * that it can be taken out before it is due.
 */
#ifndef NFQROUTE_TIMERS_H
#define NFQROUTE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

enum { TIMERS_MAX = 1024 };

struct timer {
	uint64_t due;      /* nanoseconds */
	uint32_t *position; /* of the owner: where in the heap it stands, from 1; 0: nowhere */
	void *owner;
};

struct timers {
	unsigned count;
	struct timer heap[TIMERS_MAX + 1]; /* from 1 */
};

/* Adds or moves a timer. false: there is no room. */
bool timers_set(struct timers *timers, void *owner, uint32_t *position, uint64_t due);
/* Takes it out if it is in. */
void timers_clear(struct timers *timers, uint32_t *position);
/* NULL if there is none. */
const struct timer *timers_first(const struct timers *timers);

#endif
