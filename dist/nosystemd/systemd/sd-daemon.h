/* SPDX-License-Identifier: GPL-2.0-or-later
 * sd-daemon.h - for systems without libsystemd (Alpine, OpenWrt): nobody is there to be told. See sd_notify(3).
 */
#ifndef NFQROUTE_NO_SD_DAEMON_H
#define NFQROUTE_NO_SD_DAEMON_H

#include <stdint.h>

static inline int sd_notify(int unset, const char *state)
{
	(void)unset, (void)state;
	return 0;
}

static inline int sd_notifyf(int unset, const char *format, ...)
{
	(void)unset, (void)format;
	return 0;
}

#define SD_LISTEN_FDS_START 3

static inline int sd_booted(void)
{
	return 0;
}

static inline int sd_listen_fds_with_names(int unset, char ***names)
{
	(void)unset, (void)names;
	return 0;
}

static inline int sd_pid_notify_with_fds(int pid, int unset, const char *state, const int *fds, unsigned count)
{
	(void)pid, (void)unset, (void)state, (void)fds, (void)count;
	return 0;
}

static inline int sd_watchdog_enabled(int unset, uint64_t *microseconds)
{
	(void)unset, (void)microseconds;
	return 0;
}

#endif
