/* SPDX-License-Identifier: GPL-2.0-or-later
 * decisions.c - "option decisions FILE": each decision as a JSON object in a line of a file
 *
 * While a job is under way all but the flags is the job's, else the main thread's.
 */
#include "decisions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon_state.h"
#include "log.h"
#include "past_filter.h"

enum { PERIOD_MS = 250, CHUNK = 64 << 10, LINE_MOST = 4096 };

struct decisions {
	struct job job;
	struct daemon *daemon;
	struct loop_timer timer;
	bool working; /* the job is under way */
	bool again;   /* the file is to be opened anew */
	bool retired; /* another one has taken over; freed when the job is done */

	char *path;
	int fd; /* -1: to be opened */
	enum privacy privacy;
	unsigned worker_count;
	const struct history **histories; /* by worker; NULL: none is kept */
	uint64_t *next;                   /* by worker: the first decision that has not been written */
	uint64_t lost;                    /* not told in the file yet */
	bool failing;                     /* the log says so */

	char *chunk; /* whole lines that wait to be written */
	size_t used;
	uint64_t lines;
};

/* --- writing --- */

static void fail(struct decisions *d)
{
	int error = errno;

	d->lost += d->lines;
	if (!d->failing)
		log_warning("decisions cannot be written to %s: %s", d->path, strerror(error));
	d->failing = true;
}

