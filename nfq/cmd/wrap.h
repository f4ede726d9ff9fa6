/* SPDX-License-Identifier: GPL-2.0-or-later
 * wrap.h - a table of texts, which go on below where they do not fit beside each other
 */
#ifndef NFQROUTE_WRAP_H
#define NFQROUTE_WRAP_H

#include <stddef.h>
#include <stdio.h>

enum { WRAP_COLUMNS_MAX = 8 };

/* cells: rows of so many columns one behind the other, in ASCII; width: characters of a line, 0: any. Where the columns do not fit,
 * the widest give way, and their texts are broken between words, longer words anywhere. */
void wrap_print(FILE *out, const char *const *cells, size_t rows, unsigned columns, unsigned width);

#endif
