/* SPDX-License-Identifier: GPL-2.0-or-later
 * log.h - messages of the daemon: to stderr, or with fields to the journal where systemd reads that
 *
 * Of one level at most LOG_BURST messages in LOG_WINDOW seconds are told, then how many were not; all of them for
 * debugging, as those are asked for.
 */
#ifndef NFQROUTE_LOG_H
#define NFQROUTE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* The numbers are those of syslog(3). */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

enum { LOG_BURST = 1000, LOG_WINDOW = 10, LOG_FIELDS_MAX = 8 };

/* Sets the least urgent level that is printed (default LOG_LEVEL_INFO). Before threads are started. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* One line; safe from any thread (one write(2) a line). */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A field of a message in the journal, by which journalctl(1) can choose. */
struct log_field {
	const char *name; /* upper case: "RULE" */
	const char *text; /* "" or NULL: this message has none */
};

/* The same with at most LOG_FIELDS_MAX fields, which only the journal sees. */
void log_with(enum log_level level, const struct log_field *fields, size_t count, const char *text);

/* Tells how many messages have not been told, if any: at the end, and whenever figures are wanted. */
void log_tell_suppressed(void);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
