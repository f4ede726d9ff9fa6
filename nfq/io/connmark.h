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

#endif
