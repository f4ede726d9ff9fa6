/* SPDX-License-Identifier: GPL-2.0-or-later
 * arena.c - memory that is freed all at once
 *
 * A chain of blocks, the newest first, each twice as large as the one before, so that what is small stays so; an allocation
 * too large for a block gets one of its own behind it, so that the room left in the newest block is not lost.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "few.h"
#include "table_memory.h"
#include "watched.h"

#define BLOCK_MIN ((size_t)4 * 1024)
#define BLOCK_MAX ((size_t)64 * 1024)
#define SCRATCH_SIZE 4096
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* linux/mman.h since 6.1; older kernels say EINVAL */
#endif

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char bytes[];
};

struct cleanup {
	struct cleanup *next;
	void (*run)(void *what);
	void *what;
};

struct arena {
	struct block *blocks;
	struct cleanup *cleanups;
	size_t next_size; /* of the next block, if nothing larger is asked for */
	size_t size;
	bool failed;
	void *scratch; /* handed out, grown, after a failure */
	size_t scratch_size;
	alignas(max_align_t) unsigned char reserve[SCRATCH_SIZE];
};

struct arena *arena_new(void)
{
	struct arena *arena = few_bytes(sizeof *arena);

	arena->next_size = BLOCK_MIN;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (const struct cleanup *at = arena->cleanups; at; at = at->next)
		at->run(at->what);
	while (arena->blocks) {
		struct block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	free(arena->scratch);
	free(arena);
}

static size_t aligned(size_t size)
{
	return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

/* Somewhere to write that nobody will believe. A request so large that even this cannot be had ends the program:
 * there is no honest pointer to return. */
static void *scratch(struct arena *arena, size_t size)
{
	arena->failed = true;
	if (size <= sizeof arena->reserve)
		return memset(arena->reserve, 0, size);
	if (size > arena->scratch_size) {
		free(arena->scratch);
		arena->scratch = malloc(size);
		arena->scratch_size = arena->scratch ? size : 0;
	}
	if (!arena->scratch) {
		fputs("nfqroute: out of memory\n", stderr);
		abort();
	}
	return memset(arena->scratch, 0, size);
}

/* Zeroed. Small blocks take their memory as they are filled. */
static struct block *take(size_t size)
{
	return size < HUGE_PAGE / 2 ? calloc(1, size) : table_memory(size);
}

static struct block *add_block(struct arena *arena, size_t need)
{
	bool own = need > arena->next_size;
	size_t size = own ? need : arena->next_size;
	struct block *block = take(sizeof *block + size);

	if (!block)
		return NULL;
	block->size = size;
	arena->size += sizeof *block + size;
	watched_close(block->bytes, size);
	if (own && arena->blocks) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
		return block;
	}
	block->next = arena->blocks;
	arena->blocks = block;
	if (arena->next_size < BLOCK_MAX)
		arena->next_size *= 2;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	size_t need = aligned(size ? size : 1) + WATCHED_GAP;

	if (need < size)
		return scratch(arena, sizeof arena->reserve);
	if (!block || block->size - block->used < need)
		block = add_block(arena, need);
	if (!block)
		return scratch(arena, size);
	block->used += need;
	watched_open(block->bytes + block->used - need, size);
	return block->bytes + block->used - need;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	return arena_alloc(arena, bytes);
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	text = arena_alloc(arena, (size_t)(length < 0 ? 0 : length) + 1);
	if (length > 0)
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}

void arena_fail(struct arena *arena)
{
	arena->failed = true;
}

/* Without memory for the note itself it is run at once: nothing built in a failed arena is used. */
void arena_on_free(struct arena *arena, void (*run)(void *what), void *what)
{
	struct cleanup *cleanup = arena_alloc(arena, sizeof *cleanup);

	if (arena->failed) {
		run(what);
		return;
	}
	*cleanup = (struct cleanup){.next = arena->cleanups, .run = run, .what = what};
	arena->cleanups = cleanup;
}

void arena_keep(struct arena *arena, void *memory, size_t size)
{
	size_t skip = -(uintptr_t)memory & (HUGE_PAGE - 1); /* to the first huge page that is all in it */

	if (size >= skip + HUGE_PAGE)
		(void)madvise((char *)memory + skip, (size - skip) & ~(HUGE_PAGE - 1), MADV_COLLAPSE);
	arena_on_free(arena, free, memory);
	arena->size += size;
}

bool arena_failed(const struct arena *arena)
{
	return arena->failed;
}

size_t arena_size(const struct arena *arena)
{
	return arena->size;
}
