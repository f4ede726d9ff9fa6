/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks_iptables.c - the hooks as own chains in the tables of iptables and ip6tables, through their programs
 */
#include "hooks_backend.h"

#include <stdlib.h>
#include <string.h>

#include "iptables_text.h"
#include "log.h"
#include "memory_text.h"
#include "program.h"
#include "xtables_lock.h"

/* By trying, in this order: "iptables" is what the administrator chose; the kernel may support only another. */
static const char *const candidates[] = {"iptables", "iptables-legacy", "iptables-nft"};

enum { CANDIDATES = sizeof candidates / sizeof *candidates, NAME_LENGTH = 32, REASON = 512, REMOVE_TRIES = 3 };

static bool print(FILE *out, const struct hooks_plan *plan, unsigned parts)
{
	fputs("# for iptables-restore --noflush, and the same for ip6tables-restore --noflush\n", out);
	return iptables_text_fill(out, plan, parts, NULL);
}

/* --- the programs --- */

/* One of the programs of a candidate: "iptables-legacy", IPv6, "-save": ip6tables-legacy-save. */
static void program_name(char name[NAME_LENGTH], const char *candidate, enum family family, const char *which)
{
	snprintf(name, NAME_LENGTH, "%s%s%s", family == FAMILY_IPV6 ? "ip6" : "ip", candidate + strlen("ip"),
		 which);
}

/* The complaint on one line. */
static void explain(char *error, size_t size, const char *name, const struct program_result *result)
{
	const char *said = result->errors ? result->errors : "";
	size_t length = strlen(said);

	while (length && said[length - 1] == '\n')
		length--;
	if (length)
		snprintf(error, size, "%s: %.*s", name, (int)length, said);
	else
		snprintf(error, size, "%s: exit status %d", name, result->status);
	for (char *at = error; (at = strchr(at, '\n'));)
		*at = ' ';
}

/* What the program's tables hold, to be freed; NULL with a message in error. */
static char *save(const char *candidate, enum family family, char *error, size_t size)
{
	char name[NAME_LENGTH];
	const char *const argv[] = {name, NULL};
	struct program_result result;
	char *saved = NULL;
	int failed;

	program_name(name, candidate, family, "-save");
	failed = program_run(argv, NULL, &result);
	if (failed)
		snprintf(error, size, "%s: %s", name, strerror(failed));
	else if (result.status || !result.output)
		explain(error, size, name, &result);
	else
		saved = strdup(result.output);
	program_result_free(&result);
	return saved;
}

static bool restore(const char *candidate, enum family family, const char *text, char *error, size_t size)
{
	char name[NAME_LENGTH];
	/* waits for another program that holds the lock, but not for ever */
	const char *const argv[] = {name, "--noflush", "--wait", "10", NULL};
	struct program_result result;
	bool locked;
	int failed;

	program_name(name, candidate, family, "-restore");
	locked = xtables_lock_take();
	if (!locked)
		log_warning("somebody has held " XTABLES_LOCK " for ten seconds: not waited for any longer");
	failed = program_run(argv, text, &result);
	if (locked)
		xtables_lock_release();
	if (failed)
		snprintf(error, size, "%s: %s", name, strerror(failed));
	else if (result.status)
		explain(error, size, name, &result);
	failed |= result.status;
	program_result_free(&result);
	return !failed;
}

/* --- loading and unloading --- */

/* One family of one candidate. */
struct target {
	const char *candidate;
	enum family family;
};

/* Has the family's tables hold these parts, whatever they held; with plan NULL nothing of ours. Failing, it may
 * leave some tables done. */
static bool load_parts(const struct target *target, const struct hooks_plan *plan, unsigned parts, char *error,
		       size_t size)
{
	char *saved = save(target->candidate, target->family, error, size), *text = NULL;
	size_t length;
	FILE *out = saved ? open_memstream(&text, &length) : NULL;
	bool done = false;

	if (saved && !out)
		snprintf(error, size, "out of memory");
	if (out) {
		iptables_text_fill(out, plan, parts, saved);
		if (memory_text_end(out, &text))
			done = !length || restore(target->candidate, target->family, text, error, size);
		else
			snprintf(error, size, "out of memory");
	}
	free(text);
	free(saved);
	return done;
}

static bool load_these(void *ctx, const struct hooks_plan *plan, unsigned parts, char *error, size_t size)
{
	return load_parts(ctx, plan, parts, error, size);
}

static bool load(const char *candidate, enum family family, const struct hooks_plan *plan, unsigned *parts,
		 char *error, size_t size)
{
	struct target target = {candidate, family};

	return hooks_load_best(plan, load_these, &target, family == FAMILY_IPV6 ? "IPv6: " : "IPv4: ", parts,
			       error, size);
}

