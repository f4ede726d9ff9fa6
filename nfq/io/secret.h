/* SPDX-License-Identifier: GPL-2.0-or-later
 * secret.h - a number that nobody else can know
 */
#ifndef NFQROUTE_SECRET_H
#define NFQROUTE_SECRET_H

#include <sys/random.h>

#include "clock.h"

/* For hashes of what others choose, who could else have all of it in one place of a table; by getrandom(2). Of the clock where
 * the kernel gives none. */
static inline uint64_t secret_number(void)
{
	uint64_t number;

	return getrandom(&number, sizeof number, 0) == sizeof number ? number : clock_monotonic();
}

#endif
