/* SPDX-License-Identifier: GPL-2.0-or-later
 * pace.c - how soon to look again at what is mended when others remove it
 */
#include "pace.h"

#include "log.h"

#define PACE_MIN (50 * PACE_MILLISECOND) /* between two looks */
#define PACE_MAX (30 * PACE_SECOND)
#define PACE_FREE 5                 /* fights before the looks become rarer */
#define PACE_CALM (5 * PACE_SECOND) /* without a fight although ours are there, and all is forgotten */

static uint64_t fight_delay(struct pace *pace, const char *what, uint64_t now)
{
	unsigned excess;
	uint64_t delay;

	if (now > pace->calm_from + PACE_CALM)
		pace->fights = 0;
	pace->fights++;
	if (pace->fights <= PACE_FREE)
		return PACE_MIN;
	excess = pace->fights - PACE_FREE;
	delay = excess < 16 ? PACE_MIN << excess : PACE_MAX;
	if (delay > PACE_MAX)
		delay = PACE_MAX;
	log_warning("somebody keeps removing our %s; looking again in %u ms", what,
		    (unsigned)(delay / PACE_MILLISECOND));
	return delay;
}

void pace_looked(struct pace *pace, uint64_t now, bool fought, const char *what)
{
	if (fought)
		pace->calm_from = now + fight_delay(pace, what, now);
	pace->soonest = now + PACE_MIN;
	pace->not_before = pace->calm_from > pace->soonest ? pace->calm_from : pace->soonest;
}
