/* SPDX-License-Identifier: GPL-2.0-or-later
 * pause.c - "nfqroute pause" and "nfqroute resume": nothing is decided for a while
 */
#include "control_client.h"

static int command(const struct command *command, int argc, char **argv)
{
	struct client client;
	json_t *result;
	int exit = client_options_only(&client, command, argc, argv);

	if (exit == COMMAND_OK)
		exit = client_ask(&client, command->name, NULL, &result);
	if (exit == COMMAND_OK)
		json_decref(result);
	return exit;
}

static int pause_run(int argc, char **argv)
{
	return command(&pause_command, argc, argv);
}

static int resume_run(int argc, char **argv)
{
	return command(&resume_command, argc, argv);
}

const struct command pause_command = {
	.name = "pause",
	.args = CLIENT_ARGS,
	.brief = "have the daemon decide nothing until resume",
	.help = "New connections go by the main table. Those that are decided keep their path.\n"
		"\n" CLIENT_HELP "\n" CLIENT_EXIT,
	.run = pause_run,
};

const struct command resume_command = {
	.name = "resume",
	.args = CLIENT_ARGS,
	.brief = "have the daemon decide again",
	.help = CLIENT_HELP "\n" CLIENT_EXIT,
	.run = resume_run,
};
