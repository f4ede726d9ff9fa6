/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_stall.c - has the thread of queue 0 get stuck, for LD_PRELOAD
 *
 * The first thread of that name that receives while the file NFQR_STALL is there does not return before the file has gone
 * again. Later ones, and other threads, are let alone.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool is_queue(void)
{
	char name[16] = "";

	pthread_getname_np(pthread_self(), name, sizeof name);
	return strcmp(name, "queue 0") == 0;
}

int recvmmsg(int fd, struct mmsghdr *heads, unsigned count, int flags, struct timespec *timeout)
{
	static const struct timespec pause = {.tv_nsec = 20000000};
	static atomic_flag taken = ATOMIC_FLAG_INIT;
	const char *file = getenv("NFQR_STALL");

	if (file && is_queue() && access(file, F_OK) == 0 && !atomic_flag_test_and_set(&taken))
		while (access(file, F_OK) == 0)
			nanosleep(&pause, NULL);
	return (int)syscall(SYS_recvmmsg, fd, heads, count, flags, timeout);
}
