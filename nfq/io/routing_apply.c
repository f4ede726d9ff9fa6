/* SPDX-License-Identifier: GPL-2.0-or-later
 * routing_apply.c - what rules want of tables, routes and policy rules is put in, and what they want no more is taken out
 *
 * A request that fails ends the apply; the steps done so far are taken back in reverse order.
 */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "routing_private.h"

#define REMOVE_TRIES 3

void standings_free(struct standing *standing)
{
	while (standing) {
		struct standing *older = standing->older;

		free(standing->paths);
		free(standing->ill);
		free(standing->state);
		free(standing);
		standing = older;
	}
}

static struct standing *standing_new(const struct ruleset *ruleset)
{
	struct standing *standing = calloc(1, sizeof *standing);
	size_t count = ruleset->gateway_count + 1; /* never nothing */

	if (!standing)
		return NULL;
	standing->ruleset = ruleset;
	standing->paths = calloc(count, sizeof *standing->paths);
	standing->ill = calloc(count, sizeof *standing->ill);
	standing->state = calloc(count, sizeof *standing->state);
	if (standing->paths && standing->ill && standing->state)
		return standing;
	standings_free(standing);
	return NULL;
}

/* A table of the kernel's own holds routes of everybody. */
static bool tables_usable(const struct ruleset *ruleset, char *error, size_t size)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		const struct gateway *gateway = &ruleset->gateways[i];

		if (gateway->table && (gateway->table < RT_TABLE_DEFAULT || gateway->table > RT_TABLE_LOCAL))
			continue;
		snprintf(error, size,
			 "gateway %s (%s:%u): table %u is the system's own; give the gateway another table",
			 gateway->name, gateway->file, gateway->line, gateway->table);
		return false;
	}
	return true;
}

static bool tables_free(const struct routing *routing, const struct change *change, char *error, size_t size)
{
	for (size_t i = 0; i < change->wanted.count; i++) {
		const struct entry *want = &change->wanted.at[i];
		const struct entry *other = entries_conflict(&change->have, &change->wanted, want);

		if (!other)
			continue;
		words_conflict(error, size, routing, &change->ruleset->gateways[want->gateway], other);
		return false;
	}
	return true;
}

static void undo(struct routing *routing, struct plan *plan)
{
	for (size_t i = plan->count; i-- > 0;) {
		int failure = step_undo(&routing->requests, &plan->at[i]);
		char text[TEXT_MAX];

		if (failure)
			log_error("cannot undo the change of %s: %s",
				  words_entry(text, &plan->at[i].entry, routing->links), strerror(-failure));
	}
}

static bool carry_out(struct routing *routing, struct change *change, char *error, size_t size)
{
	plan_missing(&change->plan, &change->have, &change->wanted);
	if (change->plan.failed) {
		snprintf(error, size, "out of memory");
		return false;
	}
	for (size_t i = 0; i < change->plan.count; i++) {
		struct step *step = &change->plan.at[i];
		int failure = step_do(&routing->requests, step);

		if (!failure || change_waits(routing, change, step, failure))
			continue;
		words_failure(error, size, routing, change->ruleset, step, failure);
		undo(routing, &change->plan);
		return false;
	}
	return true;
}

static bool put_in(struct routing *routing, struct standing *standing, struct change *change, char *error,
		   size_t size)
{
	int failure = change_survey(routing, standing->ruleset, change);

	if (failure) {
		snprintf(error, size, "cannot list routes and rules: %s", strerror(-failure));
		return false;
	}
	return tables_free(routing, change, error, size) && carry_out(routing, change, error, size);
}

bool routing_apply(struct routing *routing, const struct ruleset *ruleset, char *error, size_t size)
{
	struct standing *standing;
	struct change change;
	bool good;

	if (!tables_usable(ruleset, error, size))
		return false;
	standing = standing_new(ruleset);
	if (!standing) {
		snprintf(error, size, "out of memory");
		return false;
	}
	heal_read(routing);
	good = put_in(routing, standing, &change, error, size);
	if (good) {
		change_publish(standing, &change);
		standing->older = routing->standing;
		routing->standing = standing;
		routing->in_force = true;
		routing->dirty |= change.astray; /* put in anew when the rest is pruned */
	} else {
		standings_free(standing);
	}
	change_free(&change);
	heal_later(routing);
	return good;
}

/* Removes what is ours and not among wanted, as far as one list shows it. Returns whether another look is due: something was
 * there, or could not be listed or removed, which is told if this is the last look. */
static bool remove_listed(struct routing *routing, const struct entries *wanted, bool last)
{
	struct entries have = {.at = NULL};
	struct plan plan = {.at = NULL};
	int failure = kernel_list(&routing->requests, routing->families, wanted, &have);
	bool again = failure;

	if (failure && last)
		log_error("cannot list routes and rules: %s", strerror(-failure));
	plan_stale(&plan, &have, wanted);
	again |= plan.count > 0;
	for (size_t i = 0; i < plan.count; i++) {
		char text[TEXT_MAX];

		failure = step_do(&routing->requests, &plan.at[i]);
		if (!failure || !last)
			continue;
		words_failure(text, sizeof text, routing, NULL, &plan.at[i], failure);
		log_error("%s", text);
	}
	plan_free(&plan);
	entries_free(&have);
	return again;
}

/* The kernel does not say when its list of rules changed while it was read, and one was missed. */
static void remove_stale(struct routing *routing, const struct entries *wanted)
{
	for (int tries = 1; tries <= REMOVE_TRIES; tries++)
		if (!remove_listed(routing, wanted, tries == REMOVE_TRIES))
			return;
}

void routing_prune(struct routing *routing)
{
	const struct surroundings around = surroundings_of(routing);
	struct entries wanted = {.at = NULL};

	if (!routing->in_force)
		return;
	wanted_all(&wanted, routing->standing->ruleset, routing->families, &around);
	if (!wanted.failed)
		remove_stale(routing, &wanted);
	entries_free(&wanted);
	filters_follow(routing, routing->standing->ruleset);
	if (routing->keeps)
		return;
	standings_free(routing->standing->older);
	routing->standing->older = NULL;
}

void routing_keep(struct routing *routing)
{
	routing->keeps = true;
}

void routing_remove(struct routing *routing)
{
	static const struct entries nothing = {.at = NULL};

	routing->in_force = false;
	remove_stale(routing, &nothing);
	filters_follow(routing, NULL);
}
