/* SPDX-License-Identifier: GPL-2.0-or-later
 * table_memory.h - memory for tables that are looked at in random places for every packet
 */
#ifndef NFQROUTE_TABLE_MEMORY_H
#define NFQROUTE_TABLE_MEMORY_H

#include <stddef.h>

/* Bytes; of x86-64, and of others with pages of 4 KiB. */
#define HUGE_PAGE (2UL << 20)

/* Zeroed memory of size bytes, to be given to free(); NULL: there is none. It begins a line of the cache, is wholly there
 * at once, and from half of a huge page on it is in huge pages, where the kernel has them for who asks: a place in a table
 * of 4096-byte pages is one that the processor has first to find the page of, which takes longer than to fetch it. */
void *table_memory(size_t size);
/* The same, but not zeroed, and there as it is used. */
void *table_room(size_t size);

/* Zeroed memory of size bytes that costs only what of it is used, in huge pages where it is used that far. NULL: there is
 * none. It begins a page, and is given back by memory_release(). */
void *memory_reserve(size_t size);
/* NULL is ignored. */
void memory_release(void *memory, size_t size);

#endif
