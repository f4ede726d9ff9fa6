/* SPDX-License-Identifier: GPL-2.0-or-later
 * guard.c - which packets the kernel can tell to belong to a kill switch, without asking anybody
 *
 * Theory of operation. A rule is "all of these, each one of those"; a firewall's line is "all of these". So a rule
 * becomes as many lines as there are ways to take one interval of each match. A match that is negated adds one
 * term for each of its intervals. Addresses are asked of one family at a time. A rule is told as a whole or not at
 * all, so its lines are counted first. Where one that is no kill switch's cannot be told, or there are no lines
 * left for it, none behind it can: what it takes would be taken for theirs.
 */
#include "guard.h"

#include <netinet/in.h>
#include <string.h>

/* Intervals looked at for one rule. All lines that there may be, each for one of as many of another match, are
 * fewer. */
enum { STEPS = GUARD_LINES * GUARD_LINES };

struct expansion {
	const struct rule *rule;
	const struct guard_visitor *visitor; /* NULL: only counts */
	struct guard_line line;
	unsigned lines, steps;
	const char *why; /* it cannot be told; NULL: it can */
};

static const char *const too_large = "its sets are too large";

static const struct {
	const char *keyword;
	enum guard_field field;
} fields[] = {
	{"tcp", GUARD_PROTO},    {"udp", GUARD_PROTO},   {"sctp", GUARD_PROTO},  {"icmp", GUARD_PROTO},
	{"icmpv6", GUARD_PROTO}, {"proto", GUARD_PROTO}, {"saddr", GUARD_SADDR}, {"daddr", GUARD_DADDR},
	{"sport", GUARD_SPORT},  {"dport", GUARD_DPORT}, {"iif", GUARD_IIF},     {"user", GUARD_USER},
};

static enum guard_field field_of(const struct match *match)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(fields[i].keyword, match->keyword->name) == 0)
			return fields[i].field;
	return GUARD_FIELDS;
}

static bool is_address(enum guard_field field)
{
	return field == GUARD_SADDR || field == GUARD_DADDR;
}

/* --- a line is complete --- */

static void emit(struct expansion *e)
{
	if (++e->lines > GUARD_LINES)
		e->why = too_large;
	else if (e->visitor)
		e->visitor->line(e->visitor->ctx, &e->line);
}

