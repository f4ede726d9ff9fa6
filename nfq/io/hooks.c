/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks.c - which backend serves, and what both share
 */
#include "hooks_backend.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "flowtable.h"
#include "kernel_routes.h"
#include "legacy_tables.h"
#include "log.h"
#include "memory_text.h"

enum { REASON = 1024 }; /* bytes of one backend's complaint */

static const struct hooks_driver *const drivers[HOOKS_BACKENDS] = {
	[HOOKS_NFT] = &hooks_nft,
	[HOOKS_IPTABLES] = &hooks_iptables,
};

/* A part's position is its bit. In nft, a chain that others jump to comes before them. Where parts add to a chain of another
 * one (hook_steer.c's, hook_settle.c's), its rules stand in this order. */
const struct hook_part *const hook_parts[] = {
	&hook_mss,        &hook_settle, &hook_steer, &hook_check, &hook_replies, &hook_masquerade, &hook_probe,
	&hook_timestamps, &hook_return, &hook_dns,   &hook_nudge, &hook_invalid, &hook_guard,      NULL,
};

struct hooks {
	enum hooks_backend backend;
	struct hooks_state state;
	char *listed;  /* by the kernel after the last change; NULL: not known */
	char *printed; /* what was meant then */
	struct flowtable flowtable;
};

const char *hooks_backend_name(enum hooks_backend backend)
{
	return drivers[backend]->name;
}

enum hooks_backend hooks_backend(const struct hooks *hooks)
{
	return hooks->backend;
}

static bool has_part(const struct hooks_state *state, enum family family, const struct hook_part *part)
{
	for (unsigned i = 0; hook_parts[i]; i++)
		if (hook_parts[i] == part)
			return state->parts[family] & 1U << i;
	return false;
}

enum moving hooks_move(const struct hooks *hooks, enum family family)
{
	if (!has_part(&hooks->state, family, &hook_probe) || !has_part(&hooks->state, family, &hook_masquerade))
		return MOVING_NONE;
	return has_part(&hooks->state, family, &hook_timestamps) ? MOVING_TIMESTAMPS : MOVING_PLAIN;
}

/* Left unknown where the kernel does not say. */
static void note_defaults(struct hooks_plan *plan)
{
	struct rtnl rtnl;
	struct entry route;

	if (rtnl_open(&rtnl))
		return;
	for (enum family family = 0; family < FAMILY_COUNT; family++) {
		if (!kernel_default(&rtnl, family, &route) || !route.has_hop)
			continue;
		if_indextoname(route.device, plan->defaults[family].device);
		plan->defaults[family].hop = route.hop;
	}
	rtnl_close(&rtnl);
}

static struct hooks_plan plan_for(const struct ruleset *ruleset, struct hooks_queues queues)
{
	struct hooks_plan plan = {.ruleset = ruleset, .queues = queues, .moves = ruleset_interferes(ruleset)};

	plan.replies = ruleset->replies || plan.moves;
	plan.timestamps = ruleset_moves(ruleset) && ruleset->options.rehome_timestamps == TIMESTAMPS_KEEP;
	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		plan.masquerade |= ruleset->gateways[i].masquerade;
		plan.returns |= hooks_names_device(&ruleset->gateways[i]);
	}
	if (plan.returns)
		note_defaults(&plan);
	return plan;
}

bool hooks_print(FILE *out, enum hooks_backend backend, const struct ruleset *ruleset, struct hooks_queues queues)
{
	const struct hooks_plan plan = plan_for(ruleset, queues);

	return drivers[backend]->print(out, &plan, hooks_wanted(&plan));
}

unsigned hooks_wanted(const struct hooks_plan *plan)
{
	unsigned parts = 0;

	for (unsigned i = 0; hook_parts[i]; i++)
		if (!hook_parts[i]->wanted || hook_parts[i]->wanted(plan))
			parts |= 1U << i;
	return parts;
}

