/* SPDX-License-Identifier: GPL-2.0-or-later
 * gateways.c - what happens to connections when a gateway goes
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon_state.h"
#include "ending.h"
#include "hooks_watch.h"
#include "log.h"
#include "target.h"

struct side {
	const struct daemon *daemon;
	unsigned gateway;
	enum family family;
};

static bool is_near(void *ctx, unsigned gateway, enum family family, struct key address)
{
	const struct daemon *daemon = ctx;

	return routing_side(daemon->routing, gateway, family, address) != ROUTING_FAR;
}

static enum routing_side side_of(void *ctx, struct key address)
{
	const struct side *side = ctx;

	return routing_side(side->daemon->routing, side->gateway, side->family, address);
}

/* The connections that carry the mark now: to heir (-1: none) where their source address allows, else ended. */
static void end_connections(const struct daemon *daemon, unsigned index, enum family family, int heir)
{
	const struct ruleset *ruleset = daemon->ruleset;
	const struct gateway *gateway = &ruleset->gateways[index];
	struct side side = {daemon, index, family};
	struct ending ending = {.marks = &ruleset->marks,
				.mark = gateway->mark,
				.family = family,
				.nudges = daemon->nudges,
				.side = side_of,
				.ctx = &side};
	struct ending_result result;
	char error[ERROR_MAX];

	/* who translates addresses cannot be changed in mid-connection */
	if (heir >= 0 && !gateway->masquerade && !ruleset->gateways[heir].masquerade)
		ending.heir = ruleset->gateways[heir].mark;
	if (!connections_end(&ending, &result, error, sizeof error))
		log_info("connections of gateway %s stay as they are: %s", gateway->name, error);
	else if (result.moved || result.ended || result.forgotten)
		log_info("gateway %s: %s: of its connections %u ended, %u moved to %s, %u begin anew", gateway->name,
			 family_name(family), result.ended, result.moved,
			 ending.heir ? ruleset->gateways[heir].name : "others", result.forgotten);
	hooks_watch_empty(daemon->hooks_watch); /* also if only some could be changed */
}

/* What has gone elsewhere while the gateway was down, as far as that can be told: by those behind it in its groups that
 * no rule names itself. */
static void bring_back(const struct daemon *daemon, unsigned index, enum family family)
{
	const struct ruleset *ruleset = daemon->ruleset;

	for (unsigned i = 0; i < ruleset->group_count; i++) {
		const struct group *group = &ruleset->groups[i];
		bool behind = false;

		for (unsigned k = 0; k < group->count && !group->balanced; k++) {
			unsigned other = group->members[k].gateway;

			if (behind && !target_is_named(ruleset, other))
				end_connections(daemon, other, family, -1);
			behind |= other == index;
		}
	}
}

/* Why it went: the routes have their own words in the log, the checks too. */
static void tell(const struct daemon *daemon, unsigned index, enum family family, bool up)
{
	const struct gateway *gateway = &daemon->ruleset->gateways[index];

	if (up)
		log_notice("gateway %s: %s: up", gateway->name, family_name(family));
	else
		log_warning("gateway %s: %s: down (%s)", gateway->name, family_name(family),
			    routing_serves(daemon->routing, index, family) ? "its checks fail"
									   : "it has no route");
}

static void changes(struct daemon *daemon, unsigned index, enum family family, bool up)
{
	const struct gateway *gateway = &daemon->ruleset->gateways[index];
	struct gateway_watch *watch = &daemon->watch[index][family];

	watch->up = up;
	watch->since = clock_monotonic();
	watch->downs += !up;
	tell(daemon, index, family, up);
	if (!up && !gateway->keep_on_down)
		end_connections(daemon, index, family,
				target_heir(daemon->ruleset, index, family, routing_state(daemon->routing)));
	else if (up && gateway->reset_on_up)
		bring_back(daemon, index, family);
}

