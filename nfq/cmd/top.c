/* SPDX-License-Identifier: GPL-2.0-or-later
 * top.c - "nfqroute top": what goes by which rule, gateway, host, client or app just now
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "filter_words.h"
#include "printable.h"
#include "table.h"
#include "top_screen.h"

enum { ROWS_MOST = 1000 };

struct top {
	struct client client;
	struct top_view view;
	double seconds;      /* of an interval */
	unsigned long count; /* intervals to be shown; 0: any number */
	bool batch;
};

/* --- options --- */

static int wrong_word(const char *option, const char *word, const char *(*name)(unsigned))
{
	char all[128] = "";

	for (unsigned i = 0; name(i); i++)
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", name(i));
	return command_usage(&top_command, "%s %s: expected one of %s", option, word, all);
}

static int take_by(struct top *top, const char *word)
{
	return top_by(word, &top->view.by) ? COMMAND_OK : wrong_word("--by", word, top_by_name);
}

static int take_sort(struct top *top, const char *word)
{
	return top_sort(word, &top->view.sort) ? COMMAND_OK : wrong_word("--sort", word, top_sort_name);
}

static int take_seconds(struct top *top, const char *text)
{
	char *end;

	top->seconds = strtod(text, &end);
	if (end != text && !*end && top->seconds >= 0.2 && top->seconds <= 3600)
		return COMMAND_OK;
	return command_usage(&top_command, "-d %s: expected 0.2 to 3600 seconds", text);
}

static int take_count(struct top *top, const char *text)
{
	char *end;

	errno = 0;
	top->count = strtoul(text, &end, 10);
	if (!errno && end != text && !*end && *text != '-' && top->count)
		return COMMAND_OK;
	return command_usage(&top_command, "-n %s: expected a number from 1", text);
}

static int take_option(struct top *top, int option, const char *value, char **argv)
{
	switch (option) {
	case 'j':
		top->client.json = true;
		return COMMAND_OK;
	case 'b':
		top->batch = true;
		return COMMAND_OK;
	case 'r':
		top->view.reverse = true;
		return COMMAND_OK;
	case 's':
		top->client.socket = value;
		return COMMAND_OK;
	case 'B':
		return take_by(top, value);
	case 'S':
		return take_sort(top, value);
	case 'd':
		return take_seconds(top, value);
	case 'n':
		return take_count(top, value);
	default:
		return command_option(&top_command, option, argv);
	}
}

static int read_options(struct top *top, int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},     {"batch", no_argument, NULL, 'b'},
		{"by", required_argument, NULL, 'B'}, {"sort", required_argument, NULL, 'S'},
		{"reverse", no_argument, NULL, 'r'},  {NULL, 0, NULL, 0},
	};
	int option, exit = COMMAND_OK;

	opterr = 0;
	while (exit == COMMAND_OK && (option = getopt_long(argc, argv, ":s:bd:n:", options, NULL)) != -1)
		exit = take_option(top, option, optarg, argv);
	return exit;
}

/* --- lines --- */

static int print(const struct top *top, const json_t *event)
{
	if (top->client.json) {
		json_dumpf(event, stdout, JSON_COMPACT | PRINTABLE_JSON);
	} else {
		top_print_all(event, stdout);
		top_print_rows(&top->view, event, stdout, terminal_width(stdout));
	}
	putchar('\n');
	return command_flush(&top_command);
}

static int print_all(struct top *top)
{
	int exit = COMMAND_OK;
	json_t *answer;

	for (unsigned long i = 0; exit == COMMAND_OK && (!top->count || i < top->count); i++) {
		answer = client_receive(&top->client, &exit);
		if (answer)
			exit = print(top, json_object_get(answer, "event"));
		json_decref(answer);
	}
	return exit;
}

static int run(int argc, char **argv)
{
	static const struct word words[] = {FILTER_WORDS, {0}};
	struct top top = {.client = client_for(&top_command), .view = top_view_usual(), .seconds = 2};
	int exit = read_options(&top, argc, argv);
	json_t *arguments;

	if (exit != COMMAND_OK)
		return exit;
	arguments = json_pack("{s:I, s:i}", "interval", (json_int_t)(top.seconds * 1000), "limit", ROWS_MOST);
	exit = words_read(&top_command, words, argc - optind, argv + optind, &arguments);
	if (exit == COMMAND_OK)
		exit = client_send(&top.client, "top", arguments);
	if (exit != COMMAND_OK)
		return exit;
	if (top.batch || top.client.json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		exit = print_all(&top);
	else
		exit = top_screen(&top.client, top.view, top.count);
	client_close(&top.client);
	return exit;
}

const struct command top_command = {
	.name = "top",
	.args = CLIENT_ARGS " [-b] [-d SECONDS] [-n COUNT] [--by KIND] [--sort COLUMN] [--reverse] " FILTER_ARGS,
	.brief = "show what goes by which rule, gateway, host, client or app just now",
	.help = "  --by KIND        a row for each rule (default), gateway, host, client or app\n"
		"  --sort COLUMN    by name, conns, new, sent, received or total (default)\n"
		"  --reverse        the least first\n"
		"  -d SECONDS       from one look to the next, from 0.2 (default 2)\n"
		"  -n COUNT         end after so many\n"
		"  -b, --batch      print lines, as where the output is no terminal\n"
		"\n" CLIENT_HELP
		"\nKeys: q ends; r, g, h, c, a choose the kind, tab the next; < and > (left and right) the\n"
		"column that sorts, R turns it round; space holds; up, down and page keys scroll.\n"
		"With --json an interval is an object in a line of its own: \"all\", and rows by kind, with what "
		"has\n"
		"happened in its \"seconds\".\n\n" FILTER_HELP "\n" CLIENT_EXIT,
	.run = run,
};
