/* SPDX-License-Identifier: GPL-2.0-or-later
 * tool_hooks.c - installs, replaces and removes the firewall hooks without a daemon and without rule files
 *
 *   tool_hooks [-b BACKEND] [-q FIRST[:LAST]] [-m MASK] [-g MARK[:DEVICE]]... [-M MARK[:DEVICE]]... [-L] [-F]
 * ACTION...
 *
 * -g a gateway's mark, -M the same with masquerading, -L no hooks for local, -F none for forwarded connections.
 * Actions, in their order: print, install, replace, remove; the hooks stay if nothing removes them. After install
 * the backend's name is printed; "wait" reads a byte from standard input. "fewer" drops the last gateway from the
 * rules that the next actions work with.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "hooks_backend.h"

enum { GATEWAYS = 8 };

struct tool {
	struct gateway gateways[GATEWAYS];
	struct ruleset rulesets[2]; /* the one in force, and the one that is to replace it */
	struct hooks_queues queues;
	int backend; /* -1: to be found */
	struct hooks *hooks;
	char error[4096];
};

static void add_gateway(struct tool *tool, const char *text, bool masquerade)
{
	struct ruleset *ruleset = &tool->rulesets[0];
	struct gateway *gateway = &tool->gateways[ruleset->gateway_count];
	char *end;

	if (ruleset->gateway_count == GATEWAYS)
		exit(2);
	ruleset->gateway_count++;
	gateway->mark = (uint32_t)strtoul(text, &end, 0);
	gateway->masquerade = masquerade;
	if (*end == ':')
		snprintf(gateway->device, sizeof gateway->device, "%s", end + 1);
}

static bool options(struct tool *tool, int argc, char **argv)
{
	struct ruleset *ruleset = &tool->rulesets[0];
	uint32_t mask = 0xff;

	for (int option; (option = getopt(argc, argv, "b:q:m:g:M:LF")) != -1;) {
		switch (option) {
		case 'b':
			tool->backend = strcmp(optarg, "iptables") == 0 ? HOOKS_IPTABLES : HOOKS_NFT;
			break;
		case 'q':
			if (sscanf(optarg, "%u:%u", &tool->queues.first, &tool->queues.last) == 1)
				tool->queues.last = tool->queues.first;
			break;
		case 'm':
			mask = (uint32_t)strtoul(optarg, NULL, 0);
			break;
		case 'g':
		case 'M':
			add_gateway(tool, optarg, option == 'M');
			break;
		case 'L':
			ruleset->options.local = false;
			break;
		case 'F':
			ruleset->options.forward = false;
			break;
		default:
			return false;
		}
	}
	return marks_layout(&ruleset->marks, mask);
}

static bool act_print(struct tool *tool)
{
	hooks_print(stdout, tool->backend < 0 ? HOOKS_NFT : (enum hooks_backend)tool->backend, &tool->rulesets[0],
		    tool->queues);
	return true;
}

static bool act_install(struct tool *tool)
{
	hooks_forget(tool->hooks); /* as if its process had been killed */
	tool->rulesets[1] = tool->rulesets[0];
	tool->hooks = tool->backend < 0
			      ? hooks_install(&tool->rulesets[1], tool->queues, tool->error, sizeof tool->error)
			      : hooks_install_by((enum hooks_backend)tool->backend, &tool->rulesets[1],
						 tool->queues, tool->error, sizeof tool->error);
	if (tool->hooks)
		puts(hooks_backend_name(hooks_backend(tool->hooks)));
	return tool->hooks;
}

static bool act_replace(struct tool *tool)
{
	if (!hooks_replace(tool->hooks, &tool->rulesets[0], tool->error, sizeof tool->error))
		return false;
	tool->rulesets[1] = tool->rulesets[0];
	return true;
}

static bool act_remove(struct tool *tool)
{
	hooks_remove(tool->hooks);
	tool->hooks = NULL;
	return true;
}

static bool act_fewer(struct tool *tool)
{
	return tool->rulesets[0].gateway_count-- > 0;
}

static bool act_wait(struct tool *tool)
{
	(void)tool;
	return getchar() != EOF;
}

static const struct {
	const char *name;
	bool (*act)(struct tool *tool);
} actions[] = {
	{"print", act_print},   {"install", act_install}, {"replace", act_replace},
	{"remove", act_remove}, {"fewer", act_fewer},     {"wait", act_wait},
};

static bool act(struct tool *tool, const char *name)
{
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (strcmp(actions[i].name, name) == 0)
			return actions[i].act(tool);
	snprintf(tool->error, sizeof tool->error, "there is no action %s", name);
	return false;
}

int main(int argc, char **argv)
{
	static struct tool tool = {
		.backend = -1,
		.rulesets[0] = {.gateways = tool.gateways, .options = {.local = true, .forward = true}},
	};

	if (!options(&tool, argc, argv))
		return 2;
	for (int i = optind; i < argc; i++) {
		if (!act(&tool, argv[i])) {
			fprintf(stderr, "%s: %s\n", argv[i], tool.error);
			return 1;
		}
		fflush(stdout);
	}
	hooks_forget(tool.hooks);
	return 0;
}
