/* SPDX-License-Identifier: GPL-2.0-or-later
 * xtables_lock.h - the lock of the old iptables, for a daemon that is not root any more
 *
 * /run/xtables.lock is root's, and iptables, run by another user, cannot open it. So the daemon opens it while it
 * is root, holds it itself while iptables changes something, and tells iptables to lock another file
 * (XTABLES_LOCKFILE, since iptables 1.8.3). The iptables of nf_tables asks for no lock.
 */
#ifndef NFQROUTE_XTABLES_LOCK_H
#define NFQROUTE_XTABLES_LOCK_H

/* Before the user changes and threads are started. iptables locks a file in this directory from now on. */
void xtables_lock_open(const char *directory);

/* Around a run of iptables: takes it, or gives up after ten seconds, in which somebody else has had it. */
void xtables_lock_take(void);
void xtables_lock_release(void);

#endif
