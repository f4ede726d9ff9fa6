/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_fault.c - has one call of the daemon's fail, for LD_PRELOAD
 *
 * NFQR_FAULT is "FUNCTION ERRNO WHICH": one call of that function from the daemon's own code or its libraries, in
 * it or in a child that runs no other program, fails with this errno: the WHICH-th one. 0: none. Netlink answers
 * are cut short by "short 0 N": the N-th message that is received ends after its header. After the end a line for
 * each WHICH that there is to try is written to the file NFQR_FAULT_LIST.
 *
 * Memory is asked for ten thousand times, most of it from the same places. So there WHICH is a place, the
 * innermost callers' addresses in one number, and the first call from it fails. Addresses are the same in each run
 * by setarch -R.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PLACES = 1 << 14, CALLERS = 12 };

/* What a child counts is counted. */
struct count {
	atomic_ulong calls;
	atomic_ulong places[PLACES]; /* by what they hash to, or the next free one behind it; 0: free */
};

static struct {
	char function[32];
	int error;
	unsigned long which;
	struct count *count;
} fault;

static _Thread_local bool looking;

__attribute__((constructor)) static void read_fault(void)
{
	const char *text = getenv("NFQR_FAULT");
	void *first[1];

	if (!text)
		return;
	looking = true;
	backtrace(first, 1); /* loads what it needs */
	looking = false;
	fault.count = mmap(NULL, sizeof *fault.count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fault.count != MAP_FAILED)
		sscanf(text, "%31s %d %lu", fault.function, &fault.error, &fault.which);
	unsetenv("LD_PRELOAD"); /* what the daemon runs is let alone */
}

__attribute__((destructor)) static void write_list(void)
{
	const char *name = getenv("NFQR_FAULT_LIST");
	FILE *list = name && *fault.function ? fopen(name, "we") : NULL;

	if (!list)
		return;
	for (unsigned long i = 0; i < fault.count->calls; i++)
		fprintf(list, "%lu\n", i + 1);
	for (unsigned i = 0; i < PLACES; i++)
		if (fault.count->places[i])
			fprintf(list, "%lu\n", fault.count->places[i]);
	fclose(list);
}

/* The innermost callers of malloc() and its like as one number, which is not 0. */
static unsigned long place(void)
{
	void *callers[CALLERS];
	unsigned long hash = 14695981039346656037UL;
	int count;

	looking = true;
	count = backtrace(callers, CALLERS);
	looking = false;
	for (int i = 2; i < count; i++)
		hash = (hash ^ (uintptr_t)callers[i]) * 1099511628211UL;
	return hash | 1;
}

/* To the log, for whoever has to mend it. */
static void tell_place(void)
{
	void *callers[CALLERS];

	looking = true;
	backtrace_symbols_fd(callers, backtrace(callers, CALLERS), STDERR_FILENO);
	looking = false;
}

/* false: it has been seen, or there is no room for it. */
static bool is_new(unsigned long place)
{
	for (unsigned i = 0; i < PLACES; i++) {
		unsigned long there = 0;

		if (atomic_compare_exchange_strong(&fault.count->places[(place / 2 + i) % PLACES], &there, place))
			return true;
		if (there == place)
			return false;
	}
	return false;
}

/* Whether this call is the one. */
static bool fails(const char *function)
{
	if (strcmp(fault.function, function) != 0 || atomic_fetch_add(&fault.count->calls, 1) + 1 != fault.which)
		return false;
	errno = fault.error;
	return true;
}

static bool memory_fails(void)
{
	unsigned long here;

	if (looking || strcmp(fault.function, "memory") != 0)
		return false;
	here = place();
	if (!is_new(here) || here != fault.which)
		return false;
	tell_place();
	errno = fault.error;
	return true;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return memory_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return memory_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return memory_fails() ? NULL : __libc_realloc(old, size);
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
