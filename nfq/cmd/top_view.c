/* SPDX-License-Identifier: GPL-2.0-or-later
 * top_view.c - what "nfqroute top" shows of an interval, and how: as lines of text
 */
#include "top_view.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "printable.h"
#include "table.h"

enum { TITLE_MAX = 16, CELL_MAX = 320 };

/* A new one is a line here: what a row is about, as the verb calls it; its title; how one without a name is
 * called. */
static const struct {
	const char *name, *title, *none;
} kinds[] = {
	{"rule", "RULE", "(no rule)"}, {"gateway", "GATEWAY", "-"},   {"host", "HOST", "(no name)"},
	{"client", "CLIENT", "-"},     {"app", "APP", "(not known)"},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* The columns behind the name: what of a row is added up. */
static const struct {
	const char *name, *title, *parts[2];
	bool rate, bytes;
} columns[] = {
	{"conns", "CONNS", {"connections", NULL}, false, false},
	{"new", "NEW/S", {"decided", NULL}, true, false},
	{"sent", "SENT/S", {"bytes_sent", NULL}, true, true},
	{"received", "RECEIVED/S", {"bytes_received", NULL}, true, true},
	{"total", "TOTAL/S", {"bytes_sent", "bytes_received"}, true, true},
};

enum { COLUMNS = sizeof columns / sizeof *columns };

/* --- words --- */

const char *top_by_name(unsigned by)
{
	return by < KINDS ? kinds[by].name : NULL;
}

const char *top_sort_name(unsigned sort)
{
	if (!sort)
		return "name";
	return sort <= COLUMNS ? columns[sort - 1].name : NULL;
}

static bool find(const char *(*name)(unsigned), const char *word, unsigned *number)
{
	for (*number = 0; name(*number); ++*number)
		if (strcmp(name(*number), word) == 0)
			return true;
	return false;
}

bool top_by(const char *word, unsigned *by)
{
	return find(top_by_name, word, by);
}

bool top_sort(const char *word, unsigned *sort)
{
	return find(top_sort_name, word, sort);
}

struct top_view top_view_usual(void)
{
	return (struct top_view){.by = 0, .sort = COLUMNS};
}

/* --- figures --- */

static double seconds_of(const json_t *event)
{
	double seconds = json_number_value(json_object_get(event, "seconds"));

	return seconds > 0 ? seconds : 1;
}

static uint64_t amount(const json_t *row, unsigned column)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < 2; i++)
		if (columns[column].parts[i])
			sum += answer_number(row, columns[column].parts[i]);
	return sum;
}

static const char *figure(const json_t *row, unsigned column, double seconds, char text[UNIT_MAX])
{
	uint64_t number = amount(row, column);
	double rate = (double)number / seconds;

	if (columns[column].bytes)
		return bytes_text((uint64_t)(rate + 0.5), text);
	if (columns[column].rate)
		snprintf(text, UNIT_MAX, rate > 0 && rate < 9.95 ? "%.1f" : "%.0f", rate);
	else
		snprintf(text, UNIT_MAX, "%" PRIu64, number);
	return text;
}

void top_print_all(const json_t *event, FILE *out)
{
	const json_t *all = json_object_get(event, "all");
	double seconds = seconds_of(event);
	uint64_t lost = answer_number(event, "lost");
	char text[COLUMNS][UNIT_MAX];

	for (unsigned i = 0; i < COLUMNS; i++)
		figure(all, i, seconds, text[i]);
	fprintf(out, "connections %s, new %s/s, sent %s/s, received %s/s", text[0], text[1], text[2], text[3]);
	if (lost)
		fprintf(out, ", new but not counted %" PRIu64, lost);
	putc('\n', out);
}

/* --- rows --- */

/* A name as it is shown: a rule without its directory. ncurses takes each byte for a column. */
static const char *shown_name(const struct top_view *view, const json_t *row, char text[CELL_MAX])
{
	const char *name = answer_text(row, "name"), *slash = view->by == 0 ? strrchr(name, '/') : NULL;

	if (slash)
		name = slash + 1;
	snprintf(text, CELL_MAX, "%s", *name ? name : kinds[view->by].none);
	return printable_ascii(text);
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct top_view *view = ctx;
	const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
	int order = 0;

	if (view->sort) {
		uint64_t l = amount(left, view->sort - 1), r = amount(right, view->sort - 1);

		order = (l < r) - (l > r);
	}
	if (!order)
		order = strcmp(answer_text(left, "name"), answer_text(right, "name"));
	return view->reverse ? -order : order;
}

/* Titles, with a mark at the column that orders the rows. */
static void name_columns(const struct top_view *view, char titles[][TITLE_MAX], struct column *at)
{
	for (unsigned i = 0; i <= COLUMNS; i++) {
		snprintf(titles[i], TITLE_MAX, "%s%s", i ? columns[i - 1].title : kinds[view->by].title,
			 i != view->sort ? ""
			 : view->reverse ? " ^"
					 : " v");
		at[i] = (struct column){.title = titles[i], .right = i > 0, .elastic = i == 0};
	}
}

static void add(struct table *table, const struct top_view *view, const json_t *row, double seconds)
{
	char name[CELL_MAX], text[COLUMNS][UNIT_MAX];
	const char *cells[COLUMNS + 1] = {shown_name(view, row, name)};

	for (unsigned i = 0; i < COLUMNS; i++)
		cells[i + 1] = figure(row, i, seconds, text[i]);
	table_row(table, NULL, cells);
}

void top_print_rows(const struct top_view *view, const json_t *event, FILE *out, unsigned width)
{
	const json_t *rows = json_object_get(event, kinds[view->by].name);
	struct top_view copy = *view;
	const json_t **sorted = answer_sorted(rows, compare, &copy);
	struct column at[COLUMNS + 1];
	char titles[COLUMNS + 1][TITLE_MAX];
	struct table *table;
	uint64_t more;

	name_columns(view, titles, at);
	table = table_new(at, COLUMNS + 1);
	for (size_t i = 0; i < json_array_size(rows); i++)
		add(table, view, sorted[i], seconds_of(event));
	free(sorted);
	table_print(table, out, width, false);
	more = answer_number(json_object_get(event, "more"), kinds[view->by].name);
	if (more)
		fprintf(out, "and %" PRIu64 " more, which have carried less\n", more);
}
