/* SPDX-License-Identifier: GPL-2.0-or-later
 * flush.c - "nfqroute flush": connections are forgotten, to be decided anew
 */
#include <getopt.h>
#include <string.h>

#include "answer.h"
#include "control_client.h"
#include "filter_words.h"

static int read_words(int argc, char **argv, json_t **arguments)
{
	static const struct word words[] = {FILTER_WORDS, {0}};

	if (optind == argc)
		return command_usage(&flush_command, "which? rule, gateway, host, client, app; or all");
	if (optind + 1 == argc && strcmp(argv[optind], "all") == 0) {
		*arguments = json_pack("{s:b}", "all", 1);
		return COMMAND_OK;
	}
	return words_read(&flush_command, words, argc - optind, argv + optind, arguments);
}

static int print(const json_t *result)
{
	printf("TCP connections that are reset at their next packet: %llu, others forgotten: %llu\n",
	       (unsigned long long)answer_number(result, "reset"),
	       (unsigned long long)answer_number(result, "forgotten"));
	return command_flush(&flush_command);
}

static int run(int argc, char **argv)
{
	struct client client;
	json_t *arguments = NULL;
	int exit = client_options(&client, &flush_command, argc, argv);

	if (exit == COMMAND_OK)
		exit = read_words(argc, argv, &arguments);
	return exit == COMMAND_OK ? client_show(&client, "flush", arguments, print) : exit;
}

const struct command flush_command = {
	.name = "flush",
	.args = CLIENT_ARGS " all | " FILTER_ARGS,
	.brief = "forget connections, to have them decided anew",
	.help = "UDP connections and the like are decided anew at their next packet. TCP connections are reset at "
		"theirs,\n"
		"for they are decided only when they are opened; most programs open them again.\n" FILTER_HELP
		"  all               all that are decided\n\n" CLIENT_HELP "\n" CLIENT_EXIT,
	.run = run,
};
