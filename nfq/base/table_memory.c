/* SPDX-License-Identifier: GPL-2.0-or-later
 * table_memory.c - memory for tables that are looked at in random places for every packet
 */
#include "table_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE = 64 };

void *table_room(size_t size)
{
	size_t unit = size < HUGE_PAGE / 2 ? LINE : HUGE_PAGE;
	size_t whole = size + (unit - size % unit) % unit;
	void *memory = whole >= size ? aligned_alloc(unit, whole) : NULL;

	if (!memory)
		return NULL;
	if (unit == HUGE_PAGE) /* a kernel without them does as well; a small rest is not worth a whole one */
		madvise(memory, (size + HUGE_PAGE / 2) / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
	return memory;
}

void *table_memory(size_t size)
{
	void *memory = table_room(size);

	return memory ? memset(memory, 0, size) : NULL;
}

void *memory_reserve(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	if (size >= HUGE_PAGE)
		madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

void memory_release(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}
