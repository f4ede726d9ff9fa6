/* SPDX-License-Identifier: GPL-2.0-or-later
 * arena.h - memory that is freed all at once
 *
 * A ruleset and everything it points to live in one arena. Allocation never returns NULL: out of memory while
 * rules are read ends in the arena's failure flag and a scratch block is handed out instead, so that callers
 * read straight on and the loader asks once, with arena_failed(), before anything is put in force.
 */
#ifndef NFQROUTE_ARENA_H
#define NFQROUTE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Never NULL, see few.h. */
struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Zeroed, aligned for any type; owned by the arena. */
void *arena_alloc(struct arena *arena, size_t size);

/* count * size with overflow taken as out of memory. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Has memory of malloc(), size bytes, freed with the arena. */
void arena_keep(struct arena *arena, void *memory, size_t size);

/* A terminated copy of the len bytes at text. */
char *arena_text(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Has run(what) called by arena_free(), before the memory goes: for what is not memory of the arena. */
void arena_on_free(struct arena *arena, void (*run)(void *what), void *what);

/* Notes a failure to get memory elsewhere for what is being built in the arena. */
void arena_fail(struct arena *arena);

/* Some allocation since arena_new() failed: what was built must not be used. */
bool arena_failed(const struct arena *arena);

/* Bytes taken from the system so far. */
size_t arena_size(const struct arena *arena);

#endif
