/* SPDX-License-Identifier: GPL-2.0-or-later
 * watch.c - "nfqroute watch": decisions as they are made
 */
#include <getopt.h>
#include <time.h>

#include "answer.h"
#include "control_client.h"
#include "decision_text.h"
#include "filter_words.h"
#include "printable.h"
#include "table.h"

static void print_time(const json_t *decision)
{
	double when = json_number_value(json_object_get(decision, "time"));
	time_t seconds = (time_t)when;
	struct tm tm;
	char text[16];

	strftime(text, sizeof text, "%H:%M:%S", localtime_r(&seconds, &tm));
	printf("%s.%03d ", text, (int)((when - (double)seconds) * 1000));
}

static void print(const json_t *decision, bool colour)
{
	char src[DECISION_TEXT_MAX], dst[DECISION_TEXT_MAX], name[DECISION_TEXT_MAX], verdict[DECISION_TEXT_MAX];
	bool via = *answer_text(decision, "gateway");

	print_time(decision);
	printf("%s %s -> %s", answer_text(decision, "proto"), decision_end(decision, "src", "sport", src),
	       decision_end(decision, "dst", "dport", dst));
	if (*decision_name(decision, name))
		printf(" %s", name);
	printf(" %s%s%s (%s, packet %llu)\n", colour && via ? COLOUR_GREEN : "",
	       decision_verdict(decision, verdict), colour && via ? COLOUR_NONE : "", decision_reason(decision),
	       (unsigned long long)answer_number(decision, "decided_packet"));
}

static void print_event(const json_t *event, bool colour)
{
	uint64_t lost = answer_number(event, "lost");

	if (lost)
		printf("%s%llu decisions were made faster than they could be shown%s\n", colour ? COLOUR_RED : "",
		       (unsigned long long)lost, colour ? COLOUR_NONE : "");
	else if (!answer_flag(event, "watching"))
		print(event, colour);
}

/* Until the daemon or the reader of what is printed goes. */
static int follow(struct client *client)
{
	bool colour = command_colour(stdout);
	int exit = COMMAND_OK;
	json_t *answer;

	while ((answer = client_receive(client, &exit))) {
		const json_t *event = json_object_get(answer, "event");

		if (client->json && !answer_flag(event, "watching")) {
			json_dumpf(event, stdout, JSON_COMPACT | PRINTABLE_JSON);
			putchar('\n');
		} else if (!client->json) {
			print_event(event, colour);
		}
		json_decref(answer);
		if (command_flush(&watch_command) != COMMAND_OK)
			return COMMAND_FAILED;
	}
	return exit;
}

static int run(int argc, char **argv)
{
	static const struct word words[] = {FILTER_WORDS, {0}};
	struct client client;
	json_t *arguments = NULL;
	int exit = client_options(&client, &watch_command, argc, argv);

	if (exit == COMMAND_OK)
		exit = words_read(&watch_command, words, argc - optind, argv + optind, &arguments);
	if (exit == COMMAND_OK)
		exit = client_send(&client, "watch", arguments);
	if (exit == COMMAND_OK)
		exit = follow(&client);
	client_close(&client);
	return exit;
}

const struct command watch_command = {
	.name = "watch",
	.args = CLIENT_ARGS " " FILTER_ARGS,
	.brief = "print decisions as they are made",
	.help = FILTER_HELP "\n" CLIENT_HELP "\nWith --json a decision is an object in a line of its own; {\"lost\":N} "
			    "stands for N\ndecisions that were made faster than they could be read.\n" CLIENT_EXIT,
	.run = run,
};
