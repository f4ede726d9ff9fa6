/* SPDX-License-Identifier: GPL-2.0-or-later
 * why.c - "nfqroute why": which rule would decide a connection, and why no earlier one
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <limits.h>
#include <netdb.h>
#include <stdlib.h>

#include "answer.h"
#include "control_client.h"
#include "decision_text.h"
#include "filter_words.h"
#include "table.h"

static void add_rules(struct table *table, const json_t *rules)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule)
	{
		const char *answer = answer_text(rule, "answer"), *because = answer_text(rule, "because");
		char text[160];

		if (*answer == 'n')
			snprintf(text, sizeof text, "no: %s", because);
		else if (*answer == 'm')
			snprintf(text, sizeof text, "not known yet: %s", because);
		else
			snprintf(text, sizeof text, "yes");
		table_row(table, *answer == 'y' ? COLOUR_GREEN : NULL,
			  (const char *const[]){answer_text(rule, "rule"), text});
	}
}

/* Of a path that is taken before the rules can tell: "via vpn, as DNS has told". */
static const char *path_text(const json_t *result, char text[DECISION_TEXT_MAX])
{
	char verdict[DECISION_TEXT_MAX];
	const char *led_by = answer_text(result, "led_by");

	snprintf(text, DECISION_TEXT_MAX, "%s%s%s%s", decision_verdict(result, verdict), *led_by ? ", as " : "", led_by,
		 *led_by ? " has told of that address" : "");
	return text;
}

static int print(const json_t *result)
{
	static const struct column columns[] = {
		{.title = "RULE", .elastic = true},
		{.title = "ANSWER"},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *first = json_object_get(result, "first_packet");
	char path[DECISION_TEXT_MAX];

	add_rules(table, json_object_get(result, "rules"));
	table_print(table, stdout, terminal_width(stdout), command_colour(stdout));
	printf("%s: %s", answer_flag(result, "final") ? "decided" : "until that is known",
	       path_text(result, path));
	if (*answer_text(result, "rule") || *answer_text(result, "why"))
		printf(" (%s)\n", decision_reason(result));
	else
		printf("%s\n", *answer_text(result, "led_by") ? "" : " (no rule matches)");
	if (first && !answer_flag(first, "final"))
		printf("until its first data is seen: %s\n", path_text(first, path));
	return command_flush(&why_command);
}

/* A number, or a name of services(5). -1: it is neither. */
static long port_number(const char *text)
{
	const struct servent *service;
	char *end;
	long number = strtol(text, &end, 10);

	if (end != text && !*end)
		return number < 0 ? LONG_MAX : number; /* what the daemon says no to */
	service = getservbyname(text, NULL);
	return service ? ntohs((uint16_t)service->s_port) : -1;
}

static int read_tuple(int count, char *const *texts, json_t **arguments, int *used)
{
	long port = count > 2 ? port_number(texts[2]) : -1;

	if (count < 2)
		return command_usage(&why_command, "from where to where? Two addresses were expected");
	*arguments = json_object();
	json_object_set_new(*arguments, "src", json_string(texts[0]));
	json_object_set_new(*arguments, "dst", json_string(texts[1]));
	*used = 2;
	if (port >= 0) {
		json_object_set_new(*arguments, "port", json_integer(port));
		*used = 3;
	}
	return COMMAND_OK;
}

static int run(int argc, char **argv)
{
	static const struct word words[] = {{"proto", JSON_STRING}, {"host", JSON_STRING}, {"app", JSON_STRING},
					    {"user", JSON_STRING},  {"iif", JSON_STRING},  {0}};
	struct client client;
	json_t *arguments = NULL;
	int used = 0, exit = client_options(&client, &why_command, argc, argv);

	if (exit == COMMAND_OK)
		exit = read_tuple(argc - optind, argv + optind, &arguments, &used);
	if (exit == COMMAND_OK)
		exit = words_read(&why_command, words, argc - optind - used, argv + optind + used, &arguments);
	return exit == COMMAND_OK ? client_show(&client, "why", arguments, print) : exit;
}

const struct command why_command = {
	.name = "why",
	.args = CLIENT_ARGS " SRC DST [PORT] [proto NAME] [host NAME] [app NAME] [user NAME] [iif NAME]",
	.brief = "say which rule would decide a connection, and why no earlier one",
	.help = "Asks the rules in force about a connection from address SRC to address DST. PORT is a\n"
		"number or a name of services(5):\n"
		"  proto NAME       its protocol (default tcp)\n"
		"  host NAME        the name that it will say (in TLS; on port 80 in HTTP; with udp in QUIC)\n"
		"  app NAME         the app that it will turn out to be\n"
		"  user NAME        the local user whose it is\n"
		"  iif NAME         the device it comes in by\n"
		"\n" CLIENT_HELP "\n" CLIENT_EXIT,
	.run = run,
};
