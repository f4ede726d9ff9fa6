/* SPDX-License-Identifier: GPL-2.0-or-later
 * mover.h - what the moving of TCP connections needs of the kernel: segments in the client's name
 * and conntrack entries, see core/rehome.h. One mover serves one thread.
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
