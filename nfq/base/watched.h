/* SPDX-License-Identifier: GPL-2.0-or-later
 * watched.h - memory that is handed out piece by piece, for AddressSanitizer to see the pieces
 *
 * It knows what malloc() has given and what free() has taken back. Who cuts a block into pieces himself says so here; in
 * a build without the sanitizer nothing is left of it.
 */
#ifndef NFQROUTE_WATCHED_H
#define NFQROUTE_WATCHED_H

#include <stddef.h>

#include "sanitized.h"

#if SANITIZED_ADDRESSES

#include <sanitizer/asan_interface.h>

/* Bytes to leave between two pieces. */
enum { WATCHED_GAP = 16 };

/* From now on whoever touches these bytes ends the program. */
static inline void watched_close(const void *memory, size_t size)
{
	ASAN_POISON_MEMORY_REGION(memory, size);
}

static inline void watched_open(const void *memory, size_t size)
{
	ASAN_UNPOISON_MEMORY_REGION(memory, size);
}

#else

enum { WATCHED_GAP = 0 };

static inline void watched_close(const void *memory, size_t size)
{
	(void)memory;
	(void)size;
}

static inline void watched_open(const void *memory, size_t size)
{
	(void)memory;
	(void)size;
}

#endif

#endif
