/* SPDX-License-Identifier: GPL-2.0-or-later
 * privileges.h - what the daemon may do: root at first, then a user of its own with two capabilities
 * (capabilities(7))
 *
 * CAP_NET_ADMIN is for queue, marks, routes, firewall and rp_filter. CAP_NET_RAW is for raw sockets: it is
 * effective only while one is opened. iptables, which the daemon runs, inherits both. What is asked for here and
 * cannot be had is told in the log and done without, so that the daemon runs in containers and user namespaces,
 * too.
 */
#ifndef NFQROUTE_PRIVILEGES_H
#define NFQROUTE_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#define PRIVILEGES_USER "nfqroute"
#define PRIVILEGES_GROUP "nfqroute" /* who may ask the daemon */
#define PRIVILEGES_NO_GROUP ((gid_t)-1)
#define PRIVILEGES_VARIABLE "NFQROUTE_USER"
#define PRIVILEGES_NONE "none" /* a user's name: stay as started */

/* Whom the daemon is to become. */
struct identity {
	bool changes; /* false: it stays who it is */
	const char *name;
	uid_t uid;
	gid_t gid;
	gid_t readers; /* of PRIVILEGES_GROUP; PRIVILEGES_NO_GROUP: there is none */
};

/* Looks the user up (PRIVILEGES_NONE: nobody), and the group; before anything else, as the C library may end the program where it
 * finds no memory for that. Where root is to stay root, by what is missing, the log says so. */
struct identity privileges_identity(const char *name);

/* Between the two, files are opened as they will be once privileges have been dropped. Before threads are started.
 */
void privileges_try(const struct identity *identity);
void privileges_untry(const struct identity *identity);

/* Makes the directory if it is missing, and gives it and the regular file in it (NULL: none) to the identity,
 * unless somebody else than root owns them. Neither may be a symbolic link. */
void privileges_give(const struct identity *identity, const char *directory, const char *file);

/* Becomes the identity for good, with no capability but the two, and no program that is run gets more
 * (PR_SET_NO_NEW_PRIVS). Before threads are started. false with a message in error: neither one nor the other. */
bool privileges_drop(const struct identity *identity, char *error, size_t size);

/* The calling thread, one that serves a queue, keeps CAP_NET_ADMIN only. */
void privileges_of_queue(void);

/* socket(2), with CAP_NET_RAW if the daemon may have it. */
int privileges_raw_socket(int domain, int type, int protocol);

#endif
