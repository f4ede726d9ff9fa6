/* SPDX-License-Identifier: GPL-2.0-or-later
 * pool.c - buffers of 512 bytes to 64 KiB from one bounded region, without a system call
 *
 * The region is cut in units of POOL_MIN bytes. state[] holds, at the first unit of each block, its order and
 * whether it is free; free blocks of one order form a list through their own first bytes. Blocks of the highest
 * order that were never used are not on a list: they are taken from the region's untouched end.
 */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#include "table_memory.h"
#include "watched.h"

enum { ORDERS = 8, TOP = ORDERS - 1, FREE = 0x80, NONE = 0xffffffff };
enum { RECLAIMS_MAX = POOL_MAX / POOL_MIN };

struct links {
	uint32_t next, previous; /* units; NONE at the ends */
};

struct pool {
	uint8_t *base;
	size_t size, used;
	struct reclaim reclaim; /* from: NULL: nobody */
	uint32_t units, fresh; /* units from fresh on were never handed out */
	uint32_t heads[ORDERS];
	uint8_t state[];
};

static uint8_t *address(const struct pool *pool, uint32_t unit)
{
	return pool->base + (size_t)unit * POOL_MIN;
}

static struct links *links(const struct pool *pool, uint32_t unit)
{
	return (struct links *)(void *)address(pool, unit);
}

struct pool *pool_new(size_t size)
{
	size_t whole = size < POOL_MAX ? POOL_MAX : size - size % POOL_MAX;
	size_t units = whole / POOL_MIN;
	struct pool *pool = units < NONE ? calloc(1, sizeof *pool + units) : NULL;

	if (!pool)
		return NULL;
	pool->base = memory_reserve(whole);
	if (!pool->base) {
		free(pool);
		return NULL;
	}
	pool->size = whole;
	pool->units = (uint32_t)units;
	memset(pool->heads, 0xff, sizeof pool->heads);
	watched_close(pool->base, whole);
	return pool;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	watched_open(pool->base, pool->size);
	memory_release(pool->base, pool->size);
	free(pool);
}

void pool_reclaim(struct pool *pool, struct reclaim reclaim)
{
	pool->reclaim = reclaim;
}

/* Of a free block only the links may be touched. */
static void push(struct pool *pool, uint32_t unit, unsigned order)
{
	uint32_t head = pool->heads[order];

	watched_close(address(pool, unit), (size_t)POOL_MIN << order);
	watched_open(links(pool, unit), sizeof(struct links));
	*links(pool, unit) = (struct links){.next = head, .previous = NONE};
	if (head != NONE)
		links(pool, head)->previous = unit;
	pool->heads[order] = unit;
	pool->state[unit] = (uint8_t)(FREE | order);
}

static void unlink_free(struct pool *pool, uint32_t unit, unsigned order)
{
	struct links *l = links(pool, unit);

	if (l->previous != NONE)
		links(pool, l->previous)->next = l->next;
	else
		pool->heads[order] = l->next;
	if (l->next != NONE)
		links(pool, l->next)->previous = l->previous;
}

static unsigned order_for(size_t size)
{
	unsigned order = 0;

	while (((size_t)POOL_MIN << order) < size)
		order++;
	return order;
}

/* A free block of exactly this order, split off a larger one if need be; NONE if there is none. */
static uint32_t find(struct pool *pool, unsigned order)
{
	unsigned from = order;
	uint32_t unit;

	while (from < TOP && pool->heads[from] == NONE)
		from++;
	unit = pool->heads[from];
	if (unit != NONE) {
		unlink_free(pool, unit, from);
	} else if (pool->fresh < pool->units) {
		unit = pool->fresh;
		pool->fresh += 1U << TOP;
	}
	while (unit != NONE && from > order) {
		from--;
		push(pool, unit + (1U << from), from);
	}
	return unit;
}

static bool reclaimed(const struct pool *pool)
{
	return pool->reclaim.from && pool->reclaim.from(pool->reclaim.ctx);
}

uint8_t *pool_take(struct pool *pool, size_t size)
{
	unsigned order;
	uint32_t unit;

	if (size > POOL_MAX)
		return NULL;
	order = order_for(size);
	unit = find(pool, order);
	for (unsigned i = 0; unit == NONE && i < RECLAIMS_MAX && reclaimed(pool); i++)
		unit = find(pool, order);
	if (unit == NONE)
		return NULL;
	pool->state[unit] = (uint8_t)order;
	pool->used += (size_t)POOL_MIN << order;
	watched_open(address(pool, unit), (size_t)POOL_MIN << order);
	return address(pool, unit);
}

static uint32_t unit_of(const struct pool *pool, const uint8_t *buffer)
{
	return (uint32_t)((size_t)(buffer - pool->base) / POOL_MIN);
}

void pool_give(struct pool *pool, uint8_t *buffer)
{
	uint32_t unit;
	unsigned order;

	if (!buffer)
		return;
	unit = unit_of(pool, buffer);
	order = pool->state[unit];
	pool->used -= (size_t)POOL_MIN << order;
	for (; order < TOP; order++) {
		uint32_t buddy = unit ^ (1U << order);

		if (pool->state[buddy] != (FREE | order))
			break;
		unlink_free(pool, buddy, order);
		unit &= ~(1U << order);
	}
	push(pool, unit, order);
}

size_t pool_room(const struct pool *pool, const uint8_t *buffer)
{
	return (size_t)POOL_MIN << pool->state[unit_of(pool, buffer)];
}

uint8_t *pool_grow(struct pool *pool, uint8_t *buffer, size_t length, size_t size)
{
	uint8_t *larger;

	if (buffer && pool_room(pool, buffer) >= size)
		return buffer;
	larger = pool_take(pool, size);
	if (!larger)
		return NULL;
	if (buffer)
		memcpy(larger, buffer, length);
	pool_give(pool, buffer);
	return larger;
}

size_t pool_used(const struct pool *pool)
{
	return pool->used;
}
