/* SPDX-License-Identifier: GPL-2.0-or-later
 * pace.h - how soon to look again at what is mended when others remove it
 *
 * At once, as a rule. Where somebody removes ours again and again, the looks become rarer, up to half a minute
 * apart: a fight at full speed helps nobody. Who does so now and then, as a script at each lease, is answered at once each
 * time: until ours are back, what is decided goes by main. Times are nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef NFQROUTE_PACE_H
#define NFQROUTE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_MILLISECOND UINT64_C(1000000)
#define PACE_SECOND (1000 * PACE_MILLISECOND)

struct pace {
	uint64_t not_before; /* to look again; 0: at once */
	uint64_t soonest;    /* the same for what is no fight: a device that comes or goes */
	uint64_t calm_from; /* when the last fight's delay ends: what is removed later is not removed in answer to a repair */
	unsigned fights; /* times in short order that somebody removed ours */
};

/* After a look at the time now: sets not_before. fought: somebody had removed ours, which is what ("routes or
 * rules"): said in the log where the looks become rarer. */
void pace_looked(struct pace *pace, uint64_t now, bool fought, const char *what);

#endif
