/* SPDX-License-Identifier: GPL-2.0-or-later
 * reload.c - "nfqroute reload": have the daemon read the rules again, and see what is wrong with them
 */
#include "answer.h"
#include "control_client.h"

/* As diags_print() says it, without the text of the line: the daemon has read that. */
static void print_diagnostic(const json_t *diagnostic)
{
	const char *file = answer_text(diagnostic, "file"), *hint = answer_text(diagnostic, "hint");

	if (*file)
		fprintf(stderr, "%s:%d:%d: ", file, (int)answer_number(diagnostic, "line"),
			(int)answer_number(diagnostic, "column"));
	fprintf(stderr, "%s: %s\n", answer_text(diagnostic, "severity"), answer_text(diagnostic, "message"));
	if (*hint)
		fprintf(stderr, "      = %s\n", hint);
}

static int print(const json_t *result)
{
	const json_t *diagnostic;
	size_t i;

	json_array_foreach(json_object_get(result, "diagnostics"), i, diagnostic) print_diagnostic(diagnostic);
	if (!json_is_true(json_object_get(result, "good")))
		return command_failed(&reload_command, "the rules of before stay in force%s%s",
				      *answer_text(result, "error") ? ": " : "", answer_text(result, "error"));
	printf("reloaded in %d ms, rules: %d, gateways: %d\n", (int)answer_number(result, "ms"),
	       (int)answer_number(result, "rules"), (int)answer_number(result, "gateways"));
	return command_flush(&reload_command);
}

static int run(int argc, char **argv)
{
	struct client client;
	json_t *result;
	int exit = client_options_only(&client, &reload_command, argc, argv);

	if (exit == COMMAND_OK)
		exit = client_ask(&client, "reload", NULL, &result);
	if (exit != COMMAND_OK)
		return exit;
	if (!client.json)
		exit = print(result);
	else if (!json_is_true(json_object_get(result, "good")))
		exit = COMMAND_FAILED;
	json_decref(result);
	return exit;
}

const struct command reload_command = {
	.name = "reload",
	.args = CLIENT_ARGS,
	.brief = "have the daemon read the rules again",
	.help = "Waits until it is done. Whatever is wrong with the rules is printed, and then the old ones stay "
		"in "
		"force.\n"
		"\n" CLIENT_HELP "\n" CLIENT_EXIT,
	.run = run,
};
