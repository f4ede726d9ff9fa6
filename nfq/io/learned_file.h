/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned_file.h - what is learned, kept in a file while no daemon runs
 *
 * The first line tells version, number of entries and a checksum (SHA-256) of the rest, which has an entry a line, see
 * learned_json.h. The file is replaced as a whole: whatever happens, there is the old one or the new one.
 */
#ifndef NFQROUTE_LEARNED_FILE_H
#define NFQROUTE_LEARNED_FILE_H

#include "learned_json.h"

/* Where it is: what the option says or, where that is the default, what the environment's $NFQROUTE_LEARNED says. NULL:
 * nowhere. */
#define LEARNED_VARIABLE "NFQROUTE_LEARNED"
const char *learned_file_path(const char *option);

/* Writes all entries; makes the file's directory. Returns how many, -1 with a message in error on failure: then the old
 * file is there still. May be called in any thread. */
long learned_save(struct learned *table, const char *path, char *error, size_t size);

/* Reads them, all or none: -1 with a message in error if the file cannot be read, is damaged or of another version; a file
 * that is not there has 0 entries. longest: nanoseconds that anything is remembered. Calls take for each entry. */
long learned_read(const char *path, uint64_t longest, void (*take)(void *ctx, const struct learned_entry *entry),
		  void *ctx, char *error, size_t size);
/* The same into a table. */
long learned_load(struct learned *table, const char *path, uint64_t longest, char *error, size_t size);

#endif
