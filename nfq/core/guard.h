/* SPDX-License-Identifier: GPL-2.0-or-later
 * guard.h - which packets the kernel can tell to belong to a kill switch, without asking anybody
 *
 * While no daemon runs, nobody leads new connections to their gateway. Those that rules lead to a group with
 * "else unreachable" must not go by the main table then. So what such rules, and those before them, ask of headers
 * is spelled out as lines for a firewall, first match first. Pure data: how a line is written is hook_guard.c's.
 */
#ifndef NFQROUTE_GUARD_H
#define NFQROUTE_GUARD_H

#include "interval.h"
#include "ruleset.h"

enum guard_field {
	GUARD_PROTO,
	GUARD_SADDR,
	GUARD_DADDR,
	GUARD_SPORT,
	GUARD_DPORT,
	GUARD_IIF,
	GUARD_USER,
	GUARD_FIELDS
};

enum {
	GUARD_TERMS = 16,       /* of a line */
	GUARD_LINES = 512,      /* of one rule; one that needs more cannot be told */
	GUARD_LINES_ALL = 4096, /* of all rules together */
};

/* The field is in the interval, or with negate is not. All terms must hold. */
struct guard_term {
	enum guard_field field;
	bool negate;
	struct interval at;
};

struct guard_line {
	bool shut;          /* a kill switch; else what it matches is let alone */
	enum family family; /* FAMILY_COUNT: both. Addresses are of this family */
	bool local;         /* only of packets of this machine's programs (a user is asked for) */
	unsigned count;
	struct guard_term terms[GUARD_TERMS]; /* a protocol, as one number, first, where there are ports */
};

/* It asks for one of the fields from first to last. */
static inline bool guard_line_asks(const struct guard_line *line, enum guard_field first, enum guard_field last)
{
	for (unsigned i = 0; i < line->count; i++)
		if (line->terms[i].field >= first && line->terms[i].field <= last)
			return true;
	return false;
}

struct guard_visitor {
	void (*line)(void *ctx, const struct guard_line *line);
	/* A kill switch's rule that the lines do not stand for; why is static. NULL: nobody wants to know. */
	void (*open)(void *ctx, const struct rule *rule, const char *why);
	void *ctx;
};

/* Calls the visitor for what the rules come to. Nothing, where no rule leads to a kill switch. What it takes is bounded
 * for each rule, whatever its sets hold. */
void guard_walk(const struct ruleset *ruleset, const struct guard_visitor *visitor);
/* There is a line for a kill switch. Looks no further than at the first rule that leads to one. */
bool guard_exists(const struct ruleset *ruleset);

#endif
