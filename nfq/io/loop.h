/* SPDX-License-Identifier: GPL-2.0-or-later
 * loop.h - what the main thread waits for: descriptors and timers, one event at a time
 *
 * A source belongs to its user, who embeds it where its handler's data is; nothing is copied. A handler may add
 * and remove any source, its own too: the next event is fetched only after it has returned.
 */
#ifndef NFQROUTE_LOOP_H
#define NFQROUTE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

struct loop_source {
	int fd;                                    /* stays its user's to close, after loop_remove() */
	void (*ready)(void *ctx, uint32_t events); /* EPOLLIN, EPOLLOUT, EPOLLHUP, ... */
	void *ctx;
};

/* NULL with errno set on failure. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

/* Waits for EPOLLIN, level-triggered. false with errno set on failure. */
bool loop_add(struct loop *loop, struct loop_source *source);
/* Other events (EPOLLIN, EPOLLOUT) from now on; 0: none but errors. */
void loop_change(struct loop *loop, struct loop_source *source, uint32_t events);
/* A source that was not added, or whose fd is negative, is let alone. */
void loop_remove(struct loop *loop, struct loop_source *source);

/* Waits for one event, and has its handler deal with it; a signal ends the wait. */
void loop_turn(struct loop *loop);

/* A timer: its source is called with EPOLLIN each time it is due. */
struct loop_timer {
	struct loop_source source; /* fd -1: not open */
	void (*due)(void *ctx);
	void *ctx;
};

/* Makes a timer that is not set yet. false with errno set on failure; closing it is allowed then, too. */
bool loop_timer_open(struct loop *loop, struct loop_timer *timer, void (*due)(void *ctx), void *ctx);
/* Due in ms milliseconds and from then on each ms (repeat), or once; 0: never. */
void loop_timer_set(struct loop_timer *timer, uint64_t ms, bool repeat);
void loop_timer_close(struct loop *loop, struct loop_timer *timer);

#endif
