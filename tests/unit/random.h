/* SPDX-License-Identifier: GPL-2.0-or-later
 * random.h - numbers for tests that try many inputs: the same in each run (xorshift64; G. Marsaglia, Xorshift RNGs, 2003)
 *
 * To be read once, by the test's only file, which may define another RANDOM_SEED before; not 0.
 */
#ifndef NFQROUTE_TESTS_RANDOM_H
#define NFQROUTE_TESTS_RANDOM_H

#include <stdint.h>

#ifndef RANDOM_SEED
#define RANDOM_SEED 1
#endif

static uint64_t random_state = RANDOM_SEED;

/* From 0 on, below n. */
static inline unsigned random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 20) % n;
}

#endif
