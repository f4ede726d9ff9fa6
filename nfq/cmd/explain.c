/* SPDX-License-Identifier: GPL-2.0-or-later
 * explain.c - nfqroute explain: what the daemon would have done with the packets of a capture
 */
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "command.h"
#include "flow_print.h"
#include "load.h"
#include "replay.h"

struct explain {
	struct replay_config config;
	const char *rules; /* NULL: none */
	bool json;
	bool titles; /* several files */
};

static bool set_user(struct replay_config *config, const char *name)
{
	struct passwd *user = getpwnam(name);
	char *end;
	unsigned long number;

	if (!user) {
		errno = 0;
		number = strtoul(name, &end, 10);
		if (*name < '0' || *name > '9' || *end || errno || number > UINT32_MAX)
			return false;
		config->uid = (uint32_t)number;
		user = getpwuid((uid_t)number);
	} else {
		config->uid = user->pw_uid;
	}
	config->has_uid = true;
	if (user) {
		config->has_gid = true;
		config->gid = user->pw_gid;
	}
	return true;
}

/* Reads frames until the end or the first that cannot be had. *error: NULL, or what went wrong. */
static void read_frames(struct capture *capture, struct replay *replay, const char **error)
{
	enum capture_result result;
	struct frame frame;

	*error = NULL;
	while ((result = capture_next(capture, &frame)) == CAPTURE_FRAME) {
		if (replay_frame(replay, &frame))
			continue;
		*error = "out of memory";
		return;
	}
	if (result == CAPTURE_BROKEN)
		*error = capture_error(capture);
}

static bool print_flows(const struct explain *explain, const struct replay *replay, const char *path)
{
	if (explain->json)
		return flows_print_json(stdout, replay, path, explain->config.rules);
	if (explain->titles)
		printf("%s:\n", path);
	flows_print_table(stdout, replay, explain->config.rules);
	return true;
}

/* Shows the flows of one open capture, also of the good part of a damaged one. */
static int explain_capture(const struct explain *explain, struct capture *capture, const char *path)
{
	struct replay *replay = replay_new(&explain->config);
	struct replay_counters counters;
	const char *error;
	int status = COMMAND_OK;
	bool whole;

	if (!replay)
		return command_failed(&explain_command, "%s: out of memory", path);
	read_frames(capture, replay, &error);
	whole = replay_finish(replay);
	counters = replay_counters(replay);
	if (!print_flows(explain, replay, path) || !whole)
		status = command_failed(&explain_command, "%s: out of memory", path);
	fflush(stdout);
	if (error)
		status = command_failed(&explain_command, "%s: damaged behind frame %llu: %s", path,
					(unsigned long long)counters.frames, error);
	else if (counters.link_unknown)
		status = command_failed(&explain_command, "%s: frames of link type %s are not understood", path,
					capture_link_name(capture));
	replay_free(replay);
	return status;
}

static int explain_file(const struct explain *explain, const char *path)
{
	struct capture *capture;
	char error[512];
	int status;

	capture = capture_open(path, error, sizeof error);
	if (!capture)
		return command_failed(&explain_command, "%s: %s", path, error);
	status = explain_capture(explain, capture, path);
	capture_close(capture);
	return status;
}

static int explain_files(const struct explain *explain, char **paths, int count)
{
	int status = COMMAND_OK;

	for (int i = 0; i < count; i++)
		if (explain_file(explain, paths[i]) != COMMAND_OK)
			status = COMMAND_FAILED;
	return command_flush(&explain_command) == COMMAND_OK ? status : COMMAND_FAILED;
}

static int explain_with_rules(struct explain *explain, char **paths, int count)
{
	struct loaded loaded = load_rules(explain->rules, NULL);
	int status = COMMAND_FAILED;

	diags_sort(loaded.diags);
	diags_print(loaded.diags, stderr, command_colour(stderr));
	explain->config.rules = loaded.ruleset;
	if (loaded.ruleset)
		status = explain_files(explain, paths, count);
	ruleset_free(loaded.ruleset);
	loaded_free(&loaded);
	return status;
}

enum { OPTION_JSON = 256, OPTION_USER, OPTION_IIF };

static const struct option options[] = {
	{"rules", required_argument, NULL, 'r'},
	{"json", no_argument, NULL, OPTION_JSON},
	{"user", required_argument, NULL, OPTION_USER},
	{"iif", required_argument, NULL, OPTION_IIF},
	{NULL, 0, NULL, 0},
};

/* COMMAND_OK, or what to exit with. */
static int take_option(struct explain *explain, int option, char **argv)
{
	switch (option) {
	case 'r':
		explain->rules = optarg;
		return COMMAND_OK;
	case OPTION_JSON:
		explain->json = true;
		return COMMAND_OK;
	case OPTION_USER:
		if (set_user(&explain->config, optarg))
			return COMMAND_OK;
		return command_failed(&explain_command, "there is no user '%s'", optarg);
	case OPTION_IIF:
		if (*optarg && strlen(optarg) < IFNAMSIZ) {
			explain->config.iif = key_from_device(optarg);
			return COMMAND_OK;
		}
		return command_usage(&explain_command, "'%s' cannot be a device's name", optarg);
	}
	return command_option(&explain_command, option, argv);
}

static int run(int argc, char **argv)
{
	struct explain explain = {.rules = NULL};
	int option, status;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":r:", options, NULL)) != -1) {
		status = take_option(&explain, option, argv);
		if (status != COMMAND_OK)
			return status;
	}
	if (optind == argc)
		return command_usage(&explain_command, "which capture? Give a file, or - for standard input");
	explain.titles = argc - optind > 1;
	if (explain.rules)
		return explain_with_rules(&explain, argv + optind, argc - optind);
	return explain_files(&explain, argv + optind, argc - optind);
}

const struct command explain_command = {
	.name = "explain",
	.args = "[-r DIR] [--json] [--user NAME] [--iif NAME] FILE...",
	.brief = "say what each connection of a capture is, and which rule decides it",
	.help = "FILE is pcap or pcapng; - is standard input. Needs no privileges and changes nothing.\n\n"
		"  -r, --rules DIR  the rules, a directory or one file; without: only what is seen\n"
		"      --json       one object a line\n"
		"      --user NAME  take the connections for those of this local user, by name or number\n"
		"      --iif NAME   take the packets as having come in by this device\n\n"
		"PKT is the connection's packet, counted from 1 in both directions, at which it was decided, or\n"
		"without rules, at which the last of what is shown was known; - where the capture ends before.\n\n"
		"Exit status: 0 all was read, 1 a file was damaged, or it or the rules could not be read, 2 wrong "
		"usage.\n",
	.run = run,
};
