/* SPDX-License-Identifier: GPL-2.0-or-later
 * wrap.c - a table of texts, which go on below where they do not fit beside each other
 */
#include "wrap.h"

#include <stdbool.h>
#include <string.h>

enum { GAP = 2, NARROWEST = 8 };

static unsigned widest_of(const unsigned *widths, unsigned columns)
{
	unsigned widest = 0;

	for (unsigned c = 1; c < columns; c++)
		if (widths[c] > widths[widest])
			widest = c;
	return widest;
}

static void measure(const char *const *cells, size_t rows, unsigned columns, unsigned width, unsigned *widths)
{
	unsigned total = GAP * (columns - 1);

	memset(widths, 0, columns * sizeof *widths);
	for (size_t i = 0; i < rows * columns; i++)
		if (strlen(cells[i]) > widths[i % columns])
			widths[i % columns] = (unsigned)strlen(cells[i]);
	for (unsigned c = 0; c < columns; c++)
		total += widths[c];
	for (; width && total > width && widths[widest_of(widths, columns)] > NARROWEST; total--)
		widths[widest_of(widths, columns)]--;
}

/* How much of the text goes into a line of it. */
static unsigned piece(const char *text, unsigned width)
{
	unsigned length = (unsigned)strlen(text), at = width;

	if (length <= width)
		return length;
	while (at && text[at] != ' ')
		at--;
	return at ? at : width;
}

/* One line of the row; rest is what is still to come of each cell. Blanks behind the last text are left out. */
static void print_line(FILE *out, const char **rest, const unsigned *widths, unsigned columns)
{
	unsigned pad = 0;

	for (unsigned c = 0; c < columns; c++) {
		unsigned length = piece(rest[c], widths[c]);

		if (length) {
			fprintf(out, "%*s%.*s", (int)pad, "", (int)length, rest[c]);
			pad = 0;
		}
		pad += widths[c] - length + GAP;
		rest[c] += length;
		rest[c] += strspn(rest[c], " ");
	}
	putc('\n', out);
}

static bool is_over(const char *const *rest, unsigned columns)
{
	for (unsigned c = 0; c < columns; c++)
		if (*rest[c])
			return false;
	return true;
}

void wrap_print(FILE *out, const char *const *cells, size_t rows, unsigned columns, unsigned width)
{
	unsigned widths[WRAP_COLUMNS_MAX];

	measure(cells, rows, columns, width, widths);
	for (size_t row = 0; row < rows; row++) {
		const char *rest[WRAP_COLUMNS_MAX];

		memcpy(rest, cells + row * columns, columns * sizeof *rest);
		do
			print_line(out, rest, widths, columns);
		while (!is_over(rest, columns));
	}
}
