/* SPDX-License-Identifier: GPL-2.0-or-later
 * spans.c - sorted, disjoint stretches of 64-bit numbers, and a chart to find a number in a million of them
 */
#include "spans.h"

enum {
	CHART_FROM = 32,      /* fewer spans are searched as fast without */
	SPANS_PER_PART = 8,   /* on average, until there are PARTS_MOST */
	PARTS_MOST = 4096,
	CELLS_PER_SPAN = 16,
	CELLS_PER_WORD = 16,  /* of the array that they are in */
	SLOT_BITS = 6,        /* 64 cells share a slot: some four spans */
};

/* What is known of a cell. */
enum cell { CELL_NONE, CELL_ALL, CELL_SOME };

static unsigned bits_of(uint64_t number)
{
	return number ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

/* --- making it --- */

struct charting {
	const struct span64 *at;
	size_t count, part_count, cell_count, slot_count;
	struct span_chart *chart;
	struct chart_part *parts;
	uint32_t *cells, *slots;
};

static uint64_t part_start(const struct span_chart *chart, size_t part)
{
	return chart->origin + ((uint64_t)part << chart->shift);
}

static size_t part_of(const struct span_chart *chart, uint64_t number)
{
	return (size_t)((number - chart->origin) >> chart->shift);
}

/* Parts so wide that they are about as many as wanted; the first begins at a multiple of its width. */
static void lay_parts(struct charting *c)
{
	size_t wanted = c->count / SPANS_PER_PART < PARTS_MOST ? c->count / SPANS_PER_PART : PARTS_MOST;
	uint64_t first = c->at[0].first, last = c->at[c->count - 1].last;
	unsigned bits = bits_of(last - first), most = bits_of(wanted) - 1;

	c->chart->shift = bits > most ? bits - most : 0;
	c->chart->origin = first >> c->chart->shift << c->chart->shift;
	c->part_count = part_of(c->chart, last) + 1;
}

/* The power of two that is nearest to so many cells, as far as a part has so many numbers. */
static unsigned cell_bits(size_t spans, unsigned shift)
{
	size_t cells = (spans ? spans : 1) * CELLS_PER_SPAN;
	unsigned bits = bits_of(cells) - 1;

	if (cells * cells > (size_t)2 << 2 * bits)
		bits++;
	return bits < shift ? bits : shift;
}

static void cut_parts(struct charting *c)
{
	size_t next = 0;

	for (size_t i = 0; i < c->part_count; i++) {
		size_t before = next;
		unsigned shift = c->chart->shift, bits;

		while (next < c->count && part_of(c->chart, c->at[next].first) == i)
			next++;
		bits = cell_bits(next - before, shift);
		c->parts[i] = (struct chart_part){
			.cell = (uint32_t)c->cell_count,
			.slot = (uint32_t)c->slot_count,
			.cell_shift = (uint8_t)(shift - bits),
			.slot_shift = (uint8_t)(shift - bits + SLOT_BITS < shift ? shift - bits + SLOT_BITS : shift),
		};
		c->cell_count += (size_t)1 << bits;
		c->slot_count += (size_t)1 << (shift - c->parts[i].slot_shift);
	}
}

static void mark(struct charting *c, size_t cell, enum cell state)
{
	c->cells[cell / CELLS_PER_WORD] |= (uint32_t)state << cell % CELLS_PER_WORD * 2;
}

/* Marks the cells of one part that a span touches. */
static void mark_in_part(struct charting *c, size_t number, const struct span64 *span)
{
	const struct chart_part *part = &c->parts[number];
	uint64_t start = part_start(c->chart, number), width = (1ULL << part->cell_shift) - 1;
	uint64_t end = start + ((1ULL << c->chart->shift) - 1);
	uint64_t first = span->first > start ? span->first : start, last = span->last < end ? span->last : end;

	for (uint64_t i = (first - start) >> part->cell_shift; i <= (last - start) >> part->cell_shift; i++) {
		uint64_t cell = start + (i << part->cell_shift);
		bool all = first <= cell && last >= cell + width;

		mark(c, part->cell + (size_t)i, all ? CELL_ALL : CELL_SOME);
	}
}

static void mark_cells(struct charting *c)
{
	for (size_t i = 0; i < c->count; i++) {
		size_t last = part_of(c->chart, c->at[i].last);

		for (size_t part = part_of(c->chart, c->at[i].first); part <= last; part++)
			mark_in_part(c, part, &c->at[i]);
	}
}

static void count_slots(struct charting *c)
{
	size_t next = 0, slot = 0;

	for (size_t part = 0; part < c->part_count; part++) {
		uint64_t start = part_start(c->chart, part);
		size_t slots = (size_t)1 << (c->chart->shift - c->parts[part].slot_shift);

		for (size_t i = 0; i < slots; i++) {
			while (next < c->count && c->at[next].first < start + ((uint64_t)i << c->parts[part].slot_shift))
				next++;
			c->slots[slot++] = (uint32_t)next;
		}
	}
	c->slots[slot] = (uint32_t)c->count;
}

/* NULL: it does not pay, or the arena has failed. */
static const struct span_chart *draw(struct arena *arena, const struct span64 *at, size_t count)
{
	struct charting c = {.at = at, .count = count};

	if (count < CHART_FROM || count > UINT32_MAX / (2 * CELLS_PER_SPAN))
		return NULL;
	c.chart = arena_alloc(arena, sizeof *c.chart);
	lay_parts(&c);
	c.parts = arena_array(arena, c.part_count, sizeof *c.parts);
	if (arena_failed(arena) || c.chart->shift > 63)
		return NULL;
	cut_parts(&c);
	c.cells = arena_array(arena, c.cell_count / CELLS_PER_WORD + 1, sizeof *c.cells);
	c.slots = arena_array(arena, c.slot_count + 1, sizeof *c.slots);
	if (arena_failed(arena))
		return NULL;
	mark_cells(&c);
	count_slots(&c);
	c.chart->parts = c.parts;
	c.chart->cells = c.cells;
	c.chart->slots = c.slots;
	return c.chart;
}

struct spans spans_make(struct arena *arena, const struct span64 *at, size_t count)
{
	struct spans spans = {.at = at, .count = count};

	if (!arena_failed(arena))
		spans.chart = draw(arena, at, count);
	return spans;
}

/* --- asking it --- */

/* Of the spans from low up to high, and the one before, the last that does not begin behind number. */
static const struct span64 *search(const struct spans *spans, uint64_t number, size_t low, size_t high)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spans->at[middle].first <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return &spans->at[low - 1];
}

