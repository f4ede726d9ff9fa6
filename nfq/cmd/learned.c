/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned.c - nfqroute learned: what is known of destinations, from the daemon or, without one, from what it has
 * saved
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "control_client.h"
#include "learned_file.h"
#include "printable.h"
#include "ruleset.h"
#include "table.h"

enum { CELL = 320 };

/* --- without a daemon --- */

struct saved {
	struct learned_clock clock;
	const char *word; /* NULL: all */
	json_t *list;
};

static void take(void *ctx, const struct learned_entry *entry)
{
	struct saved *saved = ctx;

	if (saved->word && !learned_entry_fits(entry, saved->word))
		return;
	json_array_append_new(saved->list, learned_entry_json(entry, saved->clock));
}

static int read_file(const struct client *client, const char *path, const char *word, json_t **result)
{
	struct saved saved = {.clock = learned_clock_now(), .word = word, .list = json_array()};
	char error[512];

	if (learned_read(path, UINT64_MAX / 2, take, &saved, error, sizeof error) < 0) {
		json_decref(saved.list);
		return command_failed(client->command, "%s", error);
	}
	*result = json_pack("{s:o}", "learned", saved.list);
	if (!client->json)
		return COMMAND_OK;
	json_dumpf(*result, stdout, JSON_INDENT(2) | PRINTABLE_JSON);
	putchar('\n');
	return command_flush(client->command);
}

/* What rules say is the daemon's to know, and so is where it saves; without one it is the usual place. */
static int without_daemon(const struct client *client, const char *word, json_t **result)
{
	struct options options;
	const char *path;

	options_default(&options);
	path = learned_file_path(options.learned_file);
	if (!path || (access(path, F_OK) != 0 && errno == ENOENT)) {
		command_failed(client->command, "no daemon is running at %s, and nothing is saved",
			       client->socket);
		return COMMAND_NO_DAEMON;
	}
	fprintf(stderr, "no daemon is running at %s: this is what was saved in %s\n", client->socket, path);
	return read_file(client, path, word, result);
}

/* --- the table --- */

static const char *destination(const json_t *entry, char text[CELL])
{
	const char *address = answer_text(entry, "address"), *proto = answer_text(entry, "proto");
	unsigned long long port = answer_number(entry, "port");

	if (!port)
		snprintf(text, CELL, "%s", address);
	else
		snprintf(text, CELL, strchr(address, ':') ? "%s [%s]:%llu" : "%s %s:%llu", proto, address, port);
	return text;
}

static const char *what(const json_t *thing, char text[CELL])
{
	const char *host = answer_text(thing, "host"), *app = answer_text(thing, "app");

	snprintf(text, CELL, "%s%s%s", app, *app && *host ? " " : "", host);
	return text;
}

static const char *sources(const json_t *thing, char text[CELL])
{
	json_t *word;
	size_t i;

	text[0] = '\0';
	json_array_foreach(json_object_get(thing, "from"), i, word)
	{
		snprintf(text + strlen(text), CELL - strlen(text), "%s%s", i ? "+" : "", json_string_value(word));
	}
	return text;
}

static const char *since(const json_t *thing, const char *name, bool ahead, char text[UNIT_MAX])
{
	int64_t seconds = (int64_t)time(NULL) - (int64_t)answer_number(thing, name);

	seconds = ahead ? -seconds : seconds;
	return seconds_text(seconds > 0 ? (uint64_t)seconds : 0, text);
}

static void add(struct table *table, const json_t *entry, const json_t *thing)
{
	char where[CELL], name[CELL], from[CELL], verdict[CELL], hits[ANSWER_NUMBER_MAX], last[UNIT_MAX],
		left[UNIT_MAX];
	const char *client = answer_text(entry, "client");
	bool ambiguous = answer_flag(entry, "ambiguous");

	snprintf(verdict, sizeof verdict, "%s%s", ambiguous ? "ambiguous: " : "", answer_text(thing, "verdict"));
	table_row(table, ambiguous ? COLOUR_RED : NULL,
		  (const char *const[]){*client ? client : "any", destination(entry, where), what(thing, name),
					sources(thing, from), *verdict ? verdict : "-",
					answer_digits(thing, "hits", hits), since(thing, "last", false, last),
					since(thing, "expires", true, left)});
}

static void add_entry(struct table *table, const json_t *entry)
{
	char where[CELL];
	json_t *thing;
	size_t i;

	if (answer_flag(entry, "many")) {
		const char *client = answer_text(entry, "client");

		table_row(table, COLOUR_RED,
			  (const char *const[]){*client ? client : "any", destination(entry, where),
						"too many to tell", "-", "ambiguous", "-", "-", "-"});
		return;
	}
	json_array_foreach(json_object_get(entry, "things"), i, thing)
	{
		add(table, entry, thing);
	}
}

static int by_destination(const void *a, const void *b, void *ctx)
{
	const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
	int order = strcmp(answer_text(left, "address"), answer_text(right, "address"));

	(void)ctx;
	if (!order)
		order = (int)answer_number(left, "port") - (int)answer_number(right, "port");
	return order ? order : strcmp(answer_text(left, "client"), answer_text(right, "client"));
}

static int print(const json_t *result)
{
	static const struct column columns[] = {
		{.title = "CLIENT", .elastic = true},
		{.title = "DESTINATION", .elastic = true},
		{.title = "WHAT", .elastic = true},
		{.title = "FROM"},
		{.title = "BY", .elastic = true},
		{.title = "TOLD", .right = true},
		{.title = "LAST", .right = true},
		{.title = "LEFT", .right = true},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *list = json_object_get(result, "learned");
	const json_t **sorted = answer_sorted(list, by_destination, NULL);
	uint64_t more = answer_number(result, "more");

	for (size_t i = 0; i < json_array_size(list); i++)
		add_entry(table, sorted[i]);
	free(sorted);
	table_print(table, stdout, terminal_width(stdout), command_colour(stdout));
	if (more)
		printf("and %llu more destinations; a word in the command says which\n", (unsigned long long)more);
	return command_flush(&learned_command);
}

static int run(int argc, char **argv)
{
	struct client client;
	json_t *arguments, *result = NULL;
	int exit = client_options(&client, &learned_command, argc, argv);
	const char *word = optind < argc ? argv[optind] : NULL;

	if (exit != COMMAND_OK)
		return exit;
	if (optind + 1 < argc)
		return command_usage(&learned_command, "one word at a time: an address, a name, an app");
	if (client_no_daemon(client.socket)) {
		exit = without_daemon(&client, word, &result);
	} else {
		arguments = json_object();
		if (word)
			json_object_set_new(arguments, "filter", json_string(word));
		exit = client_ask(&client, "learned", arguments, &result);
	}
	return client_present(&client, exit, result, print);
}

const struct command learned_command = {
	.name = "learned",
	.args = CLIENT_ARGS " [WORD]",
	.brief = "list what was seen at destinations, and where it leads",
	.help = "A line for each name or app known at a destination: who has seen it there, whether a connection\n"
		"said so (payload), DNS, or a name of DNS that leads there (alias), what the rules say of it, "
		"how\n"
		"often and how long ago it was told, and how long it will be remembered. Where things known at a\n"
		"destination lead to different paths they are ambiguous, and nothing follows from them.\n"
		"Without a daemon, what the last one has saved is listed.\n\n"
		"  WORD             only this address or client, this app, or hosts with this in "
		"them\n" CLIENT_HELP "\n" CLIENT_EXIT,
	.run = run,
};
