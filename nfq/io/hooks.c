/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks.c - which backend serves, and what both share
 */
#include "hooks_backend.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

enum { REASON = 1024 }; /* bytes of one backend's complaint */

static const struct hooks_driver *const drivers[HOOKS_BACKENDS] = {
	[HOOKS_NFT] = &hooks_nft,
	[HOOKS_IPTABLES] = &hooks_iptables,
};

struct hooks {
	enum hooks_backend backend;
	struct hooks_state state;
};

const char *hooks_backend_name(enum hooks_backend backend)
{
	return drivers[backend]->name;
}

enum hooks_backend hooks_backend(const struct hooks *hooks)
{
	return hooks->backend;
}

bool hooks_move(const struct hooks *hooks, enum family family)
{
	return hooks->state.moves[family];
}

uint32_t hooks_value(const struct ruleset *ruleset, unsigned i)
{
	const struct marks *marks = &ruleset->marks;
	const uint32_t fixed[] = {marks->main, marks->drop, marks->reject, 0};

	return i < ruleset->gateway_count ? ruleset->gateways[i].mark : fixed[i - ruleset->gateway_count];
}

bool hooks_plain_device(const char *device)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@";

	return device[strspn(device, plain)] == '\0';
}

static struct hooks_plan plan_for(const struct ruleset *ruleset, struct hooks_queues queues)
{
	struct hooks_plan plan = {.ruleset = ruleset, .queues = queues, .moves = ruleset_moves(ruleset)};

	plan.replies = ruleset->replies || plan.moves;
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		plan.masquerade |= ruleset->gateways[i].masquerade;
	return plan;
}

void hooks_print(FILE *out, enum hooks_backend backend, const struct ruleset *ruleset, struct hooks_queues queues)
{
	const struct hooks_plan plan = plan_for(ruleset, queues);

	drivers[backend]->print(out, &plan);
}

struct hooks *hooks_install_by(enum hooks_backend backend, const struct ruleset *ruleset,
			       struct hooks_queues queues, char *error, size_t size)
{
	const struct hooks_plan plan = plan_for(ruleset, queues);
	struct hooks *hooks = calloc(1, sizeof *hooks);

	if (!hooks) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	hooks->backend = backend;
	if (!drivers[backend]->install(&hooks->state, &plan, error, size)) {
		free(hooks);
		return NULL;
	}
	for (unsigned other = 0; other < HOOKS_BACKENDS; other++)
		if (other != backend)
			drivers[other]->purge();
	return hooks;
}

struct hooks *hooks_install(const struct ruleset *ruleset, struct hooks_queues queues, char *error, size_t size)
{
	char reason[HOOKS_BACKENDS][REASON];

	for (enum hooks_backend backend = 0; backend < HOOKS_BACKENDS; backend++) {
		struct hooks *hooks = hooks_install_by(backend, ruleset, queues, reason[backend], REASON);

		if (hooks) {
			log_info("firewall hooks are in place, by %s", drivers[backend]->name);
			return hooks;
		}
		log_debug("no firewall hooks by %s: %s", drivers[backend]->name, reason[backend]);
	}
	snprintf(error, size, "cannot install the firewall hooks; nft says: %s; iptables says: %s",
		 reason[HOOKS_NFT], reason[HOOKS_IPTABLES]);
	return NULL;
}

bool hooks_replace(struct hooks *hooks, const struct ruleset *ruleset, char *error, size_t size)
{
	const struct hooks_plan plan = plan_for(ruleset, hooks->state.plan.queues);

	return drivers[hooks->backend]->replace(&hooks->state, &plan, error, size);
}

void hooks_remove(struct hooks *hooks)
{
	if (!hooks)
		return;
	drivers[hooks->backend]->remove(&hooks->state);
	free(hooks);
}
