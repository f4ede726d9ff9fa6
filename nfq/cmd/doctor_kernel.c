/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor_kernel.c - checks of the doctor: what the kernel can do, and who holds the queue
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctnl.h"
#include "doctor.h"
#include "hooks.h"
#include "queue_owner.h"

/* --- the queue --- */

static void check_queue(struct doctor *doctor)
{
	char owner[128];

	for (unsigned n = doctor->first; n <= doctor->last; n++) {
		if (queue_owner(n, owner, sizeof owner) == QUEUE_FREE)
			continue;
		if (queue_owner_is_daemon(owner))
			doctor_say(doctor, DOCTOR_OK, NULL, "queue %u is served by %s", n, owner);
		else
			doctor_say(doctor, DOCTOR_FAIL, "-q with another number, for the daemon and here",
				   "queue %u is held by another program, %s", n, owner);
	}
}

/* --- connection tracking --- */

static int ignore(const struct nlmsghdr *message, void *ctx)
{
	(void)message;
	(void)ctx;
	return MNL_CB_STOP;
}

/* What a kernel says that has no such thing, rather than one that cannot answer now. */
static bool is_missing(int failure)
{
	return failure == EINVAL || failure == EPROTONOSUPPORT || failure == EOPNOTSUPP || failure == ENOENT;
}

static void check_conntrack(struct doctor *doctor)
{
	struct ctnl ctnl;
	int failure = ctnl_open(&ctnl);

	if (!doctor->root) {
		doctor_say(doctor, DOCTOR_UNSEEN, "run it as root", "connection tracking is not shown to users");
	} else {
		if (!failure)
			failure = ctnl_dump(&ctnl, ignore, NULL);
		if (is_missing(failure))
			doctor_say(doctor, DOCTOR_WARN, "modprobe nf_conntrack_netlink",
				   "tracked connections cannot be listed and changed (%s): connections are not "
				   "moved, and marks of before stay",
				   strerror(failure));
		else if (failure)
			doctor_say(doctor, DOCTOR_UNSEEN, NULL, "tracked connections could not be listed: %s",
				   strerror(failure));
	}
	ctnl_close(&ctnl);
}

/* --- the firewall hooks, tried in a network namespace of their own --- */

/* In the child: says in the pipe what a daemon would say. Ends it. */
static _Noreturn void try_hooks(const struct ruleset *ruleset, int out)
{
	char error[2048];
	struct hooks *hooks;

	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (unshare(CLONE_NEWNET) != 0)
		_exit(2);
	hooks = hooks_install(ruleset, (struct hooks_queues){0, 0}, error, sizeof error);
	if (!hooks)
		dprintf(out, "%s\n", error);
	_exit(hooks ? 0 : 1);
}

/* The child, and where it says it. -1 with errno: there is none. */
static pid_t begin_trial(const struct ruleset *ruleset, int *out)
{
	int ends[2], error;
	pid_t child;

	if (pipe(ends) != 0)
		return -1;
	child = fork();
	if (child == 0)
		try_hooks(ruleset, ends[1]);
	error = errno;
	close(ends[1]);
	if (child < 0)
		close(ends[0]);
	*out = ends[0];
	errno = error;
	return child;
}

static void tell_line(struct doctor *doctor, const char *line, bool failed)
{
	static const char warning[] = "nfqroute: warning: ";

	if (failed)
		doctor_say(doctor, DOCTOR_FAIL,
			   "modprobe nfnetlink_queue nft_queue xt_NFQUEUE, or a kernel with CONFIG_NFT_QUEUE or "
			   "CONFIG_NETFILTER_XT_TARGET_NFQUEUE; iptables has to be installed for the latter",
			   "%s", line);
	else if (strncmp(line, warning, sizeof warning - 1) == 0)
		doctor_say(doctor, DOCTOR_WARN, "what is missing is a module or an option of the kernel",
			   "firewall hooks: %s", line + sizeof warning - 1);
}

static void say_untried(struct doctor *doctor, const char *why)
{
	doctor_say(doctor, DOCTOR_UNSEEN, NULL, "the firewall has not been tried: %s", why);
}

static void check_hooks(struct doctor *doctor)
{
	int out, status = 0;
	char *all = NULL;
	size_t room = 0;
	bool said;
	FILE *in;
	pid_t child;

	if (!doctor->root) {
		doctor_say(doctor, DOCTOR_UNSEEN, "run it as root", "what the firewall can do has not been tried");
		return;
	}
	child = begin_trial(doctor->ruleset, &out);
	if (child < 0) {
		say_untried(doctor, strerror(errno));
		return;
	}
	in = fdopen(out, "r");
	/* its last words come before its end is known */
	said = in && getdelim(&all, &room, '\0', in) > 0;
	if (in)
		fclose(in);
	else
		close(out);
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		say_untried(doctor, "the kernel has no network namespaces");
	else if (!in || !WIFEXITED(status))
		say_untried(doctor, "the trial was broken off");
	else
		for (char *next = said ? all : NULL, *at; (at = strsep(&next, "\n"));)
			if (*at)
				tell_line(doctor, at, WIFEXITED(status) && WEXITSTATUS(status) == 1);
	free(all);
}

const struct doctor_check doctor_kernel_checks[] = {
	{"queue", "the queue is free", check_queue, true},
	{"conntrack", "tracked connections can be listed and changed", check_conntrack, true},
	{"hooks", "the kernel takes the firewall rules", check_hooks, false},
	{.name = NULL},
};
