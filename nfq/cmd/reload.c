/* SPDX-License-Identifier: GPL-2.0-or-later
 * reload.c - "nfqroute reload": have the daemon read the rules again, and see what is wrong with them
 */
#include <unistd.h>

#include "control_client.h"

/* A number is 0, and text "", where it is missing. */
static int number(const json_t *object, const char *name)
{
	return (int)json_integer_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

/* As diags_print() says it, without the text of the line: the daemon has read that. */
static void print_diagnostic(const json_t *diagnostic)
{
	const char *file = text(diagnostic, "file"), *hint = text(diagnostic, "hint");

	if (*file)
		fprintf(stderr, "%s:%d:%d: ", file, number(diagnostic, "line"), number(diagnostic, "column"));
	fprintf(stderr, "%s: %s\n", text(diagnostic, "severity"), text(diagnostic, "message"));
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
				      *text(result, "error") ? ": " : "", text(result, "error"));
	printf("reloaded in %d ms, rules: %d, gateways: %d\n", number(result, "ms"), number(result, "rules"),
	       number(result, "gateways"));
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
