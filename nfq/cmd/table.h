/* SPDX-License-Identifier: GPL-2.0-or-later
 * table.h - rows that align and fit the terminal
 */
#ifndef NFQROUTE_TABLE_H
#define NFQROUTE_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define COLOUR_RED "\033[1;31m"
#define COLOUR_GREEN "\033[32m"
#define COLOUR_BOLD "\033[1m"
#define COLOUR_NONE "\033[0m"

struct column {
	const char *title;
	bool right;   /* numbers */
	bool elastic; /* is cut, the beginning first, where the rows do not fit; '~' stands for what is missing */
	unsigned most; /* grows no wider, 0: as wide as it has to be; a longer cell pushes its line's rest to the right */
};

struct table;

/* Columns are borrowed. The program ends where there is no memory for a row. */
struct table *table_new(const struct column *columns, unsigned count);
/* One cell per column, copied, with control characters as "\\xNN"; colour is one of the above or NULL. */
void table_row(struct table *table, const char *colour, const char *const *cells);
/* Likewise, without colour, of cells that are printable() and the table's from now on. */
void table_take(struct table *table, char *const *cells);
/* With titles, at most width characters a line (0: any), colours only if wanted; frees it. */
void table_print(struct table *table, FILE *out, unsigned width, bool colour);

/* Characters of a line: what $COLUMNS says, else the terminal; 0: no terminal, any. */
unsigned terminal_width(FILE *out);

#define UNIT_MAX 32

/* For people: "1.2 MB"; "3 h 12 m"; "0" and "-" for none. Return text. */
const char *bytes_text(uint64_t bytes, char text[UNIT_MAX]);
const char *seconds_text(uint64_t seconds, char text[UNIT_MAX]);

#endif
