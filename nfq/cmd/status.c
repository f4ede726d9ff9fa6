/* SPDX-License-Identifier: GPL-2.0-or-later
 * status.c - "nfqroute status": what the daemon is and does
 */
#include "control_client.h"

static int run(int argc, char **argv)
{
	struct client client;
	json_t *result;
	int exit = client_options_only(&client, &status_command, argc, argv);

	if (exit == COMMAND_OK)
		exit = client_ask(&client, "status", NULL, &result);
	if (exit != COMMAND_OK)
		return exit;
	if (!client.json) {
		json_dumpf(result, stdout, JSON_INDENT(2));
		putchar('\n');
		exit = command_flush(&status_command);
	}
	json_decref(result);
	return exit;
}

const struct command status_command = {
	.name = "status",
	.args = CLIENT_ARGS,
	.brief = "say what the daemon is and does",
	.help = CLIENT_HELP "\n" CLIENT_EXIT,
	.run = run,
};
