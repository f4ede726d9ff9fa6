/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_fault.c - has one call of the daemon's fail, for LD_PRELOAD
 *
 * NFQR_FAULT is "FUNCTION ERRNO WHICH": one call of that function from the daemon's own code or its libraries, in
 * it or in a child that runs no other program, fails with this errno. Netlink answers are cut short by "short 0 WHICH":
 * that message ends after its header. WHICH is a place, the innermost callers' addresses in one number, and the first
 * call from it fails; or, up to a million, the number of the call; 0: none. Addresses are the same in each run by
 * setarch -R. After the end the file NFQR_FAULT_LIST has a line that says how many calls there were, and one for each
 * place.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PLACES = 1 << 14, CALLERS = 12, NUMBERS = 1000000 };

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
	fprintf(list, "%lu\n", fault.count->calls);
	for (unsigned i = 0; i < PLACES; i++)
		if (fault.count->places[i])
			fprintf(list, "%lu\n", fault.count->places[i]);
	fclose(list);
}

/* The innermost callers as one number, which no number of a call is. */
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
	return hash | 1UL << 63;
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

		if (atomic_compare_exchange_strong(&fault.count->places[(place + i) % PLACES], &there, place))
			return true;
		if (there == place)
			return false;
	}
	return false;
}

/* Whether this call is the one. */
static bool fails(const char *function)
{
	unsigned long here, number;

	if (looking || strcmp(fault.function, function) != 0)
		return false;
	here = place();
	number = atomic_fetch_add(&fault.count->calls, 1) + 1;
	if (!is_new(here) && fault.which > NUMBERS)
		return false;
	if (fault.which != (fault.which > NUMBERS ? here : number))
		return false;
	tell_place();
	errno = fault.error;
	return true;
}

/* What the library has under that name, for what is more than a system call. */
static void *real(const char *function)
{
	void *found;

	looking = true;
	found = dlsym(RTLD_NEXT, function);
	looking = false;
	return found;
}

/* --- memory --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

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

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails("memory") ? NULL : __libc_memalign(alignment, size);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	return fails("mmap") ? MAP_FAILED : (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

/* --- sockets --- */

int socket(int domain, int type, int protocol)
{
	return fails("socket") ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
	return fails("bind") ? -1 : (int)syscall(SYS_bind, fd, address, size);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	return fails("connect") ? -1 : (int)syscall(SYS_connect, fd, address, size);
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	return fails("accept4") ? -1 : (int)syscall(SYS_accept4, fd, address, size, flags);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	return fails("setsockopt") ? -1 : (int)syscall(SYS_setsockopt, fd, level, option, value, size);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size)
{
	return fails("sendto") ? -1 : syscall(SYS_sendto, fd, bytes, length, flags, to, size);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
	return fails("send") ? -1 : syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
	return fails("recv") ? -1 : syscall(SYS_recvfrom, fd, bytes, length, flags, NULL, NULL);
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

/* --- files --- */

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return fails("open") ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
	return fails("fopen") ? NULL : ((FILE * (*)(const char *, const char *)) real("fopen"))(path, mode);
}

ssize_t read(int fd, void *bytes, size_t length)
{
	return fails("read") ? -1 : syscall(SYS_read, fd, bytes, length);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	/* the log is no matter of the daemon's */
	return fd != STDERR_FILENO && fails("write") ? -1 : syscall(SYS_write, fd, bytes, length);
}

int fsync(int fd)
{
	return fails("fsync") ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
	return fails("rename") ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int memfd_create(const char *name, unsigned flags)
{
	return fails("memfd") ? -1 : (int)syscall(SYS_memfd_create, name, flags);
}

/* --- events, threads, programs --- */

int epoll_create1(int flags)
{
	return fails("epoll_create1") ? -1 : (int)syscall(SYS_epoll_create1, flags);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	return fails("epoll_ctl") ? -1 : (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int room, int timeout)
{
	return fails("epoll_wait") ? -1 : (int)syscall(SYS_epoll_pwait, epoll, events, room, timeout, NULL, 0);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec left = timeout ? *timeout : (struct timespec){0}; /* the kernel writes to it */

	return fails("poll") ? -1 : (int)syscall(SYS_ppoll, fds, count, timeout ? &left : NULL, mask, _NSIG / 8);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	const struct timespec time = {timeout / 1000, timeout % 1000 * 1000000L};

	return ppoll(fds, count, timeout < 0 ? NULL : &time, NULL);
}

int eventfd(unsigned value, int flags)
{
	return fails("eventfd") ? -1 : (int)syscall(SYS_eventfd2, value, flags);
}

int timerfd_create(int clock, int flags)
{
	return fails("timerfd") ? -1 : (int)syscall(SYS_timerfd_create, clock, flags);
}

int signalfd(int fd, const sigset_t *mask, int flags)
{
	return fails("signalfd") ? -1 : (int)syscall(SYS_signalfd4, fd, mask, _NSIG / 8, flags);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
	typedef int creator(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	return fails("thread") ? errno : ((creator *)real("pthread_create"))(thread, attributes, run, context);
}

int posix_spawnp(pid_t *child, const char *file, const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
	typedef int spawner(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
			    char *const *, char *const *);

	if (fails("spawn"))
		return errno;
	return ((spawner *)real("posix_spawnp"))(child, file, actions, attributes, arguments, environment);
}

pid_t fork(void)
{
	return fails("fork") ? -1 : ((pid_t(*)(void))real("fork"))();
}

int pipe2(int ends[2], int flags)
{
	return fails("pipe2") ? -1 : (int)syscall(SYS_pipe2, ends, flags);
}
