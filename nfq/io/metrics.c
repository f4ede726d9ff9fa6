/* SPDX-License-Identifier: GPL-2.0-or-later
 * metrics.c - figures for Prometheus, by HTTP and in a file for node_exporter
 *
 * The HTTP server is a source of the main thread's loop like any other. Connections are counted every 15 seconds in a
 * job, so that a scrape waits for nothing.
 */
#include "metrics.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon_state.h"
#include "listen_text.h"
#include "log.h"

enum { PERIOD_MS = 15000, CONNECTIONS_MAX = 16, SILENT_SECONDS = 10 };

/* A count under way; outlives the metrics it was begun for. */
struct count {
	struct job job;
	struct daemon *daemon;
	unsigned generation;
	struct census census;
};

struct metrics {
	struct daemon *daemon;
	char *listen, *file; /* "": none */
	struct MHD_Daemon *http;
	struct loop_source source;
	struct loop_timer timer;
	struct count *count; /* the last; NULL: none yet */
};

/* --- the file --- */

/* Readers see the old one or the new one. */
static void write_file(const struct metrics *metrics)
{
	char *text = metrics_text(metrics->daemon, metrics->count ? &metrics->count->census : NULL,
				  metrics->count ? metrics->count->generation : 0);
	char path[4096];
	FILE *out;
	bool good;

	snprintf(path, sizeof path, "%s.new", metrics->file);
	out = text ? fopen(path, "we") : NULL;
	good = out && fputs(text, out) >= 0;
	if (out)
		good = fclose(out) == 0 && good;
	if (!good || rename(path, metrics->file) < 0)
		log_warning("metrics cannot be written to %s: %s", metrics->file, strerror(errno));
	free(text);
}

/* --- counting --- */

static void work(struct job *job)
{
	census_take(&((struct count *)job)->census);
}

static void count_free(struct count *count)
{
	if (count)
		census_free(&count->census);
	free(count);
}

static void counted(struct job *job)
{
	struct count *count = (struct count *)job;
	struct metrics *metrics = count->daemon->metrics;

	if (!metrics) {
		count_free(count);
		return;
	}
	count_free(metrics->count);
	metrics->count = count;
	if (*metrics->file)
		write_file(metrics);
}

static void on_time(void *ctx)
{
	struct metrics *metrics = ctx;
	struct daemon *daemon = metrics->daemon;
	struct count *count = calloc(1, sizeof *count);

	if (metrics->http)
		MHD_run(metrics->http); /* ends who is silent */
	if (!count || !census_init(&count->census, daemon->ruleset)) {
		free(count);
		return;
	}
	count->daemon = daemon;
	count->generation = daemon->ruleset->generation;
	count->job.work = work;
	count->job.done = counted;
	if (!jobs_start(daemon->jobs, &count->job))
		count_free(count);
}

/* --- HTTP --- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, char *text, const char *type)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type", type);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are the library's */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *data, size_t *size, void **state)
{
	const struct metrics *metrics = ctx;
	bool known = strcmp(url, "/metrics") == 0 && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
	char *text;

	(void)version;
	(void)data;
	(void)state;
	*size = 0;
	if (known)
		text = metrics_text(metrics->daemon, metrics->count ? &metrics->count->census : NULL,
				    metrics->count ? metrics->count->generation : 0);
	else
		text = strdup("nfqroute: GET /metrics\n");
	if (!text)
		return MHD_NO;
	return answer(connection, known ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, text,
		      known ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain");
}

static void on_ready(void *ctx, uint32_t events)
{
	(void)events;
	MHD_run(((struct metrics *)ctx)->http);
}

static bool serve(struct metrics *metrics)
{
	struct sockaddr_storage address;
	const union MHD_DaemonInfo *info;

	if (!listen_by_text(metrics->listen, &address))
		return false;
	metrics->http = MHD_start_daemon(
		MHD_USE_EPOLL | (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0), 0, NULL, NULL, on_request, metrics,
		MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_SECONDS, MHD_OPTION_END);
	info = metrics->http ? MHD_get_daemon_info(metrics->http, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info)
		return false;
	metrics->source = (struct loop_source){.fd = info->epoll_fd, .ready = on_ready, .ctx = metrics};
	return loop_add(metrics->daemon->loop, &metrics->source);
}

/* --- life --- */

void metrics_close(struct metrics *metrics)
{
	if (!metrics)
		return;
	metrics->daemon->metrics = NULL;
	loop_remove(metrics->daemon->loop, &metrics->source);
	if (metrics->http)
		MHD_stop_daemon(metrics->http);
	loop_timer_close(metrics->daemon->loop, &metrics->timer);
	if (metrics->file && *metrics->file)
		unlink(metrics->file); /* figures of who does not run any more would look like those of who does */
	count_free(metrics->count);
	free(metrics->listen);
	free(metrics->file);
	free(metrics);
}

static void open_metrics(struct daemon *daemon, const struct options *options)
{
	struct metrics *metrics = calloc(1, sizeof *metrics);

	if (!metrics)
		return;
	daemon->metrics = metrics;
	metrics->daemon = daemon;
	metrics->source.fd = metrics->timer.source.fd = -1;
	metrics->listen = strdup(options->metrics);
	metrics->file = strdup(options->metrics_file);
	if (!metrics->listen || !metrics->file || !loop_timer_open(daemon->loop, &metrics->timer, on_time, metrics)) {
		log_warning("there are no metrics: %s", strerror(errno));
		metrics_close(metrics);
		return;
	}
	errno = 0;
	if (*metrics->listen && !serve(metrics))
		log_warning("metrics cannot be served at %s: %s", metrics->listen, strerror(errno));
	loop_timer_set(&metrics->timer, PERIOD_MS, true);
	on_time(metrics);
}

void metrics_follow(struct daemon *daemon)
{
	const struct options *options = &daemon->ruleset->options;
	bool wanted = *options->metrics || *options->metrics_file;

	if (daemon->metrics && strcmp(daemon->metrics->listen, options->metrics) == 0 &&
	    strcmp(daemon->metrics->file, options->metrics_file) == 0)
		return;
	metrics_close(daemon->metrics);
	if (wanted)
		open_metrics(daemon, options);
}
