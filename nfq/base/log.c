/* SPDX-License-Identifier: GPL-2.0-or-later
 * log.c - one write(2) per message
 *
 * A line is put together in one buffer and written at once, so that lines of several threads never mix and no lock
 * is needed. Where stderr is the journal's socket, messages go to the journal by its own protocol, with their fields;
 * if that fails, to stderr with the priority in front as sd-daemon(3) says.
 */
#include "log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "journal.h"

#define LINE_MAX_BYTES 2048 /* longer lines are cut; a pipe's write is atomic up to 4,096 bytes */

/* Not const, but set once before threads start; the level has to be somewhere. */
static enum log_level highest = LOG_LEVEL_INFO;

/* What of each level has been told in the window at hand. Two threads that begin a window at the same time may tell a
 * few messages more. */
static struct limit {
	_Atomic uint64_t window; /* its number since the machine was started */
	_Atomic unsigned told;
	_Atomic uint64_t suppressed; /* since it was last said how many */
} limits[LOG_LEVEL_DEBUG + 1];

void log_set_level(enum log_level level)
{
	highest = level;
}

bool log_enabled(enum log_level level)
{
	return level <= highest;
}

/* --- one line --- */

static size_t begin(enum log_level level, bool journal, char *line)
{
	static const char *const words[] = {
		[LOG_LEVEL_ERROR] = "error: ", [LOG_LEVEL_WARNING] = "warning: ", [LOG_LEVEL_NOTICE] = "",
		[LOG_LEVEL_INFO] = "",         [LOG_LEVEL_DEBUG] = "debug: ",
	};

	if (journal)
		return (size_t)sprintf(line, "<%d>", (int)level);
	return (size_t)sprintf(line, "nfqroute: %s", words[level]);
}

static void put(enum log_level level, const struct log_field *fields, size_t count, const char *text)
{
	bool journal = journal_reads_stderr();
	size_t length = strlen(text), used;
	char line[LINE_MAX_BYTES + 32];

	if (journal && journal_send(level, text, length, fields, count))
		return;
	used = begin(level, journal, line);
	if (length > sizeof line - used - 1)
		length = sizeof line - used - 1;
	memcpy(line + used, text, length);
	used += length;
	line[used++] = '\n';
	while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
		;
}

/* --- not too many --- */

static void tell_suppressed(enum log_level level)
{
	uint64_t number = atomic_exchange(&limits[level].suppressed, 0);
	char text[96];

	if (!number)
		return;
	snprintf(text, sizeof text, "%llu messages suppressed, beyond %d of a level in %d s", (unsigned long long)number,
		 LOG_BURST, LOG_WINDOW);
	put(level, NULL, 0, text);
}

void log_tell_suppressed(void)
{
	for (enum log_level level = 0; level < LOG_LEVEL_DEBUG; level++)
		tell_suppressed(level);
}

static bool may_be_told(enum log_level level)
{
	struct limit *limit = &limits[level];
	struct timespec now;
	uint64_t window;

	if (level >= LOG_LEVEL_DEBUG)
		return true;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	window = (uint64_t)now.tv_sec / LOG_WINDOW;
	if (atomic_exchange(&limit->window, window) != window) {
		atomic_store(&limit->told, 0);
		tell_suppressed(level);
	}
	if (atomic_fetch_add(&limit->told, 1) < LOG_BURST)
		return true;
	atomic_fetch_add(&limit->suppressed, 1);
	return false;
}

/* --- what others call --- */

void log_with(enum log_level level, const struct log_field *fields, size_t count, const char *text)
{
	int saved = errno;

	if (log_enabled(level) && may_be_told(level))
		put(level, fields, count, text);
	errno = saved;
}

void log_line(enum log_level level, const char *format, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	if (!log_enabled(level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	log_with(level, NULL, 0, text);
}
