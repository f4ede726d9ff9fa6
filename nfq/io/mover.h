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

/* As in struct rehome_ops, with the mover for ctx. */
int mover_inspect(struct mover *mover, const struct flow_key *key);
int mover_send(struct mover *mover, const struct segment *segment);
int mover_probe_source(struct mover *mover, const struct flow_key *key, struct translation *source);
int mover_pin(struct mover *mover, const struct flow_key *key, uint32_t mark, uint32_t mask);
int mover_swap(struct mover *mover, const struct rehome_swap *swap);
void mover_forget_probe(struct mover *mover, const struct flow_key *key);

#endif
