/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_malloc.c - counts what the threads of queues allocate, for LD_PRELOAD
 *
 * From its first receiving on, each such thread counts its calls of malloc(), calloc(), realloc(), aligned_alloc()
 * and posix_memalign(). At each receiving after NFQR_MALLOC_AFTER packets (what is allocated once, at the first of
 * something, has been by then) the file NFQR_MALLOC is told "PACKETS CALLS", a line of what came since. Not for
 * builds with a sanitizer, which has these functions itself.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of the GNU C library, beside those that stand in front of them here. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static int file = -1;
static unsigned long after;
static _Thread_local unsigned long packets, calls;

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("NFQR_MALLOC"), *number = getenv("NFQR_MALLOC_AFTER");

	if (name)
		file = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	after = number ? strtoul(number, NULL, 10) : 0;
	unsetenv("LD_PRELOAD"); /* what the daemon runs is let alone */
}

void *malloc(size_t size)
{
	calls++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	calls++;
	return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	calls++;
	return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	calls++;
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	calls++;
	*memory = __libc_memalign(alignment, size);
	return *memory ? 0 : ENOMEM;
}

static void tell(void)
{
	char line[64];
	int length = snprintf(line, sizeof line, "%lu %lu\n", packets - after, calls);

	if (write(file, line, (size_t)length) != length)
		abort();
}

int recvmmsg(int fd, struct mmsghdr *heads, unsigned count, int flags, struct timespec *timeout)
{
	int got;

	if (packets > after)
		tell();
	else
		calls = 0;
	got = (int)syscall(SYS_recvmmsg, fd, heads, count, flags, timeout);
	packets += got > 0 ? (unsigned)got : 0;
	return got;
}
