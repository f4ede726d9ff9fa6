/* SPDX-License-Identifier: GPL-2.0-or-later
 * flows.c - "nfqroute flows": the connections of now, and what has decided each
 */
#include <getopt.h>
#include <stdlib.h>

#include "answer.h"
#include "control_client.h"
#include "decision_text.h"
#include "filter_words.h"
#include "table.h"

static const char *age_of(const json_t *flow, char text[UNIT_MAX])
{
	const json_t *age = json_object_get(flow, "age");

	return json_is_number(age) ? seconds_text((uint64_t)json_number_value(age), text) : "-";
}

static void add(struct table *table, const json_t *flow)
{
	char src[DECISION_TEXT_MAX], dst[DECISION_TEXT_MAX], name[DECISION_TEXT_MAX], verdict[DECISION_TEXT_MAX];
	char sent[UNIT_MAX], received[UNIT_MAX], age[UNIT_MAX];

	table_row(table, NULL,
		  (const char *const[]){answer_text(flow, "proto"), decision_end(flow, "src", "sport", src),
					decision_end(flow, "dst", "dport", dst), decision_name(flow, name),
					decision_verdict(flow, verdict), decision_reason(flow),
					answer_bytes(flow, "bytes_sent", sent),
					answer_bytes(flow, "bytes_received", received), age_of(flow, age)});
}

static int by_age(const void *a, const void *b, void *ctx)
{
	double left = json_number_value(json_object_get(*(json_t *const *)a, "age"));
	double right = json_number_value(json_object_get(*(json_t *const *)b, "age"));

	(void)ctx;
	return (left > right) - (left < right);
}

/* The newest first. */
static void add_all(struct table *table, const json_t *flows)
{
	const json_t **sorted = answer_sorted(flows, by_age, NULL);

	for (size_t i = 0; i < json_array_size(flows); i++)
		add(table, sorted[i]);
	free(sorted);
}

static int print(const json_t *result)
{
	static const struct column columns[] = {
		{.title = "PROTO"},
		{.title = "CLIENT", .elastic = true},
		{.title = "DESTINATION", .elastic = true},
		{.title = "WHAT", .elastic = true},
		{.title = "BY", .elastic = true},
		{.title = "RULE", .elastic = true},
		{.title = "SENT", .right = true},
		{.title = "RECEIVED", .right = true},
		{.title = "AGE", .right = true},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	uint64_t more = answer_number(result, "more");

	add_all(table, json_object_get(result, "flows"));
	table_print(table, stdout, terminal_width(stdout), command_colour(stdout));
	if (more)
		printf("and %llu more; \"limit N\" shows as many\n", (unsigned long long)more);
	return command_flush(&flows_command);
}

static int run(int argc, char **argv)
{
	static const struct word words[] = {FILTER_WORDS, {"limit", JSON_INTEGER}, {0}};
	struct client client;
	json_t *arguments = NULL;
	int exit = client_options(&client, &flows_command, argc, argv);

	if (exit == COMMAND_OK)
		exit = words_read(&flows_command, words, argc - optind, argv + optind, &arguments);
	return exit == COMMAND_OK ? client_show(&client, "flows", arguments, print) : exit;
}

const struct command flows_command = {
	.name = "flows",
	.args = CLIENT_ARGS " " FILTER_ARGS " [limit N]",
	.brief = "list the connections of now, and what has decided each",
	.help = FILTER_HELP "  limit N           so many at most (default 1000)\n\n" CLIENT_HELP "\n" CLIENT_EXIT,
	.run = run,
};
