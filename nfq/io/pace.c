/* SPDX-License-Identifier: GPL-2.0-or-later
 * pace.c - how soon to look again at what is mended when others remove it
 */
#include "pace.h"

#include "log.h"

#define PACE_MIN (50 * PACE_MILLISECOND) /* between two looks */
#define PACE_MAX (30 * PACE_SECOND)
#define PACE_FREE 5                  /* fights before the looks become rarer */
#define PACE_CALM (60 * PACE_SECOND) /* without a fight, and all is forgotten */

static uint64_t next_delay(struct pace *pace, bool fought, const char *what, uint64_t now)
{
	unsigned excess;
	uint64_t delay;

	if (!fought)
		return PACE_MIN;
	if (now - pace->last_fight > PACE_CALM)
		pace->fights = 0;
	pace->last_fight = now;
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
	pace->not_before = now + next_delay(pace, fought, what, now);
	pace->soonest = now + PACE_MIN;
}
