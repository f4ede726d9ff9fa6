/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned_keeper.c - part of the daemon: the table of what is learned, from start to end
 *
 * It is read before the first connection comes, written every few minutes in a thread of its own, and once more at the
 * end. What goes wrong with that is told and costs nothing but the memory of it.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <urcu-bp.h>

#include "daemon_state.h"
#include "learned_file.h"
#include "log.h"
#include "secret.h"

#define SAVE_MS (5 * 60 * 1000)

struct saving {
	struct job job;
	struct daemon *daemon;
	struct learned *table;
	char *path;
	long count;
	char error[ERROR_MAX];
};

/* NULL: nothing is kept. */
static const char *path_of(const struct daemon *daemon)
{
	const struct options *o = &daemon->ruleset->options;

	return o->learned ? learned_file_path(o->learned_file) : NULL;
}

/* Only what is called after this program is given away as a directory; other places are their owners' to open. */
void daemon_give_learned(const struct daemon *daemon)
{
	const char *path = path_of(daemon), *slash = path ? strrchr(path, '/') : NULL;
	char directory[PATH_MAX];

	if (!slash || snprintf(directory, sizeof directory, "%.*s", (int)(slash - path), path) >= PATH_MAX)
		return;
	if (strcmp(directory, LEARNED_DIRECTORY) == 0)
		privileges_give(&daemon->identity, directory, slash + 1);
}

static void save_elsewhere(struct job *job)
{
	struct saving *saving = (struct saving *)job;

	saving->count = learned_save(saving->table, saving->path, saving->error, sizeof saving->error);
}

static void saved(struct job *job)
{
	struct saving *saving = (struct saving *)job;

	saving->daemon->saving = false;
	if (saving->count < 0)
		log_warning("what was learned is not saved: %s", saving->error);
	else
		log_debug("saved %ld learned destinations", saving->count);
	free(saving->path);
	free(saving);
}

static void save_now_and_then(void *ctx)
{
	struct daemon *daemon = ctx;
	const char *path = path_of(daemon);
	struct saving *saving = path && !daemon->saving ? calloc(1, sizeof *saving) : NULL;

	if (!saving)
		return;
	saving->job.work = save_elsewhere;
	saving->job.done = saved;
	saving->daemon = daemon;
	saving->table = daemon->learned;
	saving->path = strdup(path);
	daemon->saving = saving->path && jobs_start(daemon->jobs, &saving->job);
	if (daemon->saving)
		return;
	free(saving->path);
	free(saving);
}

static void read_saved(struct daemon *daemon)
{
	const char *path = path_of(daemon);
	char error[ERROR_MAX];
	long count;

	if (!path)
		return;
	count = learned_load(daemon->learned, path, daemon->ruleset->options.learned_ttl_max_ms * 1000000ULL, error,
			     sizeof error);
	if (count < 0)
		log_warning("what was learned before is not used: %s", error);
	else if (count)
		log_info("learned destinations of before: %ld, from %s", count, path);
}

/* Made when the rules have not asked for it, too: a reload may. */
bool daemon_start_learning(struct daemon *daemon)
{
	daemon->learned = learned_new(daemon->ruleset->options.learned_entries, secret_number());
	if (!daemon->learned) {
		log_error("no memory for %u learned destinations", daemon->ruleset->options.learned_entries);
		return false;
	}
	/* the thread that frees what is replaced: those of the queues, which replace it, may begin none (syscalls.h) */
	get_default_call_rcu_data();
	read_saved(daemon);
	if (loop_timer_open(daemon->loop, &daemon->save_learned, save_now_and_then, daemon))
		loop_timer_set(&daemon->save_learned, SAVE_MS, true);
	return true;
}

void daemon_save_learned(const struct daemon *daemon)
{
	const char *path = daemon->learned ? path_of(daemon) : NULL;
	char error[ERROR_MAX];

	if (path && learned_save(daemon->learned, path, error, sizeof error) < 0)
		log_warning("what was learned is not saved: %s", error);
}
