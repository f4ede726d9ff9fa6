/* SPDX-License-Identifier: GPL-2.0-or-later
 * xtables_lock.c - the lock of the old iptables, held by the daemon for the iptables that it runs
 */
#include "xtables_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define VARIABLE "XTABLES_LOCKFILE"

enum { TRIES = 100, PAUSE_MS = 100 };

/* One process, one such lock. -1: iptables takes it itself, or nobody can. */
static int lock = -1;
static unsigned holders;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER; /* of holders */

void xtables_lock_open(const char *directory)
{
	char own[PATH_MAX];

	if (getenv(VARIABLE) || (mkdir(directory, 0755) != 0 && errno != EEXIST) || access(directory, W_OK) != 0)
		return;
	lock = open(XTABLES_LOCK, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		log_debug("%s: %s: changes of the old iptables by others are not waited for", XTABLES_LOCK,
			  strerror(errno));
	snprintf(own, sizeof own, "%s/xtables.lock", directory);
	setenv(VARIABLE, own, 1);
}

bool xtables_lock_try(void)
{
	bool held;

	pthread_mutex_lock(&counting);
	held = lock < 0 || holders || flock(lock, LOCK_EX | LOCK_NB) == 0;
	holders += held;
	pthread_mutex_unlock(&counting);
	return held;
}

bool xtables_lock_take(void)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};

	for (int i = 0; i < TRIES; i++) {
		if (xtables_lock_try())
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

void xtables_lock_release(void)
{
	pthread_mutex_lock(&counting);
	if (--holders == 0 && lock >= 0)
		flock(lock, LOCK_UN);
	pthread_mutex_unlock(&counting);
}
