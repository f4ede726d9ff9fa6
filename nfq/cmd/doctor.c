/* SPDX-License-Identifier: GPL-2.0-or-later
 * doctor.c - "nfqroute doctor": what would make steering fail on this machine, and how to mend it
 */
#include "doctor.h"

#include <getopt.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "load.h"

struct finding {
	enum doctor_level level;
	const char *check, *mend; /* mend: NULL, or owned */
	char *text;
};

struct doctor_findings {
	struct finding *at;
	size_t count;
	bool lost; /* for want of memory */
};

/* clang-format off: a group a line */
static const struct doctor_check *const groups[] = {
	doctor_kernel_checks,
	doctor_path_checks,
	doctor_mark_checks,
	doctor_route_checks,
};
/* clang-format on */

/* As printed, coloured on a terminal, and in JSON. */
static const struct {
	const char *word, *colour;
} levels[] = {
	[DOCTOR_OK] = {"ok", "\033[32m"},
	[DOCTOR_UNSEEN] = {"unseen", "\033[36m"},
	[DOCTOR_WARN] = {"warn", "\033[33m"},
	[DOCTOR_FAIL] = {"fail", "\033[31m"},
};

void doctor_lost(struct doctor *doctor)
{
	doctor->findings->lost = true;
}

void doctor_say(struct doctor *doctor, enum doctor_level level, const char *mend, const char *format, ...)
{
	struct doctor_findings *findings = doctor->findings;
	struct finding *at = reallocarray(findings->at, findings->count + 1, sizeof *at);
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (at)
		findings->at = at;
	if (!at || !text) {
		doctor_lost(doctor);
		free(text);
		return;
	}
	at[findings->count++] = (struct finding){level, doctor->check, mend ? strdup(mend) : NULL, text};
}

static void free_findings(struct doctor_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free((char *)findings->at[i].mend);
		free(findings->at[i].text);
	}
	free(findings->at);
}

/* --- running --- */

static void say_first(struct doctor *doctor, const struct loaded *loaded)
{
	size_t errors = diags_count(loaded->diags, SEVERITY_ERROR),
	       warnings = diags_count(loaded->diags, SEVERITY_WARNING);
	char mend[512];

	snprintf(mend, sizeof mend, "nfqroute check %s", doctor->path);
	if (errors)
		doctor_say(doctor, DOCTOR_FAIL, mend,
			   "the rules in %s have %zu error%s: the daemon would not use them", doctor->path, errors,
			   errors == 1 ? "" : "s");
	else if (warnings)
		doctor_say(doctor, DOCTOR_WARN, mend, "the rules in %s have %zu warning%s", doctor->path, warnings,
			   warnings == 1 ? "" : "s");
	else if (!loaded->ruleset->rule_count)
		doctor_say(doctor, DOCTOR_WARN, "write some, see nfqroute.rules(5)", "there are no rules in %s",
			   doctor->path);
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "%u rules and %u gateways can be used",
			   loaded->ruleset->rule_count, loaded->ruleset->gateway_count);
}

static void run_check(struct doctor *doctor, const struct doctor_check *check)
{
	size_t before = doctor->findings->count;

	doctor->check = check->name;
	if (!doctor->ruleset && !check->without_rules)
		doctor_say(doctor, DOCTOR_UNSEEN, NULL, "not looked at: it depends on the rules");
	else
		check->run(doctor);
	if (doctor->findings->count == before)
		doctor_say(doctor, DOCTOR_OK, NULL, "%s", check->what);
}

static void examine(struct doctor *doctor)
{
	struct loaded loaded = load_rules(doctor->path, NULL);

	doctor->ruleset = loaded.ruleset;
	doctor->check = "rules";
	say_first(doctor, &loaded);
	doctor->check = "sight";
	doctor_survey(doctor);
	for (size_t i = 0; i < sizeof groups / sizeof *groups && !doctor->findings->lost; i++)
		for (const struct doctor_check *check = groups[i]; check->name; check++)
			run_check(doctor, check);
	doctor_survey_free(doctor);
	ruleset_free(loaded.ruleset);
	loaded_free(&loaded);
}

/* --- printing --- */

static void print(const struct doctor_findings *findings)
{
	bool colour = command_colour(stdout);
	size_t counts[DOCTOR_FAIL + 1] = {0};

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->at[i];

		counts[finding->level]++;
		printf("%s%-6s%s  %-12s %s\n", colour ? levels[finding->level].colour : "",
		       levels[finding->level].word, colour ? "\033[m" : "", finding->check, finding->text);
		if (finding->mend)
			printf("        to mend it:  %s\n", finding->mend);
	}
	printf("%zu ok, %zu to look at, %zu failing%s\n", counts[DOCTOR_OK], counts[DOCTOR_WARN],
	       counts[DOCTOR_FAIL], counts[DOCTOR_UNSEEN] ? "; not everything could be seen" : "");
}

static void print_json(const struct doctor_findings *findings)
{
	json_t *all = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->at[i];

		json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s*}", "check", finding->check, "level",
						     levels[finding->level].word, "text", finding->text, "mend",
						     finding->mend));
	}
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

static int conclude(const struct doctor_findings *findings, bool json)
{
	int done;

	if (json)
		print_json(findings);
	else
		print(findings);
	done = command_flush(&doctor_command);
	if (findings->lost)
		return command_failed(&doctor_command, "out of memory");
	for (size_t i = 0; i < findings->count; i++)
		if (findings->at[i].level == DOCTOR_FAIL)
			return COMMAND_FAILED;
	return done;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct doctor_findings findings = {.at = NULL};
	struct doctor doctor = {.path = COMMAND_RULES, .findings = &findings};
	bool json = false;
	int option, status;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":q:r:", options, NULL)) != -1) {
		if (option == 'j')
			json = true;
		else if (option == 'r')
			doctor.path = optarg;
		else if (option == 'q' && !command_queues(optarg, &doctor.first, &doctor.last))
			return command_usage(&doctor_command, "-q %s: " COMMAND_QUEUES, optarg);
		else if (option != 'q')
			return command_option(&doctor_command, option, argv);
	}
	if (optind < argc)
		return command_usage(&doctor_command, "what is '%s'? Options only", argv[optind]);
	examine(&doctor);
	status = conclude(&findings, json);
	free_findings(&findings);
	return status;
}

const struct command doctor_command = {
	.name = "doctor",
	.args = "[--json] [-q FIRST[:LAST]] [-r DIR]",
	.brief = "say what would make steering fail on this machine, and how to mend it",
	.help = "Looks at the rules, the kernel, its routes and rules, the firewalls and the devices,\n"
		"and changes nothing. A daemon may be running or not. Some of it is shown to root\n"
		"only; what could not be seen is said.\n"
		"\n"
		"  --json           an array of objects: check, level (ok, unseen, warn, fail), text,\n"
		"                   and mend where there is something to do\n"
		"  -q FIRST[:LAST]  the queues that the daemon serves or shall serve (default 0)\n"
		"  -r DIR           the rules (default " COMMAND_RULES ")\n"
		"\n"
		"Exit status: 0 nothing fails (there may be warnings), 1 something does, 2 wrong usage.\n",
	.run = run,
};
