/* SPDX-License-Identifier: GPL-2.0-or-later
 * log.h - messages of the daemon, to stderr with sd-daemon(3) priority prefixes where systemd reads them
 */
#ifndef NFQROUTE_LOG_H
#define NFQROUTE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

/* Sets the least urgent level that is printed (default LOG_LEVEL_INFO). Before threads are started. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* One line; safe from any thread (one write(2) a line). */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
