/* SPDX-License-Identifier: GPL-2.0-or-later
 * list.c - nfqroute list: the words that rules can use
 */
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "command.h"
#include "gateway.h"
#include "match.h"
#include "option.h"
#include "table.h"
#include "wrap.h"

/* What can be listed: count things, each with a value for every column; "" and NULL: none. */
struct listing {
	const char *word;
	const char *const *columns;              /* NULL-terminated; the first one sorts */
	size_t (*collect)(const void ***things); /* to be freed; SIZE_MAX: out of memory */
	const char *(*value)(const void *thing, size_t column);
};

/* --- apps --- */

static const char *const app_columns[] = {"name", "what", "within", "decided", "source", NULL};

static bool has_thing(const void *const *things, size_t count, const void *thing)
{
	for (size_t i = 0; i < count; i++)
		if (things[i] == thing)
			return true;
	return false;
}

/* Every app once, though several classifiers may name it. */
static size_t collect_apps(const void ***things)
{
	size_t room = 0, count = 0;

	for (size_t i = 0; classifiers[i]; i++)
		for (size_t k = 0; classifiers[i]->apps[k]; k++)
			room++;
	*things = calloc(room + 1, sizeof **things);
	if (!*things)
		return SIZE_MAX;
	for (size_t i = 0; classifiers[i]; i++)
		for (size_t k = 0; classifiers[i]->apps[k]; k++)
			if (!has_thing(*things, count, classifiers[i]->apps[k]))
				(*things)[count++] = classifiers[i]->apps[k];
	return count;
}

static const char *app_value(const void *thing, size_t column)
{
	const struct app *app = thing;
	const char *const values[] = {app->name, app->brief, app->within ? app->within->name : NULL, app->decided,
				      app->source};

	return values[column];
}

/* --- keywords --- */

static const char *const keyword_columns[] = {"name", "what", "value", "available", NULL};

static size_t collect_keywords(const void ***things)
{
	size_t count = 0;

	while (keywords[count])
		count++;
	*things = calloc(count + 1, sizeof **things);
	if (!*things)
		return SIZE_MAX;
	for (size_t i = 0; i < count; i++)
		(*things)[i] = keywords[i];
	return count;
}

static const char *keyword_value(const void *thing, size_t column)
{
	const struct keyword *keyword = thing;
	const char *const values[] = {keyword->name, keyword->brief,
				      keyword->implied ? "none" : keyword->value->expects,
				      keyword->available ? "yes" : "no"};

	return values[column];
}

/* --- options --- */

static const char *const option_columns[] = {"name", "what", "value", "default", "range", NULL};

/* The descriptions stand behind the pointers to them, in one piece. */
static size_t collect_options(const void ***things)
{
	size_t count = options_describe(NULL, 0);
	struct option_text *texts;

	*things = calloc(count, sizeof **things + sizeof *texts);
	if (!*things)
		return SIZE_MAX;
	texts = (void *)(*things + count);
	options_describe(texts, count);
	for (size_t i = 0; i < count; i++)
		(*things)[i] = &texts[i];
	return count;
}

static const char *option_value(const void *thing, size_t column)
{
	const struct option_text *option = thing;
	const char *const values[] = {option->name, option->brief, option->value, option->initial, option->range};

	return values[column];
}

/* --- what a gateway's block can say --- */

static const char *const gateway_columns[] = {"name", "what", "value", NULL};

static size_t collect_gateway(const void ***things)
{
	size_t count = 0;

	while (gateway_entry_at(count))
		count++;
	*things = calloc(count + 1, sizeof **things);
	if (!*things)
		return SIZE_MAX;
	for (size_t i = 0; i < count; i++)
		(*things)[i] = gateway_entry_at(i);
	return count;
}

static const char *gateway_value(const void *thing, size_t column)
{
	const struct gateway_entry *entry = thing;
	const char *const values[] = {entry->name, entry->brief, entry->expects};

	return values[column];
}

static const struct listing listings[] = {
	{"apps", app_columns, collect_apps, app_value},
	{"gateway", gateway_columns, collect_gateway, gateway_value},
	{"keywords", keyword_columns, collect_keywords, keyword_value},
	{"options", option_columns, collect_options, option_value},
};

/* --- output --- */

static int by_first_column(const void *a, const void *b, void *ctx)
{
	const struct listing *const *ordered = ctx, *listing = *ordered;

	return strcmp(listing->value(*(const void *const *)a, 0), listing->value(*(const void *const *)b, 0));
}

/* thing NULL: the head of the column. */
static const char *cell(const struct listing *listing, const void *thing, size_t column)
{
	const char *value = thing ? listing->value(thing, column) : listing->columns[column];

	return value && *value ? value : "-";
}

static bool print_table(const struct listing *listing, const void *const *things, size_t count)
{
	unsigned columns = 1; /* there is one at least */
	const char **cells;

	while (listing->columns[columns])
		columns++;
	cells = calloc((count + 1) * columns, sizeof *cells);
	if (!cells)
		return false;
	for (size_t row = 0; row <= count; row++)
		for (unsigned c = 0; c < columns; c++)
			cells[row * columns + c] = cell(listing, row ? things[row - 1] : NULL, c);
	wrap_print(stdout, cells, count + 1, columns, terminal_width(stdout));
	free(cells);
	return true;
}

/* One array of objects, null where there is nothing to say. */
static void print_json(const struct listing *listing, const void *const *things, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *object = json_object();

		for (size_t c = 0; listing->columns[c]; c++) {
			const char *value = listing->value(things[i], c);

			json_object_set_new(object, listing->columns[c], value ? json_string(value) : json_null());
		}
		json_array_append_new(array, object);
	}
	json_dumpf(array, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(array);
}

static int list(const struct listing *listing, bool json)
{
	const void **things;
	size_t count = listing->collect(&things);
	bool printed = true;

	if (count == SIZE_MAX)
		return command_failed(&list_command, "out of memory");
	qsort_r(things, count, sizeof *things, by_first_column, &listing);
	if (json)
		print_json(listing, things, count);
	else
		printed = print_table(listing, things, count);
	free(things);
	return printed ? command_flush(&list_command) : command_failed(&list_command, "out of memory");
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	bool json = false;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'j')
			return command_option(&list_command, option, argv);
		json = true;
	}
	if (argc - optind != 1)
		return command_usage(&list_command, "apps, gateway, keywords or options?");
	for (size_t i = 0; i < sizeof listings / sizeof *listings; i++)
		if (strcmp(argv[optind], listings[i].word) == 0)
			return list(&listings[i], json);
	return command_usage(&list_command, "'%s' cannot be listed, only apps, gateway, keywords and options",
			     argv[optind]);
}

const struct command list_command = {
	.name = "list",
	.args = "[--json] apps|gateway|keywords|options",
	.brief = "print the words that rules can use",
	.help = "  apps      what 'app' tells apart, at which packet it is usually known, and the specification\n"
		"  gateway   what can be said of a gateway in its block\n"
		"  keywords  the matches of a rule and what stands behind them\n"
		"  options   the settings, with default and range\n"
		"  --json    as an array of objects\n\n"
		"Exit status: 0 printed, 1 it could not be written, 2 wrong usage.\n",
	.run = run,
};
