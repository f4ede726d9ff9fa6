/* SPDX-License-Identifier: GPL-2.0-or-later
 * rates.c - what happens in an interval by rule, gateway, host, client and app: decisions, connections, bytes
 */
#include "rates.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "hash.h"
#include "json_text.h"
#include "secret.h"

/* A connection's counters at the end of an interval. */
struct seen {
	struct flow_key key;
	uint64_t bytes[CT_DIRECTIONS];
};

struct counts {
	uint64_t connections, decided, bytes[CT_DIRECTIONS];
};

struct row {
	char *name; /* "": none */
	struct counts counts;
};

/* Elements in the order in which they came, and where each is by its hash: open addressing, half empty at least. */
struct index {
	uint32_t *places; /* the element's number + 1; 0: free */
	size_t size;      /* a power of two, or 0 */
	uint64_t secret;  /* of the hash */
};

struct flows {
	struct seen *at;
	size_t count, room;
	struct index index;
};

struct grouping {
	struct row *rows;
	size_t count, room;
	struct index index;
};

typedef const char *name_fn(const struct past_decision *past, char text[46]);

static name_fn name_rule, name_gateway, name_host, name_client, name_app;

/* A new grouping is a line here and a function. */
static const struct {
	const char *name;
	name_fn *of;
} groupings[] = {
	{"rule", name_rule}, {"gateway", name_gateway}, {"host", name_host}, {"client", name_client}, {"app", name_app},
};

enum { GROUPINGS = sizeof groupings / sizeof *groupings };

struct rates {
	struct counts all;
	struct grouping groups[GROUPINGS];
	struct flows before, now;
	bool failed; /* out of memory */
};

/* --- by what --- */

static const char *name_rule(const struct past_decision *past, char text[46])
{
	(void)text;
	return past->rule;
}

static const char *name_gateway(const struct past_decision *past, char text[46])
{
	(void)text;
	return *past->gateway ? past->gateway : action_name(past->action);
}

static const char *name_host(const struct past_decision *past, char text[46])
{
	(void)text;
	return past->host;
}

static const char *name_client(const struct past_decision *past, char text[46])
{
	return key_address_text(past->src, text);
}

static const char *name_app(const struct past_decision *past, char text[46])
{
	(void)text;
	return past->app ? past->app->name : "";
}

/* --- places --- */

/* An index of twice the elements, all free. false: out of memory. */
static bool index_empty(struct index *index, size_t count)
{
	size_t size = 128;

	while (size < 4 * count)
		size *= 2;
	free(index->places);
	index->places = calloc(size, sizeof *index->places);
	index->size = index->places ? size : 0;
	index->secret = secret_number();
	return index->places;
}

static bool index_is_full(const struct index *index, size_t count)
{
	return 2 * (count + 1) > index->size;
}

/* --- connections --- */

/* Where it is, or would be. */
static uint32_t *flow_place(const struct flows *flows, const struct flow_key *key)
{
	size_t slot = flow_key_hash(key, flows->index.secret) & (flows->index.size - 1);

	while (flows->index.places[slot] && !flow_key_equal(&flows->at[flows->index.places[slot] - 1].key, key))
		slot = (slot + 1) & (flows->index.size - 1);
	return &flows->index.places[slot];
}

static const struct seen *flow_find(const struct flows *flows, const struct flow_key *key)
{
	uint32_t place = flows->index.size ? *flow_place(flows, key) : 0;

	return place ? &flows->at[place - 1] : NULL;
}

static bool flows_index_again(struct flows *flows)
{
	if (!index_empty(&flows->index, flows->count))
		return false;
	for (size_t i = 0; i < flows->count; i++)
		*flow_place(flows, &flows->at[i].key) = (uint32_t)i + 1;
	return true;
}

static bool flow_note(struct flows *flows, const struct ct_entry *entry)
{
	struct seen *at = grow(flows->at, flows->count, &flows->room, sizeof *at);

	if (!at)
		return false;
	flows->at = at;
	if (index_is_full(&flows->index, flows->count) && !flows_index_again(flows))
		return false;
	at[flows->count] = (struct seen){.key = entry->key};
	memcpy(at[flows->count].bytes, entry->bytes, sizeof entry->bytes);
	*flow_place(flows, &entry->key) = (uint32_t)++flows->count;
	return true;
}

static void flows_clear(struct flows *flows)
{
	free(flows->at);
	free(flows->index.places);
	*flows = (struct flows){0};
}

/* --- rows --- */

static uint64_t hash_text(uint64_t secret, const char *text)
{
	uint64_t h = secret;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3; /* FNV-1a */
	return hash_mix(0, h);
}

static uint32_t *row_place(const struct grouping *group, const char *name)
{
	size_t slot = hash_text(group->index.secret, name) & (group->index.size - 1);

	while (group->index.places[slot] && strcmp(group->rows[group->index.places[slot] - 1].name, name) != 0)
		slot = (slot + 1) & (group->index.size - 1);
	return &group->index.places[slot];
}

static bool rows_index_again(struct grouping *group)
{
	if (!index_empty(&group->index, group->count))
		return false;
	for (size_t i = 0; i < group->count; i++)
		*row_place(group, group->rows[i].name) = (uint32_t)i + 1;
	return true;
}

