/* SPDX-License-Identifier: GPL-2.0-or-later
 * clock.h - the time that intervals are measured by
 */
#ifndef NFQROUTE_CLOCK_H
#define NFQROUTE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of CLOCK_MONOTONIC, clock_gettime(2): never set back, and no time of day. */
static inline uint64_t clock_monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

#endif
