/* SPDX-License-Identifier: GPL-2.0-or-later
 * grow.h - arrays that grow as they are filled
 */
#ifndef NFQROUTE_GROW_H
#define NFQROUTE_GROW_H

#include <stddef.h>

/* at, of malloc() or NULL, with *room elements of size bytes, count of them used, with room for one more: where it is full,
 * twice as large. NULL: out of memory, what there was is as it was. */
void *grow_full(void *at, size_t *room, size_t size);

static inline void *grow(void *at, size_t count, size_t *room, size_t size)
{
	return count < *room ? at : grow_full(at, room, size);
}

#endif