/* NULL: out of memory. */
static struct row *row_new(struct grouping *group, const char *name)
{
	struct row *rows = grow(group->rows, group->count, &group->room, sizeof *rows);
	char *copy = rows ? strdup(name) : NULL;

	if (rows)
		group->rows = rows;
	if (!copy)
		return NULL;
	rows[group->count] = (struct row){.name = copy};
	return &rows[group->count++];
}

static struct row *row_find(struct grouping *group, const char *name)
{
	uint32_t *place;

	if (index_is_full(&group->index, group->count) && !rows_index_again(group))
		return NULL;
	place = row_place(group, name);
	if (*place)
		return &group->rows[*place - 1];
	if (!row_new(group, name))
		return NULL;
	*place = (uint32_t)group->count;
	return &group->rows[group->count - 1];
}

static void grouping_clear(struct grouping *group)
{
	for (size_t i = 0; i < group->count; i++)
		free(group->rows[i].name);
	free(group->rows);
	free(group->index.places);
	*group = (struct grouping){0};
}

/* --- counting --- */

static void counts_add(struct counts *sum, const struct counts *more)
{
	sum->connections += more->connections;
	sum->decided += more->decided;
	for (unsigned i = 0; i < CT_DIRECTIONS; i++)
		sum->bytes[i] += more->bytes[i];
}

static void count(struct rates *rates, const struct past_decision *past, const struct counts *more)
{
	counts_add(&rates->all, more);
	for (size_t i = 0; i < GROUPINGS && !rates->failed; i++) {
		char text[46];
		struct row *row = row_find(&rates->groups[i], groupings[i].of(past, text));

		if (row)
			counts_add(&row->counts, more);
		else
			rates->failed = true;
	}
}

void rates_flow(struct rates *rates, const struct past_decision *past, const struct ct_entry *entry)
{
	const struct seen *seen = flow_find(&rates->before, &entry->key);
	struct counts counts = {.connections = 1};

	for (unsigned i = 0; i < CT_DIRECTIONS; i++) {
		/* less than before: another connection between the same ends */
		bool same = seen && seen->bytes[i] <= entry->bytes[i];

		counts.bytes[i] = entry->bytes[i] - (same ? seen->bytes[i] : 0);
	}
	count(rates, past, &counts);
	if (!flow_note(&rates->now, entry))
		rates->failed = true;
}

void rates_decision(struct rates *rates, const struct past_decision *past)
{
	count(rates, past, &(struct counts){.decided = 1});
}

/* --- what is told --- */

static json_t *counts_json(const struct counts *counts)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "connections", (json_int_t)counts->connections, "decided",
			 (json_int_t)counts->decided, "bytes_sent", (json_int_t)counts->bytes[CT_ORIGINAL],
			 "bytes_received", (json_int_t)counts->bytes[CT_REPLY]);
}

/* Most bytes first, then decisions, then connections; names keep the order of equal ones. */
static int by_weight(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	const uint64_t pairs[][2] = {
		{left->counts.bytes[CT_ORIGINAL] + left->counts.bytes[CT_REPLY],
		 right->counts.bytes[CT_ORIGINAL] + right->counts.bytes[CT_REPLY]},
		{left->counts.decided, right->counts.decided},
		{left->counts.connections, right->counts.connections},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i][0] != pairs[i][1])
			return pairs[i][0] < pairs[i][1] ? 1 : -1;
	return strcmp(left->name, right->name);
}

/* Leaves the rows in another order than the index has them. */
static json_t *grouping_json(struct grouping *group, size_t limit)
{
	json_t *list = json_array();

	if (group->count)
		qsort(group->rows, group->count, sizeof *group->rows, by_weight);
	for (size_t i = 0; i < group->count && i < limit; i++) {
		json_t *row = counts_json(&group->rows[i].counts);

		json_object_set_new(row, "name", json_text(*group->rows[i].name ? group->rows[i].name : NULL));
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *all_json(struct rates *rates, size_t limit)
{
	json_t *object = json_object(), *more = json_object();

	json_object_set_new(object, "all", counts_json(&rates->all));
	for (size_t i = 0; i < GROUPINGS; i++) {
		const size_t count = rates->groups[i].count;

		json_object_set_new(object, groupings[i].name, grouping_json(&rates->groups[i], limit));
		json_object_set_new(more, groupings[i].name, json_integer(count > limit ? (json_int_t)(count - limit) : 0));
	}
	json_object_set_new(object, "more", more);
	return object;
}

json_t *rates_take(struct rates *rates, size_t limit)
{
	json_t *object = rates->failed ? NULL : all_json(rates, limit);

	for (size_t i = 0; i < GROUPINGS; i++)
		grouping_clear(&rates->groups[i]);
	flows_clear(&rates->before);
	rates->before = rates->now;
	rates->now = (struct flows){0};
	rates->all = (struct counts){0};
	rates->failed = false;
	return object;
}

struct rates *rates_new(void)
{
	return calloc(1, sizeof(struct rates));
}

void rates_free(struct rates *rates)
{
	if (!rates)
		return;
	for (size_t i = 0; i < GROUPINGS; i++)
		grouping_clear(&rates->groups[i]);
	flows_clear(&rates->before);
	flows_clear(&rates->now);
	free(rates);
}
