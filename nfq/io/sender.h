/* SPDX-License-Identifier: GPL-2.0-or-later
 * sender.h - TCP segments from whatever address, by raw sockets that write the IP header themselves
 *
 * raw(7); for IPv6 IPV6_HDRINCL, of Linux 4.5 on. They pass the output hooks as any packet of this machine's does.
 * One sender serves one thread.
 */
#ifndef NFQROUTE_SENDER_H
#define NFQROUTE_SENDER_H

#include "rehome.h"

struct sender;

/* NULL with errno set: no CAP_NET_RAW, or no memory. One family may be missing. */
struct sender *sender_open(void);
void sender_close(struct sender *sender);

/* 0 or an errno value: EAFNOSUPPORT: not this family; EPERM: refused by the firewall or by conntrack; EMSGSIZE:
 * larger than the path takes. */
int sender_send(struct sender *sender, const struct segment *segment);

#endif
