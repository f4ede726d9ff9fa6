/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks_watch.h - firewall hooks that somebody removed, put back
 *
 * nf_tables tells what is removed by netlink events (NFNLGRP_NFTABLES), whoever used it, iptables-nft among them.
 * The old iptables tells nothing: there the size of each table is asked for twice a second, which is one
 * getsockopt(2).
 */
#ifndef NFQROUTE_HOOKS_WATCH_H
#define NFQROUTE_HOOKS_WATCH_H

#include "hooks.h"
#include "loop.h"

struct hooks_watch;

/* Watches over *hooks, which may be NULL and may change. mended is called after they have been put back. NULL: out
 * of memory. Where the kernel has no events, what can be watched is. */
struct hooks_watch *hooks_watch_open(struct loop *loop, struct hooks **hooks, void (*mended)(void *ctx),
				     void *ctx);
void hooks_watch_close(struct hooks_watch *watch);
/* A device has changed: rules that depend on it are made anew. */
void hooks_watch_devices(struct hooks_watch *watch);
/* What connections carry, or a policy rule, has changed: those that a flowtable carries pass all rules again, at once; it
 * is filled again when there has been no such change for a second. Nothing where there is none; watch may be NULL. */
void hooks_watch_empty(struct hooks_watch *watch);

#endif
