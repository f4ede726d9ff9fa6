/* SPDX-License-Identifier: GPL-2.0-or-later
 * connmark.h - our bits in the marks of the connections the kernel tracks
 */
#ifndef NFQROUTE_CONNMARK_H
#define NFQROUTE_CONNMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Clears the bits of mask in the mark of every tracked connection of this network namespace, except where they are
 * one of the count values in keep. Bounded in time; other bits stay as they are. Returns how many were cleared, -1
 * with a message in error where the kernel cannot be asked. */
int connmark_clear(uint32_t mask, const uint32_t *keep, size_t count, char *error, size_t size);

/* Gives the connections of a family (AF_INET, AF_INET6) that carry the bits from, and that have been moved to another
 * path (core/rehome.h), the bits to. They are told by the adjustment of their sequence numbers. Otherwise as above. */
int connmark_change_moved(uint32_t mask, uint8_t family, uint32_t from, uint32_t to, char *error, size_t size);

#endif
