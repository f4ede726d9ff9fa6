/* SPDX-License-Identifier: GPL-2.0-or-later
 * syscalls.c - system calls are filtered: programs are made once, loaded by whom they are for
 *
 * Each is made by a process of its own, which is lost alone where libseccomp lacks memory and crashes or turns for
 * good; and what libseccomp takes for it, a megabyte, is gone with that process.
 *
 * clone3(2) cannot be looked into, so it is missing, and libraries take clone(2); as they do so for every thread,
 * a filter of its own, which does not tell the log, says so.
 */
#include "syscalls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sanitized.h"
#include "syscalls_list.h"

enum { MAKING_SECONDS = 2 }; /* of a processor; it takes a hundredth of one */

/* --- programs --- */

static _Noreturn void make_here(enum syscalls_stage stage, bool root, int fd)
{
	const struct rlimit limit = {MAKING_SECONDS, MAKING_SECONDS};

	setrlimit(RLIMIT_CPU, &limit);
	_exit(syscalls_export(stage, root, fd));
}

/* 0, or an errno value: the child's own, or what makes it crash. */
static int await(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : ENOMEM;
}

static int read_program(int fd, struct sock_fprog *program)
{
	struct stat stat;
	size_t size;

	if (fstat(fd, &stat) < 0)
		return errno;
	size = (size_t)stat.st_size;
	if (!size || size % sizeof *program->filter || size / sizeof *program->filter > BPF_MAXINSNS)
		return EINVAL;
	program->filter = malloc(size);
	if (!program->filter)
		return ENOMEM;
	program->len = (unsigned short)(size / sizeof *program->filter);
	return pread(fd, program->filter, size, 0) == (ssize_t)size ? 0 : EIO;
}

static int make(enum syscalls_stage stage, bool root, struct sock_fprog *program)
{
	int fd = memfd_create("syscalls", MFD_CLOEXEC), failed;
	pid_t child;

	if (fd < 0)
		return errno;
	child = fork();
	if (child == 0)
		make_here(stage, root, fd);
	failed = child < 0 ? errno : await(child);
	if (!failed)
		failed = read_program(fd, program);
	close(fd);
	return failed;
}

int syscalls_make(struct syscalls *calls, bool root)
{
	int failed = 0;

	for (enum syscalls_stage stage = 0; stage < SYSCALLS_STAGES && !failed; stage++)
		failed = make(stage, root, &calls->programs[stage]);
	if (failed)
		syscalls_free(calls);
	return failed;
}

void syscalls_free(struct syscalls *calls)
{
	for (enum syscalls_stage stage = 0; stage < SYSCALLS_STAGES; stage++)
		free(calls->programs[stage].filter);
	*calls = (struct syscalls){0};
}

/* --- in force --- */

/* What is missing in an older kernel is not insisted on: the log (4.14), and that what is filtered is not slowed
 * down by closing a side channel, which matters only to who runs code of others (4.17; since 5.16 nobody is). */
static int load(const struct sock_fprog *program, unsigned flags)
{
	static const unsigned forgone[] = {0, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
					   SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_LOG};
	long failed = -1;

	errno = EINVAL;
	for (size_t i = 0; i < sizeof forgone / sizeof *forgone && failed < 0 && errno == EINVAL; i++)
		failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags & ~forgone[i], program);
	if (failed > 0) /* the number of a thread that has filters of its own */
		return ESRCH;
	return failed < 0 ? errno : 0;
}

static int refuse_clone3(void)
{
	static struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof steps / sizeof *steps, steps};

	return load(&program, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
}

int syscalls_restrict(const struct syscalls *calls, enum syscalls_stage stage)
{
	unsigned flags = SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	int failed = 0;

	if (!calls->programs[stage].len || (SANITIZED && stage == SYSCALLS_QUEUE))
		return 0;
	if (stage == SYSCALLS_DAEMON) {
		flags |= SECCOMP_FILTER_FLAG_TSYNC;
		failed = refuse_clone3();
	}
	return failed ? failed : load(&calls->programs[stage], flags);
}
