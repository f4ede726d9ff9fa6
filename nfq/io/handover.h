/* SPDX-License-Identifier: GPL-2.0-or-later
 * handover.h - the queues' sockets outlive the daemon: systemd's store of file descriptors, sd_pid_notify_with_fds(3)
 *
 * A queue is bound to a netlink socket and not to a process. While the service manager holds a copy of that, the kernel
 * goes on queueing, and the next daemon, which is given the copy at its start, judges what has come meanwhile. Without
 * such a manager ($NOTIFY_SOCKET, and $FDSTORE or a running systemd) nothing is stored, and nothing is given. Not
 * thread-safe.
 */
#ifndef NFQROUTE_HANDOVER_H
#define NFQROUTE_HANDOVER_H

#include <stdbool.h>

struct handover;

/* Takes the sockets that this process was given at its start. NULL: out of memory. */
struct handover *handover_open(void);
/* Sockets that nobody has taken are closed, and leave the store. NULL is none. */
void handover_close(struct handover *handover);

/* There is a store: what is kept in it goes on when this process has ended. */
bool handover_stores(const struct handover *handover);

/* The socket of the queue that a predecessor has had, which is the caller's from then on; -1: none was given. */
int handover_take(struct handover *handover, unsigned queue);
/* Puts a copy of it in the store, in place of what it has for this queue. */
void handover_keep(const struct handover *handover, unsigned queue, int fd);
/* Takes it out of the store again: with the last copy the queue goes. */
void handover_forget(const struct handover *handover, unsigned queue);

#endif
