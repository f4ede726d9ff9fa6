/* SPDX-License-Identifier: GPL-2.0-or-later
 * tri.h - the three answers a match or a classifier can give, and their logic
 *
 * Kleene's strong three-valued logic: "and" is the minimum, "or" the maximum, "not" the mirror.
 */
#ifndef NFQROUTE_TRI_H
#define NFQROUTE_TRI_H

#include <stdbool.h>

enum tri {
	TRI_NO,   /* certainly not, whatever comes */
	TRI_MORE, /* not decidable from what is known so far */
	TRI_YES,  /* certainly, whatever comes */
};

static inline enum tri tri_not(enum tri a)
{
	return (enum tri)(TRI_YES - a);
}

static inline enum tri tri_and(enum tri a, enum tri b)
{
	return a < b ? a : b;
}

static inline enum tri tri_or(enum tri a, enum tri b)
{
	return a > b ? a : b;
}

static inline enum tri tri_of(bool known)
{
	return known ? TRI_YES : TRI_NO;
}

#endif
