/* SPDX-License-Identifier: GPL-2.0-or-later
 * top_view.h - what "nfqroute top" shows of an interval, and how: as lines of text
 */
#ifndef NFQROUTE_TOP_VIEW_H
#define NFQROUTE_TOP_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct top_view {
	unsigned by;   /* what a row is about, from 0: top_by_name() */
	unsigned sort; /* the column that orders the rows, from 0: top_sort_name() */
	bool reverse;  /* the least first */
};

/* "rule", "gateway", ...; "name", "conns", ...; NULL: there are not so many. */
const char *top_by_name(unsigned by);
const char *top_sort_name(unsigned sort);
/* What a word of the command line means; false: nothing. */
bool top_by(const char *word, unsigned *by);
bool top_sort(const char *word, unsigned *sort);
/* The view where nothing else is said: rules, those first that carry most. */
struct top_view top_view_usual(void);

/* A line about all, then the rows with their titles, at most width characters a line (0: any). event: of the verb "top". */
void top_print_all(const json_t *event, FILE *out);
void top_print_rows(const struct top_view *view, const json_t *event, FILE *out, unsigned width);

#endif
