/* SPDX-License-Identifier: GPL-2.0-or-later
 * spans.h - sorted, disjoint stretches of 64-bit numbers, and a chart to find a number in a million of them
 *
 * The chart cuts what the spans lie in into parts of equal width, and each part into cells, some sixteen for each span
 * that begins in it: so cells are small where spans are dense, as in IPv6, where all that is in use lies in a few
 * corners. Two bits say of each cell whether all of its numbers are in a span, none, or some. Only for the last the
 * spans are looked at. Parts and cells begin at multiples of their width, as prefixes do; so for lists of prefixes
 * most answers are two bits of 4 bytes a span, instead of a search in 16.
 */
#ifndef NFQROUTE_SPANS_H
#define NFQROUTE_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* Both ends are inside. */
struct span64 {
	uint64_t first, last;
};

struct chart_part {
	uint32_t cell, slot; /* its first ones */
	uint8_t cell_shift, slot_shift;
};

struct span_chart {
	uint64_t origin; /* where the first part begins */
	unsigned shift;  /* width of a part */
	const struct chart_part *parts;
	const uint32_t *cells; /* sixteen in each, the lowest bits first */
	const uint32_t *slots; /* so many spans begin before the slot does; and one behind the last */
};

/* Immutable. chart is NULL where they are few. */
struct spans {
	const struct span64 *at;
	const struct span_chart *chart;
	size_t count;
};

/* Of spans that are sorted and do not touch; at stays where it is, the chart is the arena's. */
struct spans spans_make(struct arena *arena, const struct span64 *at, size_t count);

/* Some span has the number. */
bool spans_have(const struct spans *spans, uint64_t number);

/* Has the memory fetched that spans_have() will look at first, where it is not likely to be in the cache; and, when that
 * has come, what it will look at then. */
void spans_fetch(const struct spans *spans, uint64_t number);
void spans_fetch_next(const struct spans *spans, uint64_t number);

/* One span has the whole of the other. */
bool spans_cover(const struct spans *spans, struct span64 span);

#endif
