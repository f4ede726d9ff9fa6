/* SPDX-License-Identifier: GPL-2.0-or-later
 * syscalls.h - which system calls the daemon may make: seccomp(2), by libseccomp
 *
 * What is not on the list fails with ENOSYS, as on a kernel that does not have it, and the kernel's log says so (audit,
 * type 1326). Nothing is killed: when a C library begins to use a newer call, it finds that it is missing and takes the
 * older one, and a router goes on routing. What cannot be filtered (a kernel without seccomp, a container that has it
 * forbidden) runs as without.
 */
#ifndef NFQROUTE_SYSCALLS_H
#define NFQROUTE_SYSCALLS_H

#include <linux/filter.h>
#include <stdbool.h>

/* Each is narrower than the one before it, and there is no way back. */
enum syscalls_stage {
	/* The whole process, with every thread and every program it will run (iptables): from when it has dropped its
	 * privileges. No mounts, no
	 * namespaces, no BPF, no tracing, no kernel keys, no change of user, no modules but as root, for iptables. */
	SYSCALLS_DAEMON,
	/* The calling thread, which serves a queue and reads what strangers have sent: no file is opened, nothing is run,
	 * no thread begun, no signal sent to others. A build with a sanitizer, which does all of that at its reports,
	 * stays with the daemon's list. */
	SYSCALLS_QUEUE,
	SYSCALLS_STAGES
};

/* What is to be loaded; all zero: nothing is filtered. */
struct syscalls {
	struct sock_fprog programs[SYSCALLS_STAGES];
};

/* Makes the programs, before there is a second thread; root: what runs under them stays root. 0, or an errno value: there
 * are none. */
int syscalls_make(struct syscalls *calls, bool root);
void syscalls_free(struct syscalls *calls);
/* Takes PR_SET_NO_NEW_PRIVS or CAP_SYS_ADMIN. 0, or an errno value: all goes on unfiltered. */
int syscalls_restrict(const struct syscalls *calls, enum syscalls_stage stage);

#endif