static unsigned needed(unsigned parts)
{
	for (unsigned i = 0; hook_parts[i]; i++)
		if (hook_parts[i]->name)
			parts &= ~(1U << i);
	return parts;
}

bool hooks_load_best(const struct hooks_plan *plan,
		     bool (*load)(void *ctx, const struct hooks_plan *plan, unsigned parts, char *error, size_t size),
		     void *ctx, const char *family, unsigned *parts, char *error, size_t size)
{
	unsigned wanted = hooks_wanted(plan), have = needed(wanted);
	char reason[REASON];

	*parts = wanted;
	if (load(ctx, plan, wanted, error, size))
		return true;
	if (have == wanted || !load(ctx, plan, have, error, size))
		return false;
	for (unsigned i = 0; hook_parts[i]; i++) {
		if (!(wanted & ~have & 1U << i))
			continue;
		if (load(ctx, plan, have | 1U << i, reason, sizeof reason))
			have |= 1U << i;
		else
			log_warning("%sno %s: %s", family, hook_parts[i]->name, reason);
	}
	*parts = have;
	/* a refused attempt may have left something */
	return load(ctx, plan, have, error, size);
}

/* The plan for these rules in place of those in force. */
static struct hooks_plan plan_next(const struct hooks *hooks, const struct ruleset *ruleset)
{
	struct hooks_plan plan = plan_for(ruleset, hooks->state.plan.queues);

	plan.timestamps |= hooks->state.plan.timestamps; /* of connections moved so far, which could not do without */
	return plan;
}

static char *print_text(enum hooks_backend backend, const struct hooks_plan *plan)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	drivers[backend]->print(out, plan, hooks_wanted(plan));
	return memory_text_end(out, &text);
}

/* printed: from before it was installed, so that a device that has changed since makes a difference. What is listed is
 * what was installed only if nobody has been quicker: so it is not listed again when the same is put back. */
static void remember(struct hooks *hooks, char *printed)
{
	if (!printed || !hooks->printed || !hooks->listed || strcmp(printed, hooks->printed) != 0) {
		free(hooks->listed);
		hooks->listed = drivers[hooks->backend]->list(&hooks->state);
	}
	free(hooks->printed);
	hooks->printed = printed;
}

struct hooks *hooks_install_by(enum hooks_backend backend, const struct ruleset *ruleset, struct hooks_queues queues,
			       char *error, size_t size)
{
	const struct hooks_plan plan = plan_for(ruleset, queues);
	struct hooks *hooks = calloc(1, sizeof *hooks);
	char *printed;

	if (!hooks) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	hooks->backend = backend;
	printed = print_text(backend, &plan);
	if (!drivers[backend]->install(&hooks->state, &plan, error, size)) {
		free(printed);
		free(hooks);
		return NULL;
	}
	for (unsigned other = 0; other < HOOKS_BACKENDS; other++)
		if (other != backend)
			drivers[other]->purge();
	remember(hooks, printed);
	flowtable_set(&hooks->flowtable, ruleset);
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
	snprintf(error, size, "cannot install the firewall hooks; nft says: %s; iptables says: %s", reason[HOOKS_NFT],
		 reason[HOOKS_IPTABLES]);
	return NULL;
}

bool hooks_replace(struct hooks *hooks, const struct ruleset *ruleset, char *error, size_t size)
{
	struct hooks_plan plan = plan_next(hooks, ruleset);
	char *printed = print_text(hooks->backend, &plan);
	bool done = drivers[hooks->backend]->replace(&hooks->state, &plan, error, size);

	if (!done) {
		free(printed);
		plan = plan_next(hooks, hooks->state.plan.ruleset);
		printed = print_text(hooks->backend, &plan);
	}
	remember(hooks, printed);
	if (done)
		flowtable_set(&hooks->flowtable, ruleset);
	return done;
}

static bool same(const char *a, const char *b)
{
	return !a || !b || strcmp(a, b) == 0;
}

