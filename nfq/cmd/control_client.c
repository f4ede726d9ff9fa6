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

#include "printable.h"

struct client client_for(const struct command *command)
{
	return (struct client){.command = command, .socket = control_path(), .fd = -1};
}

int client_options(struct client *client, const struct command *command, int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	int option;

	*client = client_for(command);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":s:", options, NULL)) != -1) {
		if (option == 'j')
			client->json = true;
		else if (option == 's')
			client->socket = optarg;
		else
			return command_option(command, option, argv);
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

/* Nobody listens there: there is no socket, or who made it is gone. */
static bool nobody(int error)
{
	return error == ENOENT || error == ECONNREFUSED;
}

static const char *connect_text(int error)
{
	if (error == EACCES)
		return "not allowed; root and members of group nfqroute may ask";
	return nobody(error) ? "none is running" : strerror(error);
}

static int unreachable(const struct client *client, int error)
{
	command_failed(client->command, "no daemon can be reached at %s: %s", client->socket, connect_text(error));
	return COMMAND_NO_DAEMON;
}

/* The descriptor, or -1 with errno. */
static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, error;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

bool client_no_daemon(const char *path)
{
	int fd = connect_to(path);

	if (fd < 0)
		return nobody(errno);
	close(fd);
	return false;
}

static int open_socket(struct client *client)
{
	client->fd = connect_to(client->socket);
	if (client->fd < 0)
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
	free(client->taken);
	client->in = NULL;
	client->taken = NULL;
	client->taken_used = client->taken_room = 0;
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

int client_judge(const struct client *client, const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");
	const char *message = json_string_value(json_object_get(error, "message"));

	if (!answer)
		return command_failed(client->command, "the daemon has ended the connection");
	if (!error)
		return COMMAND_OK;
	return command_failed(client->command, "%s", message ? message : "the daemon reports an error");
}

json_t *client_receive(struct client *client, int *exit)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length = getline(&line, &room, client->in);
	json_t *answer = length > 0 ? json_loadb(line, (size_t)length, 0, NULL) : NULL;

	free(line);
	*exit = client_judge(client, answer);
	if (*exit == COMMAND_OK)
		return answer;
	json_decref(answer);
	return NULL;
}

/* Room for more at the end of what has come. NULL: out of memory. */
static char *room_for_more(struct client *client)
{
	char *bigger;

	if (client->taken_used < client->taken_room)
		return client->taken;
	bigger = realloc(client->taken, client->taken_room + 65536);
	if (bigger) {
		client->taken = bigger;
		client->taken_room += 65536;
	}
	return bigger;
}

/* Reads all that has come. false: the connection has ended. */
static bool fill(struct client *client)
{
	ssize_t got;

	do {
		if (!room_for_more(client))
			return false;
		got = recv(client->fd, client->taken + client->taken_used, client->taken_room - client->taken_used,
			   MSG_DONTWAIT);
		client->taken_used += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

json_t *client_take(struct client *client, bool *open)
{
	char *end, *before, *line;
	json_t *answer;

	*open = fill(client);
	end = client->taken_used ? memrchr(client->taken, '\n', client->taken_used) : NULL;
	if (!end)
		return NULL;
	before = memrchr(client->taken, '\n', (size_t)(end - client->taken));
	line = before ? before + 1 : client->taken;
	answer = json_loadb(line, (size_t)(end - line), 0, NULL);
	client->taken_used -= (size_t)(end + 1 - client->taken);
	memmove(client->taken, end + 1, client->taken_used);
	return answer;
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
	json_dumpf(*result, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY | PRINTABLE_JSON);
	putchar('\n');
	return command_flush(client->command);
}

int client_present(const struct client *client, int exit, json_t *result, int (*print)(const json_t *result))
{
	if (exit == COMMAND_OK && !client->json)
		exit = print(result);
	json_decref(result);
	return exit;
}

int client_show(struct client *client, const char *verb, json_t *arguments, int (*print)(const json_t *result))
{
	json_t *result;
	int exit = client_ask(client, verb, arguments, &result);

	return client_present(client, exit, result, print);
}
