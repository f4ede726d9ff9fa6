/* SPDX-License-Identifier: GPL-2.0-or-later
 * xtables_lock.c - the lock of the old iptables, for a daemon that is not root any more
 */
#include "xtables_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "log.h"

#define LOCK "/run/xtables.lock"
#define VARIABLE "XTABLES_LOCKFILE"

enum { TRIES = 100, PAUSE_MS = 100 };

/* One process, one such lock. -1: iptables takes it itself, or nobody can. */
static int lock = -1;

void xtables_lock_open(const char *directory)
{
	char own[PATH_MAX];

	if (getenv(VARIABLE))
		return;
	lock = open(LOCK, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		log_debug("%s: %s: changes of the old iptables by others are not waited for", LOCK,
			  strerror(errno));
	snprintf(own, sizeof own, "%s/xtables.lock", directory);
	setenv(VARIABLE, own, 1);
}

void xtables_lock_take(void)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};

	for (int i = 0; lock >= 0 && i < TRIES; i++) {
		if (flock(lock, LOCK_EX | LOCK_NB) == 0)
			return;
		nanosleep(&pause, NULL);
	}
	if (lock >= 0)
		log_warning("somebody has held %s for ten seconds: not waited for any longer", LOCK);
}

void xtables_lock_release(void)
{
	if (lock >= 0)
		flock(lock, LOCK_UN);
}