/* The last span that does not begin behind number, by the slot that the number is in; it is in no part before the
 * first or behind the last. */
static const struct span64 *search_slot(const struct spans *spans, const uint32_t *slot, uint64_t number)
{
	return search(spans, number, slot[0], slot[1]);
}

static bool is_outside(const struct spans *spans, uint64_t number)
{
	return !spans->count || number < spans->at[0].first || number > spans->at[spans->count - 1].last;
}

/* Where the chart says something of a number. */
struct place {
	uint64_t cell;
	const uint32_t *slot;
};

static struct place find_place(const struct span_chart *chart, uint64_t number)
{
	size_t at = part_of(chart, number);
	const struct chart_part *part = &chart->parts[at];
	uint64_t offset = number - part_start(chart, at);

	return (struct place){.cell = part->cell + (offset >> part->cell_shift),
			      .slot = &chart->slots[part->slot + (offset >> part->slot_shift)]};
}

static enum cell state_of(const struct span_chart *chart, uint64_t cell)
{
	return chart->cells[cell / CELLS_PER_WORD] >> cell % CELLS_PER_WORD * 2 & 3;
}

static void fetch(const struct span_chart *chart, struct place place)
{
	__builtin_prefetch(&chart->cells[place.cell / CELLS_PER_WORD]);
	__builtin_prefetch(place.slot);
}

bool spans_have(const struct spans *spans, uint64_t number)
{
	const struct span_chart *chart = spans->chart;
	struct place place;
	enum cell state;

	if (is_outside(spans, number))
		return false;
	if (!chart)
		return number <= search(spans, number, 0, spans->count)->last;
	place = find_place(chart, number);
	__builtin_prefetch(place.slot);
	state = state_of(chart, place.cell);
	if (state != CELL_SOME)
		return state == CELL_ALL;
	return number <= search_slot(spans, place.slot, number)->last;
}

void spans_fetch(const struct spans *spans, uint64_t number)
{
	if (spans->chart && !is_outside(spans, number))
		fetch(spans->chart, find_place(spans->chart, number));
}

/* The spans of a slot are in one line of the cache or two. */
void spans_fetch_next(const struct spans *spans, uint64_t number)
{
	struct place place;

	if (!spans->chart || is_outside(spans, number))
		return;
	place = find_place(spans->chart, number);
	if (state_of(spans->chart, place.cell) != CELL_SOME)
		return;
	__builtin_prefetch(&spans->at[place.slot[0] ? place.slot[0] - 1 : 0]);
	__builtin_prefetch(&spans->at[place.slot[1] ? place.slot[1] - 1 : 0]);
}

bool spans_cover(const struct spans *spans, struct span64 span)
{
	const struct span64 *found;

	if (is_outside(spans, span.first))
		return false;
	if (spans->chart)
		found = search_slot(spans, find_place(spans->chart, span.first).slot, span.first);
	else
		found = search(spans, span.first, 0, spans->count);
	return span.last <= found->last;
}
