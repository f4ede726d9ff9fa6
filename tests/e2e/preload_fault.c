/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_fault.c - has one call of the daemon's fail, for LD_PRELOAD
 *
 * NFQR_FAULT is "FUNCTION ERRNO N": the N-th call of that function from the daemon's own code or its libraries fails with this
 * errno; N 0: none. Netlink answers are cut short by "short 0 N": the N-th message that is received ends after its header. After
 * the end the number of calls is written to the file NFQR_FAULT_COUNT: so many N there are to try.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
	char function[32];
	int error;
	long at;
	atomic_long calls;
} fault;

__attribute__((constructor)) static void read_fault(void)
{
	const char *text = getenv("NFQR_FAULT");

	if (text)
		sscanf(text, "%31s %d %ld", fault.function, &fault.error, &fault.at);
	unsetenv("LD_PRELOAD"); /* what the daemon runs is let alone */
}

__attribute__((destructor)) static void write_count(void)
{
	const char *name = getenv("NFQR_FAULT_COUNT");
	int fd = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

	if (fd < 0)
		return;
	dprintf(fd, "%ld\n", atomic_load(&fault.calls));
	close(fd);
}

/* Whether this call is the one. */
static bool fails(const char *function)
{
	if (strcmp(fault.function, function) != 0 || atomic_fetch_add(&fault.calls, 1) + 1 != fault.at)
		return false;
	errno = fault.error;
	return true;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return fails("memory") ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails("memory") ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails("memory") ? NULL : __libc_realloc(old, size);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size)
{
	return fails("sendto") ? -1 : syscall(SYS_sendto, fd, bytes, length, flags, to, size);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t got = fails("recvmsg") ? -1 : syscall(SYS_recvmsg, fd, message, flags);

	return got > 16 && fails("short") ? 16 : got;
}

int recvmmsg(int fd, struct mmsghdr *heads, unsigned count, int flags, struct timespec *timeout)
{
	return fails("recvmmsg") ? -1 : (int)syscall(SYS_recvmmsg, fd, heads, count, flags, timeout);
}

int socket(int domain, int type, int protocol)
{
	return fails("socket") ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	/* the log is no matter of the daemon's */
	return fd != STDERR_FILENO && fails("write") ? -1 : syscall(SYS_write, fd, bytes, length);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return fails("open") ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
