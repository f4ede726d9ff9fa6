/* SPDX-License-Identifier: GPL-2.0-or-later
 * guard.c - which packets the kernel can tell to belong to a kill switch, without asking anybody
 *
 * Theory of operation. A rule is "all of these, each one of those"; a firewall's line is "all of these". So a rule
 * becomes as many lines as there are ways to take one interval of each match. A match that is negated adds one
 * term for each of its intervals. Addresses are asked of one family at a time.
 */
#include "guard.h"

#include <netinet/in.h>
#include <string.h>

struct expansion {
	const struct rule *rule;
	const struct guard_visitor *visitor; /* NULL: only counts */
	struct guard_line line;
	unsigned lines;
	const char *why; /* it cannot be told; NULL: it can */
};

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

static bool is_port(enum guard_field field)
{
	return field == GUARD_SPORT || field == GUARD_DPORT;
}

/* --- a line is complete --- */

static void emit(struct expansion *e)
{
	if (++e->lines > GUARD_LINES)
		e->why = "its sets are too large";
	else if (e->visitor)
		e->visitor->line(e->visitor->ctx, &e->line);
}

static bool has(const struct guard_line *line, bool (*is)(enum guard_field field))
{
	for (unsigned i = 0; i < line->count; i++)
		if (is(line->terms[i].field))
			return true;
	return false;
}

static bool is_proto(enum guard_field field)
{
	return field == GUARD_PROTO;
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

	if (!has(line, is_port)) {
		emit(e);
	} else if (has(line, is_proto)) {
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
	return !is_address(field) || key_is_ipv4(at->first) == (e->line.family == FAMILY_IPV4);
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
	const struct match *match = &e->rule->matches[index];
	struct interval at;

	for (unsigned i = 0; i < match->set_count; i++)
		for (size_t next = 0; !e->why && interval_set_next(match->sets[i], &next, &at);)
			if (of_family(e, field, &at))
				expand_one(e, index, field, &at);
}

static void expand_none(struct expansion *e, unsigned index, enum guard_field field)
{
	const struct match *match = &e->rule->matches[index];
	unsigned before = e->line.count;
	struct interval at;

	if (field == GUARD_PROTO || field == GUARD_USER) {
		e->why = "it says what a protocol or a user is not";
		return;
	}
	for (unsigned i = 0; i < match->set_count; i++)
		for (size_t next = 0; !e->why && interval_set_next(match->sets[i], &next, &at);)
			if (of_family(e, field, &at))
				push(e, (struct guard_term){field, true, at});
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

/* Why it cannot be told; NULL: it can, and the visitor (which may be NULL) has been called. */
static const char *expand_rule(const struct rule *rule, bool shut, const struct guard_visitor *visitor)
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
	return e.why;
}

static const char *walk_rule(const struct rule *rule, bool shut, const struct guard_visitor *visitor)
{
	const char *why = rule->needs ? "it asks for what is in the packets" : expand_rule(rule, shut, NULL);

	if (!why)
		expand_rule(rule, shut, visitor);
	return why;
}

void guard_walk(const struct ruleset *ruleset, const struct guard_visitor *visitor)
{
	const char *cut = NULL;
	unsigned end = 0;

	for (unsigned i = 0; i < ruleset->rule_count; i++)
		if (is_shut(ruleset, &ruleset->rules[i]))
			end = i + 1;
	for (unsigned i = 0; i < end; i++) {
		const struct rule *rule = &ruleset->rules[i];
		bool shut = is_shut(ruleset, rule);
		const char *why = cut && shut ? cut : cut ? NULL : walk_rule(rule, shut, visitor);

		if (why && shut && visitor->open)
			visitor->open(visitor->ctx, rule, why);
		/* what it takes must not be taken for a kill switch's */
		if (why && !shut && !rule->needs)
			cut = "a rule before it cannot be told by a firewall";
	}
}

static void note(void *ctx, const struct guard_line *line)
{
	bool *found = ctx;

	*found |= line->shut;
}

bool guard_exists(const struct ruleset *ruleset)
{
	bool found = false;
	struct guard_visitor visitor = {.line = note, .ctx = &found};

	guard_walk(ruleset, &visitor);
	return found;
}
