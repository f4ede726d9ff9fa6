/* SPDX-License-Identifier: GPL-2.0-or-later
 * loop.c - what the main thread waits for: descriptors and timers, one event at a time
 *
 * One event per epoll_wait(2): a handler may remove a source whose event would else be in the same batch, and the
 * kernel takes the ready ones in turn. The main thread has little to do, so a call more each time costs nothing.
 */
#include "loop.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct loop {
	int epoll;
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof *loop);

	if (!loop)
		return NULL;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll >= 0)
		return loop;
	free(loop);
	return NULL;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll);
	free(loop);
}

static bool control(struct loop *loop, int operation, struct loop_source *source, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = source};

	return epoll_ctl(loop->epoll, operation, source->fd, &event) == 0;
}

bool loop_add(struct loop *loop, struct loop_source *source)
{
	return control(loop, EPOLL_CTL_ADD, source, EPOLLIN);
}

void loop_change(struct loop *loop, struct loop_source *source, uint32_t events)
{
	control(loop, EPOLL_CTL_MOD, source, events);
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	if (loop && source->fd >= 0)
		control(loop, EPOLL_CTL_DEL, source, 0);
}

void loop_turn(struct loop *loop)
{
	struct epoll_event event;
	const struct loop_source *source;

	if (epoll_wait(loop->epoll, &event, 1, -1) <= 0)
		return;
	source = event.data.ptr;
	source->ready(source->ctx, event.events);
}

/* --- timers --- */

static void on_timer(void *ctx, uint32_t events)
{
	const struct loop_timer *timer = ctx;
	uint64_t expirations;

	(void)events;
	if (read(timer->source.fd, &expirations, sizeof expirations) == sizeof expirations)
		timer->due(timer->ctx);
}

bool loop_timer_open(struct loop *loop, struct loop_timer *timer, void (*due)(void *ctx), void *ctx)
{
	timer->due = due;
	timer->ctx = ctx;
	timer->source = (struct loop_source){.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
					     .ready = on_timer,
					     .ctx = timer};
	return timer->source.fd >= 0 && loop_add(loop, &timer->source);
}

void loop_timer_set(struct loop_timer *timer, uint64_t ms, bool repeat)
{
	struct timespec time = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
	struct itimerspec when = {.it_value = time};

	if (repeat)
		when.it_interval = time;
	timerfd_settime(timer->source.fd, 0, &when, NULL);
}

void loop_timer_close(struct loop *loop, struct loop_timer *timer)
{
	if (timer->source.fd < 0)
		return;
	loop_remove(loop, &timer->source);
	close(timer->source.fd);
	timer->source.fd = -1;
}
