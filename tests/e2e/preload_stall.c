/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_stall.c - has the thread of a queue get stuck, for LD_PRELOAD
 *
 * The first that receives while the file NFQR_STALL begins with '1' does not return before it begins with
 * something else; later ones are let alone. The file is mapped at the start, as the thread may open none.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const _Atomic char *stall;

__attribute__((constructor)) static void map_file(void)
{
	const char *name = getenv("NFQR_STALL");
	int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	void *page = fd >= 0 ? mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (page != MAP_FAILED)
		stall = page;
	if (fd >= 0)
		close(fd);
}

int recvmmsg(int fd, struct mmsghdr *heads, unsigned count, int flags, struct timespec *timeout)
{
	static const struct timespec pause = {.tv_nsec = 20000000};
	static atomic_flag taken = ATOMIC_FLAG_INIT;

	if (stall && *stall == '1' && !atomic_flag_test_and_set(&taken))
		while (*stall == '1')
			nanosleep(&pause, NULL);
	return (int)syscall(SYS_recvmmsg, fd, heads, count, flags, timeout);
}