/* Not to wait for a reader where it is a pipe. */
static bool open_file(struct decisions *d)
{
	if (d->fd < 0)
		d->fd = open(d->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
	return d->fd >= 0;
}

/* All of it, or none: what was written of it is cut off again. */
static bool write_chunk(const struct decisions *d)
{
	struct stat st;
	size_t done = 0;
	int error;

	if (fstat(d->fd, &st) < 0)
		return false;
	while (done < d->used) {
		ssize_t written = write(d->fd, d->chunk + done, d->used - done);

		if (written > 0)
			done += (size_t)written;
		else if (errno != EINTR)
			break;
	}
	error = errno;
	if (done < d->used && ftruncate(d->fd, st.st_size) < 0)
		log_debug("%s may hold half a line: %s", d->path, strerror(errno));
	errno = error;
	return done == d->used;
}

static void flush(struct decisions *d)
{
	if (!d->used)
		return;
	if (open_file(d) && write_chunk(d)) {
		if (d->failing)
			log_notice("decisions are written to %s again", d->path);
		d->failing = false;
	} else {
		fail(d);
	}
	d->used = 0;
	d->lines = 0;
}

static void add(struct decisions *d, json_t *object)
{
	size_t length = object ? json_dumpb(object, d->chunk + d->used, CHUNK - d->used - 1, JSON_COMPACT) : 0;

	json_decref(object);
	if (!length || length >= CHUNK - d->used)
		return;
	d->used += length;
	d->chunk[d->used++] = '\n';
	d->lines++;
	if (d->used > CHUNK - LINE_MOST)
		flush(d);
}

/* Before what comes after them, once there is hope that it can be written. */
static void add_lost(struct decisions *d)
{
	uint64_t lost = d->lost;

	if (!lost)
		return;
	d->lost = 0;
	add(d, json_pack("{s:I}", "lost", (json_int_t)lost));
	d->lines += lost - 1; /* lost again, if this fails */
}

static json_t *decision_json(const struct decisions *d, const struct past_decision *past)
{
	json_t *object = past_json(past);

	if (d->privacy != PRIVACY_OFF)
		json_object_set_new(object, "host", json_null());
	if (d->privacy == PRIVACY_FULL) {
		json_object_set_new(object, "src", json_null());
		json_object_set_new(object, "dst", json_null());
	}
	return object;
}

static void write_history(struct decisions *d, const struct history *history, uint64_t *next)
{
	uint64_t end = history_end(history);
	struct past_decision past;

	*next = history_resume(history, *next, &d->lost);
	while (*next < end) {
		bool there = history_get(history, (*next)++, &past);

		add_lost(d);
		if (there)
			add(d, decision_json(d, &past));
		else
			d->lost++;
	}
}

static void write_all(struct decisions *d)
{
	for (unsigned i = 0; i < d->worker_count; i++)
		if (d->histories[i])
			write_history(d, d->histories[i], &d->next[i]);
	flush(d);
}

/* --- when --- */

static void work(struct job *job)
{
	write_all((struct decisions *)job);
}

static void decisions_free(struct decisions *d)
{
	if (d->fd >= 0)
		close(d->fd);
	loop_timer_close(d->daemon->loop, &d->timer);
	free(d->path);
	free(d->histories);
	free(d->next);
	free(d->chunk);
	free(d);
}

/* Takes notice of the workers' histories. Whether there is something to write. */
static bool has_news(struct decisions *d)
{
	bool news = false;

	for (unsigned i = 0; i < d->worker_count; i++) {
		d->histories[i] = worker_history(d->daemon->workers[i]);
		news |= d->histories[i] && history_end(d->histories[i]) != d->next[i];
	}
	return news;
}

static void begin_anew(struct decisions *d)
{
	if (d->again && d->fd >= 0) {
		close(d->fd);
		d->fd = -1;
	}
	d->again = false;
	d->privacy = d->daemon->ruleset->options.privacy;
}

static void done(struct job *job)
{
	struct decisions *d = (struct decisions *)job;

	d->working = false;
	if (d->retired)
		decisions_free(d);
}

static void on_time(void *ctx)
{
	struct decisions *d = ctx;

	if (d->working)
		return;
	begin_anew(d);
	if (!has_news(d))
		return;
	d->job.work = work;
	d->job.done = done;
	d->working = jobs_start(d->daemon->jobs, &d->job);
}

/* --- life --- */

static bool make(struct decisions *d, const char *path)
{
	const struct daemon *daemon = d->daemon;

	d->worker_count = daemon->worker_count;
	d->path = strdup(path);
	d->histories = calloc(d->worker_count + 1, sizeof *d->histories);
	d->next = calloc(d->worker_count + 1, sizeof *d->next);
	d->chunk = malloc(CHUNK);
	if (!d->path || !d->histories || !d->next || !d->chunk ||
	    !loop_timer_open(daemon->loop, &d->timer, on_time, d))
		return false;
	for (unsigned i = 0; i < d->worker_count; i++)
		if (worker_history(daemon->workers[i]))
			d->next[i] = history_end(worker_history(daemon->workers[i]));
	loop_timer_set(&d->timer, PERIOD_MS, true);
	return true;
}

static void open_decisions(struct daemon *daemon, const char *path)
{
	struct decisions *d = calloc(1, sizeof *d);

	if (!d)
		return;
	d->daemon = daemon;
	d->fd = d->timer.source.fd = -1;
	if (!make(d, path)) {
		log_warning("decisions are not written to %s: out of memory", path);
		decisions_free(d);
		return;
	}
	daemon->decisions = d;
	if (!worker_history(daemon->workers[0]))
		log_warning("no decisions are written to %s: none are kept, option history is 0", path);
	if (!open_file(d))
		fail(d);
}

/* What it has not written yet is written now, if no job is at it: then that has been but a moment ago. */
static void retire(struct decisions *d)
{
	d->retired = true;
	loop_timer_close(d->daemon->loop, &d->timer);
	if (d->working)
		return;
	begin_anew(d);
	if (has_news(d))
		write_all(d);
	decisions_free(d);
}

void decisions_follow(struct daemon *daemon)
{
	const char *path = daemon->ruleset->options.decisions;
	struct decisions *d = daemon->decisions;

	if (d && strcmp(d->path, path) == 0) {
		d->again = true;
		return;
	}
	daemon->decisions = NULL;
	if (d)
		retire(d);
	if (*path)
		open_decisions(daemon, path);
}

void decisions_close(struct daemon *daemon)
{
	if (daemon->decisions)
		loop_timer_close(daemon->loop, &daemon->decisions->timer);
}

void decisions_end(struct daemon *daemon)
{
	if (daemon->decisions)
		retire(daemon->decisions);
	daemon->decisions = NULL;
}
