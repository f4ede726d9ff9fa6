/* SPDX-License-Identifier: GPL-2.0-or-later
 * verify.h - is the kernel as the daemon means it to be?
 */
#ifndef NFQROUTE_VERIFY_H
#define NFQROUTE_VERIFY_H

struct daemon;

/* Calls found() for each thing that has to be so: what it is ("IPv4 rule 10: fwmark 0x9/0x7f lookup 2", "queue
 * 0"), and in words why it is not as meant, NULL where it is. Changes nothing. All but the firewall hooks, which
 * another program has to be asked for (hooks_look()). */
void verify_kernel(struct daemon *daemon, void (*found)(void *ctx, const char *what, const char *why), void *ctx);

#endif
