/* SPDX-License-Identifier: GPL-2.0-or-later
 * syscalls_list.c - the lists of system calls, by stage, made into the kernel's programs by libseccomp
 *
 * Names and not numbers: one that an architecture or libseccomp does not have is passed over. Calls that do too
 * many things are let in by their arguments.
 */
#include "syscalls_list.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/socket.h>

#include "sanitized.h"

/* Packets, verdicts, memory, time, waiting, the log: what the thread of a queue needs. */
static const char queue_calls[] =
	"brk clock_getres clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close exit "
	"exit_group fcntl fcntl64 fstat fstat64 fstatat64 ftruncate ftruncate64 futex futex_time64 getcpu getpid "
	"getrandom getsockname getsockopt gettid gettimeofday lseek madvise membarrier memfd_create mmap "
	"mmap2 mprotect mremap munmap nanosleep newfstatat poll ppoll ppoll_time64 read readv recv recvfrom "
	"recvmmsg "
	"recvmmsg_time64 recvmsg restart_syscall rseq rt_sigprocmask rt_sigreturn sched_yield send sendmmsg "
	"sendmsg sendto set_robust_list setsockopt sigreturn statx time write writev";

/* What the other threads, iptables and the loader of programs need as well: files; sockets, events; threads,
 * programs. */
static const char daemon_calls[] =
	"_llseek access chmod chown chown32 copy_file_range creat dup dup2 dup3 faccessat faccessat2 "
	"fadvise64 fadvise64_64 fallocate fchmod fchmodat fchmodat2 fchown fchown32 fchownat fdatasync flock "
	"fstatfs fstatfs64 fsync getcwd getdents getdents64 getxattr ioctl lgetxattr link linkat "
	"lstat lstat64 mkdir mkdirat open openat openat2 pread64 preadv pwrite64 pwritev readlink "
	"readlinkat rename renameat renameat2 rmdir stat stat64 statfs statfs64 truncate unlink "
	"unlinkat utimensat utimensat_time64 "
	"accept accept4 bind connect getpeername listen shutdown socketpair epoll_create epoll_create1 "
	"epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 signalfd signalfd4 timerfd_create "
	"timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 _newselect select pselect6 "
	"pselect6_time64 pipe pipe2 sendfile sendfile64 "
	"alarm arch_prctl cacheflush capget capset close_range execve fork get_robust_list getegid getegid32 "
	"geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid getpgrp getppid getpriority "
	"getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid getuid getuid32 kill pause "
	"prctl prlimit64 riscv_flush_icache riscv_hwprobe rt_sigaction rt_sigpending rt_sigqueueinfo "
	"rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 sched_getaffinity seccomp set_thread_area "
	"set_tid_address set_tls setitimer sigaction sigaltstack sigprocmask sysinfo tgkill tkill ugetrlimit "
	"umask uname vfork wait4 waitid waitpid clone3";

/* The leak sanitizer looks at this process from another one; the others ask where their stacks end. */
static const char sanitizer_calls[] = "ptrace process_vm_readv sched_getparam sched_getscheduler setrlimit";

/* As long as it is root, iptables can have modprobe(8) load what the kernel does not find by itself. */
static const char root_calls[] = "finit_module init_module";

#define MISSING SCMP_ACT_ERRNO(ENOSYS) /* as if the kernel had never heard of it */

enum { NAME_ROOM = 32 };

static const int daemon_families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

/* Of clone(2): what would begin a namespace. Its flags are the second argument on one architecture. */
#define NAMESPACES                                                                                                \
	((scmp_datum_t)CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |              \
	 CLONE_NEWPID | CLONE_NEWNET)
#ifdef __s390__
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif

/* calls: names with a blank between two */
static int allow(scmp_filter_ctx filter, const char *calls)
{
	char name[NAME_ROOM];
	int used, failed = 0;

	for (; !failed && sscanf(calls, "%31s%n", name, &used) == 1; calls += used) {
		int number = seccomp_syscall_resolve_name(name);

		if (number != __NR_SCMP_ERROR)
			failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
		if (failed == -EDOM || failed == -EFAULT) /* this architecture does not have it */
			failed = 0;
	}
	return failed;
}

static int allow_sockets(scmp_filter_ctx filter, const int *families, size_t count)
{
	int failed = 0;

	for (size_t i = 0; i < count && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
					  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
	return failed;
}

static int list_daemon(scmp_filter_ctx filter, bool root)
{
	int failed = allow(filter, queue_calls);

	if (!failed)
		failed = allow(filter, daemon_calls);
	if (!failed && root)
		failed = allow(filter, root_calls);
	if (!failed && SANITIZED)
		failed = allow(filter, sanitizer_calls);
	if (!failed)
		failed = allow_sockets(filter, daemon_families, sizeof daemon_families / sizeof *daemon_families);
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
					  SCMP_CMP64(CLONE_FLAGS, SCMP_CMP_MASKED_EQ, NAMESPACES, 0));
	return failed;
}

/* The journal's socket is opened when there is something to say. */
static int list_queue(scmp_filter_ctx filter, bool root)
{
	int failed = allow(filter, queue_calls);

	(void)root;
	return failed ? failed : allow_sockets(filter, (const int[]){AF_UNIX}, 1);
}

/* A program that lacks steps for which there was no memory is called good by libseccomp, and would refuse
 * anything. Of what fails in here, nothing but memory leaves ENOMEM behind. */
int syscalls_export(enum syscalls_stage stage, bool root, int fd)
{
	static int (*const lists[SYSCALLS_STAGES])(scmp_filter_ctx filter, bool root) = {
		[SYSCALLS_DAEMON] = list_daemon,
		[SYSCALLS_QUEUE] = list_queue,
	};
	scmp_filter_ctx filter = seccomp_init(MISSING);
	int failed;

	errno = 0;
	failed = filter ? lists[stage](filter, root) : -ENOMEM;

	if (!failed) {
		seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, MISSING);
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE,
				 2); /* an older libseccomp cannot: it goes without */
		failed = seccomp_export_bpf(filter, fd);
	}
	if (!failed && errno == ENOMEM)
		failed = -ENOMEM;
	seccomp_release(filter);
	return -failed;
}
