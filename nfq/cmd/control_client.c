/* SPDX-License-Identifier: GPL-2.0-or-later
 * control_client.c - talking to the running daemon; what all commands that do so share
 */
#include "control_client.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int client_options(struct client *client, const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int option;

	*client = (struct client){.command = command, .socket = control_path(), .fd = -1};
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":s:", options, NULL)) != -1) {
		if (option == 'j')
			client->json = true;
		else if (option == 's')
			client->socket = optarg;
		else if (option == ':')
			return command_usage(command, "-%c needs a value", optopt);
		else
			return command_usage(command, "unknown option '%s'", argv[optind - 1]);
	}
	return COMMAND_OK;
}

int client_options_only(struct client *client, const struct command *command, int argc, char **argv)
{
	int exit = client_options(client, command, argc, argv);

	if (exit == COMMAND_OK && optind < argc)
		return command_usage(command, "what is '%s'? Options only", argv[optind]);
	return exit;
}

static int unreachable(const struct client *client, int error)
{
	command_failed(client->command, "no daemon can be reached at %s: %s", client->socket,
		       error == ENOENT || error == ECONNREFUSED ? "none is running" : strerror(error));
	return COMMAND_NO_DAEMON;
}

static int open_socket(struct client *client)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(client->socket) >= sizeof address.sun_path)
		return unreachable(client, ENAMETOOLONG);
	memcpy(address.sun_path, client->socket, strlen(client->socket) + 1);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0)
		return unreachable(client, errno);
	client->in = fdopen(client->fd, "r");
	return client->in ? COMMAND_OK : unreachable(client, errno);
}

void client_close(struct client *client)
{
	if (client->in)
		fclose(client->in);
	else if (client->fd >= 0)
		close(client->fd);
	client->in = NULL;
	client->fd = -1;
}

static bool send_line(const struct client *client, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t length = text ? strlen(text) : 0, done = 0;

	if (text)
		text[length++] = '\n'; /* in the place of its NUL */
	while (done < length) {
		ssize_t sent = send(client->fd, text + done, length - done, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			break;
		done += sent > 0 ? (size_t)sent : 0;
	}
	free(text);
	return text && done == length;
}

int client_send(struct client *client, const char *verb, json_t *arguments)
{
	json_t *request = arguments ? arguments : json_object();
	int exit = open_socket(client);

	json_object_set_new(request, "version", json_integer(CONTROL_VERSION));
	json_object_set_new(request, "verb", json_string(verb));
	if (exit == COMMAND_OK && !send_line(client, request))
		exit = unreachable(client, errno);
	json_decref(request);
	if (exit != COMMAND_OK)
		client_close(client);
	return exit;
}

static int report(const struct client *client, const json_t *error)
{
	const char *message = json_string_value(json_object_get(error, "message"));

	return command_failed(client->command, "%s", message ? message : "the daemon reports an error");
}

json_t *client_receive(struct client *client, int *exit)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length = getline(&line, &room, client->in);
	json_t *answer = length > 0 ? json_loadb(line, (size_t)length, 0, NULL) : NULL;
	const json_t *error = json_object_get(answer, "error");

	free(line);
	if (answer && !error)
		return answer;
	if (error)
		*exit = report(client, error);
	else
		*exit = command_failed(client->command, "the daemon has ended the connection");
	json_decref(answer);
	return NULL;
}

int client_ask(struct client *client, const char *verb, json_t *arguments, json_t **result)
{
	int exit = client_send(client, verb, arguments);
	json_t *answer;

	*result = NULL;
	if (exit != COMMAND_OK)
		return exit;
	answer = client_receive(client, &exit);
	client_close(client);
	if (!answer)
		return exit;
	*result = json_incref(json_object_get(answer, "result"));
	json_decref(answer);
	if (!client->json)
		return COMMAND_OK;
	json_dumpf(*result, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
	return command_flush(client->command);
}
