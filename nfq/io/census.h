/* SPDX-License-Identifier: GPL-2.0-or-later
 * census.h - how many connections go by each gateway now, and what they have carried
 */
#ifndef NFQROUTE_CENSUS_H
#define NFQROUTE_CENSUS_H

#include "ctentry.h"
#include "ruleset.h"

struct census_count {
	uint32_t mark; /* bits of ours */
	uint64_t connections;
	uint64_t packets[CT_DIRECTIONS], bytes[CT_DIRECTIONS]; /* of those that are counted */
};

/* Owns what it needs of the ruleset, so it may be taken in a job. */
struct census {
	uint32_t mask, open;
	unsigned gateways;           /* counts[0..gateways) are theirs, in the ruleset's order; then: */
	struct census_count *counts; /* main, drop, reject, and all without a mark of these */
	uint64_t uncounted; /* connections without counters: net.netfilter.nf_conntrack_acct is or was off */
	int error;          /* an errno value: the kernel could not be asked */
};

enum { CENSUS_MAIN, CENSUS_DROP, CENSUS_REJECT, CENSUS_OTHERS, CENSUS_EXTRA };

/* false: out of memory. */
bool census_init(struct census *census, const struct ruleset *ruleset);
void census_take(struct census *census);
void census_free(struct census *census);

#endif
