/* SPDX-License-Identifier: GPL-2.0-or-later
 * orphans.h - TCP connections whose conntrack entry goes before them
 *
 * When a masqueraded device goes down, or loses its address, the kernel deletes the entries of the connections by
 * it. Who sends something is told then (core/forgotten.h). A client that only listens, as in a download, would
 * never hear of it: what the server sends, if the device is back, has no way to it. So the kernel's word of each
 * deletion is listened to, where gateways have on-down reset, and the client is told, or made to speak (nudges.h).
 */
#ifndef NFQROUTE_ORPHANS_H
#define NFQROUTE_ORPHANS_H

struct daemon;
struct orphans;

/* To be called when rules come in force: listens if they have such a gateway, else not. Without it all goes on but
 * this; why is in the log. */
void orphans_follow(struct daemon *daemon);
void orphans_close(struct orphans *orphans);

#endif
