/* SPDX-License-Identifier: GPL-2.0-or-later
 * notation.h - how values of options and of gateways' entries are written
 *
 * Each is false where the text at that place is none, which has been told as an error then.
 */
#ifndef NFQROUTE_NOTATION_H
#define NFQROUTE_NOTATION_H

#include "config.h"

/* A number, decimal or with 0x, of at most max; else an error that names what. */
bool number_by_text(struct config *config, struct span at, const char *what, uint64_t max, uint64_t *number);
/* "100ms", "5s", "2m", "12h", "7d" in milliseconds; else an error. */
bool duration_by_text(struct config *config, struct span at, const char *what, uint64_t *number);
/* 90000 as "90s": the largest unit that loses nothing. */
void duration_text(char *text, size_t size, uint64_t ms);
/* yes, no, on, off; else an error. */
bool switch_by_text(struct config *config, struct span at, bool *on);
/* One of the words of list, which NULL ends, by its place there; what: "late policy", for the error. */
bool word_by_text(struct config *config, struct span at, const char *what, const char *const *list, unsigned *value);

/* All words of such a list: "auto, rehome, leave, reset SEPARATOR switch". */
void words_text(char *text, size_t size, const char *const *list, const char *separator);

#endif
