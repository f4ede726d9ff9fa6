/* SPDX-License-Identifier: GPL-2.0-or-later
 * preload_forbidden.c - has the daemon try what it may not, as somebody would who has got hold of it, for
 * LD_PRELOAD
 *
 * The main thread tries before it waits for an event the first time, each queue's thread before it receives the
 * first time. A line "THREAD CALL ERRNO" for each is written to the file NFQR_TRIED, which is opened at the start;
 * errno 0: it could be done. None of them would do harm if it could: they lack what they would need.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int tried = -1;

__attribute__((constructor)) static void open_file(void)
{
	const char *name = getenv("NFQR_TRIED");

	if (name)
		tried = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	unsetenv("LD_PRELOAD"); /* what the daemon runs is let alone */
}

static void say(const char *thread, const char *call, long result)
{
	int error = result < 0 ? errno : 0;

	dprintf(tried, "%s %s %d\n", thread, call, error);
}

/* Arguments that mean nothing get another errno than ENOSYS where the call is let in. */
#define TRY(call, ...) say(thread, #call, syscall(SYS_##call, __VA_ARGS__))

static void try_all(const char *thread)
{
	static const char *const argv[] = {"/bin/sh", "-c", "exit", NULL};

	TRY(ptrace, PTRACE_PEEKDATA, 0, 0, 0);
	TRY(mount, NULL, "/nowhere", NULL, 0, NULL);
	TRY(umount2, "/nowhere", 0);
	TRY(bpf, -1, NULL, 0);
	TRY(kexec_load, 0, 0, NULL, -1);
	TRY(unshare, -1);
	TRY(setns, -1, 0);
	TRY(pivot_root, "/nowhere", "/nowhere");
	TRY(chroot, "/nowhere");
	TRY(keyctl, -1, 0, 0, 0, 0);
	TRY(add_key, NULL, NULL, NULL, 0, 0);
	TRY(perf_event_open, NULL, 0, 0, -1, 0);
	TRY(process_vm_writev, 0, NULL, 0, NULL, 0, 1);
	TRY(io_uring_setup, 0, NULL);
	TRY(userfaultfd, -1);
	TRY(setresuid, -1, -1, -1);
	TRY(reboot, 0, 0, 0, NULL);
	TRY(swapon, "/nowhere", 0);
	TRY(settimeofday, NULL, NULL);
	TRY(sethostname, NULL, -1);
	TRY(acct, "/nowhere");
	TRY(clone3, NULL, 0);
	TRY(clone, CLONE_NEWUSER | CLONE_THREAD, 0, 0, 0, 0);
	TRY(socket, AF_PACKET, SOCK_RAW, 0);
	TRY(socket, AF_VSOCK, SOCK_STREAM, 0);
	/* what is for the others than a queue's thread: */
	TRY(openat, -1, "nowhere", O_RDONLY, 0);
	TRY(execve, "/nowhere", argv, NULL);
	TRY(unlinkat, -1, "nowhere", 0);
	TRY(clone, CLONE_SIGHAND, 0, 0, 0, 0);
	TRY(kill, 1, -1);
	TRY(prctl, -1, 0, 0, 0, 0);
	TRY(ioctl, -1, 0, NULL);
	TRY(connect, -1, NULL, 0);
	TRY(socket, AF_INET, -1, 0);
}

/* Of libseccomp: a kernel that has no filters, if NFQR_NO_SECCOMP is set. */
int seccomp_export_bpf(void *filter, int fd);
int seccomp_export_bpf(void *filter, int fd)
{
	int (*export)(void *, int) = (int (*)(void *, int))dlsym(RTLD_NEXT, "seccomp_export_bpf");

	return getenv("NFQR_NO_SECCOMP") || !export ? -EINVAL : export(filter, fd);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
	static bool done;

	if (!done)
		try_all("main");
	done = true;
	return (int)syscall(SYS_epoll_wait, epoll, events, most, timeout);
}

int recvmmsg(int fd, struct mmsghdr *heads, unsigned count, int flags, struct timespec *timeout)
{
	static _Thread_local bool done;

	if (!done)
		try_all("queue");
	done = true;
	return (int)syscall(SYS_recvmmsg, fd, heads, count, flags, timeout);
}
