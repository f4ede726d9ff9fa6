/* SPDX-License-Identifier: GPL-2.0-or-later
 * xtables_lock.h - the lock of the old iptables, held by the daemon for the iptables that it runs
 *
 * /run/xtables.lock is root's, and iptables, run by another user, cannot open it. So the daemon opens it while it
 * is root, holds it itself while iptables changes something, and tells iptables to lock another file
 * (XTABLES_LOCKFILE, since iptables 1.8.3). It also lets who cannot wait see that he would have to. The iptables
 * of nf_tables asks for no lock.
 *
 * All but xtables_lock_open() may be called by any thread; it is held until each that has taken it has released
 * it.
 */
#ifndef NFQROUTE_XTABLES_LOCK_H
#define NFQROUTE_XTABLES_LOCK_H

#include <stdbool.h>

#define XTABLES_LOCK "/run/xtables.lock"

/* Before the user changes and threads are started. iptables locks a file in this directory from now on; where
 * there can be none it goes on to take its lock itself. */
void xtables_lock_open(const char *directory);

/* Takes it, if nobody else has it. Where it is iptables that takes it, there is nothing to wait for here: true. */
bool xtables_lock_try(void);
/* Takes it as soon as nobody else has it. false: somebody has had it for ten seconds, and has it still. */
bool xtables_lock_take(void);
void xtables_lock_release(void);

#endif
