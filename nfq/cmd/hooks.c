/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks.c - "nfqroute hooks": print the firewall rules that the daemon installs
 */
#include <getopt.h>
#include <unistd.h>

#include "command.h"
#include "hooks.h"
#include "load.h"

static int print_hooks(const char *rules, enum hooks_backend backend, struct hooks_queues queues)
{
	struct loaded loaded = load_rules(rules, NULL);
	struct ruleset *ruleset = loaded.ruleset;
	bool whole;

	diags_sort(loaded.diags);
	diags_print(loaded.diags, stderr, command_colour(stderr));
	loaded_free(&loaded);
	if (!ruleset)
		return command_failed(&hooks_command, "no hooks for rules with errors");
	whole = hooks_print(stdout, backend, ruleset, queues);
	ruleset_free(ruleset);
	return whole ? command_flush(&hooks_command) : command_failed(&hooks_command, "out of memory");
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {{"nft", no_argument, NULL, 'n'},
						{"iptables", no_argument, NULL, 'i'},
						{NULL, 0, NULL, 0}};
	enum hooks_backend backend = HOOKS_NFT;
	struct hooks_queues queues = {0, 0};
	const char *rules = COMMAND_RULES;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":q:r:", options, NULL)) != -1) {
		if (option == 'n' || option == 'i')
			backend = option == 'i' ? HOOKS_IPTABLES : HOOKS_NFT;
		else if (option == 'r')
			rules = optarg;
		else if (option == 'q' && !command_queues(optarg, &queues.first, &queues.last))
			return command_usage(&hooks_command, "-q %s: " COMMAND_QUEUES, optarg);
		else if (option != 'q')
			return command_option(&hooks_command, option, argv);
	}
	if (optind < argc)
		return command_usage(&hooks_command, "what is '%s'? Options only", argv[optind]);
	return print_hooks(rules, backend, queues);
}

const struct command hooks_command = {
	.name = "hooks",
	.args = "[--nft | --iptables] [-q FIRST[:LAST]] [-r DIR]",
	.brief = "print the firewall rules that hand packets to the daemon",
	.help = "For those who keep their own firewall, with \"option hooks off\" in the rules:\n"
		"  nfqroute hooks --nft | nft -f -\n"
		"  nfqroute hooks --iptables | iptables-restore --noflush    (and ip6tables-restore)\n"
		"\n"
		"  --nft            a table of nft's own, inet nfqroute; the kernel needs nft's queue\n"
		"                   statement (this is what is printed by default)\n"
		"  --iptables       chains NFQROUTE_* for iptables-restore and ip6tables-restore alike\n"
		"  -q FIRST[:LAST]  the queues that the daemon serves (default 0)\n"
		"  -r DIR           the rules, for mark-mask and gateways (default " COMMAND_RULES ")\n"
		"\n"
		"Exit status: 0 printed, 1 the rules have errors, 2 wrong usage.\n",
	.run = run,
};
