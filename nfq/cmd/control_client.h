/* SPDX-License-Identifier: GPL-2.0-or-later
 * control_client.h - talking to the running daemon; what all commands that do so share
 */
#ifndef NFQROUTE_CONTROL_CLIENT_H
#define NFQROUTE_CONTROL_CLIENT_H

#include "command.h"
#include "control_protocol.h"

struct client {
	const struct command *command;
	const char *socket; /* path */
	bool json;          /* print what the daemon says, as it says it */
	int fd;             /* -1: not connected */
	FILE *in;
	char *taken;        /* client_take()'s: what has come of a line; malloc()ed */
	size_t taken_used, taken_room;
};

/* For a command's args and help. */
#define CLIENT_ARGS "[--json] [-s PATH]"
#define CLIENT_HELP                                                                                               \
	"  --json           print the daemon's answer as JSON\n"                                                  \
	"  -s PATH          the daemon's control socket (default " CONTROL_PATH ", or $" CONTROL_VARIABLE ")\n"
#define CLIENT_EXIT                                                                                               \
	"Exit status: 0 done, 1 the daemon reports an error, 2 wrong usage, 3 no daemon can be reached.\n"

/* A client that is not connected. */
struct client client_for(const struct command *command);
/* Reads the options above; the words behind them begin at optind. COMMAND_OK or COMMAND_USAGE, after a message. */
int client_options(struct client *client, const struct command *command, int argc, char **argv);
/* The same for commands that take no words. */
int client_options_only(struct client *client, const struct command *command, int argc, char **argv);

/* Nobody listens at the socket: it is not there, or who made it is gone. Where that cannot be told, as without the right to
 * connect, somebody may. */
bool client_no_daemon(const char *path);

/* Sends a request (a new reference, taken over; "version" and "verb" are added) and waits for the answer's
 * "result", which the caller owns; with --json it is printed as well. Returns an enum command_exit, after a
 * message unless COMMAND_OK. */
int client_ask(struct client *client, const char *verb, json_t *arguments, json_t **result);

/* The two halves, for verbs that answer with events: sends it; the next line's object, with *exit set where it is
 * NULL. */
int client_send(struct client *client, const char *verb, json_t *arguments);
json_t *client_receive(struct client *client, int *exit);
/* The newest whole line's object that has come, without waiting, for who waits for other things too; lines before it
 * are let go. NULL: none has. *open: more may come. Not to be mixed with client_receive(). */
json_t *client_take(struct client *client, bool *open);
/* COMMAND_OK; or COMMAND_FAILED, after a message: the answer is an error, or NULL, which stands for the end. */
int client_judge(const struct client *client, const json_t *answer);
void client_close(struct client *client);

/* All that a command has to do which asks once: asks, and prints the result by print(), which returns an enum
 * command_exit, unless --json has done so. Returns an enum command_exit, after a message unless COMMAND_OK. */
int client_show(struct client *client, const char *verb, json_t *arguments, int (*print)(const json_t *result));

/* The second half: what came of asking, the result, which is freed. */
int client_present(const struct client *client, int exit, json_t *result, int (*print)(const json_t *result));

#endif