bool hooks_need_lock(const struct hooks *hooks)
{
	return hooks->state.legacy;
}

struct hooks *hooks_copy(const struct hooks *hooks)
{
	struct hooks *copy = malloc(sizeof *copy);

	if (!copy)
		return NULL;
	*copy = (struct hooks){.backend = hooks->backend, .state = hooks->state};
	copy->listed = hooks->listed ? strdup(hooks->listed) : NULL;
	if (flowtable_copy(&copy->flowtable, &hooks->flowtable))
		return copy;
	hooks_forget(copy);
	return NULL;
}

bool hooks_same(const struct hooks *a, const struct hooks *b)
{
	return a->backend == b->backend && same(a->listed, b->listed) && a->flowtable.out == b->flowtable.out &&
	       same(a->flowtable.listed, b->flowtable.listed);
}

enum hooks_found hooks_look(const struct hooks *hooks)
{
	char *now = drivers[hooks->backend]->list(&hooks->state);
	bool seen = now && hooks->listed, intact = same(now, hooks->listed) && flowtable_intact(&hooks->flowtable);

	free(now);
	if (!intact)
		return HOOKS_CHANGED;
	return seen ? HOOKS_INTACT : HOOKS_UNSEEN;
}

bool hooks_current(const struct hooks *hooks)
{
	const struct hooks_plan plan = plan_next(hooks, hooks->state.plan.ruleset);
	char *now = print_text(hooks->backend, &plan);
	bool current = same(now, hooks->printed);

	free(now);
	return current;
}

bool hooks_repair(struct hooks *hooks, char *error, size_t size)
{
	return hooks_replace(hooks, hooks->state.plan.ruleset, error, size);
}

void hooks_follow_devices(struct hooks *hooks)
{
	flowtable_follow(&hooks->flowtable, hooks->state.plan.ruleset);
}

bool hooks_empty_flowtable(struct hooks *hooks)
{
	flowtable_empty(&hooks->flowtable);
	return hooks->flowtable.out;
}

void hooks_fill_flowtable(struct hooks *hooks)
{
	if (hooks->flowtable.out)
		flowtable_set(&hooks->flowtable, hooks->state.plan.ruleset);
}

bool hooks_use_table(const struct hooks *hooks, const char *table)
{
	return (!hooks->state.legacy && drivers[hooks->backend]->uses(table)) ||
	       (hooks->flowtable.meant && strcmp(table, FLOWTABLE) == 0);
}

/* The tables that the parts in force have chains in: to ask for another would make the kernel set it up. */
static unsigned tables_of(const struct hooks_state *state, enum family family)
{
	unsigned tables = 0;

	for (unsigned i = 0; hook_parts[i]; i++)
		for (unsigned table = 0; table < HOOK_TABLES; table++)
			if (state->parts[family] & 1U << i && hook_parts[i]->iptables[table].chains)
				tables |= 1U << table;
	return tables;
}

uint64_t hooks_signature(const struct hooks *hooks)
{
	const struct hooks_state *state = &hooks->state;
	const unsigned tables[FAMILY_COUNT] = {
		[FAMILY_IPV4] = tables_of(state, FAMILY_IPV4),
		[FAMILY_IPV6] = state->ipv6 ? tables_of(state, FAMILY_IPV6) : 0,
	};

	return state->legacy ? legacy_signature(tables) : 0;
}

void hooks_purge(void)
{
	for (unsigned i = 0; i < HOOKS_BACKENDS; i++)
		drivers[i]->purge();
	flowtable_purge();
}

void hooks_forget(struct hooks *hooks)
{
	if (!hooks)
		return;
	free(hooks->listed);
	free(hooks->printed);
	flowtable_forget(&hooks->flowtable);
	free(hooks);
}

void hooks_remove(struct hooks *hooks)
{
	if (!hooks)
		return;
	flowtable_purge();
	drivers[hooks->backend]->remove(&hooks->state);
	hooks_forget(hooks);
}