static bool unload(const char *candidate, enum family family, char *error, size_t size)
{
	return load_parts(&(struct target){candidate, family}, NULL, 0, error, size);
}

/* The candidates are at most two kinds under three names, each kind with rules of its own: 'n'ft, 'l'egacy, or 0
 * if there is no such program. */
static char kind(const char *candidate)
{
	const char *const argv[] = {candidate, "--version", NULL};
	struct program_result result;
	char found = 0;

	if (program_run(argv, NULL, &result) == 0 && result.output)
		found = strstr(result.output, "nf_tables") ? 'n' : 'l';
	program_result_free(&result);
	return found;
}

/* What a run by another kind of iptables, or before another backend, has left. */
static void purge_kinds_but(char serving)
{
	char ignored[REASON];

	for (unsigned i = 0; i < CANDIDATES; i++) {
		char other = kind(candidates[i]);

		for (enum family family = 0; other && other != serving && family < FAMILY_COUNT; family++)
			unload(candidates[i], family, ignored, sizeof ignored);
	}
}

static void purge(void)
{
	purge_kinds_but(0);
}

static bool install_by(struct hooks_state *state, const char *candidate, const struct hooks_plan *plan,
		       char *error, size_t size)
{
	unsigned parts[FAMILY_COUNT] = {0, 0};
	char reason[REASON];

	if (!load(candidate, FAMILY_IPV4, plan, &parts[FAMILY_IPV4], error, size)) {
		unload(candidate, FAMILY_IPV4, reason, sizeof reason);
		return false;
	}
	*state = (struct hooks_state){.plan = *plan, .program = candidate};
	state->ipv6 = load(candidate, FAMILY_IPV6, plan, &parts[FAMILY_IPV6], reason, sizeof reason);
	if (!state->ipv6) {
		log_warning("IPv6 connections are not seen: %s", reason);
		unload(candidate, FAMILY_IPV6, reason, sizeof reason);
	}
	memcpy(state->parts, parts, sizeof parts);
	return true;
}

static bool install(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	char reason[REASON];

	for (unsigned i = 0; i < CANDIDATES; i++)
		if (install_by(state, candidates[i], plan, i ? reason : error, i ? sizeof reason : size)) {
			char serving = kind(candidates[i]);

			state->legacy = serving == 'l';
			purge_kinds_but(serving);
			return true;
		}
	return false; /* error tells why the administrator's choice did not work */
}

static bool replace(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size)
{
	char reason[REASON];
	unsigned parts[FAMILY_COUNT] = {0, 0};
	enum family families = state->ipv6 ? FAMILY_COUNT : FAMILY_IPV6, family;

	for (family = 0; family < families; family++)
		if (!load(state->program, family, plan, &parts[family], error, size))
			break;
	if (family == families) {
		state->plan = *plan;
		memcpy(state->parts, parts, sizeof parts);
		return true;
	}
	for (enum family back = 0; back <= family; back++)
		if (!load(state->program, back, &state->plan, &state->parts[back], reason, sizeof reason))
			log_error("cannot put back the firewall hooks: %s", reason);
	return false;
}

static char *list(const struct hooks_state *state)
{
	char *text = NULL, reason[REASON];
	size_t length;
	FILE *out = open_memstream(&text, &length);
	bool told = out;

	for (enum family family = 0; told && family < (state->ipv6 ? FAMILY_COUNT : FAMILY_IPV6); family++) {
		char *saved = save(state->program, family, reason, sizeof reason);

		told = saved;
		if (saved)
			iptables_text_ours(out, saved);
		free(saved);
	}
	if (out && memory_text_end(out, &text) && told)
		return text;
	free(text);
	return NULL;
}

static bool uses(const char *table)
{
	return iptables_text_uses(table);
}

/* Others hold its lock, or memory is short: what is left behind is a nuisance, so it is tried again. */
static void take_out_of(const char *program, enum family family)
{
	char reason[REASON];

	for (int tries = 0; tries < REMOVE_TRIES; tries++)
		if (unload(program, family, reason, sizeof reason))
			return;
	log_error("cannot remove the firewall hooks: %s", reason);
}

static void take_out(const struct hooks_state *state)
{
	for (enum family family = 0; family < (state->ipv6 ? FAMILY_COUNT : FAMILY_IPV6); family++)
		take_out_of(state->program, family);
}

const struct hooks_driver hooks_iptables = {
	.name = "iptables",
	.print = print,
	.install = install,
	.replace = replace,
	.list = list,
	.uses = uses,
	.remove = take_out,
	.purge = purge,
};
