/* SPDX-License-Identifier: GPL-2.0-or-later
 * table.c - rows that align and fit the terminal
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "grow.h"
#include "printable.h"

enum { GAP = 2, ELASTIC_LEAST = 8 };

struct row {
	const char *colour;
	char **cells;
};

struct table {
	const struct column *columns;
	unsigned count, rows;
	size_t room;
	struct row *at;
};

struct table *table_new(const struct column *columns, unsigned count)
{
	struct table *table = command_memory(calloc(1, sizeof *table));

	table->columns = columns;
	table->count = count;
	return table;
}

/* A row without its cells yet. */
static char **new_row(struct table *table, const char *colour)
{
	char **cells = command_memory(calloc(table->count, sizeof *cells));

	table->at = command_memory(grow(table->at, table->rows, &table->room, sizeof *table->at));
	table->at[table->rows++] = (struct row){.colour = colour, .cells = cells};
	return cells;
}

void table_row(struct table *table, const char *colour, const char *const *cells)
{
	char **copies = new_row(table, colour);

	for (unsigned i = 0; i < table->count; i++)
		copies[i] = cells[i] ? command_memory(printable(cells[i], strlen(cells[i]))) : NULL;
}

void table_take(struct table *table, char *const *cells)
{
	memcpy(new_row(table, NULL), cells, table->count * sizeof *cells);
}

static const char *cell(const struct table *table, unsigned row, unsigned column)
{
	const char *text = table->at[row].cells[column];

	return text ? text : "";
}

static unsigned natural_width(const struct table *table, unsigned column)
{
	unsigned most = table->columns[column].most;
	size_t width = strlen(table->columns[column].title);

	for (unsigned i = 0; i < table->rows; i++) {
		size_t used = printable_width(cell(table, i, column));

		if (most && used > most)
			used = most;
		if (used > width)
			width = used;
	}
	return (unsigned)width;
}

/* The widest elastic column gives way, a character at a time, until all fit. */
static void fit(const struct table *table, unsigned *widths, unsigned width)
{
	for (;;) {
		unsigned total = 0, widest = table->count;

		for (unsigned i = 0; i < table->count; i++) {
			total += widths[i] + (i ? GAP : 0);
			if (table->columns[i].elastic && widths[i] > ELASTIC_LEAST &&
			    (widest == table->count || widths[i] > widths[widest]))
				widest = i;
		}
		if (total <= width || widest == table->count)
			return;
		widths[widest]--;
	}
}

static void print_cell(FILE *out, const char *text, unsigned width, const struct column *column, bool last)
{
	size_t used = printable_width(text);
	int blanks = used < width ? (int)(width - used) : 0;

	if (used > width && column->elastic)
		fprintf(out, "~%s", printable_end(text, width - 1));
	else if (column->right)
		fprintf(out, "%*s%s", blanks, "", text);
	else
		fprintf(out, "%s%*s", text, last ? 0 : blanks, "");
}

static void print_row(const struct table *table, FILE *out, const unsigned *widths, const struct row *row)
{
	for (unsigned i = 0; i < table->count; i++) {
		const char *text = row ? row->cells[i] : table->columns[i].title;

		if (i)
			fprintf(out, "%*s", GAP, "");
		print_cell(out, text ? text : "", widths[i], &table->columns[i], i + 1 == table->count);
	}
}

static void print_line(const struct table *table, FILE *out, const unsigned *widths, const struct row *row,
		       const char *colour)
{
	if (colour)
		fputs(colour, out);
	print_row(table, out, widths, row);
	fputs(colour ? COLOUR_NONE "\n" : "\n", out);
}

static void free_row(const struct table *table, struct row *row)
{
	for (unsigned i = 0; i < table->count; i++)
		free(row->cells[i]);
	free(row->cells);
}

void table_print(struct table *table, FILE *out, unsigned width, bool colour)
{
	unsigned *widths = command_memory(calloc(table->count, sizeof *widths));

	for (unsigned i = 0; i < table->count; i++)
		widths[i] = natural_width(table, i);
	if (width)
		fit(table, widths, width);
	if (table->rows)
		print_line(table, out, widths, NULL, colour ? COLOUR_BOLD : NULL);
	for (unsigned i = 0; i < table->rows; i++) {
		print_line(table, out, widths, &table->at[i], colour ? table->at[i].colour : NULL);
		free_row(table, &table->at[i]);
	}
	free(widths);
	free(table->at);
	free(table);
}

unsigned terminal_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (width > 0 && width < 10000)
		return (unsigned)width;
	if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	return 0;
}

const char *bytes_text(uint64_t bytes, char text[UNIT_MAX])
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double value = (double)bytes;
	unsigned unit = 0;

	for (; value >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
		value /= 1000;
	snprintf(text, UNIT_MAX, unit && value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return text;
}

const char *seconds_text(uint64_t seconds, char text[UNIT_MAX])
{
	static const struct {
		unsigned seconds;
		const char *name, *next;
		unsigned part;
	} units[] = {{86400, "d", "h", 3600}, {3600, "h", "m", 60}, {60, "m", "s", 1}};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (seconds < units[i].seconds)
			continue;
		snprintf(text, UNIT_MAX, "%llu %s %llu %s", (unsigned long long)(seconds / units[i].seconds),
			 units[i].name, (unsigned long long)(seconds % units[i].seconds / units[i].part),
			 units[i].next);
		return text;
	}
	snprintf(text, UNIT_MAX, "%llu s", (unsigned long long)seconds);
	return text;
}
