/* SPDX-License-Identifier: GPL-2.0-or-later
 * routing_verify.c - are routes and rules in the kernel as they should be?
 *
 * The same look and the same comparison as for mending (heal.c), without the steps.
 */
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "routing_private.h"

struct verification {
	struct routing *routing;
	struct change *change;
	void (*found)(void *ctx, const char *what, const char *why);
	void *ctx;
};

static void tell(const struct verification *v, const struct entry *entry, const char *why)
{
	char text[TEXT_MAX];

	v->found(v->ctx, words_entry(text, entry, v->routing->links), why);
}

/* A default route that the kernel does not take now is waited for: the unreachable one stands in. */
static bool is_awaited(const struct verification *v, const struct entry *want)
{
	enum path path = v->routing->standing->paths[want->gateway][want->family];

	return entry_is_way(want) && path != PATH_READY && path != PATH_FAILED;
}

static void look_for(const struct verification *v, const struct entry *want)
{
	if (entries_serving(&v->change->have, want))
		tell(v, want, NULL);
	else if (!is_awaited(v, want))
		tell(v, want, "is missing");
}

int routing_verify(struct routing *routing, void (*found)(void *ctx, const char *what, const char *why), void *ctx)
{
	struct change change;
	const struct verification v = {.routing = routing, .change = &change, .found = found, .ctx = ctx};
	int failure = change_survey(routing, routing->standing->ruleset, &change);

	if (!failure) {
		for (size_t i = 0; i < change.wanted.count; i++)
			look_for(&v, &change.wanted.at[i]);
		plan_stale(&change.plan, &change.have, &change.wanted);
		for (size_t i = 0; i < change.plan.count; i++)
			tell(&v, &change.plan.at[i].entry, "is not needed any more");
	}
	change_free(&change);
	return failure;
}
