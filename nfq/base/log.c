/* SPDX-License-Identifier: GPL-2.0-or-later
 * log.c - one write(2) per message
 *
 * A line is put together in one buffer and written at once, so that lines of several threads never mix and no lock
 * is needed. Where stderr is the journal's socket the line begins with its priority as sd-daemon(3) says; on a
 * terminal or in a file that would only be noise.
 */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048 /* longer lines are cut; a pipe's write is atomic up to 4,096 bytes */

/* Not const, but set once before threads start; the level has to be somewhere. */
static enum log_level highest = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	highest = level;
}

bool log_enabled(enum log_level level)
{
	return level <= highest;
}

/* $JOURNAL_STREAM holds "device:inode" of the stream that systemd reads (systemd.exec(5)). */
static bool to_journal(void)
{
	unsigned long long device, inode;
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

static size_t begin(enum log_level level, char *line)
{
	static const char *const words[] = {
		[LOG_LEVEL_ERROR] = "error: ", [LOG_LEVEL_WARNING] = "warning: ", [LOG_LEVEL_NOTICE] = "",
		[LOG_LEVEL_INFO] = "",         [LOG_LEVEL_DEBUG] = "debug: ",
	};

	if (to_journal())
		return (size_t)sprintf(line, "<%d>", (int)level);
	return (size_t)sprintf(line, "nfqroute: %s", words[level]);
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	int saved = errno;
	va_list args;
	size_t used;
	int more;

	if (!log_enabled(level))
		return;
	used = begin(level, line);
	errno = saved; /* for %m */
	va_start(args, format);
	more = vsnprintf(line + used, sizeof line - used, format, args);
	va_end(args);
	if (more > 0)
		used += (size_t)more;
	if (used > sizeof line - 1)
		used = sizeof line - 1;
	line[used++] = '\n';
	while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
		;
	errno = saved;
}
