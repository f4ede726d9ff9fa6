/* SPDX-License-Identifier: GPL-2.0-or-later
 * mover.h - what the moving of TCP connections needs of the kernel: raw sockets and ctnetlink, see core/rehome.h
 *
 * Segments are sent by raw sockets that write the IP header themselves (raw(7), RFC 3542 is not followed for
 * IPV6_HDRINCL), so that they can come from the client's address. One mover serves one thread.
 */
#ifndef NFQROUTE_MOVER_H
#define NFQROUTE_MOVER_H

#include "rehome.h"

struct mover;

/* zone: the conntrack zone of probes. NULL with a message in error where it cannot be had (no CAP_NET_RAW, no
 * ctnetlink). */
struct mover *mover_open(uint16_t zone, char *error, size_t size);
void mover_close(struct mover *mover);
/* Other rules may name another zone. */
void mover_set_zone(struct mover *mover, uint16_t zone);

/* With the mover for engine_config.rehome_ctx. */
extern const struct rehome_ops mover_ops;

#endif
