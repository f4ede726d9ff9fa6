/* SPDX-License-Identifier: GPL-2.0-or-later
 * health.c - from the results of one check to "it works" or "it does not"
 */
#include "health.h"

#define MILLISECOND UINT64_C(1000000)

static void enter(struct health *health, enum health_phase phase, uint64_t now)
{
	health->phase = phase;
	health->run = 0;
	health->since = now;
}

void health_start(struct health *health, bool assumed, uint64_t now)
{
	health->assumed = assumed;
	enter(health, HEALTH_UNKNOWN, now);
}

bool health_is_up(const struct health *health)
{
	return health->phase == HEALTH_UP || (health->phase == HEALTH_UNKNOWN && health->assumed);
}

static void go_down(struct health *health, uint64_t now)
{
	bool calm = health->phase == HEALTH_UP && now - health->since >= HEALTH_CALM_NS;

	if (calm)
		health->damping = 0;
	else if (health->phase == HEALTH_UP && health->damping < HEALTH_DAMPING_MAX)
		health->damping++;
	enter(health, HEALTH_DOWN, now);
}

/* A bad result speaks against whatever is not known to be down, a good one against what is not known to be up. */
static bool speaks_against(const struct health *health, bool good)
{
	return health->phase != (good ? HEALTH_UP : HEALTH_DOWN);
}

bool health_result(struct health *health, const struct health_terms *terms, bool good, uint64_t now)
{
	bool was_up = health_is_up(health);

	if (!speaks_against(health, good)) {
		health->run = 0;
		return false;
	}
	health->run++;
	if (good && (health->phase == HEALTH_UNKNOWN || health->run >= terms->up << health->damping))
		enter(health, HEALTH_UP, now);
	else if (!good && health->run >= terms->down)
		go_down(health, now);
	return health_is_up(health) != was_up;
}

uint64_t health_next(const struct health *health, const struct health_terms *terms, uint64_t begun,
		     uint32_t random)
{
	uint32_t spread = terms->every_ms / 100 * terms->jitter;

	if (health->phase == HEALTH_UNKNOWN)
		return begun + terms->timeout_ms * MILLISECOND;
	return begun + (terms->every_ms - spread + random % (2 * spread + 1)) * MILLISECOND;
}
