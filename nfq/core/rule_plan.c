/* SPDX-License-Identifier: GPL-2.0-or-later
 * rule_plan.c - the keys that the headers a rule asks for give it
 */
#include "rule_plan.h"

#include <stdlib.h>

typedef unsigned __int128 wide;

static wide wide_of(struct key key)
{
	return (wide)key.high << 64 | key.low;
}

static struct key key_of_wide(wide value)
{
	return (struct key){.high = (uint64_t)(value >> 64), .low = (uint64_t)value};
}

static bool is_header(const struct match *match)
{
	return match->keyword->key && !match->negate;
}

bool match_next_interval(const struct match *match, unsigned *set, size_t *at, struct interval *interval)
{
	for (; *set < match->set_count; ++*set, *at = 0)
		if (interval_set_next(match->sets[*set], at, interval))
			return true;
	return false;
}

/* The prefixes of this many bits that cover the match; false: more than most. */
static bool cover(const struct match *match, unsigned bits, unsigned most, struct dimension *dimension)
{
	unsigned shift = 128 - bits, set = 0;
	struct interval interval;
	size_t at = 0;

	dimension->count = 0;
	dimension->exact = true;
	while (match_next_interval(match, &set, &at, &interval)) {
		wide first = wide_of(interval.first) >> shift, last = wide_of(interval.last) >> shift;

		dimension->exact &= wide_of(interval.first) == first << shift &&
				    wide_of(interval.last) == ((last + 1) << shift) - 1;

		if (last - first >= most - dimension->count)
			return false;
		for (wide value = first; value <= last; value++)
			dimension->values[dimension->count++] = key_of_wide(value << shift);
	}
	return true;
}

static unsigned count_intervals(const struct match *match)
{
	size_t count = 0;

	for (unsigned i = 0; i < match->set_count; i++)
		count += ((const struct interval_set *)match->sets[i])->count;
	return count > VALUES_MAX ? VALUES_MAX + 1 : (unsigned)count;
}

/* The longest prefixes that are not many; 0: even the shortest are. */
static unsigned bits_for(const struct match *match, struct dimension *dimension)
{
	unsigned count = count_intervals(match), bits = 128;

	if (!count || count > VALUES_MAX)
		return 0;
	while (bits && !cover(match, bits, count > 4 ? count : 4, dimension))
		bits -= 8;
	return bits;
}

unsigned field_number(struct rule_index *index, const struct keyword *keyword)
{
	unsigned field = 0;

	while (field < index->field_count && index->fields[field]->key != keyword->key)
		field++;
	if (field == index->field_count && field < FIELDS_MAX)
		index->fields[index->field_count++] = keyword;
	return field;
}

static unsigned slice_number(struct rule_index *index, unsigned field, unsigned bits)
{
	unsigned slice = 0;

	if (field == FIELDS_MAX)
		return SLICES_MAX;
	while (slice < index->slice_count &&
	       (index->slices[slice].field != field || index->slices[slice].bits != bits))
		slice++;
	if (slice == index->slice_count && slice < SLICES_MAX)
		index->slices[index->slice_count++] = (struct slice){(uint8_t)field, (uint8_t)bits};
	return slice;
}

static struct shape *find_shape(struct rule_index *index, uint64_t slices)
{
	for (unsigned i = 0; i < index->shape_count; i++)
		if (index->shapes[i].slices == slices)
			return &index->shapes[i];
	return NULL;
}

static uint64_t slices_of(const struct plan *plan)
{
	uint64_t slices = 0;

	for (unsigned i = 0; i < plan->count; i++)
		slices |= 1ULL << plan->dimensions[i].slice;
	return slices;
}

static struct shape *add_shape(struct rule_index *index, const struct plan *plan)
{
	struct shape *shape = &index->shapes[index->shape_count];

	*shape = (struct shape){.number = (uint8_t)index->shape_count,
				.slices = slices_of(plan),
				.salt = key_fold(0x5a, ++index->shape_count),
				.lowest = NO_RULE,
				.count = (uint8_t)plan->count};
	for (unsigned i = 0; i < plan->count; i++)
		shape->slice[i] = (uint8_t)plan->dimensions[i].slice;
	return shape;
}

/* Fewest values first, so that what does not fit any more is what says least. */
static int by_count(const void *a, const void *b)
{
	const struct dimension *left = a, *right = b;

	return left->count != right->count ? (int)left->count - (int)right->count
					   : (int)left->slice - (int)right->slice;
}

static int by_slice(const void *a, const void *b)
{
	return (int)((const struct dimension *)a)->slice - (int)((const struct dimension *)b)->slice;
}

static void cut_product(struct plan *plan)
{
	unsigned product = 1, kept = 0;

	qsort(plan->dimensions, plan->count, sizeof *plan->dimensions, by_count);
	while (kept < plan->count && kept < SHAPE_SLICES && product * plan->dimensions[kept].count <= PRODUCT_MAX)
		product *= plan->dimensions[kept++].count;
	plan->count = kept;
}

static void add_dimension(struct rule_index *index, struct plan *plan, const struct match *match)
{
	struct dimension *dimension = &plan->dimensions[plan->count];
	unsigned bits = bits_for(match, dimension);

	if (!bits)
		return;
	dimension->slice = slice_number(index, field_number(index, match->keyword), bits);
	if (dimension->slice == SLICES_MAX)
		return;
	for (unsigned i = 0; i < plan->count; i++)
		if (index->slices[plan->dimensions[i].slice].field == index->slices[dimension->slice].field)
			return; /* of two matches on one field, the first */
	plan->count++;
}

/* Where a new shape would be one too many, those of fewer slices are tried. */
void plan_rule(struct rule_index *index, const struct rule *rule, struct plan *plan)
{
	plan->count = 0;
	plan->shape = NULL;
	for (unsigned i = 0; i < rule->match_count && plan->count < FIELDS_MAX; i++)
		if (is_header(&rule->matches[i]))
			add_dimension(index, plan, &rule->matches[i]);
	cut_product(plan);
	for (; plan->count; plan->count--) {
		plan->shape = find_shape(index, slices_of(plan));
		if (plan->shape || index->shape_count < SHAPES_MAX)
			break;
	}
	if (!plan->count)
		return;
	qsort(plan->dimensions, plan->count, sizeof *plan->dimensions, by_slice);
	if (!plan->shape)
		plan->shape = add_shape(index, plan);
}

bool header_key(const struct plan *plan, unsigned n, uint64_t *key)
{
	if (!plan->shape)
		return false;
	*key = plan->shape->salt;
	for (unsigned i = 0; i < plan->count; i++) {
		const struct dimension *dimension = &plan->dimensions[i];

		*key = key_fold(*key, slice_key(dimension->slice, dimension->values[n % dimension->count]));
		n /= dimension->count;
	}
	return n == 0;
}