/* Has the checks and the routes know of each other. */
static bool look(const struct daemon *daemon, unsigned index, enum family family)
{
	checks_path(daemon->checks, index, family, routing_serves(daemon->routing, index, family));
	routing_set_healthy(daemon->routing, index, family, checks_healthy(daemon->checks, index, family));
	return routing_state(daemon->routing)[index].up[family];
}

static bool device(void *ctx, unsigned gateway, enum family family, char name[IFNAMSIZ])
{
	const struct daemon *daemon = ctx;

	return routing_way(daemon->routing, gateway, family, name);
}

static void on_checks(void *ctx, uint32_t events)
{
	struct daemon *daemon = ctx;

	(void)events;
	checks_event(daemon->checks);
	daemon_watch_gateways(daemon);
}

static bool open_checks(struct daemon *daemon)
{
	struct checks_config config = {.device = device, .near = is_near, .ctx = daemon};

	daemon->checks = checks_open(&config);
	if (!daemon->checks)
		return false;
	daemon->checked = (struct loop_source){checks_fd(daemon->checks), on_checks, daemon};
	return loop_add(daemon->loop, &daemon->checked);
}

void daemon_end_checks(struct daemon *daemon)
{
	if (daemon->checks)
		loop_remove(daemon->loop, &daemon->checked);
	checks_close(daemon->checks);
	daemon->checks = NULL;
}

static bool set_checks(struct daemon *daemon)
{
	if ((daemon->checks || open_checks(daemon)) && checks_set(daemon->checks, daemon->ruleset))
		return true;
	log_error("cannot check gateways: %s", strerror(errno));
	return false;
}

/* A gateway of the same name that is as it was has been so since then. */
static void carry(const struct daemon *daemon, const struct ruleset *previous, unsigned index, enum family family,
		  struct gateway_watch *watch)
{
	int was = ruleset_gateway_by_name(previous, daemon->ruleset->gateways[index].name);
	const struct gateway_watch *before = was >= 0 ? &daemon->watch[was][family] : NULL;

	if (!before)
		return;
	watch->downs = before->downs;
	if (watch->up == before->up)
		watch->since = before->since;
}

/* previous: the rules that were in force; NULL: none. */
static bool note(struct daemon *daemon, const struct ruleset *previous)
{
	struct gateway_watch(*watch)[FAMILY_COUNT] = calloc(daemon->ruleset->gateway_count + 1, sizeof *watch);

	if (!watch || !set_checks(daemon)) {
		free(watch);
		return false;
	}
	for (unsigned i = 0; i < daemon->ruleset->gateway_count; i++)
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			watch[i][family] = (struct gateway_watch){.up = look(daemon, i, family), .since = clock_monotonic()};
			if (previous)
				carry(daemon, previous, i, family, &watch[i][family]);
		}
	free(daemon->watch);
	daemon->watch = watch;
	orphans_follow(daemon);
	return true;
}

bool daemon_note_gateways(struct daemon *daemon)
{
	return note(daemon, NULL);
}

bool daemon_renote_gateways(struct daemon *daemon, const struct ruleset *previous)
{
	return note(daemon, previous);
}

void daemon_watch_gateways(struct daemon *daemon)
{
	for (unsigned i = 0; i < daemon->ruleset->gateway_count; i++) {
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			bool up = look(daemon, i, family);

			if (up != daemon->watch[i][family].up)
				changes(daemon, i, family, up);
		}
	}
}

void daemon_carry_health(const struct daemon *daemon, const struct ruleset *ruleset)
{
	for (unsigned i = 0; i < ruleset->gateway_count; i++) {
		int was = ruleset_gateway_by_name(daemon->ruleset, ruleset->gateways[i].name);

		for (enum family family = 0; was >= 0 && family < FAMILY_COUNT; family++)
			routing_set_healthy(daemon->routing, i, family,
					    checks_healthy(daemon->checks, (unsigned)was, family));
	}
}