static bool has_ports(uint64_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

/* Ports are asked for by protocol. */
static void complete(struct expansion *e)
{
	static const uint64_t protos[] = {IPPROTO_TCP,
					  IPPROTO_UDP}; /* SCTP, which few kernels have, if it is asked for */
	struct guard_line *line = &e->line;

	if (!guard_line_asks(line, GUARD_SPORT, GUARD_DPORT)) {
		emit(e);
	} else if (guard_line_asks(line, GUARD_PROTO, GUARD_PROTO)) {
		for (unsigned i = 0; i < line->count; i++)
			if (line->terms[i].field == GUARD_PROTO) {
				struct guard_term proto = line->terms[i];

				line->terms[i] = line->terms[0];
				line->terms[0] = proto;
				if (has_ports(proto.at.first.low))
					emit(e);
				line->terms[0] = line->terms[i];
				line->terms[i] = proto;
				return;
			}
	} else if (line->count == GUARD_TERMS) {
		e->why = "it asks for too much";
	} else {
		memmove(line->terms + 1, line->terms, line->count++ * sizeof *line->terms);
		for (size_t i = 0; i < sizeof protos / sizeof *protos; i++) {
			line->terms[0] =
				(struct guard_term){GUARD_PROTO, false, {key_of(protos[i]), key_of(protos[i])}};
			emit(e);
		}
		memmove(line->terms, line->terms + 1, --line->count * sizeof *line->terms);
	}
}

/* --- one interval of each match --- */

static void expand(struct expansion *e, unsigned match);

static bool push(struct expansion *e, struct guard_term term)
{
	if (e->line.count == GUARD_TERMS) {
		e->why = "it asks for too much";
		return false;
	}
	e->line.terms[e->line.count++] = term;
	return true;
}

static bool of_family(const struct expansion *e, enum guard_field field, const struct interval *at)
{
	return !is_address(field) || family_of_address(at->first) == e->line.family;
}

/* Goes through the intervals of a match that the line's family can have. */
struct walk {
	const struct match *match;
	enum guard_field field;
	unsigned set;
	size_t next;
	struct interval at;
};

static bool walk_next(struct expansion *e, struct walk *walk)
{
	for (; walk->set < walk->match->set_count; walk->set++, walk->next = 0)
		while (!e->why && interval_set_next(walk->match->sets[walk->set], &walk->next, &walk->at)) {
			if (++e->steps > STEPS)
				e->why = too_large;
			else if (of_family(e, walk->field, &walk->at))
				return true;
		}
	return false;
}

static void expand_one(struct expansion *e, unsigned match, enum guard_field field, const struct interval *at)
{
	struct interval one = *at;

	if (field == GUARD_PROTO) /* a number at a time */
		one.last = one.first;
	while (!e->why && push(e, (struct guard_term){field, false, one})) {
		expand(e, match + 1);
		e->line.count--;
		if (key_equal(one.last, at->last) || field != GUARD_PROTO)
			break;
		one.first = one.last = key_next(one.first);
	}
}

static void expand_any(struct expansion *e, unsigned index, enum guard_field field)
{
	struct walk walk = {.match = &e->rule->matches[index], .field = field};

	while (walk_next(e, &walk))
		expand_one(e, index, field, &walk.at);
}

static void expand_none(struct expansion *e, unsigned index, enum guard_field field)
{
	struct walk walk = {.match = &e->rule->matches[index], .field = field};
	unsigned before = e->line.count;

	if (field == GUARD_PROTO || field == GUARD_USER) {
		e->why = "it says what a protocol or a user is not";
		return;
	}
	while (walk_next(e, &walk))
		push(e, (struct guard_term){field, true, walk.at});
	if (!e->why)
		expand(e, index + 1);
	e->line.count = before;
}

static void expand(struct expansion *e, unsigned match)
{
	enum guard_field field;

	if (match == e->rule->match_count) {
		complete(e);
		return;
	}
	field = field_of(&e->rule->matches[match]);
	if (field == GUARD_FIELDS)
		e->why = "it asks for what a firewall is not told here";
	else if (e->rule->matches[match].negate)
		expand_none(e, match, field);
	else
		expand_any(e, match, field);
}

/* --- rules --- */

static bool is_shut(const struct ruleset *ruleset, const struct rule *rule)
{
	return rule->action == ACTION_VIA && rule->to_group && ruleset->groups[rule->target].shut;
}

static bool asks(const struct rule *rule, enum guard_field first, enum guard_field last)
{
	for (unsigned i = 0; i < rule->match_count; i++) {
		enum guard_field field = field_of(&rule->matches[i]);

		if (field >= first && field <= last)
			return true;
	}
	return false;
}

/* Why it cannot be told; NULL: it can, by so many lines, and the visitor (which may be NULL) has been called. */
static const char *expand_rule(const struct rule *rule, bool shut, const struct guard_visitor *visitor,
			       unsigned *lines)
{
	struct expansion e = {.rule = rule, .visitor = visitor};
	bool addresses = asks(rule, GUARD_SADDR, GUARD_DADDR);

	for (enum family family = addresses ? FAMILY_IPV4 : FAMILY_COUNT;
	     !e.why && family <= (addresses ? FAMILY_IPV6 : FAMILY_COUNT); family++) {
		e.line = (struct guard_line){.shut = shut,
					     .family = family,
					     .local = asks(rule, GUARD_USER, GUARD_USER)};
		expand(&e, 0);
	}
	*lines = e.lines;
	return e.why;
}

/* The rules one after the other, as far as they are of interest. */
struct rules {
	const struct ruleset *ruleset;
	unsigned next, end; /* end: behind the last kill switch's */
	unsigned left;      /* lines that may be used still */
	const char *cut;    /* why none can be told from here on; NULL: they can */
	const struct rule *rule;
	bool shut;
	const char *why; /* this one cannot be told; NULL: it can */
};

static struct rules rules_of(const struct ruleset *ruleset)
{
	struct rules rules = {.ruleset = ruleset, .left = GUARD_LINES_ALL};

	for (unsigned i = 0; i < ruleset->rule_count; i++)
		if (is_shut(ruleset, &ruleset->rules[i]))
			rules.end = i + 1;
	return rules;
}

static const char *why_not(struct rules *rules)
{
	const char *why;
	unsigned lines;

	if (rules->cut)
		return rules->cut;
	if (rules->rule->needs)
		return "it asks for what is in the packets";
	why = expand_rule(rules->rule, rules->shut, NULL, &lines);
	if (!why && lines > rules->left)
		return "with the rules before it, it is too much for a firewall";
	if (!why)
		rules->left -= lines;
	return why;
}

/* false: there are no more. */
static bool rules_next(struct rules *rules)
{
	if (rules->next == rules->end)
		return false;
	rules->rule = &rules->ruleset->rules[rules->next++];
	rules->shut = is_shut(rules->ruleset, rules->rule);
	rules->why = why_not(rules);
	/* what it takes must not be taken for a kill switch's */
	if (rules->why && !rules->shut && !rules->rule->needs)
		rules->cut = "a rule before it cannot be told by a firewall";
	return true;
}

void guard_walk(const struct ruleset *ruleset, const struct guard_visitor *visitor)
{
	struct rules rules = rules_of(ruleset);
	unsigned lines;

	while (rules_next(&rules)) {
		if (!rules.why)
			expand_rule(rules.rule, rules.shut, visitor, &lines);
		else if (rules.shut && visitor->open)
			visitor->open(visitor->ctx, rules.rule, rules.why);
	}
}

bool guard_exists(const struct ruleset *ruleset)
{
	struct rules rules = rules_of(ruleset);

	while (rules_next(&rules))
		if (rules.shut && !rules.why)
			return true;
	return false;
}
