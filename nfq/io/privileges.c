/* SPDX-License-Identifier: GPL-2.0-or-later
 * privileges.c - what the daemon may do: root at first, then a user of its own with two capabilities
 *
 * Capabilities are a thread's own, and a change of user takes them from every thread; so all of this happens
 * before there is a second one, and threads inherit what is left.
 */
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "sanitized.h"

/* --- who --- */

/* Tries what cannot be undone later, so that privileges_drop() does not fail half-way: user namespaces know few
 * users, and containers may lack CAP_SETUID. */
static bool can_become(const struct identity *identity)
{
	if (initgroups(identity->name, identity->gid) < 0 || setegid(identity->gid) < 0)
		return false;
	if (seteuid(identity->uid) < 0) {
		int error = errno;

		if (setegid(0) < 0)
			log_debug("group %d stays", (int)identity->gid);
		errno = error;
		return false;
	}
	privileges_untry(identity);
	return true;
}

struct identity privileges_identity(const char *name)
{
	const struct group *readers = getgrnam(PRIVILEGES_GROUP);
	struct identity identity = {.name = name, .readers = readers ? readers->gr_gid : PRIVILEGES_NO_GROUP};
	const struct passwd *user;

	if (geteuid() != 0 || strcmp(name, PRIVILEGES_NONE) == 0)
		return identity;
	user = getpwnam(name);
	if (!user) {
		log_info("there is no user %s: stays root", name);
		return identity;
	}
	identity.uid = user->pw_uid;
	identity.gid = user->pw_gid;
	identity.changes = can_become(&identity);
	if (!identity.changes)
		log_info("cannot become user %s: %s: stays root", name, strerror(errno));
	return identity;
}

void privileges_try(const struct identity *identity)
{
	if (identity->changes && (setegid(identity->gid) < 0 || seteuid(identity->uid) < 0))
		log_warning("cannot try as user %s: %s", identity->name, strerror(errno));
}

void privileges_untry(const struct identity *identity)
{
	if (geteuid() == identity->uid && (seteuid(0) < 0 || setegid(0) < 0))
		log_warning("cannot go back from user %s: %s", identity->name, strerror(errno));
}

/* --- what it owns --- */

/* A file that is known by another name, too, may be anybody's. */
static void give(int fd, const struct identity *identity, const char *name)
{
	struct stat stat;

	if (fstat(fd, &stat) < 0 || stat.st_uid != 0 || (!S_ISDIR(stat.st_mode) && stat.st_nlink != 1) ||
	    !(S_ISDIR(stat.st_mode) || S_ISREG(stat.st_mode)))
		return;
	if (fchown(fd, identity->uid, identity->gid) < 0)
		log_warning("%s cannot be given to user %s: %s", name, identity->name, strerror(errno));
}

void privileges_give(const struct identity *identity, const char *directory, const char *file)
{
	int in, fd;

	if (!identity->changes)
		return;
	mkdir(directory, 0755); /* it may be there */
	in = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return;
	give(in, identity, directory);
	fd = file ? openat(in, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
	if (fd >= 0) {
		give(fd, identity, file);
		close(fd);
	}
	close(in);
}

/* --- what it may do --- */

#define CHILD_SETS (capng_type_t)(CAPNG_PERMITTED | CAPNG_INHERITABLE | CAPNG_AMBIENT)

static const unsigned two[] = {CAP_NET_ADMIN, CAP_NET_RAW};

enum { TWO = sizeof two / sizeof *two };

/* Takes CAP_SETPCAP. Without it the bounding set stays, which matters little under PR_SET_NO_NEW_PRIVS. */
static void narrow_bounds(void)
{
	capng_clear(CAPNG_SELECT_BOUNDS);
	for (size_t i = 0; i < TWO; i++)
		capng_update(CAPNG_ADD, CAPNG_BOUNDING_SET, two[i]);
	if (capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		log_debug("the bounding set of capabilities stays as it is");
}

/* The two, as far as this process has them itself. */
static bool keep_two(void)
{
	bool had[TWO];

	if (capng_get_caps_process() < 0)
		return false;
	for (size_t i = 0; i < TWO; i++)
		had[i] = capng_have_capability(CAPNG_PERMITTED, two[i]);
	capng_clear((capng_select_t)(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT));
	for (size_t i = 0; i < TWO; i++)
		if (had[i])
			capng_update(CAPNG_ADD, CHILD_SETS, two[i]);
	if (had[0])
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, CAP_NET_ADMIN);
	return capng_apply(CAPNG_SELECT_CAPS) == 0 && capng_apply(CAPNG_SELECT_AMBIENT) == 0;
}

static bool change_user(const struct identity *identity)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 &&
	       setresgid(identity->gid, identity->gid, identity->gid) == 0 &&
	       setresuid(identity->uid, identity->uid, identity->uid) == 0 &&
	       prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0;
}

bool privileges_drop(const struct identity *identity, char *error, size_t size)
{
	if (identity->changes && capng_get_caps_process() == 0)
		narrow_bounds();
	if (identity->changes && !change_user(identity)) {
		snprintf(error, size, "cannot become user %s: %s", identity->name, strerror(errno));
		return false;
	}
	if (geteuid() != 0 && !keep_two()) {
		snprintf(error, size, "cannot keep CAP_NET_ADMIN: %s", strerror(errno));
		return false;
	}
	/* the leak sanitizer looks at this process from another one */
	if (SANITIZED)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		log_info("cannot forgo new privileges: %s", strerror(errno));
	if (identity->changes)
		log_info("goes on as user %s, with CAP_NET_ADMIN and, for raw sockets, CAP_NET_RAW",
			 identity->name);
	return true;
}

void privileges_of_queue(void)
{
	bool admin;

	if (capng_get_caps_process() < 0)
		return;
	admin = capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN);
	capng_clear(CAPNG_SELECT_CAPS);
	if (admin)
		capng_updatev(CAPNG_ADD, (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED), CAP_NET_ADMIN, -1);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		log_debug("a queue's thread keeps its capabilities");
}

int privileges_raw_socket(int domain, int type, int protocol)
{
	bool raise = capng_get_caps_process() == 0 && capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW) &&
		     !capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW);
	int fd, error;

	if (raise) {
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, CAP_NET_RAW);
		capng_apply(CAPNG_SELECT_CAPS);
	}
	fd = socket(domain, type, protocol);
	error = errno;
	if (raise) {
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, CAP_NET_RAW);
		capng_apply(CAPNG_SELECT_CAPS);
	}
	errno = error;
	return fd;
}
