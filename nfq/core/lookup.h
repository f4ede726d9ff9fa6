/* SPDX-License-Identifier: GPL-2.0-or-later
 * lookup.h - looking up a packet's headers among the rules, in steps and ahead of its verdict
 *
 * With a hundred thousand rules, or a list of a million prefixes, what a packet leads to is not in the cache, and the
 * places hang on each other: the filter says which slots to look at, a slot where the rule's proof is. So it is done in
 * steps, each of which looks at what the one before has had fetched, and other packets are judged between them. What a
 * step has found is kept: ruleset_eval() goes on from there, and does itself what has not been done.
 */
#ifndef NFQROUTE_LOOKUP_H
#define NFQROUTE_LOOKUP_H

#include "facts.h"
#include "packet.h"

struct ruleset;
struct subject;

enum { FIELDS_MAX = 16, SHAPES_MAX = 63, LOOKUP_STEPS = 3 };

struct lookup {
	const struct ruleset *ruleset;
	unsigned step;                /* how many have been done */
	unsigned have;                /* fields of the index that the packet has, a bit for each */
	uint64_t present, filed;      /* shapes by bits: it has all fields of them; and rules may be filed under its key */
	struct key fields[FIELDS_MAX];
	uint64_t keys[SHAPES_MAX];    /* of the shapes that are present */
};

/* The first step, for a packet that is to be asked about, as it is. The ruleset must have an index and stay as long as
 * the lookup is used. */
void lookup_begin(struct lookup *lookup, const struct ruleset *ruleset, const struct packet *packet);
/* The next step, if there is one; of a zeroed one, there is none. */
void lookup_advance(struct lookup *lookup);
/* Has the memory fetched that the value of a fact leads to, which has just become known of the subject; of the host, its
 * hashes too. */
void lookup_fact(const struct ruleset *ruleset, const struct subject *subject, enum fact fact);
/* Whatever the answer of the rules needs. */
void lookup_finish(struct lookup *lookup);

#endif
