/* SPDX-License-Identifier: GPL-2.0-or-later
 * timers.c - a binary heap of deadlines
 */
#include "timers.h"

#include <stddef.h>

static void put(struct timers *t, unsigned at, struct timer timer)
{
	t->heap[at] = timer;
	*timer.position = at;
}

static void up(struct timers *t, unsigned at, struct timer timer)
{
	for (; at > 1 && timer.due < t->heap[at / 2].due; at /= 2)
		put(t, at, t->heap[at / 2]);
	put(t, at, timer);
}

static void down(struct timers *t, unsigned at, struct timer timer)
{
	for (;;) {
		unsigned child = 2 * at;

		if (child < t->count && t->heap[child + 1].due < t->heap[child].due)
			child++;
		if (child > t->count || timer.due <= t->heap[child].due)
			break;
		put(t, at, t->heap[child]);
		at = child;
	}
	put(t, at, timer);
}

bool timers_set(struct timers *t, void *owner, uint32_t *position, uint64_t due)
{
	struct timer timer = {.due = due, .position = position, .owner = owner};
	unsigned at = *position;

	if (!at && t->count == TIMERS_MAX)
		return false;
	if (!at)
		at = ++t->count;
	if (at > 1 && due < t->heap[at / 2].due)
		up(t, at, timer);
	else
		down(t, at, timer);
	return true;
}

void timers_clear(struct timers *t, uint32_t *position)
{
	unsigned at = *position;
	struct timer last;

	if (!at)
		return;
	*position = 0;
	last = t->heap[t->count--];
	if (at > t->count)
		return;
	if (at > 1 && last.due < t->heap[at / 2].due)
		up(t, at, last);
	else
		down(t, at, last);
}

const struct timer *timers_first(const struct timers *t)
{
	return t->count ? &t->heap[1] : NULL;
}
