/* SPDX-License-Identifier: GPL-2.0-or-later
 * pool.h - buffers of 512 bytes to 64 KiB from one bounded region, without a system call
 *
 * A buddy allocator: a buffer that grows is moved to the next size, so at most half of it is unused, and freed
 * neighbours join again. The region is reserved at once and costs memory only where it is used.
 */
#ifndef NFQROUTE_POOL_H
#define NFQROUTE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_MIN 512U
#define POOL_MAX 65536U

struct pool;

/* Asked for memory when there is none: gives a buffer back, whosever it is, but that of the caller of pool_take() and
 * pool_grow(). false: there is nothing to give. */
struct reclaim {
	bool (*from)(void *ctx);
	void *ctx;
};

/* A region of size bytes, rounded down to a multiple of POOL_MAX (at least one). NULL: out of memory. */
struct pool *pool_new(size_t size);
void pool_free(struct pool *pool);

/* Whom to ask before the region is full. Some RECLAIMS_MAX times a buffer: a large one can be in vain, as what comes back
 * need not be neighbours. */
void pool_reclaim(struct pool *pool, struct reclaim reclaim);

/* A buffer of at least size (1 to POOL_MAX) bytes, not cleared; NULL if the region is full. */
uint8_t *pool_take(struct pool *pool, size_t size);
/* Gives back a buffer of pool_take(); NULL is ignored. */
void pool_give(struct pool *pool, uint8_t *buffer);
/* How many bytes the buffer really has. */
size_t pool_room(const struct pool *pool, const uint8_t *buffer);
/* The same contents, length bytes, in a buffer of at least size bytes; NULL if there is none, and the old one stays. */
uint8_t *pool_grow(struct pool *pool, uint8_t *buffer, size_t length, size_t size);
/* Bytes in use. */
size_t pool_used(const struct pool *pool);

#endif
