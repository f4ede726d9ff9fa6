/* SPDX-License-Identifier: GPL-2.0-or-later
 * checks_list.c - which checks there are, of which paths, and what is known of each
 */
#include <stdlib.h>
#include <string.h>

#include "checks_private.h"
#include "clock.h"

void checks_drop(struct watched *at, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		probe_close(&at[i].probe);
		free(at[i].passive);
	}
	free(at);
}

static bool speaks_for(const struct check *check, enum family family)
{
	return check->kind == CHECK_PASSIVE || family_of_address(check->address) == family;
}

static bool add(struct watched **next, const struct gateway *gateway, unsigned index, enum family family)
{
	for (unsigned i = 0; i < gateway->check_count; i++) {
		if (!speaks_for(&gateway->checks[i], family))
			continue;
		**next = (struct watched){.check = &gateway->checks[i],
					  .gateway = index,
					  .family = family,
					  .probe.fd = -1};
		if (gateway->checks[i].kind == CHECK_PASSIVE &&
		    !((*next)->passive = calloc(1, sizeof *(*next)->passive)))
			return false;
		++*next;
	}
	return true;
}

static size_t count_checks(const struct ruleset *ruleset)
{
	size_t count = 0;

	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		count += ruleset->gateways[i].check_count;
	return count * FAMILY_COUNT;
}

static bool is_same(const struct checks *checks, const struct watched *old, const struct ruleset *ruleset,
		    const struct watched *new)
{
	return old->family == new->family && strcmp(old->check->text, new->check->text) == 0 &&
	       strcmp(checks->ruleset->gateways[old->gateway].name, ruleset->gateways[new->gateway].name) == 0;
}

/* What is known goes on; an open question is asked anew. */
static void take_over(struct checks *checks, struct watched *at, size_t count, const struct ruleset *ruleset)
{
	for (size_t i = 0; i < checks->count; i++) {
		for (size_t k = 0; k < count; k++) {
			struct watched *old = &checks->at[i], *new = &at[k];

			if (!is_same(checks, old, ruleset, new))
				continue;
			new->serves = old->serves;
			new->placed = old->placed;
			new->health = old->health;
			new->due = old->due;
			if (new->passive) {
				free(new->passive);
				new->passive = old->passive;
				old->passive = NULL;
			}
			new->asked = old->asked - (old->probe.fd >= 0);
			new->good = old->good;
			new->last_us = old->last_us;
			memcpy(new->reason, old->reason, sizeof new->reason);
		}
	}
}

bool checks_set(struct checks *checks, const struct ruleset *ruleset)
{
	struct watched *at = calloc(count_checks(ruleset) + 1, sizeof *at), *next = at;

	bool whole = at;

	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		for (enum family family = 0; family < FAMILY_COUNT; family++)
			whole = whole && add(&next, &ruleset->gateways[i], i, family);
	if (!whole) {
		checks_drop(at, (size_t)(next - at));
		return false;
	}
	take_over(checks, at, (size_t)(next - at), ruleset);
	checks_drop(checks->at, checks->count);
	checks->at = at;
	checks->count = (size_t)(next - at);
	checks->ruleset = ruleset;
	checks_listen(checks);
	checks_set_timer(checks);
	return true;
}

/* What works at first is taken to be well until that is known; what has come (back) is not. */
static void path_changes(struct watched *w, bool serves, uint64_t time)
{
	bool first = !w->placed;

	w->placed = true;
	w->serves = serves;
	w->due = time;
	if (w->passive)
		checks_passive_path(w, first, time);
	else if (first || !serves)
		health_start(&w->health, first && serves, time);
	if (!serves)
		probe_close(&w->probe);
}

void checks_path(struct checks *checks, unsigned gateway, enum family family, bool serves)
{
	bool changed = false;

	for (size_t i = 0; i < checks->count; i++) {
		struct watched *w = &checks->at[i];

		if (w->gateway != gateway || w->family != family || (w->placed && w->serves == serves))
			continue;
		path_changes(w, serves, clock_monotonic());
		changed = true;
	}
	if (changed)
		checks_set_timer(checks);
}

bool checks_healthy(const struct checks *checks, unsigned gateway, enum family family)
{
	bool probed = false, answers = false;

	for (size_t i = 0; i < checks->count; i++) {
		const struct watched *w = &checks->at[i];

		if (w->gateway != gateway || w->family != family)
			continue;
		if (w->passive && !health_is_up(&w->health))
			return false;
		probed |= !w->passive;
		answers |= !w->passive && health_is_up(&w->health);
	}
	return answers || !probed;
}

size_t checks_status(const struct checks *checks, unsigned gateway, struct check_status *status, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < checks->count; i++) {
		const struct watched *w = &checks->at[i];

		if (w->gateway != gateway)
			continue;
		if (count < room)
			status[count] =
				(struct check_status){.check = w->check,
						      .family = w->family,
						      .phase = w->health.phase,
						      .up = health_is_up(&w->health),
						      .since = w->health.since,
						      .run = w->health.run,
						      .asked = w->passive ? w->passive->begun : w->asked,
						      .good = w->passive ? w->passive->answers : w->good,
						      .unanswered =
							      w->passive ? w->passive->unanswered
									 : w->asked - w->good - (w->probe.fd >= 0),
						      .last_us = w->last_us,
						      .reason = w->reason};
		count++;
	}
	return count;
}
