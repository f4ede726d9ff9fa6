/* SPDX-License-Identifier: GPL-2.0-or-later
 * health.h - from the results of one check to "it works" or "it does not"
 *
 * Pure: no socket, no clock. Times are nanoseconds of any monotonic clock.
 */
#ifndef NFQROUTE_HEALTH_H
#define NFQROUTE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

/* What the words behind a check say. */
struct health_terms {
	uint32_t every_ms;   /* between the beginnings of two probes */
	uint32_t timeout_ms; /* without an answer for so long, a probe has failed; at most every_ms */
	uint32_t jitter;     /* percent of every_ms by which a probe comes earlier or later, 0-50 */
	uint32_t down, up;   /* results in a row that change its mind, at least 1 */
};

enum health_phase {
	HEALTH_UNKNOWN, /* nothing is known since health_start(): one good result is enough, and bad ones count */
	HEALTH_UP,
	HEALTH_DOWN,
};

/* A check that goes down again within a minute of having come up needs twice as many good results the next time, up
 * to eight times as many; a minute up, and that is forgotten. */
#define HEALTH_CALM_NS UINT64_C(60000000000)
#define HEALTH_DAMPING_MAX 3

struct health {
	enum health_phase phase;
	bool assumed;     /* HEALTH_UNKNOWN: taken to be up */
	unsigned run;     /* results in a row that speak against what is held to be so */
	unsigned damping; /* powers of two */
	uint64_t since;   /* of phase */
};

/* Nothing is known; until there is, it counts as up, or not. */
void health_start(struct health *health, bool assumed, uint64_t now);

bool health_is_up(const struct health *health);

/* One probe was answered as it should be, or not. Returns whether health_is_up() has changed. */
bool health_result(struct health *health, const struct health_terms *terms, bool good, uint64_t now);

/* When the probe after one that began at the time `begun` is due. What is not known yet is asked again as soon as an
 * answer cannot come any more. random: any number, evenly spread. */
uint64_t health_next(const struct health *health, const struct health_terms *terms, uint64_t begun, uint32_t random);

#endif
